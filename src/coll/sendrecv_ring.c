/* SPDX-License-Identifier: BSD-3-Clause */
/* A shift round the ring: one message to the next rank, one from the rank
 * before, at once. What a pipeline of stages does between two steps. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_add(&list, "shift", 1);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t bytes = collective_block_B(c);

    (void)round;
    builder_send(&b, wrap(rank + 1, c->ranks), span_of(BUFFER_INPUT, 0, bytes));
    builder_recv(&b, wrap(rank - 1, c->ranks),
                 span_of(BUFFER_OUTPUT, 0, bytes));
    return b.used;
}

const struct algorithm sendrecv_ring = {
    .name = "ring",
    .kind = COLL_SENDRECV,
    .inapplicable = collective_inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
