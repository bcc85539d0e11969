/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduce-scatter by recursive halving (as in MPICH: Thakur, Rabenseifner,
 * Gropp, "Optimization of collective communication operations in MPICH", 2005):
 * in each round a rank gives the half of its blocks that is not its own side's
 * to a partner, and reduces the other half. log2 n rounds and (n-1)/n of the
 * vector sent. The farthest partners begin, so that the blocks of a rank stay
 * next to each other.
 *
 * Other numbers of ranks fold (group.h): a member of the core then works for
 * two ranks, whose blocks are neighbours, and in the end sends one its block.
 */
#include "coll/algorithms.h"
#include "coll/group.h"

/* Blocks begin .. end - 1. */
struct range {
    int begin, end;
};

/* The first block of the core members from `core` on. */
static int core_block(const struct fold *fold, int core)
{
    return core + (core < fold->extra ? core : fold->extra);
}

/* What a core member still works on after `done` halvings; `other`: what it
 * gave away in the last of them. */
static struct range range_of(const struct fold *fold, int done, bool other)
{
    int width = 1 << (fold->core_log2 - done);
    int first = fold->core & ~(width - 1);

    if (other)
        first ^= width;
    return (struct range){core_block(fold, first),
                          core_block(fold, first + width)};
}

static struct span blocks(const struct collective *c, enum buffer buffer,
                          struct range range, int base)
{
    size_t block_B = collective_block_B(c);

    return span_of(buffer, (size_t)(range.begin - base) * block_B,
                   (size_t)(range.end - range.begin) * block_B);
}

/* Where a core member keeps its sums: in place over its INPUT, else in SCRATCH,
 * which without a fold holds only what the first halving leaves. */
static struct span sums(const struct collective *c, const struct fold *fold,
                        struct range range)
{
    int base = fold->extra ? 0 : range_of(fold, 1, false).begin;

    if (c->in_place)
        return blocks(c, BUFFER_INPUT, range, 0);
    return blocks(c, BUFFER_SCRATCH, range, base);
}

static void fold_in(struct builder *b, const struct collective *c,
                    const struct fold *fold)
{
    struct range all = {0, c->ranks};
    struct span own = blocks(c, BUFFER_INPUT, all, 0);

    if (fold->partner < 0)
        return;
    if (fold->core < 0)
        builder_send(b, fold->partner, own);
    else
        builder_recv_reduce(b, fold->partner, own, sums(c, fold, all));
}

static void halve(struct builder *b, const struct collective *c,
                  const struct fold *fold, int step)
{
    int distance = 1 << (fold->core_log2 - 1 - step);
    int partner = fold_member(fold, fold->core ^ distance);
    struct range give = range_of(fold, step + 1, true);
    struct range keep = range_of(fold, step + 1, false);
    bool fresh = step == 0 && fold->partner < 0;
    bool last = step + 1 == fold->core_log2;
    struct span to = sums(c, fold, keep);

    if (last && fold->partner < 0)
        to = span_of(BUFFER_OUTPUT, 0, collective_block_B(c));
    builder_send(b, partner,
                 fresh ? blocks(c, BUFFER_INPUT, give, 0)
                       : sums(c, fold, give));
    builder_recv_last(b, partner,
                      fresh ? blocks(c, BUFFER_INPUT, keep, 0)
                            : sums(c, fold, keep),
                      to, last);
}

/* The odd rank of a pair has the blocks of both. */
static void fold_out(struct builder *b, const struct collective *c,
                     const struct fold *fold, int rank)
{
    struct span result = span_of(BUFFER_OUTPUT, 0, collective_block_B(c));

    if (fold->partner < 0)
        return;
    if (fold->core < 0) {
        builder_recv(b, fold->partner, result);
        return;
    }
    builder_send(b, fold->partner,
                 sums(c, fold, (struct range){rank - 1, rank}));
    if (!c->in_place)
        builder_copy(b, sums(c, fold, (struct range){rank, rank + 1}), result);
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
    phase_add(&list, "fold out", fold.extra > 0);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct fold fold = fold_of(c->ranks, rank);
    int step = round - (fold.extra > 0);
    if (step < 0)
        fold_in(&b, c, &fold);
    else if (step == fold.core_log2)
        fold_out(&b, c, &fold, rank);
    else if (fold.core >= 0)
        halve(&b, c, &fold, step);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    struct fold fold = fold_of(c->ranks, 0);
    size_t n = (size_t)c->ranks, blocks_n = fold.extra ? n : n / 2;

    if (solo_applies(c) || c->in_place || c->ranks == 2)
        return 0;
    return blocks_n * collective_block_B(c);
}

const struct algorithm reduce_scatter_recursive_halving = {
    .name = "recursive-halving",
    .kind = COLL_REDUCE_SCATTER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
