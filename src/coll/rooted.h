/* SPDX-License-Identifier: BSD-3-Clause */
/* What algorithms with a root share: ranks counted from the root on, "places",
 * and the binomial tree over them, in which the parent of a place is the same
 * number without its lowest bit, so that whoever is below place v has a number
 * from v to v plus that bit. */
#ifndef COLL_ROOTED_H
#define COLL_ROOTED_H

#include "coll/builder.h"

int rooted_place(const struct collective *, int rank); /* 0 is the root */
int rooted_rank(const struct collective *, int place);

/* The edge of the tree, `width` places long (a power of two), at which a rank
 * stands: the rank at its other end, and whether that is the parent. */
struct edge {
    int peer; /* -1: none */
    bool up;
};

struct edge rooted_edge(const struct collective *, int rank, int width);

/* Places end at begin + this: the rank itself and all below it. */
int rooted_below(const struct collective *, int place);

/* The most of that for any place but 0; 1 for two ranks. */
int rooted_below_most(const struct collective *);

/* A run of places as runs of ranks: two where it passes the last rank, else the
 * second is empty. */
struct rooted_run {
    int place, count, rank;
};

void rooted_runs(const struct collective *, int place, int count,
                 struct rooted_run out[2]);

#endif
