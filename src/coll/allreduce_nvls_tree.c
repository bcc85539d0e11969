/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce with reduction in the switch of each node (NVLink SHARP), shaped
 * like NCCL's NVLSTree: the switch sums each rank's share of the vector out of
 * all ranks of its node, the ranks of equal place in all nodes all-reduce their
 * share along two trees (tree.h), one rail each, and the switch copies every
 * finished share to the node. All in segments, one pipe from end to end:
 * segment s is summed in round s, goes through the trees one round later, and
 * is copied in round s + depth + d + 1 by an owner at depth d. */
#include <stdio.h>

#include "base/units.h"
#include "coll/algorithms.h"
#include "coll/tree.h"

/* Of a rank's share. */
#define SEGMENT_B ((size_t)256 << 10)

static const char *inapplicable(const struct collective *c)
{
    if (shape_uniform(c) == 0)
        return "nodes hold different numbers of ranks";
    if (shape_uniform(c) == 1)
        return "each node holds a single rank";
    return NULL;
}

/* The share of the ranks at `place` in their nodes, seen from `node`. */
static struct tree_part part_of(const struct collective *c, int node, int place)
{
    int p = shape_uniform(c);
    struct tree_part part = {
        .members = c->ranks / p,
        .me = node,
        .first = place,
        .stride = p,
        .type_B = datatype_size(c->type),
        .segment_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B,
        .source = BUFFER_OUTPUT};

    block_of(c->count, p, place, &part.offset, &part.count);
    return part;
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    struct tree_part part = part_of(c, 0, 0);
    int depth = log2_ceil(part.members);
    int rounds = tree_segments(&part) + 2 * depth + 1;
    struct tree_part last = part_of(c, 0, shape_uniform(c) - 1);
    if (last.count / TREES / tree_of(&part, 0).segment >= 2 * (size_t)depth + 2)
        phase_pipelined(&list, "switch and trees", rounds);
    else
        phase_each(&list, "switch and trees", rounds);
    return list.used;
}

static void switch_step(struct builder *b, enum step_kind kind, int owner,
                        struct span from, struct span to, bool last)
{
    if (span_B(&from) + span_B(&to) == 0)
        return;
    if (b->used < b->capacity)
        b->out[b->used] = (struct step){kind, owner, from, to, last};
    b->used++;
}

/* What the node's switch does for the share of one owner. */
static void switch_steps(struct builder *b, const struct tree *t, int round,
                         int owner, int rank)
{
    const struct span none = {0};
    bool mine = owner == rank;
    struct span sum = tree_segment(t, BUFFER_INPUT, round);
    struct span here = tree_segment(t, BUFFER_OUTPUT, round);
    switch_step(b, STEP_SWITCH_REDUCE, owner, sum, mine ? here : none,
                mine && t->depth == 0); /* a single node */

    int done = round - (t->depth + t->my_depth + 1);
    struct span share = tree_segment(t, BUFFER_OUTPUT, done);
    switch_step(b, STEP_SWITCH_MULTICAST, owner, mine ? share : none,
                mine ? none : share, false);
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int p = shape_uniform(c), node = rank / p;
    struct tree_part part = part_of(c, node, rank % p);
    struct tree trees[TREES];
    for (int i = 0; i < TREES; i++)
        trees[i] = tree_of(&part, i);
    for (int place = 0; place < p; place++) {
        const struct tree_part before = part;
        block_of(c->count, p, place, &part.offset, &part.count);
        for (int i = 0; i < TREES; i++) {
            tree_move(&trees[i], &before, &part, i);
            switch_steps(&b, &trees[i], round, node * p + place, rank);
            if (node * p + place != rank)
                continue;
            tree_up(&b, &trees[i], round - 1);
            tree_down(&b, &trees[i], round - 1);
        }
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

const struct algorithm allreduce_nvls_tree = {
    .name = "nvls-tree",
    .kind = COLL_ALLREDUCE,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
    .tuning = tuning,
    .in_switch = true,
};
