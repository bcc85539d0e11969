/* SPDX-License-Identifier: BSD-3-Clause */
/* Clusters of any kind from a seed, all of them possible, with figures that are
 * anything a double can say within its unit. */
#ifndef TESTS_CLUSTER_RANDOM_H
#define TESTS_CLUSTER_RANDOM_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "topo/cluster.h"

struct maker {
    struct cluster *cluster;
    struct random random;
};

static inline int draw(struct maker *m, int below)
{
    return (int)random_below(&m->random, (uint64_t)below);
}

static inline struct figure some(struct maker *m, double value)
{
    static const char *const sources[] = {
        "a paper",
        "say \"what\" \\ then: {x} # no",
        "caf\xc3\xa9 \xe2\x80\xa8",
        " two  spaces ",
        "tab\tand\nline\x01\x7f",
        "\xf0\x9f\x98\x80\xc2\x85-",
    };
    struct figure f = {.value = value,
                       .origin = (enum origin)(1 + draw(m, 3)),
                       .source = sources[draw(m, 6)]};
    f.source = cluster_text(m->cluster, f.source);
    return f;
}

/* Between `low` and `high` in the logarithm, sometimes a round number. */
static inline struct figure spread(struct maker *m, double low, double high)
{
    double share = (double)random_next(&m->random) * 0x1p-64;
    double value = low * pow(high / low, share);
    if (draw(m, 3) == 0)
        value = pow(10, floor(log10(value)));
    return some(m, value < low ? low : value > high ? high : value);
}

static inline struct figure perhaps(struct maker *m, struct figure f)
{
    return draw(m, 2) ? f : (struct figure){0};
}

static inline void make_node(struct maker *m, int count, int gpus, int nics)
{
    struct node_spec *n = &m->cluster->node;
    n->count = some(m, count);
    n->gpus = some(m, gpus);
    if (gpus > 1) {
        n->scaleup_rate = spread(m, 1e3, 1e18);
        n->scaleup_usable = perhaps(m, some(m, n->scaleup_rate.value * 0.7));
        n->scaleup_latency = perhaps(m, spread(m, 1e-12, 1000));
        n->scaleup_reduces = perhaps(m, some(m, draw(m, 2)));
    }
    if (!nics)
        return;
    n->nics = some(m, nics);
    n->nic_rate = spread(m, 1e3, 1e18);
    n->nic_usable = perhaps(m, some(m, n->nic_rate.value / 1.1));
    n->nic_ports = perhaps(m, some(m, 1));
    n->nic_latency = perhaps(m, some(m, 0));
}

/* Planes are powers of two, so that they divide each other. */
static inline void make_clos(struct maker *m)
{
    struct clos_spec *clos = &m->cluster->clos;
    int tiers = 1 + draw(m, TIERS_MOST), nodes = 1, lower = 0;
    for (int k = 0; k < tiers; k++) {
        struct tier *tier = &clos->tier[clos->tiers++];
        int planes = 1 << draw(m, 3), each = 1 + draw(m, 3);
        char name[24];
        snprintf(name, sizeof name, "tier-%d", k);
        tier->name = cluster_text(m->cluster, name);
        int group = 1 + draw(m, 5);
        nodes *= group;
        tier->group = some(m, group);
        tier->switches = some(m, k ? planes * each : 4);
        tier->latency = perhaps(m, spread(m, 1e-12, 1000));
        tier->cable = perhaps(m, spread(m, 1e-3, 1e8));
        tier->ports = perhaps(m, some(m, 1 << 20));
        if (k == 0) {
            tier->wiring = perhaps(m, some(m, 1));
            lower = 4;
            continue;
        }
        while (lower % planes)
            planes /= 2;
        tier->planes = planes > 1 ? some(m, planes) : (struct figure){0};
        tier->switches.value = planes * each;
        tier->uplinks = some(m, each + draw(m, 4));
        tier->rate = spread(m, 1, 1e18);
        lower = planes * each;
    }
    make_node(m, nodes - (nodes > 1 ? draw(m, nodes) : 0), 4, 4);
}

