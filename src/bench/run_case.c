/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts a prepared operation under the measure loop: what to fill, what to
 * verify, what to tell the watchdog, and what the row says afterwards. */
#include "bench/run_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/gdr_row.h"
#include "bench/watchdog.h"
#include "bench/wrong.h"
#include "coll/pattern.h"
#include "net/mem.h"

/* The state behind struct work and struct talk. */
struct running {
    struct nic_counts counted; /* before, where this rank reads them */
    const struct stage *stage;
    const struct task *task;
    const struct transport *via;
    struct plan *plan, *barrier;
    struct plan_view view;
    struct pattern pattern;
    struct record *record;
    struct inject inject; /* kind INJECT_NONE on ranks that behave */
    long runs;
    char label[128];
    struct wrong wrong; /* the first bad sample on this rank */
    bool beside_wrong;  /* some of it in the background */
};

static void run_barrier(void *state)
{
    struct running *running = state;
    running->via->run(running->barrier);
}

static void run_plain(void *state)
{
    struct running *running = state;
    running->via->run(running->plan);
}

static void run_many(void *state, int times)
{
    struct running *running = state;
    running->via->run_many(running->plan, times);
}

static void run_badly(void *state)
{
    struct running *running = state;
    inject_before(&running->inject, running->stage->case_number,
                  ++running->runs);
    double start_s = clock_now_s();
    running->via->run(running->plan);
    inject_after(&running->inject, clock_now_s() - start_s);
}

static void refill(void *state, unsigned long iteration)
{
    struct running *running = state;
    struct memory *memory = running->stage->memory;
    struct pattern pattern = running->pattern;
    int rank = job_rank(running->stage->team);
    pattern.iteration = iteration;
    memory->kind->fill(memory, &pattern, &running->task->c, rank,
                       running->view.input);
    if (running->inject.kind == INJECT_CORRUPT &&
        collective_has_input(&running->task->c, rank))
        mem_spoil(memory, &running->task->c, running->view.input,
                  running->inject.element);
    watchdog_beat();
}

static size_t check(void *state, unsigned long iteration)
{
    struct running *running = state;
    struct memory *memory = running->stage->memory;
    struct pattern pattern = running->pattern;
    struct verdict verdict;
    pattern.iteration = iteration;
    memory->kind->verify(memory, &pattern, &running->task->c,
                         job_rank(running->stage->team), running->view.output,
                         &verdict);
    wrong_note(&running->wrong, &verdict, iteration, running->stage->team);
    watchdog_beat();
    return verdict.wrong;
}

static void tick(void *state, size_t samples, double elapsed_s)
{
    struct running *running = state;
    (void)elapsed_s;
    watchdog_beat();
    if (running->stage->progress)
        progress_show(running->stage->progress, running->label, samples);
}

static void talk_max(void *state, double *values, int count)
{
    struct running *running = state;
    job_max(running->stage->team, values, count);
}

static void talk_sum(void *state, double *values, int count)
{
    struct running *running = state;
    job_sum(running->stage->team, values, count);
}

static double talk_global(void *state, double local_s)
{
    struct running *running = state;
    return clocksync_global(running->stage->clock, local_s);
}

static bool talk_interrupted(void *state)
{
    (void)state;
    return watchdog_interrupted();
}

/* --- the row ----------------------------------------------------------------
 */

static void fill_times(const struct measurement *m, struct record *record)
{
    const struct stats *t = &m->time;
    record->batch = m->batch;
    record->samples = (double)m->n;
    record->time_min_us = t->min * 1e6;
    record->time_p50_us = t->p50 * 1e6;
    record->time_p50_lo_us = t->p50_lo * 1e6;
    record->time_p50_hi_us = t->p50_hi * 1e6;
    record->time_mean_us = t->mean * 1e6;
    record->time_p95_us = t->p95 * 1e6;
    record->time_p99_us = t->p99 * 1e6;
    record->time_max_us = t->max * 1e6;
    if (m->entry_skew.n)
        record->entry_skew_us = m->entry_skew.p50 * 1e6;
    snprintf(record->stop, sizeof record->stop, "%s", stop_name(m->stop));
}

