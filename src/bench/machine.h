/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine at hand as a cluster (--topology auto): what the nodes of a job
 * say of their NICs, and no more. The fabric beyond the NICs is taken to carry
 * all they can send, and the links inside a node to be of no limit (both
 * `assumed`): a bound that holds, and the least that is to be expected of it.
 * Better is a file: topologies/README.md. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "host/nics.h"
#include "topo/cluster.h"

/* `most_ranks`: on one node. wires[node] and host[node] of each node, in order.
 * NULL after one line on stderr: a single node (nothing here tells the rate of
 * its links), one without an active RDMA port, or nodes that differ. The caller
 * frees by cluster_free.
 */
struct cluster *machine_describe(int nodes, int most_ranks,
                                 const struct nic_wires *wires,
                                 const char *const *host);

#endif
