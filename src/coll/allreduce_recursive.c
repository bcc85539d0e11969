/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce by recursive doubling: in round k each rank exchanges all it has
 * with rank xor 2^k. log2 n rounds, each of the whole vector: for short ones.
 * Other numbers of ranks fold in and out (group.h).
 *
 * A rank may not receive into what it sends, so the partial result changes
 * sides between OUTPUT and SCRATCH, and the first side is chosen so that the
 * last is OUTPUT. In place it starts in OUTPUT; an odd number of exchanges then
 * ends in SCRATCH and is copied. */
#include "coll/algorithms.h"
#include "coll/group.h"

/* Where the partial result is after `done` of `exchanges` exchanges. */
static enum buffer side_after(const struct collective *c,
                              const struct fold *fold, int done)
{
    if (done == 0 && fold->partner < 0)
        return BUFFER_INPUT;
    if (c->in_place)
        return done % 2 ? BUFFER_SCRATCH : BUFFER_OUTPUT;
    return (fold->core_log2 - done) % 2 ? BUFFER_SCRATCH : BUFFER_OUTPUT;
}

static struct span all_of(const struct collective *c, enum buffer buffer)
{
    return span_of(buffer, 0, collective_input_B(c));
}

static bool ends_in_scratch(const struct collective *c, const struct fold *fold)
{
    return side_after(c, fold, fold->core_log2) == BUFFER_SCRATCH;
}

static void fold_in(struct builder *b, const struct collective *c,
                    const struct fold *fold)
{
    struct span own = all_of(c, BUFFER_INPUT);

    if (fold->partner < 0)
        return;
    if (fold->core < 0)
        builder_send(b, fold->partner, own);
    else
        builder_recv_reduce(b, fold->partner, own,
                            all_of(c, side_after(c, fold, 0)));
}

static void exchange(struct builder *b, const struct collective *c,
                     const struct fold *fold, int done)
{
    int partner = fold_member(fold, fold->core ^ 1 << done);
    struct span have = all_of(c, side_after(c, fold, done));

    builder_send(b, partner, have);
    builder_recv_last(b, partner, have,
                      all_of(c, side_after(c, fold, done + 1)),
                      done + 1 == fold->core_log2);
}

/* The result goes to those outside the core, and to where it belongs. */
static void fold_out(struct builder *b, const struct collective *c,
                     const struct fold *fold)
{
    enum buffer side = side_after(c, fold, fold->core_log2);

    if (fold->core < 0) {
        builder_recv(b, fold->partner, all_of(c, BUFFER_OUTPUT));
        return;
    }
    if (fold->partner >= 0)
        builder_send(b, fold->partner, all_of(c, side));
    if (side == BUFFER_SCRATCH)
        builder_copy(b, all_of(c, side), all_of(c, BUFFER_OUTPUT));
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    struct fold fold = fold_of(c->ranks, 0);
    phase_add(&list, "fold in", fold.extra > 0);
    phase_each(&list, "exchange", fold.core_log2);
    if (fold.extra > 0)
        phase_add(&list, "fold out", 1);
    else
        phase_add(&list, "copy", ends_in_scratch(c, &fold));
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct fold fold = fold_of(c->ranks, rank);
    int done = round - (fold.extra > 0);
    if (done < 0)
        fold_in(&b, c, &fold);
    else if (done == fold.core_log2)
        fold_out(&b, c, &fold);
    else if (fold.core >= 0)
        exchange(&b, c, &fold, done);
    return b.used;
}

/* Two ranks out of place go straight from INPUT to OUTPUT. */
static size_t scratch_B(const struct collective *c)
{
    if (solo_applies(c) || (c->ranks == 2 && !c->in_place))
        return 0;
    return collective_input_B(c);
}

const struct algorithm allreduce_recursive_doubling = {
    .name = "recursive-doubling",
    .kind = COLL_ALLREDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
