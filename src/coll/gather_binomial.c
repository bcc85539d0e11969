/* SPDX-License-Identifier: BSD-3-Clause */
/* Gather along a binomial tree: in each round every second of those who are
 * left hands all that it has collected to a neighbour, the nearest first:
 * ceil(log2 n) rounds, and half of all blocks in the last. Scatter: backwards.
 * Blocks lie in SCRATCH by place, the own one first, so that a message is one
 * run of bytes; at the root they lie by rank, and a message that passes the
 * last rank is two. */
#include "coll/algorithms.h"
#include "coll/rooted.h"

static struct span blocks(const struct collective *c, enum buffer buffer,
                          int first, int count)
{
    size_t block_B = collective_block_B(c);

    return span_of(buffer, (size_t)first * block_B, (size_t)count * block_B);
}

/* Where a rank keeps a run of places: the root in its OUTPUT (gather) or INPUT
 * (scatter), `whole`; a rank with nobody below in its own block, `own`. */
static struct span kept(const struct collective *c, int rank,
                        const struct rooted_run *run, enum buffer whole,
                        enum buffer own)
{
    int place = rooted_place(c, rank);

    if (rank == c->root)
        return blocks(c, whole, run->rank, run->count);
    if (rooted_below(c, place) == 1)
        return blocks(c, own, 0, run->count);
    return blocks(c, BUFFER_SCRATCH, run->place - place, run->count);
}

static size_t gather_phases(const struct collective *c, struct phase *out,
                            size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "collect", log2_ceil(c->ranks));
    return list.used;
}

static size_t gather_round(const struct collective *c, int rank, int round,
                           struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct edge edge = rooted_edge(c, rank, 1 << round);
    int place = rooted_place(c, rank);
    int lower = edge.up ? place : place + (1 << round);
    struct rooted_run run[2];

    rooted_runs(c, lower, rooted_below(c, lower), run);
    for (int i = 0; i < 2 && edge.peer >= 0; i++) {
        struct span span = kept(c, rank, &run[i], BUFFER_OUTPUT, BUFFER_INPUT);
        if (edge.up)
            builder_send(&b, edge.peer, span);
        else
            builder_recv(&b, edge.peer, span);
    }
    bool at_root = rank == c->root;
    if (round == 0 && (at_root ? !c->in_place : rooted_below(c, place) > 1))
        builder_copy(&b, blocks(c, BUFFER_INPUT, 0, 1),
                     at_root ? blocks(c, BUFFER_OUTPUT, rank, 1)
                             : blocks(c, BUFFER_SCRATCH, 0, 1));
    return b.used;
}

static size_t scatter_phases(const struct collective *c, struct phase *out,
                             size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "hand out", log2_ceil(c->ranks));
    return list.used;
}

static size_t scatter_round(const struct collective *c, int rank, int round,
                            struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int width = 1 << (log2_ceil(c->ranks) - 1 - round);
    struct edge edge = rooted_edge(c, rank, width);
    int place = rooted_place(c, rank);
    int lower = edge.up ? place : place + width;
    struct rooted_run run[2];

    rooted_runs(c, lower, rooted_below(c, lower), run);
    for (int i = 0; i < 2 && edge.peer >= 0; i++) {
        struct span span = kept(c, rank, &run[i], BUFFER_INPUT, BUFFER_OUTPUT);
        if (edge.up)
            builder_recv(&b, edge.peer, span);
        else
            builder_send(&b, edge.peer, span);
    }
    /* The own block, in the first round or the one after it came. */
    bool came = place % (4 * width) == 2 * width && rooted_below(c, place) > 1;
    if (rank == c->root && round == 0 && !c->in_place)
        builder_copy(&b, blocks(c, BUFFER_INPUT, rank, 1),
                     blocks(c, BUFFER_OUTPUT, 0, 1));
    else if (rank != c->root && came)
        builder_copy(&b, blocks(c, BUFFER_SCRATCH, 0, 1),
                     blocks(c, BUFFER_OUTPUT, 0, 1));
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    int most = solo_applies(c) ? 1 : rooted_below_most(c);

    return most > 1 ? (size_t)most * collective_block_B(c) : 0;
}

const struct algorithm gather_binomial = {
    .name = "binomial",
    .kind = COLL_GATHER,
    .inapplicable = applies_always,
    .phases = gather_phases,
    .round = gather_round,
    .scratch_B = scratch_B,
};

const struct algorithm scatter_binomial = {
    .name = "binomial",
    .kind = COLL_SCATTER,
    .inapplicable = applies_always,
    .phases = scatter_phases,
    .round = scatter_round,
    .scratch_B = scratch_B,
};
