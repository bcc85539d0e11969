/* SPDX-License-Identifier: BSD-3-Clause */
/* `--algorithm auto`: the best that was measured, else the documented rule. The
 * measurements are the rows of an earlier run's summary.csv (--measured): of
 * those with the same benchmark, transport, datatype, ranks and nodes, the
 * nearest size (by ratio) is taken, and of that size the fastest algorithm by
 * time_p50_us among those that apply here. */
#ifndef BENCH_CHOICE_H
#define BENCH_CHOICE_H

#include "bench/record.h"
#include "coll/schedule.h"

struct choice {
    struct record *rows;
    size_t n;
};

/* Reads a summary.csv; 0, or the exit code after printing file:line. A NULL
 * path leaves it empty. */
int choice_read(const char *path, struct choice *out);
void choice_free(struct choice *);

const struct algorithm *choice_best(const struct choice *,
                                    const char *transport,
                                    const struct collective *);

#endif
