/* SPDX-License-Identifier: BSD-3-Clause */
/* What is measured at the same time: a wave is a set of disjoint groups of the
 * job's ranks. A collective has a wave for each size of --ranks (one group, or
 * all that fit); p2p one for each round of its pairs. Every rank computes every
 * wave for itself: pure functions of the options and of where ranks live. */
#ifndef BENCH_WAVE_H
#define BENCH_WAVE_H

#include "bench/groups.h"
#include "bench/options.h"
#include "net/job.h"

struct waves; /* all of a run */

struct group {
    int number, of;   /* this group among the wave's */
    const char *axis; /* whose groups these are (--split); NULL: none */
    int ranks;
    int *members; /* job ranks; the ranks of a node follow each other */
    int *starts;  /* node_shape of the members: nodes + 1 entries */
    int nodes;
    const char *reason; /* why there is no such group; NULL: there is */
};

/* NULL after printing one line (a bad --ranks): exit code 2. */
struct waves *waves_make(const struct benchmark *, const struct options *,
                         struct job *);
void waves_free(struct waves *);
int waves_count(const struct waves *);
int waves_groups(const struct waves *, int wave);
/* Group `number` of a wave; free with group_free. */
void waves_group(const struct waves *, int wave, int number, struct group *out);
void group_free(struct group *);

/* The group of a rank of the job along an axis of the split, which all ranks
 * are in: free it with group_free. */
void waves_axis_group(const struct waves *, const struct split *, int rank,
                      struct group *out);

/* The group of a wave that this job rank is in, or -1. */
int waves_mine(const struct waves *, int wave, int rank);

#endif
