/* SPDX-License-Identifier: BSD-3-Clause */
/* An explicit graph (struct graph_spec): switches joined by any links, nodes
 * plugged in by their NICs. Nodes do not pass on what is not theirs.
 *
 * Links. A NIC port is a link of its own (rate and latency of node.nic), its
 * cable another (rate and latency of the graph's link), so that either may be
 * the slower one. The k-th link of a NIC, in the order of the file, is its port
 * k. Each cable between switches is one link a direction.
 *
 * Routes. A connection takes port `hash` of the destination's NIC, and leaves
 * by the source's own NIC, by the same port where that reaches the
 * destination's. Where it does not (rails that are fabrics of their own), the
 * GPU of another NIC of the first node forwards, first the one on the
 * destination's rail. In between every hop takes one of all cables that lead
 * one switch nearer, by hops: by hash (ECMP), or by the destination's number
 * (static). With spray, graph_spread.c has joined those cables to one link.
 *
 * Memory: a byte for each pair of a switch and a switch with nodes, filled by
 * one breadth-first search for each of the latter. */
#include "topo/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_file.h"

enum { HOPS_MOST = ROUTE_MOST - 6 }; /* less what is before and behind */
_Static_assert((int)HOPS_MOST < (int)GRAPH_FAR, "hops fit a byte");
static const size_t hops_most_B = (size_t)1 << 31;

bool graph_refuse(const struct topology *t, int at, const char *what,
                  const char *expected)
{
    const struct graph_spec *spec = &t->cluster->graph;
    const struct graph_vertex *v = at < 0 ? NULL : &spec->vertex[t->nodes + at];
    cluster_refuse(t->cluster, v ? v->line : spec->said.line,
                   "%s%.64s%s, expected %s", v ? "switch " : "the graph ",
                   v ? v->name : "", what, expected);
    return false;
}

/* --- building ---------------------------------------------------------------
 */

static void add_ends(const struct topology *t, struct graph *g)
{
    const struct graph_spec *spec = &t->cluster->graph;
    size_t ends = (size_t)t->nodes * (size_t)t->nics * (size_t)t->ports;
    uint32_t *next = xcalloc((size_t)g->switches + 1, sizeof *next);
    g->end = xcalloc(ends, sizeof *g->end);
    for (size_t i = 0; i < ends; i++)
        g->end[i].leaf = -1;
    for (int i = 0; i < spec->links; i++) {
        const struct graph_link *link = &spec->link[i];
        int node = link->a < link->b ? link->a : link->b;
        int leaf = (link->a < link->b ? link->b : link->a) - t->nodes;
        if (link->nic < 0)
            continue;
        struct graph_end *end = &g->end[port_number(t, node, link->nic, 0)];
        while (end->leaf >= 0)
            end++; /* cluster_check saw that there are ports enough */
        end->leaf = leaf;
        end->rate_Bps = link->rate_Bps;
        end->latency_s = link->latency_s;
        next[leaf + 1]++;
    }
    for (int s = 0; s < g->switches; s++)
        next[s + 1] += next[s];
    for (size_t i = 0; i < ends; i++)
        if (g->end[i].leaf >= 0)
            g->end[i].number = next[g->end[i].leaf]++;
    free(next);
}

static void add_arcs(const struct topology *t, struct graph *g)
{
    const struct graph_spec *spec = &t->cluster->graph;
    g->first = xcalloc((size_t)g->switches + 2, sizeof *g->first);
    int *next = g->first + 1; /* first[s + 1] while they are placed */
    for (int i = 0; i < spec->links; i++)
        if (spec->link[i].nic < 0) {
            next[spec->link[i].a - t->nodes + 1]++;
            next[spec->link[i].b - t->nodes + 1]++;
            g->arcs += 2;
        }
    for (int s = 0; s < g->switches; s++)
        next[s + 1] += next[s];
    g->arc = xcalloc((size_t)g->arcs, sizeof *g->arc);
    for (int i = 0; i < spec->links; i++) {
        const struct graph_link *link = &spec->link[i];
        int a = link->a - t->nodes, b = link->b - t->nodes;
        if (link->nic >= 0)
            continue;
        struct arc arc = {.from = a,
                          .to = b,
                          .cables = 1,
                          .rate_Bps = link->rate_Bps,
                          .latency_s = link->latency_s};
        g->arc[next[a]++] = arc;
        arc.from = b;
        arc.to = a;
        g->arc[next[b]++] = arc;
    }
}

