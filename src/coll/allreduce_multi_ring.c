/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce by as many rings at once as a node has ranks, each for its part of
 * the vector, as NCCL's channels run. Ring k visits the ranks of every node
 * from the k-th on, round to the one before it: so each ring enters and leaves
 * a node by other GPUs, and all of a node's network interfaces carry the same.
 * A plain ring uses one of them. */
#include "coll/algorithms.h"
#include "coll/group.h"

static const char *inapplicable(const struct collective *c)
{
    if (shape_uniform(c) == 0)
        return "nodes hold different numbers of ranks";
    if (shape_uniform(c) == 1)
        return "each node holds a single rank";
    return NULL;
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_add(&list, "reduce-scatter", c->ranks - 1);
    phase_add(&list, "all-gather", c->ranks - 1);
    return list.used;
}

static struct group ring_of(const struct collective *c, int rank, int ring)
{
    int p = shape_uniform(c), local = rank % p;
    struct group g = {.members = c->ranks,
                      .me = rank - local + wrap(local - ring, p),
                      .turn_of = p,
                      .turn = ring,
                      .type_B = datatype_size(c->type),
                      .source = BUFFER_INPUT};

    block_of(c->count, p, ring, &g.offset, &g.count);
    return g;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    for (int ring = 0; ring < shape_uniform(c); ring++) {
        struct group g = ring_of(c, rank, ring);
        if (round < c->ranks - 1)
            ring_reduce_scatter(&b, &g, round);
        else
            ring_all_gather(&b, &g, round - (c->ranks - 1));
    }
    return b.used;
}

const struct algorithm allreduce_multi_ring = {
    .name = "multi-ring",
    .kind = COLL_ALLREDUCE,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
