/* SPDX-License-Identifier: BSD-3-Clause */
/* The job of a build without MPI: one rank, which talks to nobody. */
#include "net/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "net/launcher.h"

struct job {
    char host[64];
};

struct job *job_open(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    launcher_refuse_lonely(1);
    struct job *job = xcalloc(1, sizeof *job);
    if (gethostname(job->host, sizeof job->host - 1))
        snprintf(job->host, sizeof job->host, "unknown");
    return job;
}

void job_close(struct job *job)
{
    free(job);
}

bool job_launched(const struct job *job)
{
    (void)job;
    return false;
}

int job_rank(const struct job *job)
{
    (void)job;
    return 0;
}

int job_size(const struct job *job)
{
    (void)job;
    return 1;
}

int job_node(const struct job *job, int rank)
{
    (void)job;
    (void)rank;
    return 0;
}

int job_nodes(const struct job *job)
{
    (void)job;
    return 1;
}

int job_local_ranks(const struct job *job)
{
    (void)job;
    return 1;
}

int job_local_rank(const struct job *job)
{
    (void)job;
    return 0;
}

bool job_oversubscribed(const struct job *job)
{
    (void)job;
    return false;
}

const char *job_host(const struct job *job, int rank)
{
    (void)rank;
    return job->host;
}

struct job *job_group(struct job *job, const int *members, int count)
{
    (void)members;
    (void)count;
    struct job *group = xcalloc(1, sizeof *group);
    *group = *job;
    return group;
}

void job_leave(struct job *job)
{
    free(job);
}

int job_world_rank(const struct job *job, int rank)
{
    (void)job;
    return rank;
}

void job_barrier(struct job *job)
{
    (void)job;
}

void job_barrier_polling(struct job *job, void (*poll)(void *), void *state)
{
    (void)job;
    poll(state);
}

void job_meet(struct job *job)
{
    (void)job;
}

bool job_met(struct job *job)
{
    (void)job;
    return true;
}

void job_bcast(struct job *job, void *data, size_t bytes, int root)
{
    (void)job;
    (void)data;
    (void)bytes;
    (void)root;
}

void job_max(struct job *job, double *values, int count)
{
    (void)job;
    (void)values;
    (void)count;
}

void job_sum(struct job *job, double *values, int count)
{
    (void)job;
    (void)values;
    (void)count;
}

void job_gather(struct job *job, const void *mine, size_t bytes, void *all)
{
    (void)job;
    memcpy(all, mine, bytes);
}

void job_send(struct job *job, const void *data, size_t bytes, int to)
{
    (void)job;
    (void)data;
    (void)bytes;
    die(EXIT_MACHINE, "a one-rank job has no rank %d to send to", to);
}

void job_recv(struct job *job, void *data, size_t bytes, int from)
{
    (void)job;
    (void)data;
    (void)bytes;
    die(EXIT_MACHINE, "a one-rank job has no rank %d to receive from", from);
}

void job_swap(struct job *job, int count, const int *peers, const void *mine,
              void *theirs, size_t bytes)
{
    (void)job;
    (void)mine;
    (void)theirs;
    (void)bytes;
    if (count)
        die(EXIT_MACHINE, "a one-rank job has no rank %d", peers[0]);
}

_Noreturn void job_abort(int code)
{
    _exit(code);
}

void job_version(char *text, size_t capacity)
{
    snprintf(text, capacity, "none");
}

void *job_communicator(struct job *job)
{
    (void)job;
    return NULL;
}