/* Breadth first from the switches in queue[0 .. count-1], whose `far` is 0; all
 * others are -1 before. */
static void search(const struct graph *g, int *queue, int count, int *far)
{
    for (int i = 0; i < count; i++)
        for (int k = g->first[queue[i]]; k < g->first[queue[i] + 1]; k++)
            if (far[g->arc[k].to] < 0) {
                far[g->arc[k].to] = far[queue[i]] + 1;
                queue[count++] = g->arc[k].to;
            }
}

/* Layers, and the rows of hops. */
static bool fill_hops(const struct topology *t, struct graph *g)
{
    size_t n = (size_t)g->switches;
    size_t ends = (size_t)t->nodes * (size_t)t->nics * (size_t)t->ports;
    int *far = xcalloc(n, sizeof *far), *queue = xcalloc(n, sizeof *queue);
    int *leaf = xcalloc(n, sizeof *leaf);
    g->layer = xcalloc(n, sizeof *g->layer);
    g->target = xcalloc(n, sizeof *g->target);
    for (size_t s = 0; s < n; s++)
        far[s] = g->target[s] = -1;
    for (size_t i = 0; i < ends; i++) {
        int s = g->end[i].leaf;
        if (s >= 0 && g->target[s] < 0) {
            far[s] = 0;
            g->target[s] = g->targets;
            leaf[g->targets] = queue[g->targets] = s;
            g->targets++;
        }
    }
    search(g, queue, g->targets, far);
    for (size_t s = 0; s < n; s++)
        g->layer[s] = far[s] + 1;
    bool fits = (size_t)g->targets <= hops_most_B / n;
    if (!fits)
        graph_refuse(t, -1, "has too many switches with nodes for its tables",
                     "switches with nodes x switches below 2^31");
    g->hops = xcalloc(fits ? (size_t)g->targets * n : 1, sizeof *g->hops);
    for (int row = 0; fits && row < g->targets; row++) {
        for (size_t s = 0; s < n; s++)
            far[s] = -1;
        far[leaf[row]] = 0;
        queue[0] = leaf[row];
        search(g, queue, 1, far);
        for (size_t s = 0; s < n && fits; s++) {
            g->hops[(size_t)row * n + s] =
                (uint8_t)(far[s] < 0 ? GRAPH_FAR : far[s]);
            if (far[s] > HOPS_MOST)
                fits = graph_refuse(t, (int)s, " is too far from a node",
                                    "at most 250 hops");
        }
    }
    free(far);
    free(queue);
    free(leaf);
    return fits;
}

/* Numbers the pieces; a node that is not plugged into all of them could not be
 * reached, or only through the GPUs of a third. */
static bool fill_pieces(const struct topology *t, struct graph *g)
{
    int per_node = t->nics * t->ports, pieces = 0;
    int *piece = xcalloc((size_t)g->targets, sizeof *piece); /* of a row */
    int *seen = xcalloc((size_t)g->targets, sizeof *seen);   /* by a node */
    const struct graph_end *lacks = NULL;
    for (int row = 0; row < g->targets; row++)
        piece[row] = -1;
    for (int i = 0; i < t->nodes * per_node; i++) {
        struct graph_end *end = &g->end[i];
        if (end->leaf < 0)
            continue;
        /* The piece of the first row that can be reached. */
        int row = 0;
        while (g->hops[(size_t)row * (size_t)g->switches + (size_t)end->leaf] ==
               GRAPH_FAR)
            row++;
        if (piece[row] < 0)
            piece[row] = pieces++;
        end->piece = piece[row];
    }
    for (int node = 0; node < t->nodes && !lacks; node++) {
        int found = 0;
        for (int i = node * per_node; i < (node + 1) * per_node; i++)
            if (g->end[i].leaf >= 0 && seen[g->end[i].piece] != node + 1) {
                seen[g->end[i].piece] = node + 1;
                found++;
            }
        if (found < pieces)
            lacks = &g->end[node * per_node];
    }
    free(piece);
    free(seen);
    return !lacks ||
           graph_refuse(t, lacks->leaf,
                        " has a node that is in some and not in all of the "
                        "fabrics that no switch joins",
                        "each node in each of them");
}

