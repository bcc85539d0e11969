/* SPDX-License-Identifier: BSD-3-Clause */
/* When the measure loop stops, and what of it is verified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "measure_town.h"

/* Just so many, although precision, time and other counts would stop it. */
static void exact_means_exact(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 7, 63, 64, 65, 200};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct script script = {.ranks = 1, .op = op_hundred, .refill = 1000};
        struct measure_options options = exactly(counts[i]);
        options.precision = 1;
        options.time_s = 0;
        options.min_samples = 5;
        options.max_samples = 5;
        struct town *town = play(&script, &options, NULL);
        assert_int_equal(result_of(town, 0)->n, counts[i]);
        assert_int_equal(town->actors[0].runs, 1 + counts[i]);
        expect_stop(result_of(town, 0), STOP_COUNT);
        town_free(town);
    }
}

static void max_samples_stop(void **state)
{
    (void)state;
    struct script script = {.ranks = 2, .op = op_two_speeds};
    struct measure_options options = open_ended();
    options.max_samples = 777;
    struct town *town = play(&script, &options, NULL);
    assert_int_equal(result_of(town, 0)->n, 777);
    expect_stop(result_of(town, 1), STOP_COUNT);
    town_free(town);
}

/* Noisy samples: it stops for precision, and then, not before, the interval is
 * within the target. Equal samples: at min_samples or in the block after. */
static void precision_stops(void **state)
{
    (void)state;
    struct script script = {.ranks = 3, .op = op_random};
    struct measure_options options = open_ended();
    options.precision = 0.03;
    struct town *town = play(&script, &options, NULL);
    const struct stats *time = &result_of(town, 0)->time;
    expect_stop(result_of(town, 0), STOP_PRECISION);
    double width = (time->p50_hi - time->p50_lo) / time->p50;
    if (!(width <= 0.03 && time->n > 31 && time->n < 20000))
        fail_msg("expected <= 0.03 after some blocks, got %g at %zu", width,
                 time->n);
    expect_same(town, 3);
    town_free(town);

    script.op = op_hundred;
    options.min_samples = 100;
    town = play(&script, &options, NULL);
    expect_stop(result_of(town, 0), STOP_PRECISION);
    assert_in_range(result_of(town, 0)->n, 100, 163);
    town_free(town);
}

/* Operations take 100 or 200 ticks and refill and check 450 together: 600 a
 * sample on average, all of it counted against 60,000. min_samples does not
 * hold it, and a block (of at most 64) is cut to the time that is left. */
static void time_stops(void **state)
{
    (void)state;
    struct script script = {
        .ranks = 2, .op = op_two_speeds, .refill = 250, .check = 200};
    struct measure_options options = open_ended();
    options.time_s = 60000 * tick_s;
    options.min_samples = 10000;
    struct town *town = play(&script, &options, NULL);
    expect_stop(result_of(town, 0), STOP_TIME);
    assert_in_range(result_of(town, 0)->n, 98, 102);
    assert_in_range(town->actors[0].now, 60000, 61300);
    expect_same(town, 2);
    town_free(town);
}

/* One rank sees the signal; all stop after the same sample and keep them. */
static void signal_stops_all(void **state)
{
    (void)state;
    struct script script = {.ranks = 3, .op = op_random, .signal_run = 100};
    struct measure_options options = exactly(5000);
    struct town *town = play(&script, &options, NULL);
    expect_stop(result_of(town, 0), STOP_SIGNAL);
    assert_in_range(result_of(town, 0)->n, 99, 99 + 64);
    assert_int_equal(result_of(town, 0)->time.n, result_of(town, 0)->n);
    expect_same(town, 3);
    town_free(town);

    script.signal_run = 1; /* in the warm-up */
    town = play(&script, &options, NULL);
    expect_stop(result_of(town, 0), STOP_SIGNAL);
    assert_int_equal(result_of(town, 0)->n, 0);
    assert_int_equal(result_of(town, 0)->time.n, 0);
    assert_int_equal(result_of(town, 0)->slowest, -1);
    expect_same(town, 3);
    town_free(town);
}

