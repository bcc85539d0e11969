/* SPDX-License-Identifier: BSD-3-Clause */
/* All-to-all that knows of nodes: first each rank collects, from its node, all
 * blocks for the ranks of its own place in every node; then the ranks of equal
 * place exchange p blocks at a time, for p ranks a node, straight to where they
 * belong. Between nodes there are p times fewer and longer messages, each along
 * one rail. Pairwise in the node and across. */
#include "coll/algorithms.h"
#include "coll/builder.h"

static const char *inapplicable(const struct collective *c)
{
    const char *reason = collective_inapplicable(c);

    return reason ? reason : allreduce_hierarchical.inapplicable(c);
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    int p = shape_start(c, 1), nodes = c->ranks / p;
    phase_add(&list, "copy and exchange in the node", 1);
    phase_varied(&list, "exchange in the node", p - 2);
    phase_add(&list, "copy and exchange across nodes", 1);
    phase_varied(&list, "exchange across nodes", nodes - 2);
    return list.used;
}

/* The blocks for, or from, the ranks of one place: one of each node's p. */
static struct span of_place(const struct collective *c, enum buffer buffer,
                            int place)
{
    size_t p = (size_t)shape_start(c, 1), block_B = collective_block_B(c);

    return span_strided(buffer, (size_t)place * block_B, block_B, p * block_B,
                        (size_t)c->ranks / p);
}

/* The blocks for, or from, the ranks of one node. */
static struct span of_node(const struct collective *c, enum buffer buffer,
                           int node)
{
    size_t node_B = (size_t)shape_start(c, 1) * collective_block_B(c);

    return span_of(buffer, (size_t)node * node_B, node_B);
}

static void within(struct builder *b, const struct collective *c, int rank,
                   int round)
{
    int p = shape_start(c, 1), place = rank % p, first = rank - place;
    int to = wrap(place + round + 1, p), from = wrap(place - round - 1, p);

    builder_send(b, first + to, of_place(c, BUFFER_INPUT, to));
    builder_recv(b, first + from, of_place(c, BUFFER_SCRATCH, from));
    if (round == 0)
        builder_copy(b, of_place(c, BUFFER_INPUT, place),
                     of_place(c, BUFFER_SCRATCH, place));
}

static void across(struct builder *b, const struct collective *c, int rank,
                   int round)
{
    int p = shape_start(c, 1), nodes = c->ranks / p;
    int node = rank / p, place = rank % p;
    int to = wrap(node + round + 1, nodes);
    int from = wrap(node - round - 1, nodes);

    builder_send(b, to * p + place, of_node(c, BUFFER_SCRATCH, to));
    builder_recv(b, from * p + place, of_node(c, BUFFER_OUTPUT, from));
    if (round == 0)
        builder_copy(b, of_node(c, BUFFER_SCRATCH, node),
                     of_node(c, BUFFER_OUTPUT, node));
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int rounds_within = shape_start(c, 1) - 1;
    if (round < rounds_within)
        within(&b, c, rank, round);
    else
        across(&b, c, rank, round - rounds_within);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    return solo_applies(c) ? 0 : collective_input_B(c);
}

const struct algorithm alltoall_hierarchical = {
    .name = "hierarchical",
    .kind = COLL_ALLTOALL,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
