/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/gdr_row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/watchdog.h"
#include "net/gdr.h"
#include "net/mem.h"

bool gdr_row_reads(const struct stage *stage)
{
    int me = job_rank(stage->team), node = job_node(stage->team, me);
    for (int r = 0; r < me; r++)
        if (job_node(stage->team, r) == node)
            return false;
    return true;
}

/* Bytes sent by the node's NICs up to now; NAN: not to be read. */
static double sent_B(const struct stage *stage)
{
    struct nic_counts now;
    counters_read(stage->counters, &now);
    return now.known[COUNT_SENT_B] ? now.value[COUNT_SENT_B] : NAN;
}

/* Runs enough for their bytes to stand out of what a quiet node sends, in half
 * a second at most. The same on every rank. */
static long runs_to_count(const struct stage *stage, double most_B,
                          double run_s)
{
    enum { ENOUGH_B = 64 << 20, MOST_RUNS = 1000 };
    const double most_s = 0.5;
    double runs = most_B > 0 ? ENOUGH_B / most_B : 1;
    if (run_s > 0 && runs * run_s > most_s)
        runs = most_s / run_s;
    long whole = runs < 1 ? 1 : runs > MOST_RUNS ? MOST_RUNS : (long)runs;
    job_bcast(stage->team, &whole, sizeof whole, 0);
    return whole;
}

/* Under the NICs' counters, which some drivers renew once a second only. */
static void count(const struct stage *stage, struct plan *plan, long runs,
                  struct gdr_testimony *out)
{
    const double renewal_s = 1.2;
    double before_B = out->counts ? sent_B(stage) : NAN;
    job_barrier(stage->team);
    for (long i = 0; i < runs; i++) {
        stage->via->run(plan);
        watchdog_beat();
    }
    job_barrier(stage->team);
    out->counted_B = out->counts ? sent_B(stage) - before_B : NAN;
    double late = out->counts && out->counted_B < out->wire_B;
    job_max(stage->team, &late, 1);
    if (late > 0) {
        clock_sleep(renewal_s);
        if (out->counts)
            out->counted_B = sent_B(stage) - before_B;
    }
}

static void judge(const struct stage *stage, const struct gdr_testimony *mine,
                  struct record *record)
{
    int ranks = job_size(stage->team);
    bool root = job_rank(stage->team) == 0;
    struct gdr_testimony *all =
        root ? xcalloc((size_t)ranks, sizeof *all) : NULL;
    job_gather(stage->team, mine, sizeof *mine, all);
    if (root) {
        enum gdr_verdict verdict =
            gdr_judge(all, ranks, stage->crowded, record->evidence,
                      sizeof record->evidence);
        snprintf(record->gdr, sizeof record->gdr, "%s", gdr_name(verdict));
    }
    free(all);
}

/* Rank 0 takes over the words of the first of the ranks of which the worst is
 * heard: it may itself have sent nothing. */
static void take_words(const struct stage *stage, const struct gdr_heard *near,
                       const struct gdr_heard *far, struct record *record)
{
    int me = job_rank(stage->team), ranks = job_size(stage->team);
    int score = near->answers ? 1 + (int)near->worst : 0;
    if (far->answers && 1 + (int)far->worst > score)
        score = 1 + (int)far->worst;
    double best = (double)score * ranks - me;
    job_max(stage->team, &best, 1);
    int from = (ranks - (int)best % ranks) % ranks;
    if (best <= 0 || from == 0)
        return;
    if (me == from) {
        job_send(stage->team, record->path, sizeof record->path, 0);
        job_send(stage->team, record->evidence, sizeof record->evidence, 0);
    } else if (me == 0) {
        job_recv(stage->team, record->path, sizeof record->path, from);
        job_recv(stage->team, record->evidence, sizeof record->evidence, from);
    }
}

void gdr_row_fill(const struct stage *stage, struct plan *plan,
                  const struct plan_view *view, const struct measurement *m,
                  double ops_per_run, struct record *record)
{
    const struct transport *via = stage->via;
    double most[] = {view->messages, view->wire_B};
    struct gdr_heard near = {.answers = 0}, far = near;
    job_max(stage->team, most, 2);
    if (via->ask && most[0] > 0)
        via->ask(plan, &near, &far);
    via->evidence(plan, record->path, sizeof record->path, record->evidence,
                  sizeof record->evidence);
    take_words(stage, &near, &far, record);
    if (stage->memory->kind->host || !via->real || job_nodes(stage->team) == 1)
        return;
    long runs = most[1] < 0
                    ? 0
                    : runs_to_count(stage, most[1], m->time.p50 * ops_per_run);
    int world = job_world_rank(stage->team, job_rank(stage->team));
    struct gdr_testimony mine = {
        .rank = world,
        .node = job_node(stage->job, world),
        .wire_B = view->wire_B < 0 ? -1 : view->wire_B * (double)runs,
        .messages = view->far_messages * (double)runs,
        .counts = gdr_row_reads(stage),
        .counted_B = NAN,
        .road = road_read(""),
        .heard = far};
    if (runs)
        count(stage, plan, runs, &mine);
    judge(stage, &mine, record);
}