/* Rank 0 alone sees 7 wrong elements in sample 20: every rank stops with that
 * block and knows of 7. */
static void wrong_stops(void **state)
{
    (void)state;
    struct script script = {
        .ranks = 3, .op = op_random, .wrong_from = 20, .wrong_to = 20};
    struct measure_options options = exactly(5000);
    struct town *town = play(&script, &options, NULL);
    expect_stop(result_of(town, 0), STOP_WRONG);
    assert_int_equal(result_of(town, 2)->wrong, 7);
    assert_in_range(result_of(town, 0)->n, 20, 20 + 64);
    assert_int_equal(result_of(town, 0)->checked, result_of(town, 0)->n);
    expect_same(town, 3);
    town_free(town);

    /* The block goes on after sample 20, and its last is looked at too. */
    options.check_every = 20;
    town = play(&script, &options, NULL);
    assert_int_equal(result_of(town, 0)->wrong, 7);
    assert_int_equal(result_of(town, 0)->checked, 2);
    town_free(town);

    /* Only the last sample is looked at, and it is wrong. */
    script.wrong_from = script.wrong_to = 50;
    options = exactly(50);
    options.check_every = 1000;
    town = play(&script, &options, NULL);
    assert_int_equal(result_of(town, 1)->wrong, 7);
    assert_int_equal(result_of(town, 1)->checked, 1);
    town_free(town);
}

/* Each Nth sample and the last, once; the iteration is the sample's number. */
static void every_nth_and_last(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 9, 10, 11, 25, 30, 130};
    static const size_t everies[] = {0, 1, 3, 10, 64, 1000};
    for (size_t e = 0; e < sizeof everies / sizeof *everies; e++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            size_t every = everies[e], n = counts[c], expected = 0;
            struct script script = {.ranks = 2, .op = op_random};
            struct measure_options options = exactly(n);
            options.check_every = every;
            struct town *town = play(&script, &options, NULL);
            const struct actor *actor = &town->actors[1];
            for (size_t i = 1; every && i <= n; i++)
                if (i % every == 0 || i == n)
                    assert_int_equal(actor->checked[expected++], i);
            if (actor->checks != (long)expected ||
                result_of(town, 1)->checked != expected)
                fail_msg("%zu samples, every %zu: expected %zu checks, got %ld",
                         n, every, expected, actor->checks);
            assert_int_equal(result_of(town, 0)->wrong, 0);
            town_free(town);
        }
    }
}

static void consume(struct work *work)
{
    work->consumes_input = true;
}

static void check_nothing(struct work *work)
{
    work->refill = NULL;
    work->check = NULL;
}

/* Two runs on an input that the first destroyed have no known result. */
static void consumed_input_is_unchecked(void **state)
{
    (void)state;
    struct script script = {.ranks = 1, .op = op_random};
    struct measure_options options = exactly(20);
    for (int batch = 1; batch <= 2; batch++) {
        options.batch = batch;
        struct town *town = play(&script, &options, consume);
        assert_int_equal(result_of(town, 0)->checked, batch == 1 ? 20 : 0);
        assert_int_equal(town->actors[0].checks, batch == 1 ? 20 : 0);
        town_free(town);
    }
    struct town *town = play(&script, &options, check_nothing);
    assert_int_equal(result_of(town, 0)->n, 20);
    assert_int_equal(result_of(town, 0)->checked, 0);
    town_free(town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"exact_samples takes exactly so many", exact_means_exact, 0, 0, 0},
        {"max_samples ends it for count", max_samples_stop, 0, 0, 0},
        {"precision ends it once the interval is narrow enough",
         precision_stops, 0, 0, 0},
        {"the time limit counts everything", time_stops, 0, 0, 0},
        {"a signal on one rank stops all and keeps what is there",
         signal_stops_all, 0, 0, 0},
        {"a wrong sample on one rank stops all and is counted", wrong_stops, 0,
         0, 0},
        {"check_every N verifies each Nth sample and the last",
         every_nth_and_last, 0, 0, 0},
        {"what destroyed its input is not verified",
         consumed_input_is_unchecked, 0, 0, 0},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
