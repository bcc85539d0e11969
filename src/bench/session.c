/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/inventory.h"
#include "bench/nearest.h"
#include "host/node.h"
#include "net/buffers.h"
#include "net/gdr.h"
#include "net/launcher.h"
#include "net/mem.h"

static int check_against_job(struct session *session)
{
    int size = job_size(session->job);
    const struct options *options = &session->options;
    if (options->inject.kind && options->inject.rank >= size) {
        if (session->root)
            error("%s: --inject: rank %d, expected one of the %d ranks of "
                  "this job",
                  session->benchmark->name, options->inject.rank, size);
        return EXIT_USAGE;
    }
    if (options->root >= size) {
        if (session->root)
            error("%s: --root: rank %d, expected one of the %d ranks of this "
                  "job",
                  session->benchmark->name, options->root, size);
        return EXIT_USAGE;
    }
    const struct collective all = {.kind = session->benchmark->kind,
                                   .root = options->root};
    if (options->inject.kind == INJECT_CORRUPT && !options->ranks &&
        !collective_has_input(&all, options->inject.rank)) {
        if (session->root)
            error("%s: --inject: rank %d has nothing to corrupt, expected the "
                  "root, %d",
                  session->benchmark->name, options->inject.rank,
                  options->root);
        return EXIT_USAGE;
    }
    return 0;
}

/* The most that any rank of a group needs for a task: ranks differ in having
 * INPUT and OUTPUT only, so the first, the root and the last tell. */
static size_t need_of(const struct task *task)
{
    int ranks[] = {0, task->c.root, task->c.ranks - 1};
    size_t most = 0;
    for (int i = 0; i < 3; i++) {
        size_t need =
            buffers_layout(task->algorithm, &task->c, ranks[i]).total_B;
        most = need > most ? need : most;
    }
    return most;
}

/* What a rank may take of its node's memory for one transport: an equal share
 * of nine tenths of what is free, on the tightest node of the job. 0: unknown.
 */
static double share_of_memory(struct session *session)
{
    double free_B = node_free_B("");
    int via = 0;
    while (session->options.transports[via])
        via++;
    double share = 0.9 * free_B / job_local_ranks(session->job) / via;
    double least = free_B > 0 ? -share : 0; /* the maximum is of the tightest */
    job_max(session->job, &least, 1);
    return -least;
}

/* What does not fit is not tried: a node that runs out of memory takes others'
 * work with it. */
static int refuse_giants(struct session *session)
{
    double share_B = share_of_memory(session), beside_B = 0;
    struct group group = {0};
    int wave = -1;
    for (int i = 0; i < session->options.with.n; i++)
        beside_B += 3.0 * (double)session->options.with.item[i].size_B;
    if (share_B > 0 && beside_B > share_B) {
        if (session->root)
            error("%s: --with: '%s' needs more memory than is free on a node, "
                  "expected less",
                  session->benchmark->name, session->options.with_text);
        return EXIT_MACHINE;
    }
    for (size_t i = 0; share_B > 0 && i < session->cases.n; i++) {
        struct bench_case *one = &session->cases.list[i];
        struct task task;
        if (one->wave != wave) {
            group_free(&group);
            wave = one->wave;
            waves_group(session->waves, wave, 0, &group);
        }
        case_task(session->benchmark, &session->options, &session->choice, one,
                  &group, &task);
        if (!task.reason && (double)need_of(&task) + beside_B > share_B)
            one->reason = "more memory than is free on a node";
    }
    group_free(&group);
    return 0;
}

/* Why each transport can run nothing here, by the first rank that knows: all
 * must list the same cases. */
static void ask_transports(struct session *session, const char **refusals)
{
    int me = job_rank(session->job), size = job_size(session->job);
    for (int t = 0; session->options.transports[t]; t++) {
        char *text = session->refusals[t];
        const struct transport *via =
            transport_find(session->options.transports[t]);
        const char *mine =
            via->refuses(session->memory, session->ranks.flag != NULL);
        if (!mine && session->options.with.n && !via->asides)
            mine = "--with needs a transport that runs two operations at once: "
                   "ucx";
        double first = mine ? size - me : 0; /* most: the first rank */
        job_max(session->job, &first, 1);
        snprintf(text, REFUSAL_B, "%s", mine ? mine : "");
        if (first > 0)
            job_bcast(session->job, text, REFUSAL_B, size - (int)first);
        refusals[t] = first > 0 ? text : NULL;
    }
}

