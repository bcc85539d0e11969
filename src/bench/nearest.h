/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPU each rank of a node takes. No GPU gets more than its share of the
 * ranks, rounded up; within that a rank gets one on the NUMA node that it is
 * bound to; of those, one that fewest have; of those, the one with the rank's
 * own node-local number, or else the first. Ranks choose in order, those bound
 * to a node before those that may run anywhere. */
#ifndef BENCH_NEAREST_H
#define BENCH_NEAREST_H

#include "net/job.h"
#include "net/mem.h"

/* rank_node, gpu_node: NUMA nodes, -1: anywhere, or not told. gpus >= 1. Fills
 * gpu_of[ranks]. */
void nearest_gpus(const long *rank_node, int ranks, const long *gpu_node,
                  int gpus, int *gpu_of);

/* This rank's, in the order of mem.h's `gpus`; -1 when its memory has no GPUs.
 * Collective over the job. */
int nearest_gpu(struct job *, const struct memory_kind *);

#endif
