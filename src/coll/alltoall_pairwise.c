/* SPDX-License-Identifier: BSD-3-Clause */
/* Pairwise all-to-all: in round k each rank sends the block of the rank k + 1
 * further, and receives from as far behind. n-1 rounds, one block each way in
 * each, straight to its place. The rank's own block is copied while the first
 * round runs, which is therefore a phase of its own. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_add(&list, "copy and exchange", 1);
    phase_varied(&list, "exchange", c->ranks - 2);
    return list.used;
}

static struct span block(const struct collective *c, enum buffer buffer,
                         int rank)
{
    size_t block_B = collective_block_B(c);

    return span_of(buffer, (size_t)rank * block_B, block_B);
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int to = wrap(rank + round + 1, c->ranks);
    int from = wrap(rank - round - 1, c->ranks);

    builder_send(&b, to, block(c, BUFFER_INPUT, to));
    builder_recv(&b, from, block(c, BUFFER_OUTPUT, from));
    if (round == 0)
        builder_copy(&b, block(c, BUFFER_INPUT, rank),
                     block(c, BUFFER_OUTPUT, rank));
    return b.used;
}

const struct algorithm alltoall_pairwise = {
    .name = "pairwise",
    .kind = COLL_ALLTOALL,
    .inapplicable = collective_inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
