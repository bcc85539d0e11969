/* SPDX-License-Identifier: BSD-3-Clause */
/* Clock synchronisation on a job of threads: each node has a clock of known
 * offset and drift over one virtual true time, which every look and every
 * message moves on by a seeded, lopsided amount. The job_ functions that
 * clocksync needs are defined here, in place of the library's. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/random.h"
#include "bench/clocksync.h"

enum { RANKS = 12, BOX_B = 4096 };
static const double tick_s = 1e-7;
static const double rounding_s = 1e-9; /* of sums of a few thousand seconds */

/* Bytes on their way from one rank to another. */
struct box {
    size_t put, taken;
    char bytes[BOX_B];
};

struct town {
    atomic_long ticks; /* true time */
    pthread_mutex_t lock;
    pthread_cond_t news;
    int size, nodes;
    int node[RANKS];
    struct box boxes[RANKS][RANKS];
};

struct watch {
    struct town *town;
    double start_s, drift;
};

struct job {
    struct town *town;
    int rank;
    struct random random;
    struct watch watch;
    bool every_rank, pause;
    struct clocksync first, refined;
};

/* --- the job ----------------------------------------------------------------
 */

int job_rank(const struct job *job)
{
    return job->rank;
}

int job_size(const struct job *job)
{
    return job->town->size;
}

int job_node(const struct job *job, int rank)
{
    return job->town->node[rank];
}

int job_nodes(const struct job *job)
{
    return job->town->nodes;
}

/* A way takes up to 100 ticks, or seldom 20,000. */
static void travel(struct job *job)
{
    uint64_t far = random_below(&job->random, 10) ? 100 : 20000;
    atomic_fetch_add(&job->town->ticks,
                     (long)random_below(&job->random, far) + 1);
}

void job_send(struct job *job, const void *data, size_t bytes, int to)
{
    struct town *town = job->town;
    struct box *box = &town->boxes[job->rank][to];
    travel(job);
    pthread_mutex_lock(&town->lock);
    while (box->put - box->taken + bytes > BOX_B)
        pthread_cond_wait(&town->news, &town->lock);
    for (size_t i = 0; i < bytes; i++)
        box->bytes[box->put++ % BOX_B] = ((const char *)data)[i];
    pthread_cond_broadcast(&town->news);
    pthread_mutex_unlock(&town->lock);
}

void job_recv(struct job *job, void *data, size_t bytes, int from)
{
    struct town *town = job->town;
    struct box *box = &town->boxes[from][job->rank];
    pthread_mutex_lock(&town->lock);
    while (box->put - box->taken < bytes)
        pthread_cond_wait(&town->news, &town->lock);
    for (size_t i = 0; i < bytes; i++)
        ((char *)data)[i] = box->bytes[box->taken++ % BOX_B];
    pthread_cond_broadcast(&town->news);
    pthread_mutex_unlock(&town->lock);
    travel(job);
}

/* --- clocks -----------------------------------------------------------------
 */

static double watch_read(const struct watch *watch, double true_s)
{
    return watch->start_s + true_s * (1 + watch->drift);
}

static double watch_now(void *state)
{
    struct watch *watch = state;
    long ticks = atomic_fetch_add(&watch->town->ticks, 1) + 1;
    return watch_read(watch, (double)ticks * tick_s);
}

/* What the root's clock shows when `watch` shows local_s. */
static double truth(const struct watch *root, const struct watch *watch,
                    double local_s)
{
    return watch_read(root, (local_s - watch->start_s) / (1 + watch->drift));
}

static double true_drift(const struct watch *root, const struct watch *watch)
{
    return (1 + root->drift) / (1 + watch->drift) - 1;
}

/* --- a run ------------------------------------------------------------------
 */