static bool build(struct topology *t)
{
    struct graph *g = xcalloc(1, sizeof *g);
    t->state = g;
    g->switches = t->cluster->graph.vertices - t->nodes;
    if (g->switches < 1)
        return graph_refuse(t, -1, "has no switch", "one at least");
    add_ends(t, g);
    add_arcs(t, g);
    if (!fill_hops(t, g) || !fill_pieces(t, g))
        return false;
    if (t->cluster->routing == ROUTING_SPRAY && !graph_spread(t, g))
        return false;
    if (!graph_add_classes(t, g))
        return false;
    g->to = xcalloc((size_t)g->arcs, sizeof *g->to);
    for (int i = 0; i < g->arcs; i++)
        g->to[i] = g->arc[i].to;
    graph_add_cuts(t, g);
    return true;
}

static void release(void *state)
{
    struct graph *g = state;
    free(g->end);
    free(g->arc);
    free(g->first);
    free(g->to);
    free(g->layer);
    free(g->target);
    free(g->hops);
    free(g);
}

/* --- routes -----------------------------------------------------------------
 */

/* A port of the NIC that is in `piece`, if possible `port`. */
static bool find_end(const struct topology *t, const struct graph *g, int node,
                     int nic, int port, int piece, size_t *out)
{
    for (int i = 0; i < t->ports; i++) {
        *out = port_number(t, node, nic, (port + i) % t->ports);
        if (g->end[*out].leaf >= 0 && g->end[*out].piece == piece)
            return true;
    }
    return false;
}

/* One of the ports that have a cable: they are the first ones. */
static int port_of(const struct topology *t, const struct graph *g, int node,
                   int nic, uint64_t hash)
{
    const struct graph_end *end = &g->end[port_number(t, node, nic, 0)];
    int cabled = 1;
    while (cabled < t->ports && end[cabled].leaf >= 0)
        cabled++;
    return cabled > 1 ? (int)choose(hash, 0, (uint32_t)cabled) : 0;
}

/* From the source's switch to the destination's, one nearer with each hop. */
static void walk(const struct topology *t, const struct graph *g, int at,
                 int to, struct chooser *chooser, struct route *out)
{
    const uint8_t *hops = g->hops + (size_t)g->target[to] * (size_t)g->switches;
    while (at != to) {
        int k = g->first[at], end = g->first[at + 1], ways = 0;
        for (int i = k; i < end; i++)
            ways += hops[g->to[i]] < hops[at];
        int way = ways > 1 ? chooser_pick(chooser, ways) : 0;
        while (hops[g->to[k]] >= hops[at] || way-- > 0)
            k++;
        const struct arc *arc = &g->arc[k];
        route_add(t, out, arc->class, arc->index);
        at = arc->to;
    }
}

static void route(const struct topology *t, int from, int to, uint64_t hash,
                  struct route *out)
{
    const struct graph *g = t->state;
    int node = from / t->per_node, node_to = to / t->per_node;
    int nic = topology_nic_of(t, from, hash);
    int nic_to = topology_nic_of(t, to, hash);
    int port = port_of(t, g, node_to, nic_to, hash);
    size_t first, last = port_number(t, node_to, nic_to, port);
    const struct graph_end *a, *b = &g->end[last];

    if (!find_end(t, g, node, nic, port, b->piece, &first)) {
        int by = node * t->per_node + to % t->per_node; /* forwards */
        if (!find_end(t, g, node, nic_to, port, b->piece, &first)) {
            for (nic = 0; !find_end(t, g, node, nic, port, b->piece, &first);)
                nic++; /* fill_pieces saw that there is one */
            by = node * t->per_node + nic * t->per_node / t->nics;
        }
        if (t->scaleup_out >= 0 && by != from) {
            route_add(t, out, t->scaleup_out, (size_t)from);
            route_add(t, out, t->scaleup_in, (size_t)by);
        }
    }
    a = &g->end[first];
    struct chooser chooser = {t->cluster->routing == ROUTING_STATIC, hash, 1,
                              b->number};
    route_add(t, out, t->nic_out, first);
    route_add(t, out, a->out, a->index);
    walk(t, g, a->leaf, b->leaf, &chooser, out);
    route_add(t, out, b->in, b->index);
    route_add(t, out, t->nic_in, last);
}

const struct family family_graph = {build, route, release};
