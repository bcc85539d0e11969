/* SPDX-License-Identifier: BSD-3-Clause */
/* What every registered algorithm promises beside being right: that rounds can
 * be asked for in any order and into short arrays, that rounds and bytes are
 * those of theory, and that descriptions stay short at 200,000 ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coll/registry.h"

enum { MOST_STEPS = 64 };

static struct node_shape shape_even(int ranks, int per_node)
{
    return (struct node_shape){.nodes = (ranks + per_node - 1) / per_node,
                               .per_node = per_node};
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
    {COLL_ALLTOALL, "pairwise", 7, 4800 * 7},
    /* three exchanges of half the blocks, three packings, one turn */
    {COLL_ALLTOALL, "bruck", 3 + 3 + 1, 3 * 4800 * 4},
    {COLL_ALLTOALL, "linear", 1, 4800 * 7},
    {COLL_ALLTOALL, "hierarchical", 3 + 1, 4800 * 2 * 3 + 4800 * 4},
    {COLL_BROADCAST, "binomial", 3, 0}, /* from rank 0: rank 1 is a leaf */
    {COLL_BROADCAST, "tree", 4 + 3, 4800},
    {COLL_BROADCAST, "scatter-allgather", 3 + 7, 4800 / 8 * 7},
    {COLL_REDUCE, "binomial", 3, 4800},
    {COLL_REDUCE, "tree", 4 + 3, 4800},
    {COLL_REDUCE, "reduce-scatter-gather", 6, 4800 / 8 * 7 + 4800 / 2},
    {COLL_GATHER, "linear", 1, 4800},
    {COLL_GATHER, "binomial", 3, 4800},
    {COLL_SCATTER, "linear", 1, 0},
    {COLL_SCATTER, "binomial", 3, 0},
    {COLL_SENDRECV, "ring", 1, 4800},
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

/* Theorem: so is an all-to-all of as many, and no round needs more than its
 * window of steps; Bruck's last rounds are as short. */
static void no_alltoall_of_200000_ranks_is_long_to_describe(void **state)
{
    static const struct {
        const char *name;
        size_t phases, most_steps;
    } rows[] = {{"pairwise", 2, 3},
                {"bruck", 2 * 18 + 1, 32},
                {"linear", 2, 33},
                {"hierarchical", 4, 3}};
    struct step steps[MOST_STEPS];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct algorithm *a = registry_find(COLL_ALLTOALL, rows[i].name);
        struct collective c = {.kind = COLL_ALLTOALL,
                               .ranks = 200000,
                               .count = 1,
                               .shape = shape_even(200000, 8)};
        int rounds = schedule_rounds(a, &c);
        size_t most = 0;
        assert_int_equal(a->phases(&c, NULL, 0), rows[i].phases);
        for (int round = 0; round < rounds; round += 1 + round / 3) {
            size_t n = steps_at(a, &c, 199999, round, steps);
            most = n > most ? n : most;
        }
        assert_int_equal(most, rows[i].most_steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_can_be_asked_for_in_any_order),
        cmocka_unit_test(a_short_array_is_filled_and_not_overrun),
        cmocka_unit_test(schedules_cost_what_theory_says),
        cmocka_unit_test(the_two_trees_share_the_work),
        cmocka_unit_test(a_ring_of_200000_ranks_is_two_phases),
        cmocka_unit_test(no_alltoall_of_200000_ranks_is_long_to_describe),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
