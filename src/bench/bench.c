/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of a run: parse, open, list the cases, ask the folder what an
 * earlier run finished, measure wave by wave, write each row when it exists,
 * close. Rank 0 of the job writes; the first rank of each group reports to it.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/cases.h"
#include "bench/folder.h"
#include "bench/inventory.h"
#include "bench/run_case.h"
#include "bench/schedules.h"
#include "bench/sizes.h"
#include "bench/watchdog.h"
#include "coll/registry.h"
#include "net/buffers.h"

struct bench {
    const struct benchmark *benchmark;
    struct options options;
    struct job *job;
    bool root; /* rank 0 of the job: writes, prints */
    struct choice choice;
    struct sizes sizes;
    struct waves *waves;
    struct cases cases;
    struct net *nets[LIST_MAX];
    double open_ms[LIST_MAX];
    struct clocksync clock;
    struct folder *folder;
    struct progress progress;
    char run_id[64];
    long measured, wrong; /* rows, on rank 0 */
};

/* A wave as one rank lives it. */
struct turn {
    int wave, mine; /* -1: idle in this wave */
    struct group group;
    struct job *team;
    struct plan *barriers[LIST_MAX];
};

/* --- set-up
 * -------------------------------------------------------------------*/

static int check_against_job(struct bench *bench)
{
    int size = job_size(bench->job);
    const struct options *options = &bench->options;
    if (options->inject.kind && options->inject.rank >= size) {
        if (bench->root)
            error("%s: --inject: rank %d, expected one of the %d ranks of "
                  "this job",
                  bench->benchmark->name, options->inject.rank, size);
        return EXIT_USAGE;
    }
    return 0;
}

static int make_cases(struct bench *bench)
{
    const struct options *o = &bench->options;
    const char *why = sizes_build(o->min_B, o->max_B, o->factor, o->step_B,
                                 datatype_size(o->type), &bench->sizes);
    if (why) {
        if (bench->root)
            error("%s: -b, -e, -f, -i: %s", bench->benchmark->name, why);
        return EXIT_USAGE;
    }
    bench->waves = waves_make(bench->benchmark, o, bench->job);
    if (!bench->waves)
        return EXIT_USAGE;
    cases_make(bench->benchmark, o, bench->waves, &bench->sizes, &bench->cases);
    return 0;
}

/* The most memory that any case needs on a transport. */
static size_t capacity_for(const struct bench *bench, int transport)
{
    size_t most = 0;
    int wave = -1;
    struct group group = {0};
    for (size_t i = 0; i < bench->cases.n; i++) {
        const struct bench_case *one = &bench->cases.list[i];
        struct task task;
        if (one->transport != transport)
            continue;
        if (one->wave != wave) {
            group_free(&group);
            wave = one->wave;
            waves_group(bench->waves, wave, 0, &group);
        }
        case_task(bench->benchmark, &bench->options, &bench->choice, one,
                  &group, &task);
        if (task.reason)
            continue;
        size_t need = buffers_layout(task.algorithm, &task.c, 0).total_B;
        most = need > most ? need : most;
    }
    group_free(&group);
    return most;
}

static void open_nets(struct bench *bench)
{
    for (int t = 0; bench->options.transports[t]; t++) {
        const struct transport *via =
            transport_find(bench->options.transports[t]);
        struct net_options options = {.capacity_B = capacity_for(bench, t),
                                      .segment_B =
                                          bench->options.reduce_segment_B,
                                      .direct = bench->options.direct};
        double start_s = clock_now_s();
        bench->nets[t] = via->open(bench->job, &options);
        bench->open_ms[t] = (clock_now_s() - start_s) * 1e3;
    }
    job_max(bench->job, bench->open_ms, LIST_MAX);
}

static void close_nets(struct bench *bench)
{
    for (int t = 0; bench->options.transports[t]; t++)
        transport_find(bench->options.transports[t])->close(bench->nets[t]);
}

