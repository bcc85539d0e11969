/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether explicit vertices and links make a cluster: nodes first and as many
 * as node.count, each NIC linked, all in one piece. */
#include <stdlib.h>

#include "base/error.h"
#include "topo/cluster_file.h"
#include "topo/graph.h"

static int check_vertices(const struct cluster *c)
{
    const struct graph_spec *g = &c->graph;
    int nodes = 0;
    for (int i = 0; i < g->vertices; i++) {
        if (g->vertex[i].is_node && nodes < i)
            return cluster_refuse(c, g->vertex[i].line,
                                  "node %.64s after a switch, expected nodes "
                                  "first",
                                  g->vertex[i].name);
        nodes += g->vertex[i].is_node;
    }
    if (nodes != (int)c->node.count.value)
        return cluster_refuse(c, c->node.count.line,
                              "%d nodes in the graph, expected node.count: "
                              "%.0f",
                              nodes, c->node.count.value);
    return 0;
}

/* Ends of one link; `node` is that which is a node, -1 between switches. */
static int check_link(const struct cluster *c, const struct graph_link *link,
                      int *node)
{
    const struct graph_vertex *a = &c->graph.vertex[link->a];
    const struct graph_vertex *b = &c->graph.vertex[link->b];
    int nics = (int)c->node.nics.value;
    *node = a->is_node ? link->a : b->is_node ? link->b : -1;
    if (link->a == link->b || (a->is_node && b->is_node))
        return cluster_refuse(c, link->line,
                              "a link from %.64s to %.64s, expected a switch "
                              "at one end and something else at the other",
                              a->name, b->name);
    if (*node < 0 && link->nic >= 0)
        return cluster_refuse(c, link->line,
                              "a NIC between switches %.64s and %.64s, "
                              "expected none",
                              a->name, b->name);
    if (*node >= 0 && (link->nic < 0 || link->nic >= nics))
        return cluster_refuse(c, link->line,
                              "NIC %d of node %.64s, expected nic: 0 to %d",
                              link->nic, c->graph.vertex[*node].name, nics - 1);
    return 0;
}

static int check_links(const struct cluster *c, int *used)
{
    int nics = (int)c->node.nics.value, node;
    int ports = (int)figure_or(c->node.nic_ports, 1);
    for (int i = 0; i < c->graph.links; i++) {
        const struct graph_link *link = &c->graph.link[i];
        if (check_link(c, link, &node))
            return -1;
        if (node >= 0 &&
            ++used[(size_t)node * (size_t)nics + link->nic] > ports)
            return cluster_refuse(c, link->line,
                                  "link %d of NIC %d of node %.64s, expected "
                                  "at most node.nic.ports: %d",
                                  ports + 1, link->nic,
                                  c->graph.vertex[node].name, ports);
    }
    for (size_t i = 0; i < (size_t)c->node.count.value * (size_t)nics; i++)
        if (!used[i]) {
            const struct graph_vertex *v = &c->graph.vertex[i / (size_t)nics];
            return cluster_refuse(c, v->line,
                                  "NIC %zu of node %.64s has no link, expected "
                                  "one",
                                  i % (size_t)nics, v->name);
        }
    return 0;
}

static int check_pieces(const struct cluster *c, int *parent)
{
    const struct graph_spec *g = &c->graph;
    for (int i = 0; i < g->vertices; i++)
        parent[i] = i;
    for (int i = 0; i < g->links; i++)
        parent[graph_root(parent, g->link[i].a)] =
            graph_root(parent, g->link[i].b);
    for (int i = 1; i < g->vertices; i++)
        if (graph_root(parent, i) != graph_root(parent, 0))
            return cluster_refuse(c, g->vertex[i].line,
                                  "no way from %.64s to %.64s, expected one "
                                  "fabric",
                                  g->vertex[0].name, g->vertex[i].name);
    return 0;
}

int cluster_check_graph(const struct cluster *c)
{
    if (!c->graph.said.origin)
        return cluster_refuse(c, 1,
                              "a graph without a source, expected given:");
    if (check_vertices(c))
        return -1;
    size_t nics = (size_t)c->node.count.value * (size_t)c->node.nics.value;
    if (nics > (size_t)c->graph.links)
        return cluster_refuse(c, c->node.nics.line,
                              "%.0f nodes x %.0f NICs = %zu, expected a link "
                              "for each, got %d links",
                              c->node.count.value, c->node.nics.value, nics,
                              c->graph.links);
    int *used = xcalloc(nics, sizeof *used);
    int *parent = xcalloc((unsigned long)c->graph.vertices, sizeof *parent);
    int status = check_links(c, used) || check_pieces(c, parent) ? -1 : 0;
    free(used);
    free(parent);
    return status;
}