static void *job_play(void *state)
{
    struct job *job = state;
    struct clock local = {watch_now, &job->watch};
    clocksync_learn(job, local, job->every_rank, &job->first);
    if (job->pause && job->rank == 0)
        atomic_fetch_add(&job->town->ticks, (long)(10 / tick_s));
    job->refined = job->first;
    clocksync_refine(job, local, job->every_rank, &job->refined);
    return NULL;
}

struct shape {
    const char *name;
    bool every_rank;
    int size;
    int node[RANKS];
};

static const struct shape shapes[] = {
    {"one rank", false, 1, {0}},
    {"one node", false, 3, {0, 0, 0}},
    {"two nodes", false, 4, {0, 0, 1, 1}},
    {"uneven nodes", false, 7, {0, 0, 1, 2, 2, 2, 3}},
    {"interleaved, rank 0 not on node 0", false, 8, {2, 0, 1, 2, 0, 1, 3, 4}},
    {"a node a rank", false, 12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
    {"every rank its own clock", true, 9, {0, 0, 0, 0, 1, 1, 1, 1, 1}},
};

/* Clock of a rank: seconds to an hour off, up to 45 ppm fast or slow; the same
 * for all ranks of a node unless every rank has its own. */
static void watch_set(struct job *job, const struct shape *shape, uint64_t seed)
{
    int owner = shape->every_rank ? job->rank : shape->node[job->rank];
    struct random random = {seed * 100 + (uint64_t)owner};
    job->watch.town = job->town;
    job->watch.start_s = (double)random_below(&random, 3600000) * 1e-3;
    job->watch.drift = ((double)random_below(&random, 9001) - 4500) * 1e-8;
}

static void run(const struct shape *shape, uint64_t seed, bool pause,
                struct job *jobs)
{
    struct town *town = calloc(1, sizeof *town);
    pthread_t threads[RANKS];
    assert_non_null(town);
    pthread_mutex_init(&town->lock, NULL);
    pthread_cond_init(&town->news, NULL);
    town->size = shape->size;
    for (int r = 0; r < shape->size; r++) {
        town->node[r] = shape->node[r];
        if (shape->node[r] >= town->nodes)
            town->nodes = shape->node[r] + 1;
    }
    for (int r = 0; r < shape->size; r++) {
        jobs[r] = (struct job){.town = town,
                               .rank = r,
                               .random = {seed + (uint64_t)r},
                               .every_rank = shape->every_rank,
                               .pause = pause};
        watch_set(&jobs[r], shape, seed);
    }
    for (int r = 0; r < shape->size; r++)
        assert_int_equal(pthread_create(&threads[r], NULL, job_play, &jobs[r]),
                         0);
    for (int r = 0; r < shape->size; r++)
        pthread_join(threads[r], NULL);
    pthread_mutex_destroy(&town->lock);
    pthread_cond_destroy(&town->news);
    free(town);
}

static bool on_root(const struct shape *shape, int rank)
{
    return rank == 0 ||
           (!shape->every_rank && shape->node[rank] == shape->node[0]);
}

static void expect_within(const struct shape *shape, int rank, const char *what,
                          double got, double want, double bound)
{
    if (!(fabs(got - want) <= bound))
        fail_msg("%s, rank %d: %s: expected %.9g within %.3g, got %.9g",
                 shape->name, rank, what, want, bound, got);
}

enum { SHAPES = sizeof shapes / sizeof *shapes, SEEDS = 5 };

/* --- tests ------------------------------------------------------------------
 */

/* The stamp a parent sends was taken within the round trip, hence at most half
 * of it from the middle; errors add up along the tree. Holds whatever the
 * delays, so here with delays of random length each way, first and second
 * time. Clocks differ by seconds, so that a wrong sign would show. */
static void error_is_bounded(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (size_t s = 0; s < SHAPES; s++) {
            struct job jobs[RANKS];
            run(&shapes[s], seed, true, jobs);
            for (int r = 0; r < shapes[s].size; r++) {
                const struct clocksync *models[] = {&jobs[r].first,
                                                    &jobs[r].refined};
                for (int m = 0; m < 2; m++) {
                    double at_s = models[m]->at_s;
                    expect_within(&shapes[s], r, "global time",
                                  clocksync_global(models[m], at_s),
                                  truth(&jobs[0].watch, &jobs[r].watch, at_s),
                                  models[m]->error_s + rounding_s);
                    assert_true(models[m]->error_s < 0.1);
                    assert_int_equal(models[m]->error_s <= 0,
                                     on_root(&shapes[s], r));
                }
            }
        }
    }
}

