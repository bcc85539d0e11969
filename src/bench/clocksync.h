/* SPDX-License-Identifier: BSD-3-Clause */
/* One global clock for a job, for sync=clock. Hierarchical: ranks of one node
 * share CLOCK_MONOTONIC (one booted kernel), node leaders learn the difference
 * to their parent in a binomial tree, top down, by ping-pongs over the job's
 * out-of-band channel: offset = remote stamp - middle of the shortest round
 * trip, which errs by at most half that round trip (Cristian, 1989). Measured
 * twice, some time apart, it gives a line (offset and drift); after HCA in
 * Hunold and Carpen-Amarie, CLUSTER 2015/2018. */
#ifndef BENCH_CLOCKSYNC_H
#define BENCH_CLOCKSYNC_H

#include "base/clock.h"
#include "net/job.h"

struct clocksync {
    double at_s, offset_s, drift; /* global = t + offset + drift (t - at) */
    double error_s; /* bound on |global error| at `at_s`: sum of half round
                       trips on the way to the root, and of what clocks can
                       drift (100 ppm) meanwhile; 0 on the root's node */
};

/* Collective over the job; `local` is this rank's clock. `every_rank`: treat
 * every rank as a node of its own (tests, and nodes that virtualise clocks). */
void clocksync_learn(struct job *, struct clock local, bool every_rank,
                     struct clocksync *out);

/* Collective: measure the offset again and turn offset into a line. */
void clocksync_refine(struct job *, struct clock local, bool every_rank,
                      struct clocksync *);

double clocksync_global(const struct clocksync *, double local_s);

#endif
