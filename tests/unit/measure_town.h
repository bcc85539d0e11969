/* SPDX-License-Identifier: BSD-3-Clause */
/* A scripted world for the measure loop: ranks are threads, each with its own
 * virtual clock in ticks of 2^-20 s (so that every sum is exact), and the talk
 * among them is real. Nothing here looks at the machine's clock. Each test
 * program includes it once. */
#ifndef TESTS_MEASURE_TOWN_H
#define TESTS_MEASURE_TOWN_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <cmocka.h>

#include "base/random.h"
#include "bench/measure.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 1
#endif
#endif

enum { RANKS_MOST = 4, LOG_MOST = 512, VALUES_MOST = 512 };
static const double tick_s = 1.0 / (1 << 20);

/* What happens, in ticks. Functions of (rank, number of the run from 0). */
struct script {
    int ranks;
    long (*op)(int rank, long run);
    long refill, check;       /* what these cost */
    long late[RANKS_MOST];    /* out of the barrier later than the first */
    long offset[RANKS_MOST];  /* local clock minus global */
    long signal_run;          /* > 0: last rank is told to stop then */
    unsigned long wrong_from; /* > 0: rank 0 has 7 wrong elements in this */
    unsigned long wrong_to;   /* iteration up to that one */
    bool know_global;         /* talk.global_s undoes the offsets */
};

struct actor {
    const struct script *script;
    struct town *town;
    int rank;
    long now, runs, barriers, refills, checks, ticks_seen;
    int reads;                 /* of the clock since the barrier */
    unsigned long allocations; /* between entry and exit, all samples */
    unsigned long refilled[LOG_MOST], checked[LOG_MOST];
    const struct measure_options *options;
    struct work work;
    struct measurement result;
};

struct town {
    pthread_barrier_t meet;
    double values[RANKS_MOST][VALUES_MOST];
    struct actor actors[RANKS_MOST];
};

/* --- counting allocations ---------------------------------------------------
 */

/* Counted in the one-rank test only, which has one thread. */
static atomic_ulong allocations;

#ifndef OWN_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(old, size);
}
#endif

/* --- the world --------------------------------------------------------------
 */

static inline void meet(struct actor *actor)
{
    if (actor->script->ranks > 1)
        pthread_barrier_wait(&actor->town->meet);
}

/* op: 0 max, 1 sum. Everybody leaves at the latest arrival's time. */
static inline void exchange(struct actor *actor, double *values, int count,
                            int op)
{
    struct town *town = actor->town;
    int last = VALUES_MOST - 1;
    if (count > last)
        abort();
    for (int i = 0; i < count; i++)
        town->values[actor->rank][i] = values[i];
    town->values[actor->rank][last] = (double)actor->now;
    meet(actor);
    for (int r = 0; r < actor->script->ranks; r++) {
        const double *theirs = town->values[r];
        if (theirs[last] > (double)actor->now)
            actor->now = (long)theirs[last];
        for (int i = 0; r != actor->rank && i < count; i++) {
            if (op == 1)
                values[i] += theirs[i];
            else if (theirs[i] > values[i])
                values[i] = theirs[i];
        }
    }
    meet(actor);
}

static inline void fake_max(void *state, double *values, int count)
{
    exchange(state, values, count, 0);
}

static inline void fake_sum(void *state, double *values, int count)
{
    exchange(state, values, count, 1);
}

static inline void fake_barrier(void *state)
{
    struct actor *actor = state;
    exchange(actor, NULL, 0, 0);
    actor->now += actor->script->late[actor->rank];
    actor->barriers++;
    actor->reads = 0;
}

static inline void fake_run(void *state)
{
    struct actor *actor = state;
    actor->now += actor->script->op(actor->rank, actor->runs++);
}

static inline void fake_refill(void *state, unsigned long iteration)
{
    struct actor *actor = state;
    if (actor->refills < LOG_MOST)
        actor->refilled[actor->refills] = iteration;
    actor->refills++;
    actor->now += actor->script->refill;
}

static inline size_t fake_check(void *state, unsigned long iteration)
{
    struct actor *actor = state;
    const struct script *script = actor->script;
    if (actor->checks < LOG_MOST)
        actor->checked[actor->checks] = iteration;
    actor->checks++;
    actor->now += script->check;
    return actor->rank == 0 && script->wrong_from &&
                   iteration >= script->wrong_from &&
                   iteration <= script->wrong_to
               ? 7
               : 0;
}

static inline void fake_tick(void *state, size_t samples, double elapsed_s)
{
    struct actor *actor = state;
    (void)elapsed_s;
    actor->ticks_seen += samples > 0;
}

static inline double fake_now(void *state)
{
    struct actor *actor = state;
    actor->reads++;
    if (actor->reads == 1)
        actor->allocations -= allocations;
    if (actor->reads == 2)
        actor->allocations += allocations;
    return (double)(actor->now + actor->script->offset[actor->rank]) * tick_s;
}

static inline double fake_global(void *state, double local_s)
{
    struct actor *actor = state;
    return local_s - (double)actor->script->offset[actor->rank] * tick_s;
}

static inline bool fake_interrupted(void *state)
{
    struct actor *actor = state;
    const struct script *script = actor->script;
    return script->signal_run && actor->rank == script->ranks - 1 &&
           actor->runs >= script->signal_run;
}

