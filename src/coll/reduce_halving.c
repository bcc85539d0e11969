/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce by a reduce-scatter and a gather (Rabenseifner, "Optimization of
 * collective reduction operations", 2004): recursive halving as in his
 * all-reduce (group.h), then the parts are collected at the root, whose number
 * in the core is 0. 2 log2 n rounds and less than twice the vector sent; a
 * round more, with the whole vector, when n is not a power of two. */
#include "coll/algorithms.h"
#include "coll/group.h"

/* The root is the first member of the core: with a fold that is member 1. */
static struct group group_of(const struct collective *c, int rank)
{
    int ahead = fold_of(c->ranks, 0).extra > 0;

    return (struct group){.members = c->ranks,
                          .me = wrap(rank - c->root + ahead, c->ranks),
                          .first = wrap(c->root - ahead, c->ranks),
                          .stride = 1,
                          .around = c->ranks,
                          .count = c->count,
                          .type_B = datatype_size(c->type),
                          .source = BUFFER_INPUT,
                          .in_scratch = rank != c->root};
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    struct fold fold = fold_of(c->ranks, 0);
    phase_add(&list, "fold in", fold.extra > 0);
    phase_each(&list, "halving", fold.core_log2);
    phase_each(&list, "gather", fold.core_log2);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct group g = group_of(c, rank);
    struct fold fold = fold_of(c->ranks, 0);
    int gather = round - (fold.extra > 0) - fold.core_log2;
    if (gather < 0)
        halving_round(&b, &g, round);
    else
        halving_collect(&b, &g, gather);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    return solo_applies(c) ? 0 : collective_block_B(c);
}

const struct algorithm reduce_scatter_gather = {
    .name = "reduce-scatter-gather",
    .kind = COLL_REDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