static inline void make_mesh(struct maker *m)
{
    struct mesh_spec *mesh = &m->cluster->mesh;
    int tx = 1 + draw(m, 4), ty = 1 + draw(m, 4), dx = 1 + draw(m, 4),
        dy = 1 + draw(m, 4);
    mesh->tiles_x = some(m, tx);
    mesh->tiles_y = some(m, ty);
    mesh->dies_x = some(m, dx);
    mesh->dies_y = some(m, dy);
    mesh->die_rate = spread(m, 1, 1e18);
    mesh->die_latency = perhaps(m, spread(m, 1e-12, 1000));
    mesh->tile_rate = spread(m, 1, 1e18);
    mesh->tile_latency = perhaps(m, spread(m, 1e-12, 1000));
    mesh->wrap = perhaps(m, some(m, draw(m, 2)));
    mesh->gateway_rate = perhaps(m, spread(m, 1, 1e18));
    mesh->gateway_latency = perhaps(m, spread(m, 1e-12, 1000));
    m->cluster->node.count = some(m, tx * ty);
    m->cluster->node.gpus = some(m, dx * dy);
}

static inline void make_dragonfly(struct maker *m)
{
    struct dragonfly_spec *d = &m->cluster->dragonfly;
    int groups = 1 + draw(m, 9), switches = 1 + draw(m, 5),
        nodes = 1 + draw(m, 3);
    d->groups = some(m, groups);
    d->switches = some(m, switches);
    d->nodes = some(m, nodes);
    d->ports = perhaps(m, some(m, 1000));
    d->local_links = some(m, 1 + draw(m, 3));
    d->local_rate = spread(m, 1, 1e18);
    d->local_latency = perhaps(m, spread(m, 1e-12, 1000));
    d->global_links = some(m, groups);
    d->global_rate = spread(m, 1, 1e18);
    d->global_latency = perhaps(m, spread(m, 1e-12, 1000));
    make_node(m, 1 + draw(m, groups * switches * nodes), 8, 4);
}

static inline void make_graph(struct maker *m)
{
    struct graph_spec *g = &m->cluster->graph;
    int nodes = 1 + draw(m, 12), switches = 1 + draw(m, 3), padded = draw(m, 2);
    g->vertices = nodes + switches;
    g->links = nodes + switches - 1;
    g->vertex = calloc((size_t)g->vertices, sizeof *g->vertex);
    g->link = calloc((size_t)g->links + 1, sizeof *g->link);
    g->said = some(m, g->links);
    for (int i = 0; i < g->vertices; i++) {
        char name[32];
        snprintf(name, sizeof name, i < nodes ? "n%0*d" : "sw%0*d",
                 padded ? 3 : 1, i + draw(m, 2) * 100);
        g->vertex[i] = (struct graph_vertex){
            .name = cluster_text(m->cluster, name), .is_node = i < nodes};
    }
    /* Each node to some switch, each switch to the one before. */
    for (int i = 0; i < g->links; i++) {
        int to = nodes + draw(m, switches);
        struct graph_link link = {.a = i, .b = to, .nic = 0};
        if (i >= nodes)
            link = (struct graph_link){.a = i + 1, .b = i, .nic = -1};
        link.rate_Bps = spread(m, 1, 1e18).value;
        link.latency_s = draw(m, 2) ? 0 : spread(m, 1e-12, 1000).value;
        g->link[i] = link;
    }
    make_node(m, nodes, 1, 1);
}

static inline void make_hosts(struct maker *m)
{
    struct cluster *c = m->cluster;
    int count = (int)c->node.count.value, number = draw(m, 20);
    c->hosts = calloc((size_t)count, sizeof *c->hosts);
    for (; c->host_count < count; number += 1 + (draw(m, 4) == 0)) {
        char name[32];
        snprintf(name, sizeof name, count % 2 ? "gpu-%03d" : "%d", number);
        c->hosts[c->host_count++] = cluster_text(c, name);
    }
}

static inline struct cluster *cluster_random(uint64_t seed)
{
    struct cluster *c = calloc(1, sizeof *c);
    struct maker m = {c, {seed}};
    static void (*const fabrics[])(struct maker *) = {
        NULL, make_clos, make_mesh, make_dragonfly, make_graph};
    c->fabric = (enum fabric_kind)draw(&m, 5);
    c->name = cluster_text(c, "made");
    if (draw(&m, 2))
        c->title = cluster_text(c, some(&m, 1).source);
    if (fabrics[c->fabric])
        fabrics[c->fabric](&m);
    else
        make_node(&m, 1, 1 + draw(&m, 9), 0);
    c->metre_s = perhaps(&m, spread(&m, 1e-12, 1000));
    c->routing = (enum routing_kind)draw(&m, 3);
    if (c->routing == ROUTING_ECMP)
        c->flows = perhaps(&m, some(&m, 16));
    c->job.gpus = perhaps(&m, some(&m, 1));
    c->job.first = perhaps(&m, some(&m, c->node.count.value - 1));
    if (draw(&m, 2))
        make_hosts(&m);
    return c;
}

#endif
