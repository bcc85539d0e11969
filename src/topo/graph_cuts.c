/* SPDX-License-Identifier: BSD-3-Clause */
/* The cuts of an explicit graph. Nobody says which of its switches are leaves
 * and which are spines, but layers do (hops from the nearest node): at layer k
 * all that is joined below it, or by links up to it, is a group, first without
 * the links between switches of layer k itself, then with them. A group may use
 * all cables that leave it. Any such partition gives a true bound; a Clos gives
 * its leaves' groups, its pods, and so on. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "topo/graph.h"

struct cuts {
    struct topology *t;
    const struct graph_spec *spec;
    int *parent; /* of each vertex: sets */
    int *number; /* of each set with nodes, at its root */
    int groups;  /* of the last level */
};

/* Numbers the sets in the order of their first node. */
static int number_groups(struct cuts *cuts)
{
    int groups = 0;
    for (int v = 0; v < cuts->spec->vertices; v++)
        cuts->number[v] = -1;
    for (int node = 0; node < cuts->t->nodes; node++) {
        int root = graph_root(cuts->parent, node);
        if (cuts->number[root] < 0)
            cuts->number[root] = groups++;
    }
    return groups;
}

/* A level of the present sets, where they are others than before. */
static void add_level(struct cuts *cuts, const char *name)
{
    struct topology *t = cuts->t;
    int groups = number_groups(cuts);
    if (groups == cuts->groups || t->levels == LEVELS_MOST)
        return;
    cuts->groups = groups;
    double *capacities = xcalloc((size_t)groups, sizeof *capacities);
    int *group_of = xcalloc((size_t)t->gpus, sizeof *group_of);
    for (int i = 0; i < cuts->spec->links; i++) {
        const struct graph_link *link = &cuts->spec->link[i];
        int a = cuts->number[graph_root(cuts->parent, link->a)];
        int b = cuts->number[graph_root(cuts->parent, link->b)];
        if (a == b)
            continue;
        if (a >= 0)
            capacities[a] += link->rate_Bps;
        if (b >= 0)
            capacities[b] += link->rate_Bps;
    }
    for (int gpu = 0; gpu < t->gpus; gpu++)
        group_of[gpu] =
            cuts->number[graph_root(cuts->parent, gpu / t->per_node)];
    topology_add_uneven_level(t, name, (t->gpus + groups - 1) / groups, groups,
                              group_of, capacities);
}

/* Nodes whose cables are slower, or fewer, than their NICs' ports. */
static void add_cables(struct cuts *cuts, const struct graph *g)
{
    struct topology *t = cuts->t;
    int ports = t->nics * t->ports;
    double most = t->class[t->nic_out].rate_Bps;
    bool tighter = false;
    double *capacities = xcalloc((size_t)t->nodes, sizeof *capacities);
    for (int i = 0; i < t->nodes * ports; i++) {
        double rate = g->end[i].leaf < 0 ? 0 : g->end[i].rate_Bps;
        tighter |= rate < most;
        capacities[i / ports] += rate < most ? rate : most;
    }
    if (tighter)
        topology_add_uneven_level(t, "node's cables", t->per_node, t->nodes,
                                  NULL, capacities);
    else
        free(capacities);
}

/* Joins the ends of the links whose higher end is at layer k: those between two
 * switches of it, or all others. */
static void join(struct cuts *cuts, const struct graph *g, int k, bool peers)
{
    int nodes = cuts->t->nodes;
    for (int i = 0; i < cuts->spec->links; i++) {
        int a = cuts->spec->link[i].a, b = cuts->spec->link[i].b;
        int at_a = a < nodes ? 0 : g->layer[a - nodes];
        int at_b = b < nodes ? 0 : g->layer[b - nodes];
        if ((at_a > at_b ? at_a : at_b) == k && (at_a == at_b) == peers)
            cuts->parent[graph_root(cuts->parent, a)] =
                graph_root(cuts->parent, b);
    }
}

void graph_add_cuts(struct topology *t, const struct graph *g)
{
    const struct graph_spec *spec = &t->cluster->graph;
    size_t n = (size_t)spec->vertices;
    struct cuts cuts = {t, spec, xcalloc(n, sizeof(int)),
                        xcalloc(n, sizeof(int)), t->nodes};
    int layers = 0;
    for (int v = 0; v < spec->vertices; v++)
        cuts.parent[v] = v;
    for (int s = 0; s < g->switches; s++)
        if (g->layer[s] > layers)
            layers = g->layer[s];
    add_cables(&cuts, g);
    for (int k = 1; k <= layers && cuts.groups > 1; k++) {
        char name[sizeof t->level->name];
        snprintf(name, sizeof name, "layer %d", k);
        join(&cuts, g, k, false);
        add_level(&cuts, name);
        snprintf(name, sizeof name, "layer %d, joined", k);
        join(&cuts, g, k, true);
        add_level(&cuts, name);
    }
    free(cuts.parent);
    free(cuts.number);
}
