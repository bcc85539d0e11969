/* SPDX-License-Identifier: BSD-3-Clause */
/* The symbolic checker: runs a schedule on sets of contributions instead of
 * numbers, element by element, and proves the rules of schedule.h and that
 * every rank ends with exactly the right contributions, each once. Memory grows
 * with ranks^2 x count: meant for tests and --check-schedule, not for 100,000.
 */
#ifndef COLL_CHECK_H
#define COLL_CHECK_H

#include "coll/schedule.h"

/* True when all rules hold; else false and `why` names the first rule broken
 * with rank, round, step and bytes. The algorithm must apply. */
bool check_schedule(const struct algorithm *, const struct collective *,
                    char *why, size_t capacity);

#endif
