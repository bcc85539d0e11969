/* SPDX-License-Identifier: BSD-3-Clause */
/* All algorithms, one row each. Adding one costs a file and a row here; the
 * tests find it by looping over this table. */
#ifndef COLL_REGISTRY_H
#define COLL_REGISTRY_H

#include "coll/schedule.h"

extern const struct algorithm *const registry[]; /* NULL at the end */

/* NULL when there is none of that name for that kind. */
const struct algorithm *registry_find(enum collective_kind kind,
                                      const char *name);

/* "ring, recursive-doubling, ...": for messages and --help. */
void registry_names(enum collective_kind kind, char *text, size_t capacity);

/* `--algorithm auto` before anything was measured: the first of a documented
 * preference (docs/method.md) that applies. Never NULL for a valid kind. */
const struct algorithm *registry_auto(const struct collective *);

#endif
