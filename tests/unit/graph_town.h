/* SPDX-License-Identifier: BSD-3-Clause */
/* A Clos written out as a graph: vertex by vertex, cable by cable, from the
 * formula in cluster.h. */
#ifndef TESTS_GRAPH_TOWN_H
#define TESTS_GRAPH_TOWN_H

#include <stdlib.h>

#include "cluster_town.h"

static inline int town_value(struct figure figure, int otherwise)
{
    return (int)figure_or(figure, otherwise);
}

static inline void town_vertex(struct graph_spec *g, bool is_node)
{
    static char name[] = "v";
    g->vertex =
        realloc(g->vertex, ((size_t)g->vertices + 1) * sizeof *g->vertex);
    g->vertex[g->vertices++] =
        (struct graph_vertex){.name = name, .is_node = is_node, .line = 1};
}

static inline void town_link(struct graph_spec *g, int a, int b, int nic,
                             double rate_Bps, double latency_s)
{
    if ((g->links & (g->links - 1)) == 0)
        g->link =
            realloc(g->link, (2 * (size_t)g->links + 1) * sizeof *g->link);
    g->link[g->links++] =
        (struct graph_link){a, b, nic, rate_Bps, latency_s, g->links};
    g->said = fig(g->links);
}

static inline void town_graph_free(struct cluster *c)
{
    free(c->graph.vertex);
    free(c->graph.link);
    c->graph = (struct graph_spec){0};
}

/* The same cluster with FABRIC_GRAPH. Switches come tier by tier, group by
 * group. To be freed by town_graph_free. */
static inline struct cluster town_as_graph(const struct cluster *clos)
{
    struct cluster c = *clos;
    struct graph_spec *g = &c.graph;
    int nodes = (int)c.node.count.value, first[TIERS_MOST], in_group = 1;
    int nics = (int)c.node.nics.value, ports = town_value(c.node.nic_ports, 1);
    c.fabric = FABRIC_GRAPH;
    for (int i = 0; i < nodes; i++)
        town_vertex(g, true);
    for (int k = 0; k < c.clos.tiers; k++) {
        const struct tier *tier = &c.clos.tier[k];
        in_group *= (int)tier->group.value;
        first[k] = g->vertices;
        int count = (nodes + in_group - 1) / in_group;
        for (int i = 0; i < count * (int)tier->switches.value; i++)
            town_vertex(g, false);
    }
    const struct tier *leaf = &c.clos.tier[0];
    int leaves = (int)leaf->switches.value, group = (int)leaf->group.value;
    for (int port = 0; port < nodes * nics * ports; port++) {
        int node = port / (nics * ports);
        int at = leaf->wiring.value != 0 ? port % (nics * ports) % leaves
                                         : node % group * leaves / group;
        town_link(g, node, first[0] + node / group * leaves + at,
                  port % (nics * ports) / ports, c.node.nic_rate.value / ports,
                  0);
    }
    for (int k = 1; k < c.clos.tiers; k++) {
        const struct tier *up = &c.clos.tier[k], *low = up - 1;
        int planes = town_value(up->planes, 1),
            uplinks = (int)up->uplinks.value;
        int lower = (int)low->switches.value, upper = (int)up->switches.value;
        int sub = (int)up->group.value, each = upper / planes;
        int end = first[k];
        for (int s = 0; first[k - 1] + s < end; s++)
            for (int l = 0; l < uplinks; l++) {
                long i = (long)(s / lower % sub) * (lower / planes) +
                         s % lower / planes;
                int at = s % lower % planes +
                         planes * (int)((l + i * uplinks) % each);
                town_link(g, first[k - 1] + s,
                          first[k] + s / lower / sub * upper + at, -1,
                          up->rate.value, 0);
            }
    }
    return c;
}

/* Four Clos of 64 nodes of four GPUs: ports, planes, rails that do not meet,
 * racks. */
static inline struct cluster town_shape(int which)
{
    struct cluster c = town_clos(64, 4);
    if (which == 0) { /* NICs of two ports; tapered 2:1 */
        c.node.nic_ports = fig(2);
        town_tier(&c, "leaf", 8, 8, 1, 0);
        town_tier(&c, "spine", 8, 4, 1, 4);
    } else if (which == 1) { /* planes; 3 uplinks striped over 2 cores each */
        town_tier(&c, "leaf", 8, 4, 1, 0);
        town_tier(&c, "spine", 4, 16, 4, 8);
        town_tier(&c, "core", 2, 16, 8, 3);
    } else if (which == 2) { /* rails that do not meet: GPUs forward */
        town_tier(&c, "leaf", 16, 4, 1, 0);
        town_tier(&c, "spine", 4, 16, 4, 16);
    } else { /* racks */
        town_tier(&c, "leaf", 2, 1, 1, 0);
        town_tier(&c, "spine", 8, 4, 1, 8);
        town_tier(&c, "core", 4, 8, 1, 8);
        c.clos.tier[0].wiring = fig(0);
    }
    for (int k = 1; k < c.clos.tiers; k++)
        c.clos.tier[k].wiring = (struct figure){0};
    return c;
}

#endif
