/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring reduce-scatter: the first half of the ring all-reduce. The partial sum
 * of each block sets out from the rank behind its owner and travels once round
 * the ring, n-1 rounds, to the owner. */
#include "coll/algorithms.h"
#include "coll/pieces.h"

static struct span piece_of(const struct pieces *p, int index)
{
    struct span piece = p->piece;

    piece.offset += (size_t)wrap(index, p->members) * p->apart_B;
    return piece;
}

/* Where the piece that arrives in a round goes. */
static struct span place_of(const struct pieces *p, int round)
{
    int left = p->members - 2 - round;

    if (left == 0 && p->end.count)
        return p->end;
    return p->over ? piece_of(p, p->me - 2 - round) : p->sum[left % 2];
}

void pieces_round(struct builder *b, const struct pieces *p, int round)
{
    int next = p->first + wrap(p->me + 1, p->members) * p->stride;
    int before = p->first + wrap(p->me - 1, p->members) * p->stride;

    builder_send(b, next,
                 round ? place_of(p, round - 1) : piece_of(p, p->me - 1));
    builder_recv_last(b, before, piece_of(p, p->me - 2 - round),
                      place_of(p, round),
                      round == p->members - 2 && !p->partial);
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_add(&list, "reduce-scatter", c->ranks - 1);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t block_B = collective_block_B(c);
    const struct pieces all = {.members = c->ranks,
                               .me = rank,
                               .stride = 1,
                               .piece = span_of(BUFFER_INPUT, 0, block_B),
                               .apart_B = block_B,
                               .over = c->in_place,
                               .sum = {span_of(BUFFER_OUTPUT, 0, block_B),
                                       span_of(BUFFER_SCRATCH, 0, block_B)}};
    pieces_round(&b, &all, round);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    bool needed = !solo_applies(c) && !c->in_place && c->ranks > 2;

    return needed ? collective_block_B(c) : 0;
}

const struct algorithm reduce_scatter_ring = {
    .name = "ring",
    .kind = COLL_REDUCE_SCATTER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
