/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcast along two complementary binary trees (tree.h) over the ranks other
 * than the root, in segments: the root feeds half of the vector to the head of
 * each tree. Nobody sends more than the vector once, in as many rounds as there
 * are segments of a half, and log2 n to fill the pipe. */
#include "coll/algorithms.h"
#include "coll/rooted_tree.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    return solo_applies(c) ? solo_phases(c, out, capacity)
                           : rooted_tree_phases(c, "send down", out, capacity);
}

/* Segment s sets out in round s, and leaves depth d in round s + d + 1. */
static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct tree_part part = rooted_tree(c, rank);
    for (int i = 0; i < TREES; i++) {
        struct tree t = rooted_tree_of(c, &part, i);
        struct span given = tree_segment(&t, BUFFER_INPUT, round);
        if (rank != c->root) {
            tree_down(&b, &t, round + t.depth - 1);
            continue;
        }
        builder_send(&b, tree_head(&part, i), given);
        if (!c->in_place)
            builder_copy(&b, given, tree_segment(&t, BUFFER_OUTPUT, round));
    }
    return b.used;
}

const struct algorithm broadcast_tree = {
    .name = "tree",
    .kind = COLL_BROADCAST,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
    .tuning = rooted_tree_tuning,
};
