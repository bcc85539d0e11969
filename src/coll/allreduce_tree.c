/* SPDX-License-Identifier: BSD-3-Clause */
/* All-reduce along two complementary binary trees (tree.h): each rank sends 2 x
 * the vector, in 2 ceil(log2 n) - 1 rounds more than there are segments. */
#include <stdio.h>

#include "base/units.h"
#include "coll/algorithms.h"
#include "coll/tree.h"

/* Long against latency x rate (some 64 KiB), short against the messages of
 * tens of MiB for which the trees are chosen. */
#define SEGMENT_B ((size_t)512 << 10)

static struct tree_part part_of(const struct collective *c, int rank)
{
    return (struct tree_part){
        .members = c->ranks,
        .me = rank,
        .stride = 1,
        .count = c->count,
        .type_B = datatype_size(c->type),
        .segment_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B,
        .source = BUFFER_INPUT};
}

/* The pipe is 2 x depth long. Only with that many full segments is there a
 * round in which it is full everywhere; with less, each round is a phase. */
static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    struct tree_part part = part_of(c, 0);
    int rounds = tree_segments(&part) + 2 * log2_ceil(c->ranks) - 1;
    if (tree_is_full(&part, 2 * log2_ceil(c->ranks)))
        phase_pipelined(&list, "reduce and broadcast", rounds);
    else
        phase_each(&list, "reduce and broadcast", rounds);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    struct tree_part part = part_of(c, rank);
    for (int i = 0; i < TREES; i++) {
        struct tree t = tree_of(&part, i);
        tree_up(&b, &t, round);
        tree_down(&b, &t, round);
    }
    return b.used;
}

static void tuning(const struct collective *c, char *text, size_t capacity)
{
    char size[32];
    size_t wanted_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B;

    snprintf(text, capacity, "segment=%s",
             units_print_size(wanted_B, size, sizeof size));
}

const struct algorithm allreduce_double_tree = {
    .name = "double-tree",
    .kind = COLL_ALLREDUCE,
    .inapplicable = applies_always,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_none,
    .tuning = tuning,
};
