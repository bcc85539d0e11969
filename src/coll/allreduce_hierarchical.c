/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce that knows of nodes: a reduce-scatter in each node leaves every
 * rank with a share of the node's sum; the ranks of equal place in all nodes
 * all-reduce their share, over all network interfaces at once; an all-gather
 * in each node completes it. Of p ranks a node, each byte leaves a node once
 * instead of p times. In the nodes by rings; across them by Rabenseifner's
 * algorithm while a ring's blocks would be shorter than RING_BLOCK_B, else by
 * rings. */
#include "coll/algorithms.h"
#include "coll/group.h"

/* Latency x rate of the networks of today: below it, fewer rounds win. */
#define RING_BLOCK_B ((size_t)64 << 10)

static const char *inapplicable(const struct collective *c)
{
    if (shape_start(c, 1) >= c->ranks)
        return "all ranks are on one node";
    if (shape_uniform(c) == 0)
        return "nodes hold different numbers of ranks";
    if (shape_uniform(c) == 1)
        return "each node holds a single rank";
    return NULL;
}

struct plan {
    struct group node, across;
    int node_rounds, across_rounds; /* node: each way */
    bool ring;
};

static struct plan plan_of(const struct collective *c, int rank)
{
    int p = shape_start(c, 1), place = rank % p; /* all nodes are alike */
    size_t type_B = datatype_size(c->type);
    struct plan plan = {
        .node = {.members = p,
                 .me = place,
                 .first = rank - place,
                 .stride = 1,
                 .count = c->count,
                 .type_B = type_B,
                 .source = BUFFER_INPUT,
                 .partial = true},
        .across = {.members = c->ranks / p,
                   .me = rank / p,
                   .first = place,
                   .stride = p,
                   .type_B = type_B,
                   .source = BUFFER_OUTPUT},
        .node_rounds = p - 1,
    };
    struct group *across = &plan.across;

    block_of(c->count, p, wrap(place + 1, p), &across->offset, &across->count);
    plan.ring = c->count * type_B / (size_t)c->ranks >= RING_BLOCK_B;
    plan.across_rounds =
        plan.ring ? 2 * (across->members - 1) : halving_rounds(across->members);
    return plan;
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    struct plan plan = plan_of(c, 0);
    phase_add(&list, "reduce-scatter in the node", plan.node_rounds);
    if (plan.ring) {
        phase_add(&list, "reduce-scatter across nodes",
                  plan.across.members - 1);
        phase_add(&list, "all-gather across nodes", plan.across.members - 1);
    } else {
        halving_phases(&list, plan.across.members);
    }
    phase_add(&list, "all-gather in the node", plan.node_rounds);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct plan plan = plan_of(c, rank);
    int across = round - plan.node_rounds;
    int back = across - (plan.across.members - 1); /* the ring's second half */
    int last = across - plan.across_rounds;

    if (across < 0)
        ring_reduce_scatter(&b, &plan.node, round);
    else if (last >= 0)
        ring_all_gather(&b, &plan.node, last);
    else if (!plan.ring)
        halving_round(&b, &plan.across, across);
    else if (back < 0)
        ring_reduce_scatter(&b, &plan.across, across);
    else
        ring_all_gather(&b, &plan.across, back);
    return b.used;
}

const struct algorithm allreduce_hierarchical = {
    .name = "hierarchical",
    .kind = COLL_ALLREDUCE,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
