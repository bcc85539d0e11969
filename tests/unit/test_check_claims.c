/* SPDX-License-Identifier: BSD-3-Clause */
/* The checker checks claims: schedules whose steps are right are refused when
 * they say something false about themselves. Faulty steps are in test_check.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "coll/check.h"
#include "coll/registry.h"

static size_t counts_by_capacity(const struct collective *c, int rank,
                                 int round, struct step *out, size_t capacity)
{
    return capacity == 0 ? 3
                         : registry_find(c->kind, "ring")
                               ->round(c, rank, round, out, capacity);
}

/* Phases: one phase of a given beginning, length and claim. */
static size_t one_phase(struct phase *out, size_t capacity, int first,
                        int rounds, bool pipelined)
{
    if (capacity > 0)
        out[0] = (struct phase){.name = "claim",
                                .first = first,
                                .rounds = rounds,
                                .pipelined = pipelined};
    return 1;
}

static size_t ring_in_one(const struct collective *c, struct phase *out,
                          size_t capacity)
{
    return one_phase(out, capacity, 0, 2 * (c->ranks - 1), false);
}

static size_t begins_late(const struct collective *c, struct phase *out,
                          size_t capacity)
{
    return one_phase(out, capacity, 1, 2 * (c->ranks - 1), false);
}

static size_t ends_early(const struct collective *c, struct phase *out,
                         size_t capacity)
{
    return one_phase(out, capacity, 0, c->ranks - 1, false);
}

static size_t claims_a_pipe(const struct collective *c, struct phase *out,
                            size_t capacity)
{
    return one_phase(out, capacity, 0, 2 * (c->ranks - 1), true);
}

static size_t claims_to_be_varied(const struct collective *c, struct phase *out,
                                  size_t capacity)
{
    ring_in_one(c, out, capacity);
    if (capacity > 0)
        out->varied = true;
    return 1;
}

/* Halving alone: as many messages in each round, but half as long. */
static size_t claims_half_to_be_varied(const struct collective *c,
                                       struct phase *out, size_t capacity)
{
    struct phase halves[2] = {
        {.name = "halving", .first = 0, .rounds = 2, .varied = true},
        {.name = "doubling", .first = 2, .rounds = 2, .varied = true}};

    (void)c;
    for (size_t i = 0; i < 2 && i < capacity; i++)
        out[i] = halves[i];
    return 2;
}

static size_t claims_both(const struct collective *c, struct phase *out,
                          size_t capacity)
{
    claims_a_pipe(c, out, capacity);
    if (capacity > 0)
        out->varied = true;
    return 1;
}

static size_t phases_by_capacity(const struct collective *c, struct phase *out,
                                 size_t capacity)
{
    return claims_a_pipe(c, out, capacity) + (capacity == 0);
}

static size_t one_barrier_round(const struct collective *c, struct phase *out,
                                size_t capacity)
{
    (void)c;
    return one_phase(out, capacity, 0, 1, false);
}

/* Schedules that forget whether they are in place. */
static size_t out_of_place_round(const struct collective *c, int rank,
                                 int round, struct step *out, size_t capacity)
{
    struct collective other = *c;

    other.in_place = false;
    return registry_find(c->kind, "recursive-doubling")
        ->round(&other, rank, round, out, capacity);
}

static size_t out_of_place_phases(const struct collective *c, struct phase *out,
                                  size_t capacity)
{
    struct collective other = *c;

    other.in_place = false;
    return registry_find(c->kind, "recursive-doubling")
        ->phases(&other, out, capacity);
}

static const struct {
    const char *what;
    enum collective_kind kind;
    const char *original;
    size_t (*phases)(const struct collective *, struct phase *, size_t);
    const char *message;
} liars[] = {
    {"one phase for both", COLL_ALLREDUCE, "ring", ring_in_one,
     "phase claim is uneven: 0 to 12 bytes in a round with peer 3"},
    {"begins late", COLL_ALLREDUCE, "ring", begins_late,
     "phase 0 has rounds 1..6, and should begin with round 0"},
    {"ends early", COLL_ALLREDUCE, "ring", ends_early,
     "rank 0: element 0 of OUTPUT was never written"},
    {"claims a pipe", COLL_ALLREDUCE, "ring", claims_a_pipe,
     "the largest of pipelined phase claim"},
    {"is not varied", COLL_ALLREDUCE, "ring", claims_to_be_varied,
     "round 3 of varied phase claim has 4 steps of a kind, round 0 has 0"},
    {"is uneven", COLL_ALLREDUCE, "rabenseifner", claims_half_to_be_varied,
     "varied phase halving has 12 to 24 bytes in a step of round 0 or 1"},
    {"claims two things", COLL_ALLREDUCE, "ring", claims_both,
     "phase 0 cannot be both pipelined and varied"},
    {"counts by capacity", COLL_ALLREDUCE, "ring", phases_by_capacity,
     "2 phases without capacity, but 1 with it"},
    {"one round", COLL_BARRIER, "dissemination", one_barrier_round,
     "rank 0: leaves without having heard of rank 1"},
};

/* 4 ranks with 12 elements of 4 bytes, so that all blocks have 3. */
static struct collective small(enum collective_kind kind)
{
    return (struct collective){
        .kind = kind, .ranks = 4, .count = 12, .type = TYPE_INT32};
}

/* Theorem: a false claim about phases is refused, and named. */
static void every_false_phase_is_refused(void **state)
{
    const size_t count = sizeof liars / sizeof liars[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct collective c = small(liars[i].kind);
        struct algorithm bad = *registry_find(c.kind, liars[i].original);
        char why[256] = "";
        bad.phases = liars[i].phases;
        if (check_schedule(&bad, &c, why, sizeof why))
            fail_msg("%s: passed, expected \"%s\"", liars[i].what,
                     liars[i].message);
        if (!strstr(why, liars[i].message))
            fail_msg("%s: \"%s\", expected \"%s\"", liars[i].what, why,
                     liars[i].message);
    }
}

/* Theorem: the number of steps may not depend on the capacity. */
static void a_number_of_steps_that_changes_is_refused(void **state)
{
    struct collective c = small(COLL_ALLREDUCE);
    struct algorithm bad = *registry_find(c.kind, "ring");
    char why[256] = "";

    (void)state;
    bad.round = counts_by_capacity;
    assert_false(check_schedule(&bad, &c, why, sizeof why));
    assert_string_equal(why, "rank 0, round 0: 3 steps without capacity, but "
                             "2 with it");
}

/* Theorem: what is right out of place can be wrong in place, and is refused. A
 * reduction that starts in OUTPUT would send what it has overwritten. */
static void aliasing_in_place_is_seen(void **state)
{
    const struct algorithm *good =
        registry_find(COLL_ALLREDUCE, "recursive-doubling");
    struct collective c = small(COLL_ALLREDUCE);
    char why[256] = "";

    (void)state;
    c.ranks = 2;
    assert_true(check_schedule(good, &c, why, sizeof why));
    c.in_place = true;
    struct algorithm bad = *good;
    bad.round = out_of_place_round;
    bad.phases = out_of_place_phases;
    assert_false(check_schedule(&bad, &c, why, sizeof why));
    assert_non_null(strstr(why, "touches what step 0 writes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_false_phase_is_refused),
        cmocka_unit_test(a_number_of_steps_that_changes_is_refused),
        cmocka_unit_test(aliasing_in_place_is_seen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