static int make_cases(struct session *session)
{
    const struct options *o = &session->options;
    const char *refusals[LIST_MAX] = {NULL};
    const char *why = sizes_build(o->min_B, o->max_B, o->factor, o->step_B,
                                  datatype_size(o->type), &session->sizes);
    if (why) {
        if (session->root)
            error("%s: -b, -e, -f, -i: %s", session->benchmark->name, why);
        return EXIT_USAGE;
    }
    session->waves = waves_make(session->benchmark, o, session->job);
    if (!session->waves)
        return EXIT_USAGE;
    ask_transports(session, refusals);
    cases_make(session->benchmark, o, session->waves, &session->sizes, refusals,
               &session->cases);
    session->options.inject.deadly_case = session->cases.n > 1 ? 2 : 1;
    if (session->memory->kind->host)
        return refuse_giants(session);
    return 0;
}

/* The group of a wave that this rank is in, and which rank of it; -1: none. */
static int my_group(const struct session *session, int wave,
                    struct group *group)
{
    int me = job_rank(session->job);
    int mine = waves_mine(session->waves, wave, me);

    waves_group(session->waves, wave, mine < 0 ? 0 : mine, group);
    for (int r = 0; mine >= 0 && !group->reason && r < group->ranks; r++)
        if (group->members[r] == me)
            return r;
    return -1;
}

/* The most memory that any case needs on a transport, on this rank. */
static size_t capacity_for(const struct session *session, int transport)
{
    size_t most = 0;
    int wave = -1, rank = -1;
    struct group group = {0};
    for (size_t i = 0; i < session->cases.n; i++) {
        const struct bench_case *one = &session->cases.list[i];
        struct task task;
        if (one->transport != transport)
            continue;
        if (one->wave != wave) {
            group_free(&group);
            wave = one->wave;
            rank = my_group(session, wave, &group);
        }
        if (rank < 0)
            continue;
        case_task(session->benchmark, &session->options, &session->choice, one,
                  &group, &task);
        if (task.reason)
            continue;
        size_t need = buffers_layout(task.algorithm, &task.c, rank).total_B;
        most = need > most ? need : most;
    }
    group_free(&group);
    return most;
}

static void open_memory(struct session *session, int local_rank)
{
    const struct options *o = &session->options;
    struct memory_wish wish = {local_rank, o->gpus.number, o->gpus.count};
    session->memory =
        o->memory->open(&wish, session->no_memory, sizeof session->no_memory);
}

void session_open_memory_early(struct session *session)
{
    if (launcher_local_rank() >= 0)
        open_memory(session, launcher_local_rank());
}

/* Now that all ranks are known: the GPU that this one is to have, in place of
 * the one that it has. */
static void take_nearest(struct session *session)
{
    const struct memory_kind *kind = session->options.memory;
    char address[MEM_GPUS_MOST][MEM_ADDRESS_B];
    struct memory_identity has;
    int gpu = nearest_gpu(session->job, kind);
    if (gpu < 0 || kind->gpus(address, MEM_GPUS_MOST) <= gpu)
        return;
    kind->identify(session->memory, &has);
    if (!strcmp(has.address, address[gpu]))
        return;
    struct memory_wish wish = {0, &gpu, 1};
    kind->close(session->memory);
    session->memory =
        kind->open(&wish, session->no_memory, sizeof session->no_memory);
    if (!session->memory)
        die(EXIT_MACHINE, "%s: --memory: '%s' on %s: %s",
            session->benchmark->name, kind->name,
            job_host(session->job, job_rank(session->job)), session->no_memory);
}

int session_open_memory(struct session *session)
{
    int me = job_rank(session->job), size = job_size(session->job);
    if (!session->memory && !session->no_memory[0])
        open_memory(session, job_local_rank(session->job));
    double first = session->memory ? 0 : size - me; /* most: the first rank */
    job_max(session->job, &first, 1);
    if (first <= 0) {
        if (!session->options.gpus.count)
            take_nearest(session);
        ranks_learn(session->job, session->memory, &session->ranks);
        return 0;
    }
    if (me == size - (int)first)
        error("%s: --memory: '%s' on %s: %s", session->benchmark->name,
              session->options.memory->name, job_host(session->job, me),
              session->no_memory);
    return EXIT_MACHINE;
}

