/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcast along a binomial tree: in each round all who have the vector send
 * it on, the farthest first, so that later, more numerous messages go to
 * neighbours. ceil(log2 n) rounds of the whole vector: for short ones. */
#include "coll/algorithms.h"
#include "coll/rooted.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "send on", log2_ceil(c->ranks));
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t bytes = collective_block_B(c);
    struct edge edge =
        rooted_edge(c, rank, 1 << (log2_ceil(c->ranks) - 1 - round));
    struct span result = span_of(BUFFER_OUTPUT, 0, bytes);
    struct span have =
        rank == c->root ? span_of(BUFFER_INPUT, 0, bytes) : result;

    if (edge.peer >= 0 && edge.up)
        builder_recv(&b, edge.peer, result);
    else if (edge.peer >= 0)
        builder_send(&b, edge.peer, have);
    if (round == 0 && rank == c->root && !c->in_place)
        builder_copy(&b, have, result);
    return b.used;
}

const struct algorithm broadcast_binomial = {
    .name = "binomial",
    .kind = COLL_BROADCAST,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
