/* SPDX-License-Identifier: BSD-3-Clause */
/* The job over MPI: launch, out-of-band talk, sub-jobs. Everything waits by
 * polling a non-blocking call and giving the core away, because ranks that idle
 * here share their cores with ranks that measure. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "net/job.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/launcher.h"

enum { HOST_CAPACITY = 64, TALK_TAG = 71, GROUP_TAG = 72 };

struct job {
    MPI_Comm comm;
    MPI_Request meeting;
    int rank, size, nodes, local_rank, local_ranks;
    bool oversubscribed;
    int *node_of;                 /* [size] */
    int *world_of;                /* [size]: rank in the job that was opened */
    char (*hosts)[HOST_CAPACITY]; /* [nodes], nodes in order of first rank */
};

/* Yield at first, then sleep: 100 polls are some 20 us, and what comes later
 * than that does not mind 50 us more. */
static void rest(int polls)
{
    if (polls < 100)
        sched_yield();
    else
        clock_sleep(polls < 2000 ? 20e-6 : 200e-6);
}

static void wait_polling(MPI_Request *requests, int count, void (*poll)(void *),
                         void *state)
{
    int done = 0;
    for (int polls = 0; !done; polls++) {
        MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE);
        if (done)
            break;
        if (poll)
            poll(state);
        rest(polls);
    }
}

static void wait_all(MPI_Request *requests, int count)
{
    wait_polling(requests, count, NULL, NULL);
}

/* An MPI count is an int; more than that in one message is cut by the caller.
 */
static int message_B(size_t bytes)
{
    if (bytes > INT_MAX)
        die(EXIT_MACHINE, "%zu bytes in one out-of-band message", bytes);
    return (int)bytes;
}

/* Number the nodes 0, 1, ... in order of the first rank that lives there;
 * `keys` holds one number a rank, equal on one node. */
static void number_nodes(struct job *job, const int *keys)
{
    int highest = 0;
    for (int r = 0; r < job->size; r++)
        highest = keys[r] > highest ? keys[r] : highest;
    int *number = xcalloc((size_t)highest + 1, sizeof *number);
    job->node_of = xcalloc((size_t)job->size, sizeof *job->node_of);
    for (int r = 0; r < job->size; r++) {
        if (number[keys[r]] == 0)
            number[keys[r]] = ++job->nodes;
        job->node_of[r] = number[keys[r]] - 1;
    }
    free(number);
    for (int r = 0; r < job->size; r++)
        if (job->node_of[r] == job->node_of[job->rank]) {
            job->local_rank += r < job->rank;
            job->local_ranks++;
        }
}

/* One name a node, known to all. */
static void learn_hosts(struct job *job)
{
    char host[HOST_CAPACITY] = "unknown";
    gethostname(host, sizeof host - 1);
    job->hosts = xcalloc((size_t)job->nodes, HOST_CAPACITY);
    char(*mine)[HOST_CAPACITY] = xcalloc((size_t)job->nodes, HOST_CAPACITY);
    if (job->local_rank == 0)
        memcpy(mine[job->node_of[job->rank]], host, HOST_CAPACITY);
    MPI_Allreduce(mine, job->hosts,
                  message_B((size_t)job->nodes * HOST_CAPACITY), MPI_BYTE,
                  MPI_BOR, job->comm);
    free(mine);
}

/* Processors of a node: those its ranks may use, taken together; a launcher that
 * binds each rank to a core of its own has not crowded them. */
static void learn_crowding(struct job *job)
{
    unsigned char mine[sizeof(cpu_set_t)], *all = NULL;
    cpu_set_t mask, together;
    MPI_Comm node;
    CPU_ZERO(&mask);
    CPU_ZERO(&together);
    sched_getaffinity(0, sizeof mask, &mask);
    memcpy(mine, &mask, sizeof mask);
    MPI_Comm_split(job->comm, job->node_of[job->rank], 0, &node);
    all = xcalloc((size_t)job->local_ranks, sizeof mine);
    MPI_Allgather(mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE,
                  node);
    for (int i = 0; i < job->local_ranks; i++) {
        memcpy(&mask, all + (size_t)i * sizeof mine, sizeof mask);
        CPU_OR(&together, &together, &mask);
    }
    free(all);
    MPI_Comm_free(&node);
    int crowded = job->local_ranks > CPU_COUNT(&together);
    MPI_Allreduce(MPI_IN_PLACE, &crowded, 1, MPI_INT, MPI_MAX, job->comm);
    job->oversubscribed = crowded != 0;
}

struct job *job_open(int *argc, char ***argv)
{
    int got;
    if (MPI_Init_thread(argc, argv, MPI_THREAD_SINGLE, &got) != MPI_SUCCESS)
        die(EXIT_MACHINE, "MPI_Init_thread failed");
    struct job *job = xcalloc(1, sizeof *job);
    MPI_Comm_dup(MPI_COMM_WORLD, &job->comm);
    MPI_Comm_rank(job->comm, &job->rank);
    MPI_Comm_size(job->comm, &job->size);
    launcher_refuse_lonely(job->size);

    MPI_Comm node;
    MPI_Comm_split_type(job->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL,
                        &node);
    int first = job->rank;
    MPI_Bcast(&first, 1, MPI_INT, 0, node);
    MPI_Comm_free(&node);
    int *keys = xcalloc((size_t)job->size, sizeof *keys);
    MPI_Allgather(&first, 1, MPI_INT, keys, 1, MPI_INT, job->comm);
    number_nodes(job, keys);
    free(keys);
    learn_hosts(job);
    learn_crowding(job);

    job->world_of = xcalloc((size_t)job->size, sizeof *job->world_of);
    for (int r = 0; r < job->size; r++)
        job->world_of[r] = r;
    return job;
}

