/* SPDX-License-Identifier: BSD-3-Clause */
/* What a sample of the measure loop is: times, batches, skew, and what happens
 * between the stamps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "measure_town.h"

/* --- tests ------------------------------------------------------------------
 */

/* Sample i is max over ranks r of what run i of r takes (warm-up: run 0), and
 * its slowest rank is the lowest of those that took so long. */
static void longest_over_ranks(void **state)
{
    (void)state;
    struct script script = {.ranks = 4, .op = op_random, .refill = 11};
    struct measure_options options = exactly(150);
    struct town *town = play(&script, &options, NULL);
    const struct measurement *m = result_of(town, 0);
    assert_int_equal(m->n, 150);
    for (long i = 0; i < 150; i++) {
        int slowest = 0;
        for (int r = 1; r < 4; r++)
            if (op_random(r, i + 1) > op_random(slowest, i + 1))
                slowest = r;
        expect_ticks(m->samples[i].time_s, (double)op_random(slowest, i + 1));
        assert_int_equal(m->samples[i].slowest, slowest);
        assert_true(isnan(m->samples[i].entry_skew_s));
    }
    assert_int_equal(m->time.n, 150);
    assert_int_equal(m->entry_skew.n, 0);
    expect_same(town, 4);
    town_free(town);
}

/* The slowest rank takes 3 ticks: batch is the least power of two with
 * 3 batch >= min_sample, on every rank; a hiccup in a probe changes nothing. */
static void batch_is_least(void **state)
{
    (void)state;
    long (*const ops[])(int, long) = {op_by_rank, op_hiccup};
    for (long wanted = 0; wanted <= 100; wanted++) {
        struct script script = {.ranks = 4, .op = ops[wanted % 2]};
        struct measure_options options = exactly(7);
        options.batch = 0;
        options.min_sample_s = (double)wanted * tick_s;
        int batch = 1;
        while (3 * batch < wanted)
            batch *= 2;
        struct town *town = play(&script, &options, NULL);
        const struct measurement *m = result_of(town, 0);
        if (m->batch != batch)
            fail_msg("%ld ticks: expected batch %d, got %d", wanted, batch,
                     m->batch);
        if (ops[wanted % 2] == op_by_rank)
            expect_ticks(m->samples[6].time_s, 3);
        expect_same(town, 4);
        town_free(town);
    }
}

static void divide_by_two(struct work *work)
{
    work->divisor = 2;
}

/* 4 runs of 100 ticks, each of 2 operations: 50 ticks an operation. */
static void time_is_per_operation(void **state)
{
    (void)state;
    struct script script = {.ranks = 1, .op = op_hundred};
    struct measure_options options = exactly(5);
    options.batch = 4;
    struct town *town = play(&script, &options, divide_by_two);
    const struct measurement *m = result_of(town, 0);
    assert_int_equal(m->n, 5);
    for (size_t i = 0; i < 5; i++)
        expect_ticks(m->samples[i].time_s, 50);
    assert_int_equal(m->batch, 4);
    assert_int_equal(town->actors[0].runs, 1 + 5 * 4);
    town_free(town);
}

/* Five runs of 100,000 ticks are warm-up, and no sample shows one. */
static void warmup_is_not_counted(void **state)
{
    (void)state;
    struct script script = {.ranks = 2, .op = op_slow_start};
    struct measure_options options = exactly(40);
    options.warmup = 5;
    struct town *town = play(&script, &options, NULL);
    const struct measurement *m = result_of(town, 0);
    assert_int_equal(town->actors[0].runs, 5 + 40);
    expect_ticks(m->time.max, 10);
    town_free(town);
}

/* At least one run warms up, whatever is asked; and no more than one when that
 * alone uses up the time. */
