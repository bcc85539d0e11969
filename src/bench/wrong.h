/* SPDX-License-Identifier: BSD-3-Clause */
/* A bad sample on any rank: which elements, and whose fault. Printed by each
 * rank that saw it (at most 4), kept by the row of the first. */
#ifndef BENCH_WRONG_H
#define BENCH_WRONG_H

#include "bench/record.h"
#include "coll/pattern.h"
#include "net/job.h"

/* What this rank saw first; ranks in it are those of the job. */
struct wrong {
    struct verdict verdict; /* wrong == 0: nothing */
    unsigned long iteration;
};

/* Keeps a verdict in which ranks are the team's, unless one is kept. */
void wrong_note(struct wrong *, const struct verdict *, unsigned long iteration,
                struct job *team);

/* Lines on stderr, of what `label` names. */
void wrong_complain(const struct wrong *, const char *label, struct job *team);

/* The words of the first rank that has some: record->reason on rank 0 of the
 * team. Collective over it. */
void wrong_share(const struct wrong *, struct job *team, struct record *);

#endif
