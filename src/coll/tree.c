/* SPDX-License-Identifier: BSD-3-Clause */
#include "coll/tree.h"

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

/* The member at a position of a tree, -1 for none. */
static int member_at(int tree, int position, int n)
{
    if (tree == 0 || position < 0)
        return position;
    return n % 2 ? wrap(position + 1, n) : n - 1 - position;
}

static int rank_at(const struct tree_part *p, int tree, int position)
{
    int member = member_at(tree, position, p->members);
    int rank = p->first + member * p->stride;

    if (member < 0)
        return -1;
    return p->around > 0 ? rank % p->around : rank;
}

int tree_head(const struct tree_part *p, int index)
{
    return rank_at(p, index, 0);
}

/* Segments of equal length, at most as long as asked for, at least 1 element:
 * of the first half, which is the longer one. */
static size_t segment_elements(const struct tree_part *p)
{
    size_t most = p->segment_B / p->type_B;
    size_t half = p->count - p->count / TREES;
    size_t parts = most > 1 ? (half + most - 1) / most : half;

    return parts ? (half + parts - 1) / parts : 1;
}

int tree_segments(const struct tree_part *p)
{
    size_t half = p->count - p->count / TREES, each = segment_elements(p);

    return (int)((half + each - 1) / each);
}

bool tree_is_full(const struct tree_part *p, int length)
{
    return p->count / TREES / segment_elements(p) >= (size_t)length;
}

struct tree tree_of(const struct tree_part *p, int index)
{
    int n = p->members, position = position_of(index, p->me, n);
    struct tree t = {.depth = log2_ceil(n),
                     .segments = tree_segments(p),
                     .segment = segment_elements(p),
                     .type_B = p->type_B,
                     .source = p->source,
                     .sums = p->in_scratch ? BUFFER_SCRATCH : BUFFER_OUTPUT};

    block_of(p->count, TREES, index, &t.offset, &t.count);
    t.offset += p->offset;
    t.parent = rank_at(p, index, position_parent(position, n));
    position_children(position, n, t.children);
    for (int i = 0; i < 2; i++)
        t.children[i] = rank_at(p, index, t.children[i]);
    while ((position = position_parent(position, n)) >= 0)
        t.my_depth++;
    return t;
}

void tree_move(struct tree *t, const struct tree_part *from,
               const struct tree_part *to, int index)
{
    if (to->count != from->count) {
        t->segments = tree_segments(to);
        t->segment = segment_elements(to);
    }
    block_of(to->count, TREES, index, &t->offset, &t->count);
    t->offset += to->offset;
}

struct span tree_segment(const struct tree *t, enum buffer buffer, int segment)
{
    size_t begin = (size_t)segment * t->segment, length = t->segment;

    if (segment < 0 || segment >= t->segments || begin >= t->count)
        return (struct span){0};
    if (length > t->count - begin)
        length = t->count - begin;
    return span_of(buffer, (t->offset + begin) * t->type_B, length * t->type_B);
}

void tree_up(struct builder *b, const struct tree *t, int round)
{
    int give = round - (t->depth - t->my_depth), take = give + 1;
    enum buffer mine = t->source;

    for (int i = 0; i < 2; i++) {
        if (t->children[i] < 0)
            continue;
        bool last = t->parent < 0 && (i == 1 || t->children[1] < 0);
        builder_recv_last(b, t->children[i], tree_segment(t, mine, take),
                          tree_segment(t, t->sums, take), last);
        mine = t->sums;
    }
    if (t->parent >= 0)
        builder_send(b, t->parent, tree_segment(t, mine, give));
}

void tree_down(struct builder *b, const struct tree *t, int round)
{
    int give = round - (t->depth + t->my_depth), take = give + 1;

    if (t->parent >= 0)
        builder_recv(b, t->parent, tree_segment(t, BUFFER_OUTPUT, take));
    for (int i = 0; i < 2; i++)
        if (t->children[i] >= 0)
            builder_send(b, t->children[i],
                         tree_segment(t, BUFFER_OUTPUT, give));
}
