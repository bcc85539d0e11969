/* SPDX-License-Identifier: BSD-3-Clause */
/* Bruck's all-gather (Bruck, Ho, Kipnis, Upfal, Weathersby, "Efficient
 * algorithms for all-to-all communications in multiport message-passing
 * systems", 1997): ceil(log2 n) rounds for any n. Slot j of SCRATCH holds the
 * block of rank + j; round k doubles the slots from rank + 2^k. At the end the
 * slots are turned into place. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "exchange", log2_ceil(c->ranks));
    phase_add(&list, "turn", 1);
    return list.used;
}

/* Slots 0 .. n-1-rank belong to ranks rank .. n-1, the others to 0 .. rank-1.
 */
static void turn(struct builder *b, const struct collective *c, int rank)
{
    size_t block_B = collective_input_B(c);
    size_t before = (size_t)rank, after = (size_t)(c->ranks - rank);
    size_t skip = c->in_place ? 1 : 0; /* the own block is there already */

    builder_copy(
        b, span_of(BUFFER_SCRATCH, skip * block_B, (after - skip) * block_B),
        span_of(BUFFER_OUTPUT, (before + skip) * block_B,
                (after - skip) * block_B));
    builder_copy(b, span_of(BUFFER_SCRATCH, after * block_B, before * block_B),
                 span_of(BUFFER_OUTPUT, 0, before * block_B));
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    if (round == log2_ceil(c->ranks)) {
        turn(&b, c, rank);
        return b.used;
    }

    int far = 1 << round, slots = c->ranks - far < far ? c->ranks - far : far;
    size_t block_B = collective_input_B(c), bytes = (size_t)slots * block_B;
    struct span own = span_of(BUFFER_INPUT, 0, block_B);
    builder_send(&b, wrap(rank - far, c->ranks),
                 round == 0 ? own : span_of(BUFFER_SCRATCH, 0, bytes));
    builder_recv(&b, wrap(rank + far, c->ranks),
                 span_of(BUFFER_SCRATCH, (size_t)far * block_B, bytes));
    if (round == 0)
        builder_copy(&b, own, span_of(BUFFER_SCRATCH, 0, block_B));
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    return solo_applies(c) ? 0 : collective_output_B(c);
}

const struct algorithm allgather_bruck = {
    .name = "bruck",
    .kind = COLL_ALLGATHER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
