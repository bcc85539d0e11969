/* SPDX-License-Identifier: BSD-3-Clause */
/* All that a run has: options, cases, open transports, the folder. Filled in
 * order by the calls below; every rank of the job holds one. Internal to
 * bench.c and the files it is made of. */
#ifndef BENCH_SESSION_H
#define BENCH_SESSION_H

#include <stdio.h>

#include "bench/background.h"
#include "bench/cases.h"
#include "bench/clocksync.h"
#include "bench/folder.h"
#include "bench/limits.h"
#include "bench/progress.h"
#include "bench/ranks.h"
#include "host/counters.h"

enum { REFUSAL_B = 160 };

struct session {
    const struct benchmark *benchmark;
    struct options options;
    struct memory *memory; /* NULL before it is open, and when it cannot be */
    char no_memory[256];   /* why */
    struct job *job;
    bool root; /* rank 0 of the job: writes, prints */
    FILE *out; /* the real stdout, for data only */
    struct ranks ranks;
    struct choice choice;
    struct limits *limits; /* NULL without --topology */
    struct sizes sizes;
    struct waves *waves;
    struct cases cases;
    char refusals[LIST_MAX][REFUSAL_B]; /* of transports; empty: none */
    struct background *background;      /* of --with; NULL: none */
    struct net *nets[LIST_MAX];
    double open_ms[LIST_MAX];
    struct clocksync clock;
    struct counters *counters; /* of this node's NICs */
    struct folder *folder;
    struct progress progress;
    char run_id[64];
    long measured, wrong; /* rows, on rank 0 */
    long crossed, proven; /* of the measured: between nodes, in GPU memory */
};

/* Before job_open, where the launcher tells a process its number on the node:
 * libraries that know CUDA then find the rank's GPU chosen. Says nothing. */
void session_open_memory_early(struct session *);
/* Collective over the job: 0, or the exit code after one line from the first
 * rank that has none. */
int session_open_memory(struct session *);

/* Collective over the job: what UCX's settings must be for GPU memory
 * (net/gdr.h). 0, or the exit code after one line from the first rank where one
 * stands against --require-gdr. */
int session_set_gdr(struct session *);

/* On rank 0, after the rows: false, after one line, when --require-gdr is not
 * met. Nothing crossed is not met. */
bool session_gdr_met(const struct session *);

/* Collective over the job. Options that this job cannot satisfy, the topology
 * that it is held against, and all cases: 0, or the exit code after one line
 * from rank 0. */
int session_plan(struct session *);

/* Collective: the run folder (rank 0) and what it says of the run. 0, or the
 * exit code. */
int session_open_folder(struct session *, int argc, char **argv);

/* Collective: the transports, each with memory for its largest case. */
void session_open_nets(struct session *);
void session_close_nets(struct session *);

/* Keep stdout for data: gives the stream to write rows to, and sends what
 * libraries print there (UCX logs to stdout) to stderr. Once, before any
 * library is opened. */
FILE *session_take_stdout(void);

/* The first line of a run on stderr when it has one rank only. */
void session_say_alone(const struct session *);

#endif
