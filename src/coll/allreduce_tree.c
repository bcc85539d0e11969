/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce along two binary trees, each of which reduces and broadcasts half
 * of the vector in segments, both directions overlapped (Sanders, Speck, Traff,
 * "Two-tree algorithms for full bandwidth broadcast, reduction and scan", 2009;
 * the shape of the trees is that of NCCL's double binary trees). A rank inside
 * one tree is a leaf of the other, so that all send about as much: 2 x the
 * vector, in 2 ceil(log2 n) - 1 rounds more than there are segments. With odd n
 * the trees must share a few inner ranks. */
#include <stdio.h>

#include "base/units.h"
#include "coll/algorithms.h"
#include "coll/builder.h"

/* Long against latency x rate (some 64 KiB), short against the messages of
 * tens of MiB for which the trees are chosen. */
#define SEGMENT_B ((size_t)512 << 10)

enum { TREES = 2 };

/* Half of the vector, as one tree sees it from one rank. */
struct tree {
    int depth;    /* of the whole tree: edges from root to leaf */
    int my_depth; /* edges from the root to this rank */
    int parent;   /* ranks; -1 for none */
    int children[2];
    int segments;         /* the same for both trees */
    size_t offset, count; /* elements of this half */
    size_t segment;       /* elements of a segment; the last may be shorter */
    size_t type_B;
};

/* Positions 0 .. n-1 form a tree of root 0: below it a binary tree in which
 * each position stands between its children, all odd ones being leaves. A
 * position's height is that of its lowest bit. */
static int position_parent(int position, int n)
{
    int low = position & -position, above;

    if (position == 0)
        return -1;
    above = (position ^ low) | low << 1;
    return above < n ? above : position ^ low;
}

static void position_children(int position, int n, int children[2])
{
    int down = (position & -position) >> 1;

    children[0] = children[1] = -1;
    if (position == 0) {
        children[0] = n > 1 ? 1 << (log2_ceil(n) - 1) : -1;
        return;
    }
    if (down == 0)
        return;
    children[0] = position - down;
    while (down > 0 && position + down >= n)
        down >>= 1;
    if (down > 0)
        children[1] = position + down;
}

/* Tree 0 is in order of rank. Tree 1 is its mirror image for even n, shifted
 * by one for odd n: even positions, which are inside, meet odd ranks. */
static int position_of(int tree, int rank, int n)
{
    if (tree == 0)
        return rank;
    return n % 2 ? wrap(rank - 1, n) : n - 1 - rank;
}

static int rank_at(int tree, int position, int n)
{
    if (tree == 0 || position < 0)
        return position;
    return n % 2 ? wrap(position + 1, n) : n - 1 - position;
}

/* Segments of equal length, at most as long as asked for, at least 1 element:
 * of the first half, which is the longer one. */
static size_t segment_elements(const struct collective *c)
{
    size_t wanted_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B;
    size_t most = wanted_B / datatype_size(c->type);
    size_t half = c->count - c->count / TREES;
    size_t parts = most > 1 ? (half + most - 1) / most : half;

    return (half + parts - 1) / parts;
}

static int segments_of(const struct collective *c)
{
    size_t half = c->count - c->count / TREES, each = segment_elements(c);

    return (int)((half + each - 1) / each);
}

static struct tree tree_of(const struct collective *c, int index, int rank)
{
    int n = c->ranks, position = position_of(index, rank, n);
    struct tree t = {.depth = log2_ceil(n),
                     .segments = segments_of(c),
                     .segment = segment_elements(c),
                     .type_B = datatype_size(c->type)};

    block_of(c->count, TREES, index, &t.offset, &t.count);
    t.parent = rank_at(index, position_parent(position, n), n);
    position_children(position, n, t.children);
    for (int i = 0; i < 2; i++)
        t.children[i] = rank_at(index, t.children[i], n);
    while ((position = position_parent(position, n)) >= 0)
        t.my_depth++;
    return t;
}

static struct span segment_span(const struct tree *t, enum buffer buffer,
                                int segment)
{
    size_t begin = (size_t)segment * t->segment, length = t->segment;

    if (segment < 0 || segment >= t->segments || begin >= t->count)
        return (struct span){0};
    if (length > t->count - begin)
        length = t->count - begin;
    return span_of(buffer, (t->offset + begin) * t->type_B, length * t->type_B);
}

/* Segment s leaves depth d upwards in round s + depth - d, and downwards in
 * round s + depth + d. */
static void tree_up(struct builder *b, const struct tree *t, int round)
{
    int give = round - (t->depth - t->my_depth), take = give + 1;
    enum buffer mine = BUFFER_INPUT;

    for (int i = 0; i < 2; i++) {
        if (t->children[i] < 0)
            continue;
        builder_recv_reduce(b, t->children[i], segment_span(t, mine, take),
                            segment_span(t, BUFFER_OUTPUT, take));
        mine = BUFFER_OUTPUT;
    }
    if (t->parent >= 0)
        builder_send(b, t->parent, segment_span(t, mine, give));
}

static void tree_down(struct builder *b, const struct tree *t, int round)
{
    int give = round - (t->depth + t->my_depth), take = give + 1;

    if (t->parent >= 0)
        builder_recv(b, t->parent, segment_span(t, BUFFER_OUTPUT, take));
    for (int i = 0; i < 2; i++)
        if (t->children[i] >= 0)
            builder_send(b, t->children[i],
                         segment_span(t, BUFFER_OUTPUT, give));
}

/* The pipe is 2 x depth long. Only with that many full segments is there a
 * round in which it is full everywhere; with less, each round is a phase. */
static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    int depth = log2_ceil(c->ranks), rounds = segments_of(c) + 2 * depth - 1;
    size_t full = c->count / TREES / segment_elements(c);
    if (full >= 2 * (size_t)depth)
        phase_pipelined(&list, "reduce and broadcast", rounds);
    else
        phase_each(&list, "reduce and broadcast", rounds);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    for (int i = 0; i < TREES; i++) {
        struct tree t = tree_of(c, i, rank);
        tree_up(&b, &t, round);
        tree_down(&b, &t, round);
    }
    return b.used;
}

static void tuning(const struct collective *c, char *text, size_t capacity)
{
    char size[32];
    size_t wanted_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B;

    snprintf(text, capacity, "segment=%s",
             units_print_size(wanted_B, size, sizeof size));
}

const struct algorithm allreduce_double_tree = {
    .name = "double-tree",
    .kind = COLL_ALLREDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
    .tuning = tuning,
};