static void make_run_id(char *text, size_t capacity)
{
    char utc[24];
    snprintf(text, capacity, "%s-%ld", clock_utc(utc, sizeof utc),
             (long)getpid());
}

static int open_folder(struct bench *bench, int argc, char **argv)
{
    int code = 0;
    if (bench->root) {
        if (bench->options.out)
            bench->folder =
                folder_open(bench->options.out, bench->options.resume, &code);
        if (bench->folder)
            snprintf(bench->run_id, sizeof bench->run_id, "%s",
                     folder_run_id(bench->folder));
        else
            make_run_id(bench->run_id, sizeof bench->run_id);
        if (bench->options.out && !bench->folder && code == 0)
            code = EXIT_MACHINE;
    }
    job_bcast(bench->job, &code, sizeof code, 0);
    if (code == 0)
        inventory_write(bench->job, bench->folder, bench->benchmark,
                        &bench->options, bench->run_id, argc, argv);
    return code;
}

/* --- waves
 * --------------------------------------------------------------------*/

static void start_turn(struct bench *bench, int wave, struct turn *turn)
{
    memset(turn, 0, sizeof *turn);
    turn->wave = wave;
    turn->mine = waves_mine(bench->waves, wave, job_rank(bench->job));
    waves_group(bench->waves, wave, turn->mine < 0 ? 0 : turn->mine,
                &turn->group);
    if (turn->group.reason)
        turn->mine = -1;
    if (bench->options.measure.sync == SYNC_CLOCK)
        clocksync_refine(bench->job, clock_monotonic(), false, &bench->clock);
    if (turn->mine >= 0)
        turn->team =
            job_group(bench->job, turn->group.members, turn->group.ranks);
}

static void end_turn(struct bench *bench, struct turn *turn)
{
    for (int t = 0; bench->options.transports[t]; t++)
        if (turn->barriers[t])
            transport_find(bench->options.transports[t])
                ->release(turn->barriers[t]);
    if (turn->team)
        job_leave(turn->team);
    group_free(&turn->group);
}

/* The team's barrier over a transport, prepared when first needed. */
static struct plan *team_barrier(struct bench *bench, struct turn *turn,
                                 const struct bench_case *one)
{
    if (!turn->barriers[one->transport]) {
        struct collective c = {
            .kind = COLL_BARRIER,
            .ranks = turn->group.ranks,
            .shape = {turn->group.nodes, 0, turn->group.starts}};
        turn->barriers[one->transport] =
            one->via->prepare(bench->nets[one->transport], turn->team,
                              registry_find(COLL_BARRIER, "dissemination"), &c);
    }
    return turn->barriers[one->transport];
}

/* --- rows
 * ---------------------------------------------------------------------*/

static void show_row(struct bench *bench, const struct record *record)
{
    if (bench->options.csv) {
        record_write(stdout, record);
    } else {
        progress_clear(&bench->progress);
        record_print(stdout, record);
    }
    fflush(stdout);
}

static void keep_row(struct bench *bench, struct record *record,
                     const struct sample *samples, size_t n)
{
    snprintf(record->run_id, sizeof record->run_id, "%s", bench->run_id);
    clock_utc(record->time_utc, sizeof record->time_utc);
    bench->measured += strcmp(record->status, "skip") != 0;
    bench->wrong += !strcmp(record->status, "wrong");
    if (bench->folder && folder_append(bench->folder, record, samples, n))
        job_abort(EXIT_MACHINE);
    show_row(bench, record);
}

/* The first rank of each group tells rank 0 of the job. */
static void report(struct bench *bench, const struct turn *turn,
                   const struct record *record, const struct sample *samples,
                   size_t n)
{
    (void)turn;
    job_send(bench->job, record, sizeof *record, 0);
    job_send(bench->job, &n, sizeof n, 0);
    if (n)
        job_send(bench->job, samples, n * sizeof *samples, 0);
}