/* The offset is known to e1, then after the pause to e2, so the drift to
 * (e1 + e2) / apart; and 100 s later the line is off by no more than that makes
 * of it. */
static void refine_finds_drift(void **state)
{
    (void)state;
    int drifting = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (size_t s = 0; s < SHAPES; s++) {
            struct job jobs[RANKS];
            run(&shapes[s], seed, true, jobs);
            for (int r = 0; r < shapes[s].size; r++) {
                const struct clocksync *a = &jobs[r].first,
                                       *b = &jobs[r].refined;
                const struct watch *root = &jobs[0].watch,
                                   *watch = &jobs[r].watch;
                if (on_root(&shapes[s], r)) {
                    assert_true(b->drift <= 0 && b->drift >= 0);
                    continue;
                }
                double bound = (a->error_s + b->error_s) / (b->at_s - a->at_s);
                double want = true_drift(root, watch);
                double later_s = b->at_s + 100;
                expect_within(&shapes[s], r, "drift", b->drift, want,
                              bound + rounding_s);
                expect_within(&shapes[s], r, "global time 100 s later",
                              clocksync_global(b, later_s),
                              truth(root, watch, later_s),
                              b->error_s + 100 * bound + 100 * rounding_s);
                drifting += fabs(want) > 2 * bound;
            }
        }
    }
    assert_true(drifting > 0); /* some drifts are not lost in their bound */
}

/* Without a pause the two looks are too near each other to tell drift from
 * error: it stays within what clocks can do. */
static void hasty_refine_is_tame(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPES; s++) {
        struct job jobs[RANKS];
        run(&shapes[s], 77, false, jobs);
        for (int r = 0; r < shapes[s].size; r++)
            expect_within(&shapes[s], r, "drift", jobs[r].refined.drift, 0,
                          100e-6);
    }
}

/* Ranks of one node share a clock, and so one model. */
static void node_shares_model(void **state)
{
    (void)state;
    int shared = 0;
    for (size_t s = 0; s < SHAPES; s++) {
        struct job jobs[RANKS];
        if (shapes[s].every_rank)
            continue;
        run(&shapes[s], 5, true, jobs);
        for (int a = 0; a < shapes[s].size; a++) {
            for (int b = 0; b < a; b++) {
                if (shapes[s].node[a] != shapes[s].node[b])
                    continue;
                assert_memory_equal(&jobs[a].refined, &jobs[b].refined,
                                    sizeof jobs[a].refined);
                shared++;
            }
        }
    }
    assert_true(shared > 0);
}

/* global = t + offset + drift (t - at): 100 + 5 + 0.5 (100 - 90) = 110. */
static void line_by_hand(void **state)
{
    (void)state;
    struct clocksync sync = {.at_s = 90, .offset_s = 5, .drift = 0.5};
    double got = clocksync_global(&sync, 100);
    if (fabs(got - 110) > 1e-12)
        fail_msg("expected 110, got %g", got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a line is evaluated as its header says", line_by_hand, 0, 0, 0},
        {"the error is within its bound whatever the delays", error_is_bounded,
         0, 0, 0},
        {"refine recovers the drift within its bound", refine_finds_drift, 0, 0,
         0},
        {"a hasty refine invents no drift beyond 100 ppm", hasty_refine_is_tame,
         0, 0, 0},
        {"ranks of a node share one model", node_shares_model, 0, 0, 0},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
