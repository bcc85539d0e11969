/* SPDX-License-Identifier: BSD-3-Clause */
/* When an executor may start a step before an earlier one of the same rank is
 * done (coll/schedule.h, rule 4). Pure, so that it can be tested without a
 * fabric. */
#ifndef NET_HAZARD_H
#define NET_HAZARD_H

#include <stdbool.h>
#include <stddef.h>

/* What one step touches in this rank's memory: NULL where it does not. */
struct reach {
    const char *writes, *reads;
    size_t bytes;
};

/* Must `later` wait for `earlier`? It may not write what the other reads or
 * writes, nor read what the other writes. Steps of no bytes, a barrier's,
 * overlap nothing and are there for their order alone: they always wait, and are
 * waited for. */
bool hazard(const struct reach *later, const struct reach *earlier);

#endif
