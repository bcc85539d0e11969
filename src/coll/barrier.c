/* SPDX-License-Identifier: BSD-3-Clause */
/* Dissemination barrier (Hensgen, Finkel, Manber, "Two algorithms for barrier
 * synchronization", 1988), for any number of ranks: in round k every rank tells
 * rank + 2^k what it has heard. After ceil(log2 n) rounds each has heard of all
 * the others. The messages have no bytes: these are the only such steps. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    struct phase_list list = {out, capacity, 0, 0};

    phase_each(&list, "signal", log2_ceil(c->ranks));
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    int far = 1 << round;
    const struct step steps[] = {
        {.kind = STEP_SEND, .peer = wrap(rank + far, c->ranks)},
        {.kind = STEP_RECV, .peer = wrap(rank - far, c->ranks)},
    };
    const size_t count = sizeof steps / sizeof steps[0];

    for (size_t i = 0; i < count && i < capacity; i++)
        out[i] = steps[i];
    return count;
}

const struct algorithm barrier_dissemination = {
    .name = "dissemination",
    .kind = COLL_BARRIER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