static void warmup_has_limits(void **state)
{
    (void)state;
    struct script script = {.ranks = 1, .op = op_slow_start};
    struct measure_options options = exactly(3);
    options.warmup = 0;
    struct town *town = play(&script, &options, NULL);
    assert_int_equal(town->actors[0].runs, 1 + 3);
    town_free(town);

    options = open_ended();
    options.warmup = 4;
    options.time_s = 50000 * tick_s;
    town = play(&script, &options, NULL);
    assert_int_equal(town->actors[0].runs, 1 + 1);
    assert_int_equal(result_of(town, 0)->n, 1);
    expect_stop(result_of(town, 0), STOP_TIME);
    town_free(town);
}

/* Once before the warm-up and once a sample: iterations 0, 1, 2 ... on every
 * rank; and one barrier a sample. */
static void refills_and_barriers(void **state)
{
    (void)state;
    struct script script = {.ranks = 3, .op = op_random};
    struct measure_options options = exactly(90);
    options.batch = 8;
    struct town *town = play(&script, &options, NULL);
    for (int r = 0; r < 3; r++) {
        const struct actor *actor = &town->actors[r];
        assert_int_equal(actor->refills, 91);
        for (unsigned long i = 0; i < 91; i++)
            assert_int_equal(actor->refilled[i], i);
        assert_int_equal(actor->barriers, 1 + 90);
        assert_true(actor->ticks_seen > 1);
    }
    town_free(town);
}

/* Pipelined: `pipeline` runs a sample, 20 when nothing is said, one refill and
 * one barrier for all of them. */
static void pipelined_is_back_to_back(void **state)
{
    (void)state;
    for (int pipeline = 0; pipeline <= 50; pipeline += 50) {
        struct script script = {.ranks = 2, .op = op_by_rank};
        struct measure_options options = exactly(6);
        int runs = pipeline ? pipeline : 20;
        options.mode = MODE_PIPELINED;
        options.pipeline = pipeline;
        struct town *town = play(&script, &options, NULL);
        const struct actor *actor = &town->actors[0];
        assert_int_equal(actor->result.batch, runs);
        assert_int_equal(actor->runs, 1 + 6 * runs);
        assert_int_equal(actor->refills, 1 + 6);
        assert_int_equal(actor->barriers, 1 + 6);
        expect_ticks(actor->result.samples[5].time_s, 2);
        town_free(town);
    }
}

/* 5 ticks an operation, and 100 to wait for as many as were queued. */
static void queue_many(void *state, int times)
{
    struct actor *actor = state;
    actor->now += 5 * times + 100;
}

static void can_queue(struct work *work)
{
    work->run_many = queue_many;
}

/* Work that can be queued is waited for once a pipelined sample: 20 operations
 * take 5 ticks and a 20th of 100 each. An isolated sample waits for each, and
 * takes what two runs of 2 ticks take. */
static void queued_is_waited_for_once(void **state)
{
    (void)state;
    struct script script = {.ranks = 2, .op = op_by_rank};
    struct measure_options options = exactly(6);
    options.batch = 2;
    struct town *town = play(&script, &options, can_queue);
    assert_int_equal(town->actors[0].runs, 1 + 6 * 2);
    expect_ticks(result_of(town, 0)->samples[5].time_s, 2);
    town_free(town);

    options.mode = MODE_PIPELINED;
    town = play(&script, &options, can_queue);
    assert_int_equal(town->actors[0].runs, 0);
    assert_int_equal(result_of(town, 0)->batch, 20);
    expect_ticks(result_of(town, 0)->samples[5].time_s, 5 + 100 / 20);
    town_free(town);
}

/* Ranks leave the barrier at 0, 30, 10 and their clocks differ by millions. In
 * global time sample i lasts from the first entry to the last exit, and the
 * skew is 30; own times alone would say less. */
