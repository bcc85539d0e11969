/* SPDX-License-Identifier: BSD-3-Clause */
/* All-gather by recursive doubling: in round k each rank exchanges the 2^k
 * blocks that it has with rank xor 2^k. log2 n rounds, n a power of two. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static const char *inapplicable(const struct collective *c)
{
    return c->ranks & (c->ranks - 1) ? "needs a power-of-two number of ranks"
                                     : NULL;
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "exchange", log2_ceil(c->ranks));
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    size_t block_B = collective_input_B(c), blocks = (size_t)1 << round;
    int partner = rank ^ 1 << round;
    size_t have = (size_t)rank & ~(blocks - 1), want = have ^ blocks;
    struct span own = span_of(BUFFER_INPUT, 0, block_B);
    struct span mine = span_of(BUFFER_OUTPUT, have * block_B, blocks * block_B);

    builder_send(&b, partner, round == 0 ? own : mine);
    builder_recv(&b, partner,
                 span_of(BUFFER_OUTPUT, want * block_B, blocks * block_B));
    if (round == 0 && !c->in_place)
        builder_copy(&b, own, mine);
    return b.used;
}

const struct algorithm allgather_recursive_doubling = {
    .name = "recursive-doubling",
    .kind = COLL_ALLGATHER,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
