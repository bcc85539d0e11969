/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring all-gather: every block travels once round the ring, n-1 rounds. Out of
 * place, the rank's own block is copied while the first round runs, which is
 * therefore a phase of its own. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    int copies = c->in_place ? 0 : 1;
    phase_add(&list, "copy and send", copies);
    phase_add(&list, "all-gather", c->ranks - 1 - copies);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t block_B = collective_input_B(c);
    size_t give = (size_t)wrap(rank - round, c->ranks);
    size_t take = (size_t)wrap(rank - round - 1, c->ranks);
    struct span own = span_of(BUFFER_INPUT, 0, block_B);

    builder_send(&b, wrap(rank + 1, c->ranks),
                 round == 0 ? own
                            : span_of(BUFFER_OUTPUT, give * block_B, block_B));
    builder_recv(&b, wrap(rank - 1, c->ranks),
                 span_of(BUFFER_OUTPUT, take * block_B, block_B));
    if (round == 0 && !c->in_place)
        builder_copy(&b, own, span_of(BUFFER_OUTPUT, give * block_B, block_B));
    return b.used;
}

const struct algorithm allgather_ring = {
    .name = "ring",
    .kind = COLL_ALLGATHER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