static void collect(struct bench *bench, const struct group *group,
                    struct record *record, struct sample **samples, size_t *n)
{
    int from = group->members[0];
    job_recv(bench->job, record, sizeof *record, from);
    job_recv(bench->job, n, sizeof *n, from);
    *samples = xcalloc(*n, sizeof **samples);
    if (*n)
        job_recv(bench->job, *samples, *n * sizeof **samples, from);
}

/* Ends a run that a signal stopped: what is on disk stays, nothing more is
 * written. Other groups may be in the middle of things: nobody is waited for.
 */
static _Noreturn void leave_interrupted(struct bench *bench)
{
    if (bench->root) {
        progress_clear(&bench->progress);
        if (bench->folder)
            folder_close(bench->folder);
        error("%s: interrupted; every row that was finished is kept%s",
              bench->benchmark->name,
              bench->folder ? " (--resume goes on)" : "");
        fflush(stdout);
    } else {
        clock_sleep(0.5);
    }
    _exit(EXIT_MACHINE);
}

/* --- one case
 * -----------------------------------------------------------------*/

static bool already(struct bench *bench, const struct record *record)
{
    return bench->folder && folder_has(bench->folder, record);
}

static void skip_row(struct record *record, const char *reason)
{
    snprintf(record->status, sizeof record->status, "skip");
    snprintf(record->reason, sizeof record->reason, "%s", reason);
}

static void identify(struct bench *bench, const struct bench_case *one,
                     const struct group *group, struct task *task,
                     struct record *record)
{
    case_task(bench->benchmark, &bench->options, &bench->choice, one, group,
              task);
    case_identity(bench->benchmark, &bench->options, one, group, task, record);
}

/* Is every row of this case there already? Only rank 0 knows. */
static bool finished_before(struct bench *bench, const struct bench_case *one)
{
    int done = bench->folder != NULL && bench->options.resume;
    for (int g = 0; done && g < waves_groups(bench->waves, one->wave); g++) {
        struct group group;
        struct task task;
        struct record record;
        waves_group(bench->waves, one->wave, g, &group);
        identify(bench, one, &group, &task, &record);
        done = already(bench, &record);
        group_free(&group);
    }
    return done;
}

/* On rank 0 of the job: the rows of all groups, in their order. */
static void write_rows(struct bench *bench, const struct bench_case *one,
                       const struct turn *turn, struct record *mine,
                       struct sample *samples, size_t n)
{
    for (int g = 0; g < waves_groups(bench->waves, one->wave); g++) {
        struct group group;
        struct task task;
        struct record record;
        struct sample *theirs = NULL;
        size_t count = 0;
        waves_group(bench->waves, one->wave, g, &group);
        identify(bench, one, &group, &task, &record);
        if (task.reason) {
            skip_row(&record, task.reason);
        } else if (g == turn->mine && group.members[0] == 0) {
            record = *mine;
            theirs = samples;
            count = n;
        } else {
            collect(bench, &group, &record, &theirs, &count);
        }
        if (!already(bench, &record))
            keep_row(bench, &record, theirs, count);
        if (theirs != samples)
            free(theirs);
        group_free(&group);
    }
}

static void do_case(struct bench *bench, struct turn *turn,
                    const struct bench_case *one, long number)
{
    struct task task;
    struct record record;
    struct sample *samples = NULL;
    size_t n = 0;
    identify(bench, one, &turn->group, &task, &record);
    if (turn->mine >= 0 && !task.reason) {
        struct stage stage = {.options = &bench->options,
                              .job = bench->job,
                              .team = turn->team,
                              .group = &turn->group,
                              .net = bench->nets[one->transport],
                              .via = one->via,
                              .barrier = team_barrier(bench, turn, one),
                              .clock = bench->options.measure.sync == SYNC_CLOCK
                                           ? &bench->clock
                                           : NULL,
                              .progress = bench->root ? &bench->progress : NULL,
                              .open_ms = bench->open_ms[one->transport],
                              .case_number = number};
        if (run_case(&stage, &task, &record, &samples, &n))
            leave_interrupted(bench);
        if (job_rank(turn->team) == 0 && !bench->root)
            report(bench, turn, &record, samples, n);
    }
    if (bench->root) {
        char label[128];
        case_label(&record, label, sizeof label);
        write_rows(bench, one, turn, &record, samples, n);
        progress_done(&bench->progress, label,
                      task.reason ? "skipped" : record.status);
    }
    free(samples);
}