static inline void *actor_play(void *state)
{
    struct actor *actor = state;
    const struct script *script = actor->script;
    struct talk talk = {.state = actor,
                        .rank = actor->rank,
                        .ranks = script->ranks,
                        .max = fake_max,
                        .sum = fake_sum,
                        .global_s = script->know_global ? fake_global : NULL,
                        .interrupted = fake_interrupted};
    actor->reads = 2; /* not between entry and exit */
    measure(actor->options, &actor->work, &talk,
            (struct clock){fake_now, actor}, &actor->result);
    return NULL;
}

/* Plays the script on all ranks; change: what the work is to be instead. */
static inline struct town *play(const struct script *script,
                                const struct measure_options *options,
                                void (*change)(struct work *))
{
    struct town *town = calloc(1, sizeof *town);
    pthread_t threads[RANKS_MOST];
    assert_non_null(town);
    pthread_barrier_init(&town->meet, NULL, (unsigned)script->ranks);
    for (int r = 0; r < script->ranks; r++) {
        struct actor *actor = &town->actors[r];
        *actor = (struct actor){
            .script = script, .town = town, .rank = r, .options = options};
        actor->work = (struct work){.state = actor,
                                    .barrier = fake_barrier,
                                    .run = fake_run,
                                    .divisor = 1,
                                    .refill = fake_refill,
                                    .check = fake_check,
                                    .tick = fake_tick};
        if (change)
            change(&actor->work);
    }
    if (script->ranks == 1)
        actor_play(&town->actors[0]);
    for (int r = 0; script->ranks > 1 && r < script->ranks; r++)
        assert_int_equal(
            pthread_create(&threads[r], NULL, actor_play, &town->actors[r]), 0);
    for (int r = 0; script->ranks > 1 && r < script->ranks; r++)
        pthread_join(threads[r], NULL);
    pthread_barrier_destroy(&town->meet);
    return town;
}

static inline void town_free(struct town *town)
{
    for (int r = 0; r < RANKS_MOST; r++)
        free(town->actors[r].result.samples);
    free(town);
}

static const struct measurement *result_of(const struct town *town, int rank)
{
    return &town->actors[rank].result;
}

/* In ticks, with what was got when it is not. */
static inline void expect_ticks(double got_s, double want)
{
    if (got_s != want * tick_s)
        fail_msg("expected %g ticks, got %g", want, got_s / tick_s);
}

static inline void expect_stop(const struct measurement *m, enum stop_kind want)
{
    assert_string_equal(stop_name(m->stop), stop_name(want));
}

/* Every figure of every rank is that of rank 0. */
static inline void expect_same(const struct town *town, int ranks)
{
    const struct measurement *a = result_of(town, 0);
    for (int r = 1; r < ranks; r++) {
        const struct measurement *b = result_of(town, r);
        assert_int_equal(b->n, a->n);
        assert_int_equal(b->batch, a->batch);
        assert_int_equal(b->stop, a->stop);
        assert_int_equal(b->slowest, a->slowest);
        assert_int_equal(b->checked, a->checked);
        assert_int_equal(b->wrong, a->wrong);
        for (size_t i = 0; i < a->n; i++) {
            expect_ticks(b->samples[i].time_s, a->samples[i].time_s / tick_s);
            assert_int_equal(b->samples[i].slowest, a->samples[i].slowest);
        }
    }
}

/* --- scripts ----------------------------------------------------------------
 */

static inline long op_random(int rank, long run)
{
    return 50 +
           (long)(random_mix((uint64_t)run * 8 + (uint64_t)rank + 1) % 101);
}

static inline long op_hundred(int rank, long run)
{
    (void)rank;
    (void)run;
    return 100;
}

static inline long op_nothing(int rank, long run)
{
    (void)rank;
    (void)run;
    return 0;
}

static inline long op_two_speeds(int rank, long run)
{
    (void)rank;
    return run % 2 ? 200 : 100;
}

static inline long op_slow_start(int rank, long run)
{
    (void)rank;
    return run < 5 ? 100000 : 10;
}

/* Ranks 0..3 take 1, 2, 3, 1 ticks. */
static inline long op_by_rank(int rank, long run)
{
    (void)run;
    return rank == 3 ? 1 : rank + 1;
}

/* The same with one hiccup in the first probe, which follows 1 warm-up run. */
static inline long op_hiccup(int rank, long run)
{
    return op_by_rank(rank, run) + (rank == 0 && run == 1 ? 5000 : 0);
}

/* Rank 1 is slowest two times out of three, rank 0 else. */
static inline long op_mostly_one(int rank, long run)
{
    return 10 + (rank == (run % 3 == 0 ? 0 : 1) ? 5 : 0);
}

static inline struct measure_options exactly(size_t samples)
{
    return (struct measure_options){.warmup = 1,
                                    .exact_samples = samples,
                                    .check_every = 1,
                                    .batch = 1,
                                    .time_s = 1000};
}

static inline struct measure_options open_ended(void)
{
    return (struct measure_options){.warmup = 1,
                                    .min_samples = 10,
                                    .max_samples = 20000,
                                    .precision = -1, /* never reached */
                                    .time_s = 1e6,
                                    .check_every = 1,
                                    .batch = 1};
}

#endif
