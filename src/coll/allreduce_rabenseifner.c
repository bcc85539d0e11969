/* SPDX-License-Identifier: BSD-3-Clause */
/* Rabenseifner's all-reduce ("Optimization of collective reduction operations",
 * 2004): a reduce-scatter by recursive halving, then an all-gather by recursive
 * doubling. 2 log2 n rounds and 2(n-1)/n of the vector sent; two rounds more,
 * with the whole vector, when n is not a power of two. The nearest partners
 * exchange the largest halves, so that most bytes stay within a node. */
#include "coll/algorithms.h"
#include "coll/group.h"

struct fold fold_of(int members, int me)
{
    struct fold fold = {.core_log2 = log2_floor(members), .partner = -1};

    fold.extra = members - (1 << fold.core_log2);
    if (me >= 2 * fold.extra) {
        fold.core = me - fold.extra;
    } else {
        fold.core = me % 2 ? me / 2 : -1;
        fold.partner = me % 2 ? me - 1 : me + 1;
    }
    return fold;
}

int fold_member(const struct fold *fold, int core)
{
    return core < fold->extra ? 2 * core + 1 : core + fold->extra;
}

/* The part of the vector that a core member works on after `steps` halvings:
 * bit j of its number says which half it kept in step j. `other` gives the half
 * that it gave away in the last of these steps instead. */
static struct span half_span(const struct group *g, enum buffer buffer,
                             const struct fold *fold, int steps, bool other)
{
    int number = other ? fold->core ^ 1 << (steps - 1) : fold->core;
    int blocks = 1 << fold->core_log2, index = 0;
    size_t begin, end, length;

    for (int j = 0; j < steps; j++)
        index += (number >> j & 1) * (blocks >> (j + 1));
    block_of(g->count, blocks, index, &begin, &length);
    block_of(g->count, blocks, index + (blocks >> steps) - 1, &end, &length);
    return span_of(buffer, (g->offset + begin) * g->type_B,
                   (end + length - begin) * g->type_B);
}

static int rank_of(const struct group *g, int member)
{
    int rank = g->first + member * g->stride;

    return g->around > 0 ? rank % g->around : rank;
}

static enum buffer sums_of(const struct group *g)
{
    return g->in_scratch ? BUFFER_SCRATCH : BUFFER_OUTPUT;
}

static void halve(struct builder *b, const struct group *g,
                  const struct fold *fold, int step)
{
    int partner = rank_of(g, fold_member(fold, fold->core ^ 1 << step));
    bool first = step == 0 && fold->partner < 0;
    bool last = step + 1 == fold->core_log2 && !g->partial;
    enum buffer from = first ? g->source : sums_of(g);

    builder_send(b, partner, half_span(g, from, fold, step + 1, true));
    builder_recv_last(b, partner, half_span(g, from, fold, step + 1, false),
                      half_span(g, sums_of(g), fold, step + 1, false), last);
}

static void gather(struct builder *b, const struct group *g,
                   const struct fold *fold, int step)
{
    int partner = rank_of(g, fold_member(fold, fold->core ^ 1 << step));

    builder_send(b, partner, half_span(g, sums_of(g), fold, step + 1, false));
    builder_recv(b, partner, half_span(g, sums_of(g), fold, step + 1, true));
}

/* Before and after: those outside the core give, and are given the result. */
static void fold_in(struct builder *b, const struct group *g,
                    const struct fold *fold)
{
    struct span own = half_span(g, g->source, fold, 0, false);

    if (fold->partner < 0)
        return;
    if (fold->core < 0)
        builder_send(b, rank_of(g, fold->partner), own);
    else
        builder_recv_reduce(b, rank_of(g, fold->partner), own,
                            half_span(g, sums_of(g), fold, 0, false));
}

static void fold_out(struct builder *b, const struct group *g,
                     const struct fold *fold)
{
    struct span all = half_span(g, sums_of(g), fold, 0, false);

    if (fold->partner < 0)
        return;
    if (fold->core < 0)
        builder_recv(b, rank_of(g, fold->partner), all);
    else
        builder_send(b, rank_of(g, fold->partner), all);
}

void halving_phases(struct phase_list *list, int members)
{
    struct fold fold = fold_of(members, 0);

    phase_add(list, "fold in", fold.extra > 0);
    phase_each(list, "halving", fold.core_log2);
    phase_each(list, "doubling", fold.core_log2);
    phase_add(list, "fold out", fold.extra > 0);
}

int halving_rounds(int members)
{
    struct fold fold = fold_of(members, 0);

    return 2 * fold.core_log2 + (fold.extra > 0 ? 2 : 0);
}

void halving_round(struct builder *b, const struct group *g, int round)
{
    struct fold fold = fold_of(g->members, g->me);
    int steps = fold.core_log2, step = round - (fold.extra > 0);

    if (step < 0)
        fold_in(b, g, &fold);
    else if (step >= 2 * steps)
        fold_out(b, g, &fold);
    else if (fold.core < 0)
        return;
    else if (step < steps)
        halve(b, g, &fold, step);
    else
        gather(b, g, &fold, 2 * steps - 1 - step);
}

void halving_collect(struct builder *b, const struct group *g, int round)
{
    struct fold fold = fold_of(g->members, g->me);
    int step = fold.core_log2 - 1 - round, bit = 1 << step;
    enum buffer sums = sums_of(g);

    if (fold.core < 0 || fold.core >= 2 * bit)
        return;
    int partner = rank_of(g, fold_member(&fold, fold.core ^ bit));
    if (fold.core & bit)
        builder_send(b, partner, half_span(g, sums, &fold, step + 1, false));
    else
        builder_recv(b, partner, half_span(g, sums, &fold, step + 1, true));
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    halving_phases(&list, c->ranks);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    const struct group all = {.members = c->ranks,
                              .me = rank,
                              .stride = 1,
                              .count = c->count,
                              .type_B = datatype_size(c->type),
                              .source = BUFFER_INPUT};
    halving_round(&b, &all, round);
    return b.used;
}

const struct algorithm allreduce_rabenseifner = {
    .name = "rabenseifner",
    .kind = COLL_ALLREDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
};