static void clock_sync_spans_all(void **state)
{
    (void)state;
    struct script script = {.ranks = 3,
                            .op = op_random,
                            .late = {0, 30, 10},
                            .offset = {0, 5000000, -7000000},
                            .know_global = true};
    struct measure_options options = exactly(70);
    options.sync = SYNC_CLOCK;
    options.batch = 1;
    struct town *town = play(&script, &options, divide_by_two);
    const struct measurement *m = result_of(town, 0);
    assert_int_equal(m->n, 70);
    for (long i = 0; i < 70; i++) {
        long last = 0;
        int slowest = 0;
        for (int r = 0; r < 3; r++) {
            long left = script.late[r] + op_random(r, i + 1);
            last = left > last ? left : last;
            if (op_random(r, i + 1) > op_random(slowest, i + 1))
                slowest = r;
        }
        expect_ticks(m->samples[i].time_s, (double)last / 2);
        expect_ticks(m->samples[i].entry_skew_s, 30);
        assert_int_equal(m->samples[i].slowest, slowest);
    }
    assert_int_equal(m->entry_skew.n, 70);
    expect_ticks(m->entry_skew.p50, 30);
    expect_same(town, 3);
    town_free(town);
}

/* Rank 1 is slowest in 2 of 3 samples; alone, rank 0 is. */
static void slowest_most_often(void **state)
{
    (void)state;
    struct measure_options options = exactly(99);
    for (int ranks = 1; ranks <= 3; ranks++) {
        struct script script = {.ranks = ranks, .op = op_mostly_one};
        struct town *town = play(&script, &options, NULL);
        assert_int_equal(result_of(town, 0)->slowest, ranks == 1 ? 0 : 1);
        town_free(town);
    }
}

/* A clock that stands still gives samples of 0, not a fault. */
static void still_clock(void **state)
{
    (void)state;
    struct script script = {.ranks = 1, .op = op_nothing};
    struct measure_options options = open_ended();
    options.batch = 0;
    options.min_sample_s = 1e-6;
    options.precision = 0.01;
    options.max_samples = 12;
    struct town *town = play(&script, &options, NULL);
    const struct measurement *m = result_of(town, 0);
    assert_in_range(m->n, 1, 12);
    expect_ticks(m->time.p50, 0);
    assert_int_equal(m->batch, 1 << 20);
    town_free(town);
}

#ifndef OWN_MALLOC
/* Between the stamps of every batch, in warm-up, probes and samples, malloc,
 * calloc and realloc are not called. */
static void hot_path_allocates_nothing(void **state)
{
    (void)state;
    struct script script = {.ranks = 1, .op = op_random};
    struct measure_options options = exactly(300);
    options.batch = 0;
    options.min_sample_s = 1000 * tick_s;
    unsigned long before = allocations;
    struct town *town = play(&script, &options, NULL);
    assert_true(allocations > before); /* the counter works */
    assert_int_equal(result_of(town, 0)->n, 300);
    if (town->actors[0].allocations)
        fail_msg("expected 0 allocations, got %lu",
                 town->actors[0].allocations);
    town_free(town);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a sample is the longest time over ranks", longest_over_ranks, 0, 0,
         0},
        {"batch is the least power of two that is long enough, on all ranks",
         batch_is_least, 0, 0, 0},
        {"time is divided by batch and divisor", time_is_per_operation, 0, 0,
         0},
        {"warm-up is never counted", warmup_is_not_counted, 0, 0, 0},
        {"warm-up runs at least once and not past the time limit",
         warmup_has_limits, 0, 0, 0},
        {"one refill and one barrier a sample", refills_and_barriers, 0, 0, 0},
        {"pipelined runs back to back after one barrier",
         pipelined_is_back_to_back, 0, 0, 0},
        {"what can be queued is waited for once a pipelined sample",
         queued_is_waited_for_once, 0, 0, 0},
        {"sync=clock spans first entry to last exit, skew apart",
         clock_sync_spans_all, 0, 0, 0},
        {"the slowest rank is the one that was so most often",
         slowest_most_often, 0, 0, 0},
        {"a clock that stands still divides by nothing", still_clock, 0, 0, 0},
#ifndef OWN_MALLOC
        {"nothing is allocated between entry and exit",
         hot_path_allocates_nothing, 0, 0, 0},
#endif
    };
#ifdef OWN_MALLOC
    puts("# left out: nothing is allocated between entry and exit: "
         "the sanitizer has a malloc of its own");
#endif
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
