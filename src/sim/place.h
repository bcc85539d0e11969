/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPUs of a cluster a job gets. Whole nodes (the last one may be cut
 * short), in ascending order, as a scheduler numbers its ranks. */
#ifndef SIM_PLACE_H
#define SIM_PLACE_H

#include "topo/topology.h"

enum place_kind {
    PLACE_PACKED, /* node by node from the job's first node on */
    PLACE_RACKS,  /* whole groups of the lowest switches, drawn at random (of a
                     mesh: nodes) */
    PLACE_NODES,  /* nodes drawn at random: a fragmented cluster */
    PLACE_KINDS
};

extern const char *const place_names[PLACE_KINDS]; /* "packed", "racks", ... */

/* Fills gpu_of[0 .. ranks-1] with GPUs in ascending order. False when the
 * cluster has fewer GPUs from the job's first node on (packed), or altogether.
 */
bool place_ranks(const struct topology *, enum place_kind, uint64_t seed,
                 int ranks, int *gpu_of);

#endif
