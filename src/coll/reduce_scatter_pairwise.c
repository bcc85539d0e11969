/* SPDX-License-Identifier: BSD-3-Clause */
/* Pairwise reduce-scatter: in round k each rank sends its contribution to the
 * block of the rank k + 1 further straight there, and adds what comes from as
 * far behind to its own block. n-1 rounds as a ring has, but no rank waits for
 * what another has added: one late rank delays only its own contributions. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_varied(&list, "exchange", c->ranks - 1);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t block_B = collective_block_B(c);
    int to = wrap(rank + round + 1, c->ranks);
    int from = wrap(rank - round - 1, c->ranks);
    struct span own = span_of(BUFFER_INPUT, (size_t)rank * block_B, block_B);
    struct span sum = span_of(BUFFER_OUTPUT, 0, block_B);

    builder_send(&b, to, span_of(BUFFER_INPUT, (size_t)to * block_B, block_B));
    builder_recv_last(&b, from, round == 0 ? own : sum, sum,
                      round == c->ranks - 2);
    return b.used;
}

const struct algorithm reduce_scatter_pairwise = {
    .name = "pairwise",
    .kind = COLL_REDUCE_SCATTER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
