/* SPDX-License-Identifier: BSD-3-Clause */
/* Theorems about every registered algorithm, by the symbolic checker: for 1 to
 * 33 ranks, awkward counts, several node shapes, in and out of place. The
 * checker itself is tried in test_check.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coll/check.h"
#include "coll/registry.h"

enum { MOST_RANKS = 33 };

/* Uneven nodes: 1, 2, 3, 1, 2, 3, ... ranks, the last what is left. */
static struct node_shape shape_uneven(int ranks, int starts[MOST_RANKS + 2])
{
    int nodes = 0;

    starts[0] = 0;
    while (starts[nodes] < ranks) {
        int next = starts[nodes] + 1 + nodes % 3;
        starts[++nodes] = next < ranks ? next : ranks;
    }
    return (struct node_shape){.nodes = nodes, .starts = starts};
}

static struct node_shape shape_even(int ranks, int per_node)
{
    return (struct node_shape){.nodes = (ranks + per_node - 1) / per_node,
                               .per_node = per_node};
}

static void describe(const struct algorithm *a, const struct collective *c,
                     char *text, size_t capacity)
{
    char name[96];

    schedule_name(a, c, name, sizeof name);
    snprintf(text, capacity,
             "%s %s, %d ranks, root %d, %zu %s, %s, %d nodes of %d%s",
             collective_name(c->kind), name, c->ranks, c->root, c->count,
             datatype_name(c->type), c->in_place ? "in place" : "out of place",
             c->shape.nodes, c->shape.per_node,
             c->shape.starts ? " (uneven)" : "");
}

/* 1 when the algorithm applies and is right, 0 when it does not apply. */
static long prove(const struct algorithm *a, const struct collective *c)
{
    char why[256] = "", what[256];

    if (a->inapplicable(c))
        return 0;
    if (check_schedule(a, c, why, sizeof why))
        return 1;
    describe(a, c, what, sizeof what);
    fail_msg("%s: %s", what, why);
    return 0;
}

/* All counts, both places; short segments where the algorithm has any. */
static long prove_counts(const struct algorithm *a, struct collective c)
{
    size_t n = (size_t)c.ranks;
    const size_t counts[] = {0, 1, 2, n - 1, n, n + 1, 17, 65, 3 * n + 2};
    const size_t segments_B[] = {0, 8, 100};
    const int windows[] = {0, 1, 7};
    long proved = 0;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (int place = 0; place < 2; place++)
            for (size_t s = 0; s < (a->tuning ? 3 : 1); s++) {
                c.count = counts[i];
                c.in_place = place == 1;
                c.tuning.segment_B = segments_B[s];
                c.tuning.window = windows[s];
                c.type = (enum datatype)((i + n) % TYPE_COUNT);
                proved += prove(a, &c);
            }
    return proved;
}

/* The first rank, the second, one in the middle and the last: with one rank or
 * two some of these are the same, and are tried once. */
static long prove_roots(const struct algorithm *a, struct collective c)
{
    const int roots[] = {0, 1, c.ranks / 2, c.ranks - 1};
    long proved = 0;

    if (!collective_facts(a->kind)->rooted)
        return prove_counts(a, c);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (roots[i] >= c.ranks || (i > 0 && roots[i] <= roots[i - 1]))
            continue;
        c.root = roots[i];
        proved += prove_counts(a, c);
    }
    return proved;
}

/* Shapes matter only to algorithms that look at them, but a test cannot know
 * which those are. */
static long prove_shapes(const struct algorithm *a, int ranks)
{
    static const int per_node[] = {2, 3, 4, 8};
    struct collective c = {.kind = a->kind, .ranks = ranks};
    int starts[MOST_RANKS + 2];
    long proved;

    c.shape = shape_even(ranks, ranks);
    proved = prove_roots(a, c);
    for (size_t i = 0; i < sizeof per_node / sizeof per_node[0]; i++) {
        c.shape = shape_even(ranks, per_node[i]);
        if (ranks % per_node[i] == 0)
            proved += prove_roots(a, c);
    }
    if (ranks % 3 == 0) {
        c.shape = shape_uneven(ranks, starts);
        proved += prove_roots(a, c);
    }
    return proved;
}

/* Theorem: for every rank count, the schedule keeps the rules of schedule.h and
 * every rank ends with each contribution exactly once. */
