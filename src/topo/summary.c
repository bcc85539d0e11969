/* SPDX-License-Identifier: BSD-3-Clause */
#include "topo/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Up to so many GPUs every pair is looked at, above them the pairs of so many
 * sources, spread evenly over the cluster. */
enum { ALL_PAIRS_MOST = 512, SOURCES = 16 };

/* --- tiers by kind of fabric ------------------------------------------------
 */

static struct summary_tier *add_tier(struct summary *s, const char *name)
{
    struct summary_tier *tier = &s->tier[s->tiers++];
    *tier = (struct summary_tier){.groups = 1, .level = -1};
    snprintf(tier->name, sizeof tier->name, "%s", name);
    for (int i = 0; i < topology_levels(s->topology); i++)
        if (!strcmp(topology_level_name(s->topology, i), name))
            tier->level = i;
    return tier;
}

static bool is_assumed(const struct figure *const *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (figures[i]->origin == ORIGIN_ASSUMED)
            return true;
    return false;
}

#define ANY_ASSUMED(...)                                                       \
    is_assumed((const struct figure *const[]){__VA_ARGS__},                    \
               sizeof((const struct figure *const[]){__VA_ARGS__}) /           \
                   sizeof(const struct figure *))

static void clos_tiers(struct summary *s)
{
    const struct cluster *c = topology_cluster(s->topology);
    double below = 0, down_Bps = 0; /* switches of the tier below; into one */
    double nodes = c->node.count.value, group_nodes = 1;
    for (int k = 0; k < c->clos.tiers; k++) {
        const struct tier *spec = &c->clos.tier[k];
        struct summary_tier *tier = add_tier(s, spec->name);
        double up = figure_or(spec->uplinks, 0);
        group_nodes *= spec->group.value;
        tier->groups = (size_t)ceil(nodes / group_nodes);
        tier->switches = tier->groups * (size_t)spec->switches.value;
        tier->ports = (int)figure_or(spec->ports, 0);
        tier->metres = figure_or(spec->cable, 0);
        double ports = figure_or(c->node.nic_ports, 1);
        tier->assumed = ANY_ASSUMED(&spec->group, &spec->switches,
                                    &spec->planes, &spec->uplinks, &spec->rate,
                                    &spec->cable, &spec->wiring);
        tier->rate_Bps = k ? spec->rate.value : c->node.nic_rate.value / ports;
        tier->cables = k ? (size_t)(below * up)
                         : (size_t)(nodes * c->node.nics.value * ports);
        if (k)
            tier->down_up = down_Bps / (up * tier->rate_Bps);
        below = (double)tier->switches;
        down_Bps = (double)tier->cables * tier->rate_Bps / below;
    }
}

static void dragonfly_tiers(struct summary *s)
{
    const struct cluster *c = topology_cluster(s->topology);
    const struct dragonfly_spec *d = &c->dragonfly;
    double groups = d->groups.value, switches = d->switches.value;
    struct summary_tier *tier = add_tier(s, "switch");
    tier->groups = tier->switches = (size_t)(groups * switches);
    tier->ports = (int)figure_or(d->ports, 0);
    tier->cables = (size_t)(c->node.count.value * c->node.nics.value *
                            figure_or(c->node.nic_ports, 1));
    tier->rate_Bps = c->node.nic_rate.value / figure_or(c->node.nic_ports, 1);
    tier = add_tier(s, "group");
    tier->groups = (size_t)groups;
    tier->cables =
        (size_t)(groups * switches * (switches - 1) / 2 * d->local_links.value);
    tier->rate_Bps = d->local_rate.value;
    tier->assumed = ANY_ASSUMED(&d->groups, &d->local_links, &d->local_rate);
    tier = add_tier(s, "between groups");
    tier->cables = (size_t)(groups * switches * d->global_links.value / 2);
    tier->rate_Bps = d->global_rate.value;
    tier->assumed = ANY_ASSUMED(&d->global_links, &d->global_rate);
}

static void mesh_tiers(struct summary *s)
{
    const struct mesh_spec *m = &topology_cluster(s->topology)->mesh;
    const struct link_class *class;
    int classes = topology_classes(s->topology, &class);
    struct summary_tier *tier = add_tier(s, "tile");
    tier->groups = (size_t)(m->tiles_x.value * m->tiles_y.value);
    tier->rate_Bps = m->die_rate.value;
    tier->assumed = ANY_ASSUMED(&m->dies_x, &m->dies_y, &m->die_rate);
    struct summary_tier *mesh = add_tier(s, "mesh");
    mesh->rate_Bps = m->tile_rate.value;
    mesh->assumed = ANY_ASSUMED(&m->tiles_x, &m->tiles_y, &m->tile_rate);
    for (int i = 0; i < classes; i++) {
        if (strstr(class[i].name, "in a tile"))
            tier->cables = class[i].cables / 2; /* both ways are links */
        if (strstr(class[i].name, "across"))
            mesh->cables = class[i].cables / 2;
        if (!strcmp(class[i].name, "gateway to Ethernet")) {
            struct summary_tier *gateways = add_tier(s, "gateways");
            gateways->cables = class[i].cables;
            gateways->rate_Bps = class[i].rate_Bps;
            gateways->assumed = ANY_ASSUMED(&m->gateway_rate);
        }
    }
}

