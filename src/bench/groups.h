/* SPDX-License-Identifier: BSD-3-Clause */
/* Sub-groups of a job for --ranks and --placement: pure functions of a table
 * that says on which node each rank lives. Every rank computes the same.
 *
 * packed: consecutive ranks, counted node by node: as few nodes as possible.
 * spread: a rank of each node, the node with most ranks left first, and again
 *   until the group is full: as many nodes as possible.
 * rail: one rank a node, all with the same local index (the same NIC, where
 *   ranks are bound to NICs in order).
 *
 * Group 0 of a size holds group 0 of every smaller size, so that growing a
 * cluster keeps what was measured before. */
#ifndef BENCH_GROUPS_H
#define BENCH_GROUPS_H

#include <stdbool.h>

#include "sim/split.h"

enum placement { PLACEMENT_PACKED, PLACEMENT_SPREAD, PLACEMENT_RAIL };

const char *placement_name(enum placement); /* "packed", ... */

/* Sizes of --ranks, ascending: "2,4,8", or "all": 2, 4, 8 ... below `total`,
 * and `total` itself. NULL, or what was expected of the text, with *sizes and
 * *n untouched. The caller frees *sizes. */
const char *groups_parse(const char *text, int total, int **sizes, int *n);

struct groups {
    int ranks;    /* of each group */
    int count;    /* groups, disjoint; ranks left over are idle */
    int *members; /* count x ranks: of each group node by node, and ascending
                     within a node; nodes ascending */
};

/* Group 0 alone, or with `concurrent` as many as fit. node_of[rank] >= 0 for
 * `total` ranks, 1 <= ranks. NULL, or why there is no such group, with *out
 * untouched. */
const char *groups_build(const int *node_of, int total, int ranks,
                         enum placement, bool concurrent, struct groups *out);
/* All groups of a training axis; the split's ranks are 0 .. split_ranks - 1. */
void groups_split(const int *node_of, const struct split *, struct groups *out);
void groups_free(struct groups *);

const int *groups_members(const struct groups *, int group);

/* The group of a rank; -1: idle. */
int groups_find(const struct groups *, int rank);

/* Where each node's members start, for node_shape.starts: fills starts[0 ..
 * nodes], with starts[nodes] == ranks, and returns nodes. Room for ranks + 1.
 */
int groups_starts(const int *node_of, const int *members, int ranks,
                  int *starts);

#endif
