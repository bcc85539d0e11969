/* SPDX-License-Identifier: BSD-3-Clause */
/* All-gather that knows of nodes: the ranks of equal place in all nodes gather
 * their blocks by a ring over all network interfaces at once, straight to their
 * final places; a ring in each node then passes on these sets of blocks, which
 * are p blocks apart for p ranks a node. Every byte enters a node once. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static const char *inapplicable(const struct collective *c)
{
    return allreduce_hierarchical.inapplicable(c);
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    int p = shape_start(c, 1), nodes = c->ranks / p;
    int copies = c->in_place ? 0 : 1;
    phase_add(&list, "copy and send", copies);
    phase_add(&list, "all-gather across nodes", nodes - 1 - copies);
    phase_add(&list, "all-gather in the node", p - 1);
    return list.used;
}

static void across(struct builder *b, const struct collective *c, int rank,
                   int round)
{
    int p = shape_start(c, 1);
    size_t block_B = collective_input_B(c);
    size_t give = (size_t)wrap(rank - round * p, c->ranks);
    size_t take = (size_t)wrap(rank - (round + 1) * p, c->ranks);
    struct span own = span_of(BUFFER_INPUT, 0, block_B);
    struct span sent = span_of(BUFFER_OUTPUT, give * block_B, block_B);

    builder_send(b, wrap(rank + p, c->ranks), round == 0 ? own : sent);
    builder_recv(b, wrap(rank - p, c->ranks),
                 span_of(BUFFER_OUTPUT, take * block_B, block_B));
    if (round == 0 && !c->in_place)
        builder_copy(b, own, sent);
}

/* The blocks of all ranks of one place. */
static struct span set_of(const struct collective *c, int place)
{
    size_t p = (size_t)shape_start(c, 1), block_B = collective_input_B(c);

    return span_strided(BUFFER_OUTPUT, (size_t)place * block_B, block_B,
                        p * block_B, (size_t)c->ranks / p);
}

static void within(struct builder *b, const struct collective *c, int rank,
                   int round)
{
    int p = shape_start(c, 1), place = rank % p, first = rank - place;

    builder_send(b, first + wrap(place + 1, p),
                 set_of(c, wrap(place - round, p)));
    builder_recv(b, first + wrap(place - 1, p),
                 set_of(c, wrap(place - round - 1, p)));
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int rounds_across = c->ranks / shape_start(c, 1) - 1;
    if (round < rounds_across)
        across(&b, c, rank, round);
    else
        within(&b, c, rank, round - rounds_across);
    return b.used;
}

const struct algorithm allgather_hierarchical = {
    .name = "hierarchical",
    .kind = COLL_ALLGATHER,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