static void job_free(struct job *job)
{
    MPI_Comm_free(&job->comm);
    free(job->node_of);
    free(job->world_of);
    free(job->hosts);
    free(job);
}

void job_close(struct job *job)
{
    job_barrier(job);
    job_free(job);
    MPI_Finalize();
}

bool job_launched(const struct job *job)
{
    return job->size > 1 || launcher_size() > 0;
}

int job_rank(const struct job *job)
{
    return job->rank;
}

int job_size(const struct job *job)
{
    return job->size;
}

int job_node(const struct job *job, int rank)
{
    return job->node_of[rank];
}

int job_nodes(const struct job *job)
{
    return job->nodes;
}

int job_local_ranks(const struct job *job)
{
    return job->local_ranks;
}

int job_local_rank(const struct job *job)
{
    return job->local_rank;
}

bool job_oversubscribed(const struct job *job)
{
    return job->oversubscribed;
}

const char *job_host(const struct job *job, int rank)
{
    return job->hosts[job->node_of[rank]];
}

struct job *job_group(struct job *parent, const int *members, int count)
{
    MPI_Group all, some;
    struct job *job = xcalloc(1, sizeof *job);
    MPI_Comm_group(parent->comm, &all);
    MPI_Group_incl(all, count, members, &some);
    MPI_Comm_create_group(parent->comm, some, GROUP_TAG, &job->comm);
    MPI_Group_free(&some);
    MPI_Group_free(&all);
    MPI_Comm_rank(job->comm, &job->rank);
    MPI_Comm_size(job->comm, &job->size);

    job->world_of = xcalloc((size_t)count, sizeof *job->world_of);
    int *keys = xcalloc((size_t)count, sizeof *keys);
    for (int i = 0; i < count; i++) {
        job->world_of[i] = parent->world_of[members[i]];
        keys[i] = parent->node_of[members[i]];
    }
    number_nodes(job, keys);
    job->oversubscribed = parent->oversubscribed;
    job->hosts = xcalloc((size_t)job->nodes, HOST_CAPACITY);
    for (int i = 0; i < count; i++)
        memcpy(job->hosts[job->node_of[i]], parent->hosts[keys[i]],
               HOST_CAPACITY);
    free(keys);
    return job;
}

void job_leave(struct job *job)
{
    job_free(job);
}

int job_world_rank(const struct job *job, int rank)
{
    return job->world_of[rank];
}

void job_barrier_polling(struct job *job, void (*poll)(void *), void *state)
{
    MPI_Request request;
    MPI_Ibarrier(job->comm, &request);
    wait_polling(&request, 1, poll, state);
}

void job_barrier(struct job *job)
{
    job_barrier_polling(job, NULL, NULL);
}

void job_meet(struct job *job)
{
    MPI_Ibarrier(job->comm, &job->meeting);
}

bool job_met(struct job *job)
{
    int done = 0;
    MPI_Test(&job->meeting, &done, MPI_STATUS_IGNORE);
    return done != 0;
}

void job_bcast(struct job *job, void *data, size_t bytes, int root)
{
    MPI_Request request;
    MPI_Ibcast(data, message_B(bytes), MPI_BYTE, root, job->comm, &request);
    wait_all(&request, 1);
}

static void combine(struct job *job, double *values, int count, MPI_Op op)
{
    MPI_Request request;
    MPI_Iallreduce(MPI_IN_PLACE, values, count, MPI_DOUBLE, op, job->comm,
                   &request);
    wait_all(&request, 1);
}

void job_max(struct job *job, double *values, int count)
{
    combine(job, values, count, MPI_MAX);
}

void job_sum(struct job *job, double *values, int count)
{
    combine(job, values, count, MPI_SUM);
}

void job_gather(struct job *job, const void *mine, size_t bytes, void *all)
{
    MPI_Request request;
    MPI_Igather(mine, message_B(bytes), MPI_BYTE, all, message_B(bytes),
                MPI_BYTE, 0, job->comm, &request);
    wait_all(&request, 1);
}

void job_send(struct job *job, const void *data, size_t bytes, int to)
{
    MPI_Request request;
    MPI_Isend(data, message_B(bytes), MPI_BYTE, to, TALK_TAG, job->comm,
              &request);
    wait_all(&request, 1);
}

void job_recv(struct job *job, void *data, size_t bytes, int from)
{
    MPI_Request request;
    MPI_Irecv(data, message_B(bytes), MPI_BYTE, from, TALK_TAG, job->comm,
              &request);
    wait_all(&request, 1);
}

void job_swap(struct job *job, int count, const int *peers, const void *mine,
              void *theirs, size_t bytes)
{
    MPI_Request *requests = xcalloc(2 * (size_t)count, sizeof *requests);
    for (int i = 0; i < count; i++) {
        MPI_Irecv((char *)theirs + (size_t)i * bytes, message_B(bytes),
                  MPI_BYTE, peers[i], TALK_TAG, job->comm, &requests[i]);
        MPI_Isend((const char *)mine + (size_t)i * bytes, message_B(bytes),
                  MPI_BYTE, peers[i], TALK_TAG, job->comm,
                  &requests[count + i]);
    }
    wait_all(requests, 2 * count);
    free(requests);
}

_Noreturn void job_abort(int code)
{
    MPI_Abort(MPI_COMM_WORLD, code);
    _exit(code);
}

void job_version(char *text, size_t capacity)
{
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(library, &length);
    library[strcspn(library, ",\n")] = '\0'; /* "Open MPI v4.1.4, package..." */
    snprintf(text, capacity, "%s", library);
}

void *job_communicator(struct job *job)
{
    return &job->comm;
}