/* Rates come from the median time; a size of 0 has none. */
static void fill_rates(const struct running *running, double wire_B,
                       const struct measurement *m, struct record *record)
{
    const struct collective *c = &running->task->c;
    double size_B = (double)collective_size_B(c), t = m->time.p50;
    if (size_B <= 0 || !(t > 0) || !running->via->real)
        return;
    record->algbw_GBps = size_B / t * 1e-9;
    if (collective_bus_factor(c) > 0) /* one rank has no bus */
        record->busbw_GBps = record->algbw_GBps * collective_bus_factor(c);
    if (wire_B >= 0)
        record->wire_GBps = wire_B / collective_ops_per_run(c) / t * 1e-9;
}

/* What moved on any node while the case ran, its warm-up too. */
static void flag_counters(const struct stage *stage,
                          const struct nic_counts *before,
                          struct record *record)
{
    double moved[COUNTS] = {0};
    if (gdr_row_reads(stage)) {
        struct nic_counts now;
        counters_read(stage->counters, &now);
        for (int k = 0; k < COUNTS; k++)
            moved[k] = now.value[k] > before->value[k];
    }
    job_max(stage->team, moved, COUNTS);
    for (int k = 0; k < COUNTS; k++)
        if (moved[k] > 0 && counters_flag((enum count_kind)k))
            record_flag(record, counters_flag((enum count_kind)k));
}

static void fill_flags(const struct running *running,
                       const struct measurement *m, struct record *record)
{
    const struct stage *stage = running->stage;
    if (!m->checked)
        record_flag(record, "unchecked");
    if (isnan(m->time.p50_lo))
        record_flag(record, "few-samples");
    if (m->time.outliers * 100 > m->n)
        record_flag(record, "outliers");
    if (job_oversubscribed(stage->job))
        record_flag(record, "oversubscribed");
    if (stage->options->ranks_per_node)
        record_flag(record, "emulated-nodes");
    if (stage->seating)
        record_flag(record, stage->seating);
    flag_counters(stage, &running->counted, record);
}

static void fill_outcome(const struct running *running,
                         const struct measurement *m, struct record *record)
{
    struct job *team = running->stage->team;
    record->checked = (double)m->checked;
    if (m->checked)
        record->wrong = (double)m->wrong;
    if (m->slowest >= 0) {
        int world = job_world_rank(team, m->slowest);
        record->slowest_rank = world;
        snprintf(record->slowest_host, sizeof record->slowest_host, "%s",
                 job_host(running->stage->job, world));
    }
    snprintf(record->status, sizeof record->status, "%s",
             m->wrong ? "wrong" : "ok");
    if (m->wrong) {
        wrong_complain(&running->wrong, running->label, team);
        wrong_share(&running->wrong, team, record);
        if (running->beside_wrong)
            record_flag(record, "wrong-background");
    }
}

/* How much went on beside the case. */
static void tell_background(const struct running *running,
                            struct record *record)
{
    size_t used = strlen(record->evidence);
    char text[160];
    background_describe(running->stage->background, text, sizeof text);
    if (used + strlen(text) + 2 < sizeof record->evidence)
        snprintf(record->evidence + used, sizeof record->evidence - used,
                 "%s%s", used ? "; " : "", text);
}

static void fill_record(struct running *running, const struct measurement *m)
{
    struct record *record = running->record;
    const struct stage *stage = running->stage;
    double numbers[] = {running->view.wire_B,
                        (double)running->view.connections};
    job_max(stage->team, numbers, 2); /* the busiest rank */
    fill_times(m, record);
    fill_rates(running, numbers[0], m, record);
    if (numbers[1] >= 0)
        record->connections = numbers[1];
    record->open_ms = stage->open_ms;
    fill_flags(running, m, record); /* what follows is not of the case */
    gdr_row_fill(stage, running->plan, &running->view, m,
                 collective_ops_per_run(&running->task->c), record);
    if (stage->background)
        tell_background(running, record);
    fill_outcome(running, m, record);
}

