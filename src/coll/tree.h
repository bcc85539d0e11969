/* SPDX-License-Identifier: BSD-3-Clause */
/* Two complementary binary trees over the members of a group, each of which
 * reduces and broadcasts half of a part of the vector in segments, both
 * directions overlapped (Sanders, Speck, Traff, "Two-tree algorithms for full
 * bandwidth broadcast, reduction and scan", 2009; the shape of the trees is
 * that of NCCL's double binary trees). A member inside one tree is a leaf of
 * the other, so that all send about as much. With an odd number of members the
 * trees must share a few inner ones. */
#ifndef COLL_TREE_H
#define COLL_TREE_H

#include "coll/builder.h"

enum { TREES = 2 };

/* Who takes part and in what. */
struct tree_part {
    int members, me;      /* how many, and which of them is this one */
    int first, stride;    /* member i is rank first + i * stride */
    int around;           /* > 0: modulo this */
    size_t offset, count; /* elements of the vector that they reduce */
    size_t type_B;
    size_t segment_B;   /* at most so long */
    enum buffer source; /* where a member's own contribution is */
    bool in_scratch;    /* where its sums are: SCRATCH, else OUTPUT */
};

/* Half of the part, as one tree sees it from one member. */
struct tree {
    int depth;    /* of the whole tree: edges from root to leaf */
    int my_depth; /* edges from the root to this member */
    int parent;   /* ranks; -1 for none */
    int children[2];
    int segments;         /* the same for both trees */
    size_t offset, count; /* elements of this half */
    size_t segment;       /* elements of a segment; the last may be shorter */
    size_t type_B;
    enum buffer source, sums;
};

struct tree tree_of(const struct tree_part *, int index);

/* Moves a tree, tree_of(from, index), to a part that differs from `from` in
 * offset and count (by one block's rounding) only; peers stay those of `from`.
 * Much cheaper than tree_of. */
void tree_move(struct tree *, const struct tree_part *from,
               const struct tree_part *to, int index);

/* The rank at the head of a tree. */
int tree_head(const struct tree_part *, int index);

/* Segments of a part, of which each tree passes one a round, and whether there
 * are enough full ones to fill a pipe of `length` rounds. */
int tree_segments(const struct tree_part *);
bool tree_is_full(const struct tree_part *, int length);

/* The members are all ranks, or have the sums of all between them: what the
 * head of a tree (parent -1) has is finished.
 *
 * Segment s leaves depth d upwards in round s + depth - d, and downwards in
 * round s + depth + d: segments + 2 depth - 1 rounds. */
void tree_up(struct builder *, const struct tree *, int round);
void tree_down(struct builder *, const struct tree *, int round);

/* A segment in a buffer; empty where there is none of that number. */
struct span tree_segment(const struct tree *, enum buffer, int segment);

#endif
