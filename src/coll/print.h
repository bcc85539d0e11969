/* SPDX-License-Identifier: BSD-3-Clause */
/* A schedule as canonical text that one can read and diff (--print-schedule).
 * One line a step, in (round, rank, step) order:
 *
 *   # allreduce ring: 3 ranks, 10 float32, sum, out of place
 *   phase 0 reduce-scatter: rounds 0..1
 *   round 0
 *   rank 0  send         to 1    input[0+16]
 *   rank 0  recv-reduce  from 2  input[28+12] op -> output[28+12]
 *
 * A strided span prints as buffer[offset+bytes x count / stride]. */
#ifndef COLL_PRINT_H
#define COLL_PRINT_H

#include <stdio.h>

#include "coll/schedule.h"

/* rank -1: all ranks. */
void schedule_print(FILE *out, const struct algorithm *,
                    const struct collective *, int rank);

#endif
