/* SPDX-License-Identifier: BSD-3-Clause */
/* One case on one group: prepare, measure, verify, and fill the row. */
#ifndef BENCH_RUN_CASE_H
#define BENCH_RUN_CASE_H

#include "bench/background.h"
#include "bench/cases.h"
#include "bench/clocksync.h"
#include "bench/measure.h"
#include "bench/progress.h"
#include "host/counters.h"

/* What a rank has at hand while a wave lasts. */
struct stage {
    const struct options *options;
    struct job *job, *team; /* the whole job; this rank's group of it */
    bool crowded;           /* other groups run the same case at once */
    struct job *leaders; /* the groups' first ranks; NULL on others, or alone */
    const struct group *group;
    struct net *net;
    struct memory *memory; /* of the net's buffers */
    const char *seating;   /* flag of every row (bench/ranks.h), or NULL */
    const struct transport *via;
    struct background *background;   /* prepared; NULL: none */
    struct plan *barrier;            /* of the team, over this transport */
    const struct clocksync *clock;   /* NULL unless sync=clock */
    const struct counters *counters; /* of this node's NICs */
    struct progress *progress;       /* NULL but on job rank 0 */
    double open_ms;                  /* of the transport */
    long case_number;                /* from 1 */
};

/* Collective over the team. `record` holds the identity; on the team's rank 0
 * all of it is filled on return, and *samples (free them) and *n. Returns true
 * when a signal asked to stop: the row is then not to be kept. */
bool run_case(const struct stage *, const struct task *, struct record *record,
              struct sample **samples, size_t *n);

#endif