static void prove_kind(enum collective_kind kind, int least, long enough)
{
    int algorithms = 0;

    for (int i = 0; registry[i]; i++) {
        long proved = 0;
        if (registry[i]->kind != kind)
            continue;
        for (int ranks = 1; ranks <= MOST_RANKS; ranks++)
            proved += prove_shapes(registry[i], ranks);
        algorithms++;
        if (proved < enough)
            fail_msg("%s: only %ld cases applied, expected %ld",
                     registry[i]->name, proved, enough);
    }
    if (algorithms < least)
        fail_msg("%d algorithms of %s, expected %d", algorithms,
                 collective_name(kind), least);
}

static void every_barrier_keeps_the_rules(void **state)
{
    (void)state;
    prove_kind(COLL_BARRIER, 1, 33);
}

static void every_allreduce_reduces_each_contribution_once(void **state)
{
    (void)state;
    prove_kind(COLL_ALLREDUCE, 5, 400);
}

static void every_allgather_puts_each_block_in_its_place(void **state)
{
    (void)state;
    prove_kind(COLL_ALLGATHER, 4, 100);
}

static void every_reduce_scatter_leaves_each_its_block(void **state)
{
    (void)state;
    prove_kind(COLL_REDUCE_SCATTER, 4, 100);
}

static void every_alltoall_brings_each_block_to_its_rank(void **state)
{
    (void)state;
    prove_kind(COLL_ALLTOALL, 4, 100);
}

static void every_broadcast_reaches_all_from_every_root(void **state)
{
    (void)state;
    prove_kind(COLL_BROADCAST, 3, 400);
}

static void every_reduce_brings_each_contribution_to_the_root_once(void **state)
{
    (void)state;
    prove_kind(COLL_REDUCE, 3, 400);
}

static void every_gather_and_scatter_serves_every_root(void **state)
{
    (void)state;
    prove_kind(COLL_GATHER, 2, 400);
    prove_kind(COLL_SCATTER, 2, 400);
}

static void every_shift_goes_to_the_next_rank(void **state)
{
    (void)state;
    prove_kind(COLL_SENDRECV, 1, 300);
}

static void every_p2p_pattern_delivers_each_message(void **state)
{
    long proved = 0;

    (void)state;
    prove_kind(COLL_PINGPONG, 1, 9);
    prove_kind(COLL_STREAM, 1, 9);
    prove_kind(COLL_BISTREAM, 1, 9);
    for (int window = 1; window < 9; window++) {
        struct collective c = {.kind = COLL_BISTREAM, .ranks = 2, .count = 3};
        c.tuning.window = window;
        proved += prove(registry_find(c.kind, "bistream"), &c);
        c.kind = COLL_STREAM;
        proved += prove(registry_find(c.kind, "stream"), &c);
    }
    assert_int_equal(proved, 16);
}

/* Theorem: the hierarchical all-reduce is right also when its shares are long
 * enough for rings across nodes. 64 KiB per rank and a few elements that do
 * not divide: see allreduce_hierarchical.c. */
static void a_large_hierarchical_allreduce_is_right(void **state)
{
    static const int ranks[] = {4, 6, 9}, per_node[] = {2, 3, 3};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct collective c = {.kind = COLL_ALLREDUCE,
                               .ranks = ranks[i],
                               .count = (size_t)ranks[i] * 8192 + 5,
                               .type = TYPE_FLOAT64,
                               .shape = shape_even(ranks[i], per_node[i])};
        const struct algorithm *a = registry_find(c.kind, "hierarchical");
        int p = per_node[i], nodes = ranks[i] / p;
        assert_int_equal(prove(a, &c), 1);
        assert_int_equal(schedule_rounds(a, &c), 2 * (p - 1) + 2 * (nodes - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_barrier_keeps_the_rules),
        cmocka_unit_test(every_allreduce_reduces_each_contribution_once),
        cmocka_unit_test(every_allgather_puts_each_block_in_its_place),
        cmocka_unit_test(every_reduce_scatter_leaves_each_its_block),
        cmocka_unit_test(every_alltoall_brings_each_block_to_its_rank),
        cmocka_unit_test(every_broadcast_reaches_all_from_every_root),
        cmocka_unit_test(
            every_reduce_brings_each_contribution_to_the_root_once),
        cmocka_unit_test(every_gather_and_scatter_serves_every_root),
        cmocka_unit_test(every_shift_goes_to_the_next_rank),
        cmocka_unit_test(every_p2p_pattern_delivers_each_message),
        cmocka_unit_test(a_large_hierarchical_allreduce_is_right),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
