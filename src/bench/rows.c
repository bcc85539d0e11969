/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/gdr.h"

void rows_identify(const struct session *session, const struct bench_case *one,
                   const struct group *group, struct task *task,
                   struct record *record)
{
    case_task(session->benchmark, &session->options, &session->choice, one,
              group, task);
    case_identity(session->benchmark, &session->options, one, group, task,
                  record);
    limits_identify(session->limits, record);
}

static bool already(struct session *session, const struct record *record)
{
    return session->folder && folder_has(session->folder, record);
}

static void show_row(struct session *session, const struct record *record)
{
    if (session->options.csv) {
        record_write(session->out, record);
    } else {
        progress_clear(&session->progress);
        record_print(session->out, record);
    }
    fflush(session->out);
}

static void keep_row(struct session *session, struct record *record,
                     const struct sample *samples, size_t n)
{
    snprintf(record->run_id, sizeof record->run_id, "%s", session->run_id);
    clock_utc(record->time_utc, sizeof record->time_utc);
    session->measured += strcmp(record->status, "skip") != 0;
    session->wrong += !strcmp(record->status, "wrong");
    session->crossed += record->gdr[0] != '\0';
    session->proven += !strcmp(record->gdr, gdr_name(GDR_PROVEN));
    if (session->folder && folder_append(session->folder, record, samples, n))
        job_abort(EXIT_MACHINE);
    show_row(session, record);
}

/* The first rank of each group tells rank 0 of the job. */
void rows_report(struct session *session, const struct record *record,
                 const struct sample *samples, size_t n)
{
    job_send(session->job, record, sizeof *record, 0);
    job_send(session->job, &n, sizeof n, 0);
    if (n)
        job_send(session->job, samples, n * sizeof *samples, 0);
}

static void collect(struct session *session, const struct group *group,
                    struct record *record, struct sample **samples, size_t *n)
{
    int from = group->members[0];
    job_recv(session->job, record, sizeof *record, from);
    job_recv(session->job, n, sizeof *n, from);
    *samples = xcalloc(*n, sizeof **samples);
    if (*n)
        job_recv(session->job, *samples, *n * sizeof **samples, from);
}

static void skip_row(struct record *record, const char *reason)
{
    snprintf(record->status, sizeof record->status, "skip");
    snprintf(record->reason, sizeof record->reason, "%s", reason);
}

static void name_slowest(const struct group *group, struct record *record)
{
    char with[sizeof record->group] = "";
    const char *beside = strstr(record->group, " with ");
    snprintf(with, sizeof with, "%s", beside ? beside : "");
    snprintf(record->group, sizeof record->group, "%s slowest of %d%.60s",
             group->axis, group->of, with);
}

/* A training step waits for the last of its groups: one more row that repeats
 * the slowest one's. It has no samples of its own. */
static void slowest_row(struct session *session, const struct group *group,
                        const struct record *slowest)
{
    struct record record = *slowest;
    name_slowest(group, &record);
    if (!already(session, &record))
        keep_row(session, &record, NULL, 0);
}

bool rows_finished(struct session *session, const struct bench_case *one)
{
    int done = session->folder != NULL && session->options.resume;
    bool one_ran = false;
    struct record ran;
    for (int g = 0; done && g < waves_groups(session->waves, one->wave); g++) {
        struct group group;
        struct task task;
        struct record record;
        waves_group(session->waves, one->wave, g, &group);
        rows_identify(session, one, &group, &task, &record);
        done = already(session, &record);
        if (!task.reason) {
            one_ran = true;
            ran = record;
        }
        if (done && group.axis && one_ran && g == group.of - 1) {
            name_slowest(&group, &ran);
            done = already(session, &ran);
        }
        group_free(&group);
    }
    return done;
}

void rows_write(struct session *session, const struct bench_case *one,
                const struct turn *turn, struct record *mine,
                struct sample *samples, size_t n)
{
    struct record slowest;
    record_clear(&slowest);
    for (int g = 0; g < waves_groups(session->waves, one->wave); g++) {
        struct group group;
        struct task task;
        struct record record;
        struct sample *theirs = NULL;
        size_t count = 0;
        waves_group(session->waves, one->wave, g, &group);
        rows_identify(session, one, &group, &task, &record);
        if (task.reason) {
            skip_row(&record, task.reason);
        } else if (g == turn->mine && group.members[0] == 0) {
            record = *mine;
            theirs = samples;
            count = n;
        } else {
            collect(session, &group, &record, &theirs, &count);
        }
        if (!task.reason)
            limits_fill(session->limits, &task.c, group.members, &record);
        if (!already(session, &record))
            keep_row(session, &record, theirs, count);
        if (isnan(slowest.time_p50_us) ||
            record.time_p50_us > slowest.time_p50_us)
            slowest = record;
        if (theirs != samples)
            free(theirs);
        if (group.axis && g == group.of - 1 && !isnan(slowest.time_p50_us))
            slowest_row(session, &group, &slowest);
        group_free(&group);
    }
}
