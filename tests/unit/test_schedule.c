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

enum { MOST_RANKS = 33, MOST_STEPS = 64 };

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
    snprintf(text, capacity, "%s %s, %d ranks, %zu %s, %s, %d nodes of %d%s",
             collective_name(c->kind), name, c->ranks, c->count,
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
    long proved = 0;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (int place = 0; place < 2; place++)
            for (size_t s = 0; s < (a->tuning ? 3 : 1); s++) {
                c.count = counts[i];
                c.in_place = place == 1;
                c.tuning.segment_B = segments_B[s];
                c.type = (enum datatype)((i + n) % TYPE_COUNT);
                proved += prove(a, &c);
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
    proved = prove_counts(a, c);
    for (size_t i = 0; i < sizeof per_node / sizeof per_node[0]; i++) {
        c.shape = shape_even(ranks, per_node[i]);
        if (ranks % per_node[i] == 0)
            proved += prove_counts(a, c);
    }
    if (ranks % 3 == 0) {
        c.shape = shape_uneven(ranks, starts);
        proved += prove_counts(a, c);
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

static size_t steps_at(const struct algorithm *a, const struct collective *c,
                       int rank, int round, struct step *out)
{
    size_t count;

    memset(out, 0, MOST_STEPS * sizeof *out);
    count = a->round(c, rank, round, out, MOST_STEPS);
    if (count > MOST_STEPS)
        fail_msg("%s: %zu steps in a round", a->name, count);
    return count;
}

static struct collective usual(const struct algorithm *a)
{
    struct collective c = {.kind = a->kind, .ranks = 8, .count = 50};

    if (collective_facts(a->kind)->p2p)
        c.ranks = 2;
    c.shape = shape_even(c.ranks, 4);
    c.tuning.segment_B = 16;
    c.tuning.window = 7;
    return c;
}

static bool span_same(const struct span *a, const struct span *b)
{
    return a->buffer == b->buffer && a->offset == b->offset &&
           a->bytes == b->bytes && a->stride == b->stride &&
           a->count == b->count;
}

static bool step_same(const struct step *a, const struct step *b)
{
    return a->kind == b->kind && a->peer == b->peer &&
           span_same(&a->from, &b->from) && span_same(&a->to, &b->to);
}

/* Theorem (rule 6): a round does not depend on what was asked before it. */
static void rounds_can_be_asked_for_in_any_order(void **state)
{
    struct step forward[MOST_STEPS], backward[MOST_STEPS];
    long compared = 0;

    (void)state;
    for (int i = 0; registry[i]; i++) {
        const struct algorithm *a = registry[i];
        struct collective c = usual(a);
        int rounds = schedule_rounds(a, &c);
        for (int round = 0; round < rounds; round++)
            for (int rank = 0; rank < c.ranks; rank++) {
                size_t count = steps_at(a, &c, rank, round, forward);
                steps_at(a, &c, (rank + 1) % c.ranks, rounds - 1, backward);
                assert_int_equal(steps_at(a, &c, rank, round, backward), count);
                for (size_t k = 0; k < count; k++)
                    assert_true(step_same(&forward[k], &backward[k]));
                compared++;
            }
    }
    assert_true(compared > 400);
}

/* Theorem: with too little capacity the beginning is written, nothing beyond,
 * and the number needed is returned all the same. */
static void a_short_array_is_filled_and_not_overrun(void **state)
{
    struct step all[MOST_STEPS], some[MOST_STEPS], untouched[MOST_STEPS];
    long tried = 0;

    (void)state;
    memset(untouched, 0x5a, sizeof untouched);
    for (int i = 0; registry[i]; i++) {
        struct collective c = usual(registry[i]);
        size_t count = steps_at(registry[i], &c, 1, 0, all);
        for (size_t capacity = 0; capacity < count; capacity++, tried++) {
            memset(some, 0x5a, sizeof some);
            assert_int_equal(registry[i]->round(&c, 1, 0, some, capacity),
                             count);
            for (size_t k = 0; k < capacity; k++)
                assert_true(step_same(&some[k], &all[k]));
            assert_memory_equal(some + capacity, untouched,
                                (MOST_STEPS - capacity) * sizeof *some);
        }
    }
    assert_true(tried > 15);
}

/* Rounds by the formulas of the papers; and bytes that rank 1 sends of a vector
 * of 4800 bytes (0: not claimed). 8 ranks, 2 nodes of 4. */
static const struct {
    enum collective_kind kind;
    const char *name;
    int rounds;
    size_t sent_B;
} costs[] = {
    {COLL_BARRIER, "dissemination", 3, 0},
    {COLL_ALLREDUCE, "ring", 14, 2 * 4800 / 8 * 7},
    {COLL_ALLREDUCE, "recursive-doubling", 3, 3 * 4800},
    {COLL_ALLREDUCE, "rabenseifner", 6, 2 * 4800 / 8 * 7},
    {COLL_ALLREDUCE, "double-tree", 4 + 2 * 3 - 1, 2 * 4800},
    {COLL_ALLREDUCE, "hierarchical", 3 + 2 + 3, 2 * 4800 / 8 * 7},
    /* four rings of 300 elements, of which a rank's blocks are 37 or 38 */
    {COLL_ALLREDUCE, "multi-ring", 14, 2 * 4800 / 8 * 7 - 4},
    {COLL_ALLREDUCE, "nvls-tree", 1 + 2 + 1, 2 * 4800 / 4 / 2},
    {COLL_ALLGATHER, "ring", 7, 4800 * 7},
    {COLL_ALLGATHER, "recursive-doubling", 3, 4800 * 7},
    {COLL_ALLGATHER, "bruck", 4, 4800 * 7},
    {COLL_ALLGATHER, "hierarchical", 1 + 3, 4800 * 7},
    {COLL_REDUCE_SCATTER, "ring", 7, 4800 * 7},
    {COLL_REDUCE_SCATTER, "recursive-halving", 3, 4800 * 7},
    {COLL_REDUCE_SCATTER, "pairwise", 7, 4800 * 7},
    {COLL_REDUCE_SCATTER, "hierarchical", 3 + 1, 4800 * 7},
};

/* Theorem: rounds and bytes are those that theory gives, so that a schedule is
 * not only right but the one that its name promises. */
static void schedules_cost_what_theory_says(void **state)
{
    struct step steps[MOST_STEPS];

    (void)state;
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        struct collective c = {.kind = costs[i].kind,
                               .ranks = 8,
                               .count = 1200,
                               .type = TYPE_FLOAT32,
                               .shape = shape_even(8, 4),
                               .tuning.segment_B = 600};
        const struct algorithm *a = registry_find(c.kind, costs[i].name);
        size_t sent_B = 0;
        int rounds = schedule_rounds(a, &c);
        for (int round = 0; round < rounds; round++) {
            size_t count = steps_at(a, &c, 1, round, steps);
            for (size_t k = 0; k < count; k++)
                if (steps[k].kind == STEP_SEND)
                    sent_B += span_B(&steps[k].from);
        }
        if (rounds != costs[i].rounds || sent_B != costs[i].sent_B)
            fail_msg("%s %s: %d rounds, %zu bytes; expected %d, %zu",
                     collective_name(c.kind), a->name, rounds, sent_B,
                     costs[i].rounds, costs[i].sent_B);
    }
}

/* Which halves of the vector (bit 0, bit 1) a rank of the double tree reduces:
 * those of the trees of which it is not a leaf. */
static unsigned halves_reduced(const struct collective *c, int rank)
{
    const struct algorithm *a = registry_find(c->kind, "double-tree");
    size_t half_B = collective_input_B(c) / 2;
    struct step steps[MOST_STEPS];
    unsigned halves = 0;
    int rounds = schedule_rounds(a, c);

    for (int round = 0; round < rounds; round++) {
        size_t count = steps_at(a, c, rank, round, steps);
        for (size_t k = 0; k < count; k++)
            if (steps[k].kind == STEP_RECV_REDUCE)
                halves |= steps[k].to.offset < half_B ? 1u : 2u;
    }
    return halves;
}

/* Theorem: with an even number of ranks nobody is inside both trees, with an
 * odd one at most one rank is. */
static void the_two_trees_share_the_work(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= 70; ranks++) {
        struct collective c = {
            .kind = COLL_ALLREDUCE, .ranks = ranks, .count = 20};
        int both = 0, any = 0;
        for (int rank = 0; rank < ranks; rank++) {
            unsigned halves = halves_reduced(&c, rank);
            both += halves == 3;
            any += halves != 0;
        }
        if (both > ranks % 2 || any < ranks - 1)
            fail_msg("%d ranks: %d inside both trees, %d inside any", ranks,
                     both, any);
    }
}

/* Theorem: the description of a ring of 200,000 ranks is two phases, and its
 * last round can be asked for alone. */
static void a_ring_of_200000_ranks_is_two_phases(void **state)
{
    const struct algorithm *ring = registry_find(COLL_ALLREDUCE, "ring");
    struct collective c = {
        .kind = COLL_ALLREDUCE, .ranks = 200000, .count = 400000};
    struct step steps[MOST_STEPS];

    (void)state;
    assert_int_equal(ring->phases(&c, NULL, 0), 2);
    assert_int_equal(schedule_rounds(ring, &c), 399998);
    assert_int_equal(steps_at(ring, &c, 199999, 399997, steps), 2);
    assert_int_equal(steps[0].peer, 0);
    assert_int_equal(steps[1].peer, 199998);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_barrier_keeps_the_rules),
        cmocka_unit_test(every_allreduce_reduces_each_contribution_once),
        cmocka_unit_test(every_allgather_puts_each_block_in_its_place),
        cmocka_unit_test(every_reduce_scatter_leaves_each_its_block),
        cmocka_unit_test(every_p2p_pattern_delivers_each_message),
        cmocka_unit_test(a_large_hierarchical_allreduce_is_right),
        cmocka_unit_test(rounds_can_be_asked_for_in_any_order),
        cmocka_unit_test(a_short_array_is_filled_and_not_overrun),
        cmocka_unit_test(schedules_cost_what_theory_says),
        cmocka_unit_test(the_two_trees_share_the_work),
        cmocka_unit_test(a_ring_of_200000_ranks_is_two_phases),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
