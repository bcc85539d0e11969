/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring all-reduce (Patarasuk, Yuan, "Bandwidth optimal all-reduce algorithms
 * for clusters of workstations", 2009). The vector is cut into n blocks; they
 * travel round the ring once to be reduced, and once more finished. 2(n-1)
 * rounds; each rank sends the least that is possible, 2(n-1)/n of the vector.
 */
#include "coll/algorithms.h"
#include "coll/group.h"

struct span group_block(const struct group *g, enum buffer buffer, int index)
{
    size_t offset, length;

    block_of(g->count, g->members, index, &offset, &length);
    return span_of(buffer, (g->offset + offset) * g->type_B,
                   length * g->type_B);
}

static int neighbour(const struct group *g, int distance)
{
    int member = wrap(g->me + distance, g->members), p = g->turn_of;

    if (p > 0)
        return member - member % p + (member + g->turn) % p;
    return g->first + member * g->stride;
}

void ring_reduce_scatter(struct builder *b, const struct group *g, int round)
{
    int give = wrap(g->me - round, g->members);
    int take = wrap(g->me - round - 1, g->members);
    enum buffer partial = round == 0 ? g->source : BUFFER_OUTPUT;
    bool last = round == g->members - 2 && !g->partial;

    builder_send(b, neighbour(g, 1), group_block(g, partial, give));
    builder_recv_last(b, neighbour(g, -1), group_block(g, g->source, take),
                      group_block(g, BUFFER_OUTPUT, take), last);
}

void ring_all_gather(struct builder *b, const struct group *g, int round)
{
    int give = wrap(g->me + 1 - round, g->members);
    int take = wrap(g->me - round, g->members);

    builder_send(b, neighbour(g, 1), group_block(g, BUFFER_OUTPUT, give));
    builder_recv(b, neighbour(g, -1), group_block(g, BUFFER_OUTPUT, take));
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

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    const struct group all = {.members = c->ranks,
                              .me = rank,
                              .stride = 1,
                              .count = c->count,
                              .type_B = datatype_size(c->type),
                              .source = BUFFER_INPUT};
    if (round < c->ranks - 1)
        ring_reduce_scatter(&b, &all, round);
    else
        ring_all_gather(&b, &all, round - (c->ranks - 1));
    return b.used;
}

const struct algorithm allreduce_ring = {
    .name = "ring",
    .kind = COLL_ALLREDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
