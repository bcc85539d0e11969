/* SPDX-License-Identifier: BSD-3-Clause */
/* What linear algorithms share: all messages straight to where they belong, so
 * many of them in flight. A round is half a window; an executor has two under
 * way (schedule.h, half_windows). */
#ifndef COLL_LINEAR_H
#define COLL_LINEAR_H

#include "coll/builder.h"

/* Messages of a round, at least 1: half of tuning.window, by default of 32:
 * enough to hide the latency of one behind the others, few enough for a
 * receiver to have all of them posted. */
int linear_half(const struct collective *);

/* Rounds for the other n - 1 ranks. */
int linear_rounds(const struct collective *);

/* Distances first .. end - 1 from a rank are dealt with in a round. */
struct linear_turn {
    int first, end;
};

struct linear_turn linear_turn(const struct collective *, int round);

/* "window=32" */
void linear_tuning(const struct collective *, char *text, size_t capacity);

#endif
