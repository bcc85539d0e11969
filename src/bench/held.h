/* SPDX-License-Identifier: BSD-3-Clause */
/* What a row says of the topology it is held against: the bound and the share
 * of it that was reached, and which of the topology's figures were assumed. The
 * same for measured and for simulated rows. */
#ifndef BENCH_HELD_H
#define BENCH_HELD_H

#include "bench/record.h"
#include "sim/bound.h"

/* Fills `bound_GBps`, `bound_level` and `efficiency` of a row whose busbw is
 * known, and flags `above-bound` where it is more than the topology allows: the
 * file, the measurement or the physics is wrong then. Bound and busbw are of
 * the same factor (docs/method.md). Leaves all empty where there is no bound
 * (one rank, no bytes). `gpu_of` and `groups` as in bound_of. */
void held_bound(const struct topology *, const struct collective *,
                const int *gpu_of, int groups, struct record *);

/* The paths of the figures that the file assumes, as many as fit and how many
 * more: "node.scaleup.latency clos.leaf.cable +3". "" when none is. */
void held_assumed(const struct topology *, char *text, size_t capacity);

#endif
