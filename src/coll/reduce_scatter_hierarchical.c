/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce-scatter that knows of nodes, the mirror image of the all-gather: a
 * ring in each node leaves every rank with the node's sum for the ranks of its
 * own place in all nodes, whose blocks are p blocks apart for p ranks a node; a
 * ring among these ranks, over all network interfaces at once, completes it.
 * Every byte leaves a node once. */
#include "coll/algorithms.h"
#include "coll/pieces.h"

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
    int p = shape_start(c, 1);
    phase_add(&list, "reduce-scatter in the node", p - 1);
    phase_add(&list, "reduce-scatter across nodes", c->ranks / p - 1);
    return list.used;
}

/* The ring in the node; its pieces are the blocks of all ranks of one place.
 * The sums go to one half of SCRATCH and the other, the last ones to the first.
 */
static struct pieces within(const struct collective *c, int rank)
{
    int p = shape_start(c, 1), place = rank % p;
    size_t nodes = (size_t)(c->ranks / p), block_B = collective_block_B(c);
    size_t sum_B = nodes * block_B;

    return (struct pieces){.members = p,
                           .me = place,
                           .first = rank - place,
                           .stride = 1,
                           .piece = span_strided(BUFFER_INPUT, 0, block_B,
                                                 (size_t)p * block_B, nodes),
                           .apart_B = block_B,
                           .over = c->in_place,
                           .partial = true,
                           .sum = {span_of(BUFFER_SCRATCH, 0, sum_B),
                                   span_of(BUFFER_SCRATCH, sum_B, sum_B)}};
}

/* The ring across nodes, over the node's sums: in place these lie in INPUT,
 * where they belong, else one after the other in SCRATCH. */
static struct pieces across(const struct collective *c, int rank)
{
    int p = shape_start(c, 1), place = rank % p;
    size_t block_B = collective_block_B(c);

    return (struct pieces){
        .members = c->ranks / p,
        .me = rank / p,
        .first = place,
        .stride = p,
        .piece = c->in_place
                     ? span_of(BUFFER_INPUT, (size_t)place * block_B, block_B)
                     : span_of(BUFFER_SCRATCH, 0, block_B),
        .apart_B = c->in_place ? (size_t)p * block_B : block_B,
        .over = true,
        .end = span_of(BUFFER_OUTPUT, 0, block_B)};
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int rounds_within = shape_start(c, 1) - 1;
    struct pieces ring =
        round < rounds_within ? within(c, rank) : across(c, rank);
    pieces_round(&b, &ring,
                 round < rounds_within ? round : round - rounds_within);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    int p = shape_start(c, 1);
    size_t sums = p > 2 ? 2 : 1;

    if (solo_applies(c) || c->in_place)
        return 0;
    return sums * (size_t)(c->ranks / p) * collective_block_B(c);
}

const struct algorithm reduce_scatter_hierarchical = {
    .name = "hierarchical",
    .kind = COLL_REDUCE_SCATTER,
    .inapplicable = inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
