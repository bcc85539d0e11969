/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce along a binomial tree: in each round every second of those who are
 * left gives its sum to a neighbour, the nearest first. ceil(log2 n) rounds of
 * the whole vector: for short ones. */
#include "coll/algorithms.h"
#include "coll/rooted.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "collect", log2_ceil(c->ranks));
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t bytes = collective_block_B(c);
    struct edge edge = rooted_edge(c, rank, 1 << round);
    /* Who has anybody below has its nearest neighbour below, in round 0. */
    bool alone = rooted_below(c, rooted_place(c, rank)) == 1 || round == 0;
    struct span own = span_of(BUFFER_INPUT, 0, bytes);
    struct span sum =
        span_of(rank == c->root ? BUFFER_OUTPUT : BUFFER_SCRATCH, 0, bytes);

    if (edge.peer >= 0 && edge.up)
        builder_send(&b, edge.peer, alone ? own : sum);
    else if (edge.peer >= 0)
        builder_recv_last(&b, edge.peer, alone ? own : sum, sum,
                          rank == c->root && 2 << round >= c->ranks);
    return b.used;
}

/* Of two ranks only the root adds up. */
static size_t scratch_B(const struct collective *c)
{
    return solo_applies(c) || c->ranks == 2 ? 0 : collective_block_B(c);
}

const struct algorithm reduce_binomial = {
    .name = "binomial",
    .kind = COLL_REDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