int session_set_gdr(struct session *session)
{
    const struct options *o = &session->options;
    int me = job_rank(session->job), size = job_size(session->job);
    const char *against =
        o->memory->host ? NULL : gdr_environment(o->require_gdr);
    double first = against ? size - me : 0; /* most: the first rank */
    job_max(session->job, &first, 1);
    if (first <= 0)
        return 0;
    if (against && me == size - (int)first)
        error("%s: --require-gdr: %s is set, expected y or nothing",
              session->benchmark->name, against);
    return EXIT_USAGE;
}

bool session_gdr_met(const struct session *session)
{
    if (!session->options.require_gdr ||
        (session->crossed && session->proven == session->crossed))
        return true;
    if (session->crossed)
        error("%s: --require-gdr: not proven in %ld of %ld rows",
              session->benchmark->name, session->crossed - session->proven,
              session->crossed);
    else
        error("%s: --require-gdr: nothing left a node, nothing is proven",
              session->benchmark->name);
    return false;
}

void session_open_nets(struct session *session)
{
    for (int t = 0; session->options.transports[t]; t++) {
        const struct transport *via =
            transport_find(session->options.transports[t]);
        struct net_options options = {.capacity_B = capacity_for(session, t),
                                      .segment_B =
                                          session->options.reduce_segment_B,
                                      .direct = session->options.direct,
                                      .memory = session->memory};
        if (session->background && via->asides)
            background_needs(session->background, &options);
        double start_s = clock_now_s();
        session->nets[t] = via->open(session->job, &options);
        session->open_ms[t] = (clock_now_s() - start_s) * 1e3;
        if (session->background && via->asides)
            background_prepare(session->background, via, session->nets[t]);
    }
    job_max(session->job, session->open_ms, LIST_MAX);
}

void session_close_nets(struct session *session)
{
    if (session->background)
        background_release(session->background);
    for (int t = 0; session->options.transports[t]; t++)
        transport_find(session->options.transports[t])->close(session->nets[t]);
}

static void make_run_id(char *text, size_t capacity)
{
    char utc[24];
    snprintf(text, capacity, "%s-%ld", clock_utc(utc, sizeof utc),
             (long)getpid());
}

int session_open_folder(struct session *session, int argc, char **argv)
{
    int code = 0;
    if (session->root) {
        if (session->options.out)
            session->folder = folder_open(session->options.out,
                                          session->options.resume, &code);
        if (session->folder)
            snprintf(session->run_id, sizeof session->run_id, "%s",
                     folder_run_id(session->folder));
        else
            make_run_id(session->run_id, sizeof session->run_id);
        if (session->options.out && !session->folder && code == 0)
            code = EXIT_MACHINE;
    }
    job_bcast(session->job, &code, sizeof code, 0);
    if (code == 0)
        inventory_write(session->job, session->folder, session->benchmark,
                        &session->options, &session->ranks, session->run_id,
                        argc, argv);
    return code;
}

int session_plan(struct session *session)
{
    int code = check_against_job(session);
    if (code)
        return code;
    session->limits = limits_open(session->options.topology, session->job,
                                  session->options.ranks_per_node, &code);
    if (!code)
        code = make_cases(session);
    if (!code)
        session->background = background_make(
            session->benchmark, &session->options, &session->choice,
            session->waves, session->job, &code);
    return code;
}

FILE *session_take_stdout(void)
{
    fflush(stdout);
    int data = dup(STDOUT_FILENO);
    FILE *out = data < 0 ? NULL : fdopen(data, "w");
    if (!out || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        die(EXIT_MACHINE, "cannot keep stdout for data");
    return out;
}

void session_say_alone(const struct session *session)
{
    if (job_size(session->job) == 1 && !session->options.quiet)
        error("%s: a job of one rank%s", session->benchmark->name,
              job_launched(session->job) ? ""
                                         : " (started without mpirun or srun)");
}
