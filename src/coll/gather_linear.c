/* SPDX-License-Identifier: BSD-3-Clause */
/* Linear gather: every rank sends its block straight to the root, which has a
 * window of receives posted. Linear scatter: backwards. What the root must take
 * in, or give out, is the least there is; its link is the limit. */
#include "coll/algorithms.h"
#include "coll/linear.h"
#include "coll/rooted.h"

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    bool copies = !c->in_place;
    phase_add(&list, "copy and pass", copies);
    phase_varied(&list, "pass", linear_rounds(c) - copies);
    return list.used;
}

static struct span block(const struct collective *c, enum buffer buffer,
                         int rank)
{
    size_t block_B = collective_block_B(c);

    return span_of(buffer, (size_t)rank * block_B, block_B);
}

/* The round in which the root deals with another rank is that of its place. */
static bool is_dealt_with(const struct linear_turn *turn, int place)
{
    return place >= turn->first && place < turn->end;
}

static size_t gather_round(const struct collective *c, int rank, int round,
                           struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct linear_turn turn = linear_turn(c, round);
    if (is_dealt_with(&turn, rooted_place(c, rank)))
        builder_send(&b, c->root, block(c, BUFFER_INPUT, 0));
    if (rank != c->root)
        return b.used;
    for (int place = turn.first; place < turn.end; place++) {
        int from = rooted_rank(c, place);
        builder_recv(&b, from, block(c, BUFFER_OUTPUT, from));
    }
    if (round == 0 && !c->in_place)
        builder_copy(&b, block(c, BUFFER_INPUT, 0),
                     block(c, BUFFER_OUTPUT, rank));
    return b.used;
}

static size_t scatter_round(const struct collective *c, int rank, int round,
                            struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct linear_turn turn = linear_turn(c, round);
    if (is_dealt_with(&turn, rooted_place(c, rank)))
        builder_recv(&b, c->root, block(c, BUFFER_OUTPUT, 0));
    if (rank != c->root)
        return b.used;
    for (int place = turn.first; place < turn.end; place++) {
        int to = rooted_rank(c, place);
        builder_send(&b, to, block(c, BUFFER_INPUT, to));
    }
    if (round == 0 && !c->in_place)
        builder_copy(&b, block(c, BUFFER_INPUT, rank),
                     block(c, BUFFER_OUTPUT, 0));
    return b.used;
}

const struct algorithm gather_linear = {
    .name = "linear",
    .kind = COLL_GATHER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = gather_round,
    .scratch_B = scratch_none,
    .tuning = linear_tuning,
    .half_windows = true,
};

const struct algorithm scatter_linear = {
    .name = "linear",
    .kind = COLL_SCATTER,
    .inapplicable = applies_always,
    .phases = phases,
    .round = scatter_round,
    .scratch_B = scratch_none,
    .tuning = linear_tuning,
    .half_windows = true,
};
