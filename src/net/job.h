/* SPDX-License-Identifier: BSD-3-Clause */
/* The job: who takes part, where they live, and the slow, out-of-band talk
 * among them (set-up, agreement between samples, results). Never used inside a
 * timed region. Waiting yields the core. One implementation is linked: MPI, or
 * a one-rank job when built with MPI=no.
 *
 * A process that was launched as one of several (the launcher's environment
 * says so) but sees only itself refuses to open: it must never look like one
 * good job of N. A machine failure ends the process by die(EXIT_MACHINE). */
#ifndef NET_JOB_H
#define NET_JOB_H

#include <stdbool.h>
#include <stddef.h>

struct job;

struct job *job_open(int *argc, char ***argv);
void job_close(struct job *); /* collective; the last thing a process does */

/* True when this process was started by a launcher (mpirun, srun). */
bool job_launched(const struct job *);

int job_rank(const struct job *);
int job_size(const struct job *);
int job_node(const struct job *, int rank);       /* 0 .. nodes-1 */
int job_nodes(const struct job *);
int job_local_ranks(const struct job *);          /* ranks on this node */
int job_local_rank(const struct job *);
/* More ranks on some node than processors there: waiting must give way. */
bool job_oversubscribed(const struct job *);
const char *job_host(const struct job *, int rank);

/* A sub-job of the listed ranks of this one, ascending or not: member i becomes
 * rank i. Called by the members only. Free with job_leave (members only). */
struct job *job_group(struct job *, const int *members, int count);
void job_leave(struct job *);
/* Rank in the job that was opened, of rank `rank` of this sub-job. */
int job_world_rank(const struct job *, int rank);

void job_barrier(struct job *);
/* The same, calling poll(state) while it waits: for libraries that must make
 * progress until everybody has come. */
void job_barrier_polling(struct job *, void (*poll)(void *), void *state);
/* A barrier that is begun, and then asked about until everybody has begun it:
 * for ranks that have something to do meanwhile. One at a time in a job. */
void job_meet(struct job *);
bool job_met(struct job *);
void job_bcast(struct job *, void *data, size_t bytes, int root);
void job_max(struct job *, double *values, int count); /* element-wise, all */
void job_sum(struct job *, double *values, int count); /* element-wise, all */
/* `bytes` from every rank to rank 0, in rank order; `all` only used there. */
void job_gather(struct job *, const void *mine, size_t bytes, void *all);
/* One message to / from one rank; matched by order. */
void job_send(struct job *, const void *data, size_t bytes, int to);
void job_recv(struct job *, void *data, size_t bytes, int from);
/* Swap `bytes` with each of `count` peers at once; mine[i * bytes] goes to
 * peers[i] and theirs[i * bytes] comes from it. Every peer named must name this
 * rank. Cost grows with `count`, not with the size of the job. */
void job_swap(struct job *, int count, const int *peers, const void *mine,
              void *theirs, size_t bytes);

/* End the whole job now, with this exit code, from whatever state. */
_Noreturn void job_abort(int code);

/* The library behind it and its version: "Open MPI 4.1.4", "none". */
void job_version(char *text, size_t capacity);

/* The communicator of this job as an opaque pointer to an MPI_Comm, for the
 * mpi transport only; NULL without MPI. */
void *job_communicator(struct job *);

#endif
