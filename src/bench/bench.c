/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of a run: parse, open, list the cases, ask the folder what an
 * earlier run finished, measure wave by wave, write each row when it exists,
 * close. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/rows.h"
#include "bench/run_case.h"
#include "bench/schedules.h"
#include "bench/watchdog.h"
#include "net/launcher.h"
#include "net/mem.h"

/* Ends a run that a signal stopped: what is on disk stays, nothing more is
 * written. Other groups may be in the middle of things: nobody is waited for.
 */
static _Noreturn void leave_interrupted(struct session *session)
{
    if (session->root) {
        progress_clear(&session->progress);
        if (session->folder)
            folder_close(session->folder);
        error("%s: interrupted; every row that was finished is kept%s",
              session->benchmark->name,
              session->folder ? " (--resume goes on)" : "");
        fflush(session->out);
    } else {
        clock_sleep(0.5);
    }
    _exit(EXIT_MACHINE);
}

/* In a background that this rank's own group does not run beside. */
static void take_part(struct session *session, long number)
{
    const struct pattern pattern = {session->options.seed, 0, 1};
    struct wrong wrong = {.iteration = 0};
    background_start(session->background, session->memory, &pattern,
                     (unsigned long)number, NULL);
    background_stop(session->background, session->memory, &wrong);
}

static void do_case(struct session *session, struct turn *turn,
                    const struct bench_case *one, long number)
{
    struct task task;
    struct record record;
    struct sample *samples = NULL;
    size_t n = 0;
    rows_identify(session, one, &turn->group, &task, &record);
    if (turn->mine >= 0 && !task.reason) {
        struct stage stage = {
            .options = &session->options,
            .job = session->job,
            .team = turn->team,
            .crowded = turn->crowded,
            .leaders = turn->leaders,
            .group = &turn->group,
            .net = session->nets[one->transport],
            .memory = session->memory,
            .seating = session->ranks.flag,
            .via = one->via,
            .background = one->via->asides ? session->background : NULL,
            .barrier = turn_barrier(session, turn, one),
            .clock = session->options.measure.sync == SYNC_CLOCK
                         ? &session->clock
                         : NULL,
            .counters = session->counters,
            .progress = session->root ? &session->progress : NULL,
            .open_ms = session->open_ms[one->transport],
            .case_number = number};
        if (run_case(&stage, &task, &record, &samples, &n))
            leave_interrupted(session);
        if (job_rank(turn->team) == 0 && !session->root)
            rows_report(session, &record, samples, n);
    } else if (turn->leaders) {
        job_barrier(turn->leaders); /* the others ask for everybody */
    }
    if (task.reason && session->background && !one->refusal && !one->reason)
        take_part(session, number); /* of other ranks, whose groups run */
    if (session->root) {
        char label[128];
        case_label(&record, label, sizeof label);
        rows_write(session, one, turn, &record, samples, n);
        progress_done(&session->progress, label,
                      task.reason ? "skipped" : record.status);
    }
    free(samples);
}

static void measure_all(struct session *session)
{
    struct turn turn = {.wave = -1};
    char *done = xcalloc(session->cases.n, 1);
    long number = 0;
    for (size_t i = 0; session->root && i < session->cases.n; i++)
        done[i] = (char)rows_finished(session, &session->cases.list[i]);
    job_bcast(session->job, done, session->cases.n, 0);
    progress_start(&session->progress, session->cases.n,
                   session->options.quiet);
    for (size_t i = 0; i < session->cases.n; i++) {
        const struct bench_case *one = &session->cases.list[i];
        session->progress.skipped += done[i] != 0;
        if (done[i])
            continue;
        if (watchdog_interrupted())
            leave_interrupted(session);
        if (one->wave != turn.wave) {
            if (turn.wave >= 0)
                turn_end(session, &turn);
            turn_start(session, one->wave, &turn);
        }
        do_case(session, &turn, one, ++number);
    }
    if (turn.wave >= 0)
        turn_end(session, &turn);
    free(done);
    progress_clear(&session->progress);
}

static int outcome(struct session *session)
{
    int code = session->wrong      ? EXIT_WRONG
               : session->measured ? EXIT_GOOD
                                   : EXIT_MACHINE;
    /* A resumed run that had nothing left to do is a good one. */
    if (session->root && session->progress.skipped == session->cases.n)
        code = EXIT_GOOD;
    if (session->root && !session_gdr_met(session) && code == EXIT_GOOD)
        code = EXIT_WRONG;
    job_bcast(session->job, &code, sizeof code, 0);
    return code;
}

static int run(struct session *session, int argc, char **argv)
{
    int code = session_open_folder(session, argc, argv);
    if (code)
        return code;
    watchdog_start(job_rank(session->job),
                   job_host(session->job, job_rank(session->job)),
                   session->options.timeout_s);
    session_open_nets(session);
    session->counters = counters_open("");
    if (session->options.measure.sync == SYNC_CLOCK)
        clocksync_learn(session->job, clock_monotonic(), false,
                        &session->clock);
    if (session->root && session->options.csv)
        record_write_header(session->out);
    else if (session->root)
        record_print_heading(session->out);
    measure_all(session);
    code = outcome(session);
    session_close_nets(session);
    counters_close(session->counters);
    watchdog_stop();
    if (session->folder)
        folder_close(session->folder);
    return code;
}

int bench_main(const struct benchmark *benchmark, int argc, char **argv)
{
    struct session session = {.benchmark = benchmark};
    bool stop;
    int code = options_parse(benchmark, argc, argv, &session.options, &stop);
    if (code && launcher_rank() > 0)
        clock_sleep(0.5); /* or the launcher ends rank 0 before it has spoken */
    if (code || stop)
        return code;
    if (session.options.print_schedule)
        return schedules_print(benchmark, &session.options);
    code = choice_read(session.options.measured, &session.choice);
    if (code)
        return code;
    session.out = session_take_stdout();
    session_open_memory_early(&session);
    session.job = job_open(&argc, &argv);
    session.root = job_rank(session.job) == 0;
    code = session_open_memory(&session);
    if (!code)
        code = session_set_gdr(&session);
    if (!code)
        session_say_alone(&session);
    if (!code)
        code = session_plan(&session);
    if (!code)
        code = run(&session, argc, argv);
    background_free(session.background);
    cases_free(&session.cases);
    waves_free(session.waves);
    limits_close(session.limits);
    sizes_free(&session.sizes);
    ranks_free(&session.ranks);
    choice_free(&session.choice);
    if (session.memory)
        session.options.memory->close(session.memory);
    job_close(session.job);
    if (fclose(session.out)) {
        error("stdout: not every row could be written");
        code = EXIT_MACHINE;
    }
    return code;
}
