/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPU of a described cluster each rank of a job sits on. Must not know of
 * jobs or transports: tables come in, a table goes out.
 *
 * A rank's GPU is, of its node, the one of the rank's number among the ranks
 * there. Its node is, where the file names hosts, the node of that name; else
 * the job's nodes are the file's in order, from its `job: first` on. Names
 * match in full or up to the first dot, whichever of the two has more. */
#ifndef BENCH_SEAT_H
#define BENCH_SEAT_H

#include "topo/topology.h"

struct seating {
    int ranks, nodes;
    const int *node_of;      /* of a rank: 0 .. nodes - 1 */
    const char *const *host; /* of a node; NULL: nodes that are pretended */
};

/* Fills gpu_of[ranks]. False after one line on stderr that begins with the
 * file's path: a host that it does not name, two nodes of one name, more ranks
 * on a node than it has GPUs, more nodes than it has, or pretended nodes where
 * it names real ones. */
bool seats_find(const struct topology *, const struct seating *, int *gpu_of);

#endif
