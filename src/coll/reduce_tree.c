/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce along two complementary binary trees (rooted_tree.h), in segments: the
 * broadcast along them, backwards. */
#include "coll/algorithms.h"
#include "coll/rooted_tree.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    return solo_applies(c) ? solo_phases(c, out, capacity)
                           : rooted_tree_phases(c, "send up", out, capacity);
}

/* Segment s leaves depth d in round s + depth - d. */
static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct tree_part part = rooted_tree(c, rank);
    for (int i = 0; i < TREES; i++) {
        struct tree t = rooted_tree_of(c, &part, i);
        int arrives = round - t.depth;
        if (rank == c->root)
            builder_recv_last(&b, tree_head(&part, i),
                              tree_segment(&t, BUFFER_INPUT, arrives),
                              tree_segment(&t, BUFFER_OUTPUT, arrives), true);
        else
            tree_up(&b, &t, round);
    }
    return b.used;
}

/* Of two ranks only the root adds up. */
static size_t scratch_B(const struct collective *c)
{
    return solo_applies(c) || c->ranks == 2 ? 0 : collective_block_B(c);
}

const struct algorithm reduce_tree = {
    .name = "tree",
    .kind = COLL_REDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
    .tuning = rooted_tree_tuning,
};
