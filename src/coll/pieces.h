/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce-scatter by a ring among some of the ranks: piece i of what each member
 * has ends, reduced, at member i. Flat algorithms use it on blocks,
 * hierarchical ones on sets of blocks. */
#ifndef COLL_PIECES_H
#define COLL_PIECES_H

#include "coll/builder.h"

struct pieces {
    int members, me;   /* how many ranks, and which of them is this one */
    int first, stride; /* member i is rank first + i * stride */
    struct span piece; /* piece 0 of this rank; the others lie each ... */
    size_t apart_B;    /* ... so far behind the one before */
    /* Where a partial sum goes that is received and then sent on: over the
     * piece that it contains, or in turn to one of two places (a rank may not
     * receive into what it sends), of which sum[0] is the last one. */
    bool over;
    struct span sum[2];
    bool partial;    /* sums are of these members only: more is yet to come */
    struct span end; /* where the finished piece goes instead; empty: nowhere */
};

/* members - 1 rounds, each with the same peers and one piece. */
void pieces_round(struct builder *, const struct pieces *, int round);

#endif
