/* SPDX-License-Identifier: BSD-3-Clause */
#include "coll/rooted_tree.h"

#include <stdio.h>

#include "base/units.h"
#include "coll/rooted.h"

/* Twice latency x rate (some 64 KiB): a few megabytes are several segments. */
#define SEGMENT_B ((size_t)128 << 10)

/* Member i is the rank at place i + 1. */
struct tree_part rooted_tree(const struct collective *c, int rank)
{
    int place = rooted_place(c, rank);

    return (struct tree_part){
        .members = c->ranks - 1,
        .me = place > 0 ? place - 1 : 0,
        .first = c->root + 1,
        .stride = 1,
        .around = c->ranks,
        .count = c->count,
        .type_B = datatype_size(c->type),
        .segment_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B,
        .source = BUFFER_INPUT,
        .in_scratch = true};
}

size_t rooted_tree_phases(const struct collective *c, const char *name,
                          struct phase *out, size_t capacity)
{
    struct phase_list list = {out, capacity, 0, 0};
    struct tree_part part = rooted_tree(c, c->root);
    int depth = log2_ceil(part.members);
    int rounds = tree_segments(&part) + depth;

    /* A rank is at most `depth` deep in one tree, and at the head of the other,
     * one more segment behind what it receives. */
    if (tree_is_full(&part, depth + 2))
        phase_pipelined(&list, name, rounds);
    else
        phase_each(&list, name, rounds);
    return list.used;
}

struct tree rooted_tree_of(const struct collective *c,
                           const struct tree_part *part, int index)
{
    struct tree tree = tree_of(part, index);

    if (tree.parent < 0)
        tree.parent = c->root;
    return tree;
}

void rooted_tree_tuning(const struct collective *c, char *text, size_t capacity)
{
    char size[32];
    size_t wanted_B = c->tuning.segment_B ? c->tuning.segment_B : SEGMENT_B;

    snprintf(text, capacity, "segment=%s",
             units_print_size(wanted_B, size, sizeof size));
}