/* Where several groups run at once, one that has its samples goes on, untimed,
 * until all have theirs: else the last would be measured on an empty fabric.
 * Its first rank asks the others' between chunks of some milliseconds. */
static void keep_busy(const struct stage *stage, const struct work *work,
                      const struct measurement *m)
{
    const double chunk_s = 5e-3;
    double run_s = m->time.p50 * (work->divisor > 1 ? work->divisor : 1);
    long chunk = run_s > 0 && run_s < chunk_s ? (long)(chunk_s / run_s) : 1;
    bool over = false;
    if (stage->leaders)
        job_meet(stage->leaders);
    while (stage->crowded && m->stop != STOP_SIGNAL) {
        if (stage->leaders)
            over = job_met(stage->leaders) || watchdog_interrupted();
        job_bcast(stage->team, &over, sizeof over, 0);
        if (over)
            break;
        if (work->refill)
            work->refill(work->state, 0);
        work->barrier(work->state);
        for (long i = 0; i < chunk && i < 10000; i++)
            work->run(work->state);
        watchdog_beat();
    }
}

/* What went wrong in it counts as this row's. */
static void end_background(struct running *running, struct measurement *m)
{
    const struct stage *stage = running->stage;
    double wrong = (double)background_stop(stage->background, stage->memory,
                                           &running->wrong);
    job_sum(stage->team, &wrong, 1);
    running->beside_wrong = wrong > 0;
    m->wrong += (size_t)wrong;
}

bool run_case(const struct stage *stage, const struct task *task,
              struct record *record, struct sample **samples, size_t *n)
{
    const struct options *options = stage->options;
    int me = job_rank(stage->job);
    struct running running = {.stage = stage,
                              .task = task,
                              .via = stage->via,
                              .barrier = stage->barrier,
                              .pattern = {options->seed, 0, task->c.ranks},
                              .record = record};
    if (options->inject.kind && options->inject.rank == me)
        running.inject = options->inject;
    case_label(record, running.label, sizeof running.label);
    watchdog_watch(stage->via, stage->net, running.label);
    running.plan =
        stage->via->prepare(stage->net, stage->team, task->algorithm, &task->c);
    stage->via->view(running.plan, &running.view);

    bool real = stage->via->real;
    struct work work = {.state = &running,
                        .barrier = run_barrier,
                        .run = running.inject.kind ? run_badly : run_plain,
                        .divisor = collective_ops_per_run(&task->c),
                        .refill = real ? refill : NULL,
                        .check = real ? check : NULL,
                        .tick = tick,
                        .consumes_input = task->c.in_place &&
                                          collective_reduces(task->c.kind)};
    if (stage->via->run_many && !running.inject.kind)
        work.run_many = run_many;
    struct talk talk = {.state = &running,
                        .rank = job_rank(stage->team),
                        .ranks = job_size(stage->team),
                        .max = talk_max,
                        .sum = talk_sum,
                        .global_s = stage->clock ? talk_global : NULL,
                        .interrupted = talk_interrupted};
    struct measurement m;
    if (stage->background)
        background_start(stage->background, stage->memory, &running.pattern,
                         (unsigned long)stage->case_number,
                         running.inject.kind == INJECT_CORRUPT ? &running.inject
                                                               : NULL);
    if (gdr_row_reads(stage))
        counters_read(stage->counters, &running.counted);
    measure(&options->measure, &work, &talk, clock_monotonic(), &m);
    keep_busy(stage, &work, &m);
    if (stage->background && m.stop != STOP_SIGNAL)
        end_background(&running, &m);
    fill_record(&running, &m);
    stage->via->release(running.plan);
    watchdog_watch(NULL, NULL, "");
    *samples = m.samples;
    *n = m.n;
    return m.stop == STOP_SIGNAL;
}
