/* SPDX-License-Identifier: BSD-3-Clause */
/* A cluster as a graph: GPUs 0 .. gpus-1 (node by node), directed links with
 * ids 0 .. links-1, a route between any two GPUs, and the cuts that bound what
 * any algorithm can do. Built from a cluster; its memory is 8 bytes a directed
 * link (100,352 GPUs in a three-tier Clos: 6.4 MB).
 *
 * Links come in classes: ranges of ids with one rate and one latency. A fault
 * changes single links of them. Where routing is `spray`, the parallel links
 * over which traffic is spread evenly are one link of their summed rate. */
#ifndef TOPO_TOPOLOGY_H
#define TOPO_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topo/cluster.h"

struct topology;

enum { ROUTE_MOST = 256 }; /* links of the longest route (a mesh's) */

struct link_class {
    char name[48];       /* "leaf to spine": for --explain and summaries */
    size_t first, count; /* ids */
    double rate_Bps;     /* line rate: what the bound uses */
    double usable_Bps;   /* what payload reaches: what the simulator uses */
    double latency_s;    /* cable and the switch (or NIC) at its end */
    size_t cables;       /* physical links, one direction, in all of the class
                          */
    bool optical;        /* longer than copper reaches (3 m) */
};

struct route {
    int links; /* 0 from a GPU to itself */
    uint32_t link[ROUTE_MOST];
    double latency_s; /* sum over the links */
};

/* NULL, after one line on stderr, when the cluster cannot be built: what
 * cluster_read lets pass and no route can be found in (a mesh that is to spray,
 * a graph in pieces). The cluster must outlive the topology. */
struct topology *topology_build(const struct cluster *);
void topology_free(struct topology *);

const struct cluster *topology_cluster(const struct topology *);
int topology_gpus(const struct topology *);
int topology_nodes(const struct topology *);
int topology_gpus_per_node(const struct topology *);

size_t topology_links(const struct topology *);
int topology_classes(const struct topology *, const struct link_class **);
const struct link_class *topology_class_of(const struct topology *,
                                           uint32_t link);
/* usable_Bps of every link, faults included: topology_links entries. */
const double *topology_capacities(const struct topology *);

/* The route of one connection; `hash` picks among equal paths (ECMP) and is
 * ignored by other routings. Pure: the same arguments give the same route. */
void topology_route(const struct topology *, int from, int to, uint64_t hash,
                    struct route *out);

/* The links between a GPU and its node's scale-up switch; false without one. */
bool topology_scaleup(const struct topology *, int gpu, uint32_t *out,
                      uint32_t *in);
/* That switch can sum what several GPUs send, and copy to all of them. */
bool topology_scaleup_reduces(const struct topology *);

/* Connections that a pair opens (ECMP's flows), 1 otherwise. */
int topology_flows(const struct topology *);

/* --- cuts: levels at which groups partition the GPUs ------------------------
 */

/* Level 0 is the single GPU, then node, leaf, pod, ... up to the level with
 * more than one group. */
int topology_levels(const struct topology *);
const char *topology_level_name(const struct topology *, int level);
int topology_level_group(const struct topology *, int level, int gpu);
int topology_level_groups(const struct topology *, int level);
/* Line rate of all links that leave (or, equally, enter) a group; bytes/s. */
double topology_level_capacity(const struct topology *, int level, int group);
/* True where the switch that joins the groups of this level can reduce. */
bool topology_level_reduces(const struct topology *, int level);

/* --- faults -----------------------------------------------------------------
 */

/* Sets the usable rate of a link to `share` (0 < share < 1) of what it was, or
 * of the NIC of one GPU (both directions). False when there is no such. */
bool topology_degrade_link(struct topology *, uint32_t link, double share);
bool topology_degrade_nic(struct topology *, int gpu, double share);

#endif
