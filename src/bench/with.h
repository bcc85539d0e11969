/* SPDX-License-Identifier: BSD-3-Clause */
/* --with tp:allreduce:64MiB: what goes on beside the measured collective, in
 * all groups of another axis of --split. */
#ifndef BENCH_WITH_H
#define BENCH_WITH_H

#include "coll/collective.h"
#include "net/transport.h"
#include "sim/split.h"

struct with {
    struct split split; /* its axis is the one whose groups run */
    enum collective_kind kind;
    size_t size_B;
};

struct with_list {
    struct with item[ASIDES_MOST];
    int n;
};

/* AXIS:COLLECTIVE:SIZE, several joined by commas; each axis once, and not the
 * axis that `split` measures: two ranks of a group differ in its axis alone, so
 * that operations of different axes share no pair of ranks. NULL, or what was
 * expected. */
const char *with_read(const char *text, const struct split *,
                      struct with_list *out);

/* "tp:allreduce:64MiB,pp:sendrecv:1MiB"; returns `text`. */
char *with_print(const struct with_list *, char *text, size_t capacity);

#endif
