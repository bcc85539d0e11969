/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of explicit graphs share: the switches of a graph_spec, the
 * directed links ("arcs") between them, the ends where NICs are plugged in, and
 * how many hops it is from any switch to those that have nodes. Switch s is
 * vertex node.count + s. Nothing outside src/topo includes this. */
#ifndef TOPO_GRAPH_H
#define TOPO_GRAPH_H

#include "topo/family.h"

struct arc {
    int from, to; /* switches */
    int cables;   /* 1; more where packets are sprayed over them */
    int class;
    uint32_t index; /* in its class */
    double rate_Bps /* of all its cables */, latency_s;
};

struct graph_end {  /* one NIC port and its cable */
    int leaf;       /* switch, -1: no cable */
    int piece;      /* ends of one piece reach each other through switches */
    int out, in;    /* classes of the cable's two directions */
    uint32_t index; /* in both of them */
    uint32_t
        number; /* ends are numbered switch by switch: for static routing */
    double rate_Bps, latency_s;
};

enum { GRAPH_FAR = 255 }; /* hops: no way */

struct graph {
    int switches, arcs, targets; /* targets: switches with nodes */
    struct graph_end *end;       /* by port_number */
    struct arc *arc;             /* of switch s: first[s] .. first[s+1] - 1 */
    int *first, *to;             /* to: of the arcs, again, close together */
    int *layer;    /* by switch: 1 with nodes, 2 next to such a one, ... */
    int *target;   /* by switch: its row of hops, -1 without nodes */
    uint8_t *hops; /* hops[row * switches + switch]; GRAPH_FAR: no way */
};

/* A line of the graph's file about a switch (-1: none), and false. */
bool graph_refuse(const struct topology *, int at, const char *what,
                  const char *expected);

/* graph_spread.c: makes the parallel ways over which packets spread evenly one
 * arc of their summed rate. False after one line when they are not alike. */
bool graph_spread(const struct topology *, struct graph *);

/* graph_classes.c: gives all ends and arcs their classes. */
bool graph_add_classes(struct topology *, struct graph *);

/* graph_cuts.c: the levels. */
void graph_add_cuts(struct topology *, const struct graph *);

/* The one that stands for the set of v, halving the way there. */
static inline int graph_root(int *parent, int v)
{
    while (parent[v] != v)
        v = parent[v] = parent[parent[v]];
    return v;
}

#endif
