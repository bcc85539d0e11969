/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce of part of a vector among some of the ranks: the pieces of which
 * whole algorithms are put together. Flat algorithms use them on everything,
 * hierarchical ones within a node and across nodes. */
#ifndef COLL_GROUP_H
#define COLL_GROUP_H

#include "coll/builder.h"

struct group {
    int members, me;      /* how many ranks, and which of them is this one */
    int first, stride;    /* member i is rank first + i * stride */
    int around;           /* > 0: modulo this */
    size_t offset, count; /* elements of the vector that they reduce */
    size_t type_B;
    enum buffer source; /* where a member's own contribution is: INPUT, or
                           OUTPUT when an earlier phase has put it there */
    bool partial;       /* sums are of the group only: others are yet to come */
    bool in_scratch; /* where a halving keeps its sums: SCRATCH, else OUTPUT */
    int turn_of, turn; /* where turn_of > 0, members are instead all ranks in
                          order, turned by `turn` places in each node of
                          `turn_of` ranks */
};

/* Block `index` of the group's part, when cut into one for each member. */
struct span group_block(const struct group *, enum buffer buffer, int index);

/* Ring: members - 1 rounds each way. After the reduce-scatter a member has the
 * finished block of index (me + 1) mod members in OUTPUT; the all-gather starts
 * from there. */
void ring_reduce_scatter(struct builder *, const struct group *, int round);
void ring_all_gather(struct builder *, const struct group *, int round);

/* Rabenseifner: recursive halving, then recursive doubling; every round is a
 * phase of its own. The result is in OUTPUT of every member. */
void halving_phases(struct phase_list *, int members);
int halving_rounds(int members);
void halving_round(struct builder *, const struct group *, int round);

/* Instead of doubling: in as many rounds as there are halvings, counted from 0,
 * the parts are collected by the member whose number in the core is 0. */
void halving_collect(struct builder *, const struct group *, int round);

/* Numbers of ranks that are not a power of two: of the first 2 x extra members
 * the even ones hand their contribution to the next one and wait for the result
 * (as in MPICH: Thakur, Rabenseifner, Gropp, "Optimization of collective
 * communication operations in MPICH", 2005). The others form the core, numbered
 * from 0. */
struct fold {
    int core_log2; /* the core has 2^core_log2 members */
    int extra;     /* members outside it */
    int core;      /* number of this member in the core, -1 outside */
    int partner;   /* to whom, or from whom, it folds; -1 for none */
};

struct fold fold_of(int members, int me);
/* The member that has a number in the core. */
int fold_member(const struct fold *, int core);

#endif
