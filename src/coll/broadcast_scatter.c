/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcast by a scatter and an all-gather (Barnett, Gupta, Payne, Shuler, van
 * de Geijn, Watts, "Interprocessor collective communication library", 1994): a
 * block of the vector to each rank along a binomial tree, then round a ring.
 * Each rank sends no more than twice the vector, in log2 n + n - 1 rounds. The
 * ring is open: nobody sends the root what it has. */
#include "coll/algorithms.h"
#include "coll/rooted.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "scatter", log2_ceil(c->ranks));
    phase_add(&list, "all-gather", c->ranks - 1);
    return list.used;
}

/* Blocks of places `first` to first + count - 1. */
static struct span blocks(const struct collective *c, enum buffer buffer,
                          int first, int count)
{
    size_t begin, end, length, type_B = datatype_size(c->type);

    block_of(c->count, c->ranks, first, &begin, &length);
    block_of(c->count, c->ranks, first + count - 1, &end, &length);
    return span_of(buffer, begin * type_B, (end + length - begin) * type_B);
}

static void scatter(struct builder *b, const struct collective *c, int rank,
                    int round, enum buffer have)
{
    int width = 1 << (log2_ceil(c->ranks) - 1 - round);
    int place = rooted_place(c, rank), to = place + width;
    struct edge edge = rooted_edge(c, rank, width);

    if (edge.peer >= 0 && edge.up)
        builder_recv(b, edge.peer,
                     blocks(c, BUFFER_OUTPUT, place, rooted_below(c, place)));
    else if (edge.peer >= 0)
        builder_send(b, edge.peer, blocks(c, have, to, rooted_below(c, to)));
    if (round == 0 && rank == c->root && !c->in_place)
        builder_copy(b, blocks(c, BUFFER_INPUT, 0, c->ranks),
                     blocks(c, BUFFER_OUTPUT, 0, c->ranks));
}

static void gather(struct builder *b, const struct collective *c, int rank,
                   int round, enum buffer have)
{
    int place = rooted_place(c, rank), n = c->ranks;

    if (place < n - 1)
        builder_send(b, rooted_rank(c, place + 1),
                     blocks(c, have, wrap(place - round, n), 1));
    if (place > 0)
        builder_recv(b, rooted_rank(c, place - 1),
                     blocks(c, BUFFER_OUTPUT, wrap(place - 1 - round, n), 1));
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    enum buffer have = rank == c->root ? BUFFER_INPUT : BUFFER_OUTPUT;
    int ring = round - log2_ceil(c->ranks);
    if (ring < 0)
        scatter(&b, c, rank, round, have);
    else
        gather(&b, c, rank, ring, have);
    return b.used;
}

const struct algorithm broadcast_scatter_allgather = {
    .name = "scatter-allgather",
    .kind = COLL_BROADCAST,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
