/* SPDX-License-Identifier: BSD-3-Clause */
/* Linear all-to-all: every block straight to its rank, a window of them in
 * flight, each rank beginning with the one behind it, so that no rank is sent
 * to by all at once. Latencies overlap; the fabric sees many short flows. */
#include "coll/algorithms.h"
#include "coll/linear.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_add(&list, "copy and exchange", 1);
    phase_varied(&list, "exchange", linear_rounds(c) - 1);
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
    struct linear_turn turn = linear_turn(c, round);
    for (int far = turn.first; far < turn.end; far++) {
        int to = wrap(rank + far, c->ranks), from = wrap(rank - far, c->ranks);
        builder_send(&b, to, block(c, BUFFER_INPUT, to));
        builder_recv(&b, from, block(c, BUFFER_OUTPUT, from));
    }
    if (round == 0)
        builder_copy(&b, block(c, BUFFER_INPUT, rank),
                     block(c, BUFFER_OUTPUT, rank));
    return b.used;
}

const struct algorithm alltoall_linear = {
    .name = "linear",
    .kind = COLL_ALLTOALL,
    .inapplicable = collective_inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
    .tuning = linear_tuning,
    .half_windows = true,
};