static void measure_all(struct bench *bench)
{
    struct turn turn = {.wave = -1};
    char *done = xcalloc(bench->cases.n, 1);
    long number = 0;
    for (size_t i = 0; bench->root && i < bench->cases.n; i++)
        done[i] = (char)finished_before(bench, &bench->cases.list[i]);
    job_bcast(bench->job, done, bench->cases.n, 0);
    progress_start(&bench->progress, bench->cases.n, bench->options.quiet);
    for (size_t i = 0; i < bench->cases.n; i++) {
        const struct bench_case *one = &bench->cases.list[i];
        bench->progress.skipped += done[i] != 0;
        if (done[i])
            continue;
        if (watchdog_interrupted())
            leave_interrupted(bench);
        if (one->wave != turn.wave) {
            if (turn.wave >= 0)
                end_turn(bench, &turn);
            start_turn(bench, one->wave, &turn);
        }
        do_case(bench, &turn, one, ++number);
    }
    if (turn.wave >= 0)
        end_turn(bench, &turn);
    free(done);
    progress_clear(&bench->progress);
}

/* --- the whole
 * ----------------------------------------------------------------*/

static void say_alone(const struct bench *bench)
{
    if (job_size(bench->job) == 1 && !bench->options.quiet)
        error("%s: a job of one rank%s", bench->benchmark->name,
              job_launched(bench->job) ? ""
                                       : " (started without mpirun or srun)");
}

static int outcome(struct bench *bench)
{
    int code = bench->wrong      ? EXIT_WRONG
               : bench->measured ? EXIT_GOOD
                                 : EXIT_MACHINE;
    /* A resumed run that had nothing left to do is a good one. */
    if (bench->root && bench->progress.skipped == bench->cases.n)
        code = EXIT_GOOD;
    job_bcast(bench->job, &code, sizeof code, 0);
    return code;
}

static int run(struct bench *bench, int argc, char **argv)
{
    int code = open_folder(bench, argc, argv);
    if (code)
        return code;
    watchdog_start(job_rank(bench->job),
                   job_host(bench->job, job_rank(bench->job)),
                   bench->options.timeout_s);
    open_nets(bench);
    if (bench->options.measure.sync == SYNC_CLOCK)
        clocksync_learn(bench->job, clock_monotonic(), false, &bench->clock);
    if (bench->root && bench->options.csv)
        record_write_header(stdout);
    else if (bench->root)
        record_print_heading(stdout);
    measure_all(bench);
    code = outcome(bench);
    close_nets(bench);
    watchdog_stop();
    if (bench->folder)
        folder_close(bench->folder);
    return code;
}

int bench_main(const struct benchmark *benchmark, int argc, char **argv)
{
    struct bench bench = {.benchmark = benchmark};
    bool stop;
    int code = options_parse(benchmark, argc, argv, &bench.options, &stop);
    if (code || stop)
        return code;
    if (bench.options.print_schedule)
        return schedules_print(benchmark, &bench.options);
    code = choice_read(bench.options.measured, &bench.choice);
    if (code)
        return code;
    bench.job = job_open(&argc, &argv);
    bench.root = job_rank(bench.job) == 0;
    say_alone(&bench);
    code = check_against_job(&bench);
    if (!code)
        code = make_cases(&bench);
    if (!code)
        code = run(&bench, argc, argv);
    cases_free(&bench.cases);
    waves_free(bench.waves);
    sizes_free(&bench.sizes);
    choice_free(&bench.choice);
    job_close(bench.job);
    return code;
}