static void graph_tiers(struct summary *s)
{
    const struct cluster *c = topology_cluster(s->topology);
    struct summary_tier *tier = add_tier(s, "switches");
    double rate = c->graph.links ? c->graph.link[0].rate_Bps : 0;
    for (int i = 0; i < c->graph.links; i++)
        if (c->graph.link[i].rate_Bps != rate)
            rate = 0;
    tier->assumed = ANY_ASSUMED(&c->graph.said);
    tier->switches = (size_t)c->graph.vertices - (size_t)c->node.count.value;
    tier->cables = (size_t)c->graph.links;
    tier->rate_Bps = rate;
}

static void no_tiers(struct summary *s)
{
    (void)s;
}

static void (*const tiers_of[])(struct summary *) = {
    [FABRIC_NONE] = no_tiers,     [FABRIC_CLOS] = clos_tiers,
    [FABRIC_MESH] = mesh_tiers,   [FABRIC_DRAGONFLY] = dragonfly_tiers,
    [FABRIC_GRAPH] = graph_tiers,
};

/* --- rates and distances ----------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least that half of a level's groups can send. */
static double half_of(const struct topology *t, int level)
{
    int groups = topology_level_groups(t, level);
    double *each = xcalloc((size_t)groups, sizeof *each), sum = 0;
    for (int g = 0; g < groups; g++)
        each[g] = topology_level_capacity(t, level, g);
    qsort(each, (size_t)groups, sizeof *each, ascending);
    for (int g = 0; g < groups / 2; g++)
        sum += each[g];
    free(each);
    return sum;
}

static void bisect(struct summary *s)
{
    s->bisection_level = -1;
    for (int i = 0; i < topology_levels(s->topology); i++) {
        double half = half_of(s->topology, i);
        if (s->bisection_level < 0 || half < s->bisection_Bps) {
            s->bisection_Bps = half;
            s->bisection_level = i;
        }
    }
}

static void follow(struct summary *s, int from, int to)
{
    struct route route;
    if (from == to)
        return;
    topology_route(s->topology, from, to, 1, &route);
    if (s->longest == 0 || route.links < s->shortest)
        s->shortest = route.links;
    if (s->longest == 0 || route.latency_s < s->best_s)
        s->best_s = route.latency_s;
    if (route.latency_s > s->worst_s)
        s->worst_s = route.latency_s;
    if (route.links > s->longest)
        s->longest = route.links;
}

static void measure_distances(struct summary *s)
{
    int gpus = topology_gpus(s->topology);
    s->sources = gpus <= ALL_PAIRS_MOST ? gpus : SOURCES;
    for (int i = 0; i < s->sources; i++)
        for (int to = 0; to < gpus; to++)
            follow(s, (int)((long)i * gpus / s->sources), to);
}

static void count_figure(const char *path, const char *value,
                         const struct figure *figure, void *state)
{
    struct summary *s = state;
    (void)path;
    (void)value;
    s->given += figure->origin == ORIGIN_GIVEN;
    s->derived += figure->origin == ORIGIN_DERIVED;
    s->assumed += figure->origin == ORIGIN_ASSUMED;
}

void summary_of(const struct topology *t, struct summary *out)
{
    const struct cluster *c = topology_cluster(t);
    const struct link_class *class;
    int classes = topology_classes(t, &class);
    *out = (struct summary){.topology = t};
    tiers_of[c->fabric](out);
    for (int i = 0; i < out->tiers; i++) {
        out->switches += out->tier[i].switches;
        out->cables += out->tier[i].cables;
    }
    for (int i = 0; i < classes; i++)
        if (class[i].optical)
            out->optical += class[i].cables;
    out->optical /= 2; /* a class holds one direction, both have one */
    if (c->node.nic_rate.origin != ORIGIN_ABSENT)
        out->injection_Bps =
            c->node.nics.value * c->node.nic_rate.value / c->node.gpus.value;
    bisect(out);
    measure_distances(out);
    cluster_each_figure(c, count_figure, out);
}
