/* SPDX-License-Identifier: BSD-3-Clause */
/* What a topology file says, as plain data: every figure with where it came
 * from. Nothing is computed here; topology.h makes links and routes of it.
 *
 * Units: bytes per second (one direction of a link), seconds, metres, counts.
 * A cluster owns all its texts and arrays; cluster_free frees them. */
#ifndef TOPO_CLUSTER_H
#define TOPO_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

enum origin {
    ORIGIN_ABSENT,  /* the file does not say */
    ORIGIN_GIVEN,   /* printed by a source that is named */
    ORIGIN_DERIVED, /* arithmetic on given figures, shown */
    ORIGIN_ASSUMED, /* nobody has published it: the reason for the choice */
};

struct figure {
    double value;
    enum origin origin;
    const char *source; /* who says so, how derived, why assumed; not NULL
                           unless absent */
    int line;           /* of the file, 0 when not from one */
};

enum fabric_kind {
    FABRIC_NONE, /* one node: its scale-up links are all there is */
    FABRIC_CLOS,
    FABRIC_MESH,
    FABRIC_DRAGONFLY,
    FABRIC_GRAPH,
};

enum routing_kind {
    ROUTING_ECMP, /* a connection is hashed on one path of all the equal ones */
    ROUTING_SPRAY,  /* packets spread evenly over all of them */
    ROUTING_STATIC, /* by destination (destination modulo k) */
};

/* Node: GPUs that share a scale-up fabric (NVLink, Infinity Fabric), and their
 * NICs. A die mesh has no scale-up fabric: its tile is the node. */
struct node_spec {
    struct figure count;           /* nodes in the cluster */
    struct figure gpus;            /* in a node */
    struct figure scaleup_rate;    /* of one GPU, each way; line rate */
    struct figure scaleup_usable;  /* what payload reaches of it; absent: all */
    struct figure scaleup_latency; /* GPU to GPU */
    struct figure scaleup_reduces; /* 1: the scale-up switch sums (NVLink SHARP)
                                    */
    struct figure nics;            /* in a node; GPU g uses NIC g*nics/gpus */
    struct figure nic_rate;        /* of one NIC, all ports, each way */
    struct figure nic_usable;      /* absent: all of it */
    struct figure nic_ports;       /* each to a switch of its own; absent: 1 */
    struct figure nic_latency;     /* GPU memory to wire, and wire to memory */
};

/* One tier of a folded Clos, from the bottom. A group of the first tier is
 * `group` nodes and its `switches`; one of a higher tier is `group` groups of
 * the tier below and its own `switches`. Every switch of the tier below has
 * `uplinks` links to this tier's switches of its group, striped: in each plane
 * p = position mod `planes`, link l of the plane's i-th lower switch goes to
 * the plane's upper switch (l + i * uplinks) mod (switches / planes). */
struct tier {
    char *name;
    struct figure group, switches;
    struct figure ports;   /* a switch has; absent: not checked */
    struct figure planes;  /* absent: 1 */
    struct figure uplinks; /* from each switch of the tier below; absent on the
                              first tier, where NIC ports are the links */
    struct figure rate;    /* of one such link; first tier: absent */
    struct figure latency; /* through one switch of this tier */
    struct figure cable;   /* metres, of one link up to this tier */
    struct figure wiring;  /* first tier: 1 rail: port r of every node of the
                              group to switch r mod switches; 0 rack: node by
                              node (node * switches / group) */
};

enum { TIERS_MOST = 4 };

struct clos_spec {
    int tiers;
    struct tier tier[TIERS_MOST];
};

/* tiles_x x tiles_y tiles of dies_x x dies_y dies; each die one GPU, linked to
 * its four neighbours. Gateways: each die row's two outer ends have an Ethernet
 * gateway (Dojo's Z plane); absent rate: none. */
struct mesh_spec {
    struct figure tiles_x, tiles_y, dies_x, dies_y;
    struct figure die_rate,
        die_latency; /* inside a tile, one die to the next */
    struct figure tile_rate,
        tile_latency;   /* across a tile's edge, a die's share
                         */
    struct figure wrap; /* 1: torus */
    struct figure gateway_rate, gateway_latency;
};

/* Groups of switches, all linked to all inside a group; `global_links` links of
 * each switch leave its group, striped over the other groups. */
struct dragonfly_spec {
    struct figure groups, switches, nodes; /* nodes: on one switch */
    struct figure ports;
    struct figure local_links, local_rate, local_latency; /* between a pair */
    struct figure global_links, global_rate, global_latency;
};

/* Explicit vertices and links, as an import gives them. */
struct graph_vertex {
    char *name;
    bool is_node;
    int line;
};

struct graph_link { /* both directions */
    int a, b;       /* vertices */
    int nic;        /* of the end that is a node, from 0; -1 between switches */
    double rate_Bps, latency_s;
    int line;
};

/* Nodes come first, in their order: vertex i < node.count is node i. */
struct graph_spec {
    int vertices, links;
    struct graph_vertex *vertex;
    struct graph_link *link;
    struct figure said; /* value: how many links; who says so, of all rates */
};

/* Which part of the cluster a job has; absent: all of it. */
struct job_spec {
    struct figure gpus;  /* how many, packed from `first` on */
    struct figure first; /* node */
};

struct cluster {
    char *path, *name, *title;
    enum fabric_kind fabric;
    struct node_spec node;
    struct clos_spec clos;
    struct mesh_spec mesh;
    struct dragonfly_spec dragonfly;
    struct graph_spec graph;
    enum routing_kind routing;
    struct figure flows;   /* ECMP: connections a pair of GPUs opens; absent:
                              1 */
    struct figure metre_s; /* seconds per metre of cable; absent: 4.9 ns */
    struct job_spec job;
    char **hosts; /* hosts[node], NULL when the file names none */
    int host_count;
    void *texts; /* of cluster_text */
};

/* Reads a file, and what it stands on (`on: FILE`). On any fault prints one
 * line `file:line: what, expected what` and returns NULL. Also refuses fabrics
 * that cannot be (more links than ports, NICs that land nowhere), with the
 * arithmetic in the line. */
struct cluster *cluster_read(const char *path);

/* The same from memory; `path` is for messages and for finding `on:` files. */
struct cluster *cluster_parse(const char *text, size_t length,
                              const char *path);

/* Prints the file that says the same: cluster_parse of it gives an equal
 * cluster. NULL-terminated, the caller frees. */
char *cluster_print(const struct cluster *);

/* Calls `see` for each figure that is not absent, with its path in the file
 * ("node.scaleup.rate") and its value as the file would write it. */
void cluster_each_figure(const struct cluster *,
                         void (*see)(const char *path, const char *value,
                                     const struct figure *, void *state),
                         void *state);

/* Frees a cluster that cluster_read or cluster_parse gave, or one that was
 * built by calloc, cluster_text and calloc'ed arrays (hosts, graph). */
void cluster_free(struct cluster *);

/* A copy of `text` that the cluster owns: for every text in it (names, sources,
 * hosts), so that figures may share one. */
char *cluster_text(struct cluster *, const char *text);

/* What cluster_read refuses of a cluster that was read: figures missing, and
 * fabrics that cannot be. 0, or -1 after one line on stderr. For clusters that
 * were built otherwise (an import, options that change figures). */
int cluster_check(const struct cluster *);

/* A figure's value, or `otherwise` when it is absent. */
static inline double figure_or(struct figure figure, double otherwise)
{
    return figure.origin == ORIGIN_ABSENT ? otherwise : figure.value;
}

#endif
