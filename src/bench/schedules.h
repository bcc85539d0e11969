/* SPDX-License-Identifier: BSD-3-Clause */
/* --print-schedule: the schedules that the command line names, as text. */
#ifndef BENCH_SCHEDULES_H
#define BENCH_SCHEDULES_H

#include "bench/options.h"

/* For each algorithm and each count of --ranks (default 4), at the least size;
 * runs nothing and needs no job. The exit code: 3 when none applies. */
int schedules_print(const struct benchmark *, const struct options *);

#endif
