/* SPDX-License-Identifier: BSD-3-Clause */
/* What --with asks for, as one rank lives it: in its group of each such axis an
 * operation that is begun again and again while a case is measured, and
 * verified when the case is over. It goes on only while a rank is inside an
 * operation of the case: between samples, when ranks talk, it stands still.
 * Calls are collective over the job, but for describe. */
#ifndef BENCH_BACKGROUND_H
#define BENCH_BACKGROUND_H

#include "bench/choice.h"
#include "bench/inject.h"
#include "bench/options.h"
#include "bench/wave.h"
#include "bench/wrong.h"
#include "net/mem.h"
#include "net/transport.h"

struct background;

/* NULL without --with, and *code (else 0) after one line when some operation
 * cannot run at all (exit code 2). */
struct background *background_make(const struct benchmark *,
                                   const struct options *,
                                   const struct choice *, const struct waves *,
                                   struct job *, int *code);
void background_free(struct background *);

/* Bytes that each operation needs, the most of any rank. */
void background_needs(struct background *, struct net_options *);

void background_prepare(struct background *, const struct transport *,
                        struct net *);
void background_release(struct background *);

/* From here on every run advances it; `number` makes the data. `corrupt`: this
 * rank spoils what it contributes (--inject), NULL: it behaves. */
void background_start(struct background *, struct memory *,
                      const struct pattern *, unsigned long number,
                      const struct inject *corrupt);
/* Ends it everywhere, verifies, notes what is wrong, and returns how many
 * elements are on this rank. */
size_t background_stop(struct background *, struct memory *, struct wrong *);

/* "with tp:allreduce:64MiB: 123 times"; after a stop. */
void background_describe(const struct background *, char *text,
                         size_t capacity);

#endif
