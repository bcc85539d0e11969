/* SPDX-License-Identifier: BSD-3-Clause */
/* What all clusters share: GPUs in nodes, the scale-up fabric inside, NICs, and
 * the bookkeeping of classes and levels. The fabric between nodes is the
 * family's. */
#include "topo/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/family.h"

static const struct family *const families[] = {
    [FABRIC_NONE] = NULL,           [FABRIC_CLOS] = &family_clos,
    [FABRIC_MESH] = &family_mesh,   [FABRIC_DRAGONFLY] = &family_dragonfly,
    [FABRIC_GRAPH] = &family_graph,
};

int topology_add_class(struct topology *t, const char *name, size_t count,
                       double rate_Bps, double usable_Bps, double latency_s)
{
    struct link_class *c = &t->class[t->classes];
    *c = (struct link_class){.first = t->links,
                             .count = count,
                             .rate_Bps = rate_Bps,
                             .usable_Bps = usable_Bps,
                             .latency_s = latency_s,
                             .cables = count};
    snprintf(c->name, sizeof c->name, "%s", name);
    t->links += count;
    return t->classes++;
}

void topology_add_level(struct topology *t, const char *name, int gpus,
                        int groups, double capacity_Bps)
{
    if (groups <= 1)
        return;
    struct level *level = &t->level[t->levels++];
    *level = (struct level){
        .gpus = gpus, .groups = groups, .capacity_Bps = capacity_Bps};
    snprintf(level->name, sizeof level->name, "%s", name);
}

void topology_add_uneven_level(struct topology *t, const char *name, int gpus,
                               int groups, int *group_of, double *capacities)
{
    if (groups <= 1) {
        free(group_of);
        free(capacities);
        return;
    }
    topology_add_level(t, name, gpus, groups, capacities[0]);
    t->level[t->levels - 1].group_of = group_of;
    t->level[t->levels - 1].capacities = capacities;
}

static void add_scaleup(struct topology *t)
{
    const struct node_spec *node = &t->cluster->node;
    t->scaleup_out = t->scaleup_in = -1;
    if (t->per_node == 1 || node->scaleup_rate.origin == ORIGIN_ABSENT)
        return;
    double rate = node->scaleup_rate.value;
    double usable = figure_or(node->scaleup_usable, rate);
    double half = figure_or(node->scaleup_latency, 0) / 2;
    t->scaleup_out = topology_add_class(t, "GPU to scale-up switch",
                                        (size_t)t->gpus, rate, usable, half);
    t->scaleup_in = topology_add_class(t, "scale-up switch to GPU",
                                       (size_t)t->gpus, rate, usable, half);
}

static void add_nics(struct topology *t)
{
    const struct node_spec *node = &t->cluster->node;
    t->nic_out = t->nic_in = -1;
    t->nics = (int)figure_or(node->nics, 0);
    t->ports = (int)figure_or(node->nic_ports, 1);
    if (t->nics == 0 || t->family == NULL)
        return;
    double rate = node->nic_rate.value / t->ports;
    double usable =
        figure_or(node->nic_usable, node->nic_rate.value) / t->ports;
    size_t count = (size_t)t->nodes * (size_t)t->nics * (size_t)t->ports;
    double latency = figure_or(node->nic_latency, 0);
    t->nic_out =
        topology_add_class(t, "NIC to network", count, rate, usable, latency);
    t->nic_in =
        topology_add_class(t, "network to NIC", count, rate, usable, latency);
}

/* The cuts round a GPU and round a node. A GPU that shares a NIC may have all
 * of it. */
static void add_node_levels(struct topology *t)
{
    double nic = t->nic_out < 0 ? 0 : t->class[t->nic_out].rate_Bps * t->ports;
    double scaleup = t->scaleup_out < 0 ? 0 : t->class[t->scaleup_out].rate_Bps;
    double share = t->nics > t->per_node ? nic * t->nics / t->per_node : nic;
    if (scaleup + share > 0) {
        topology_add_level(t, "GPU", 1, t->gpus, scaleup + share);
        t->level[0].reduces = figure_or(t->cluster->node.scaleup_reduces, 0);
    }
    if (nic > 0 && t->per_node > 1)
        topology_add_level(t, "node", t->per_node, t->nodes, nic * t->nics);
}

static void fill_capacities(struct topology *t)
{
    t->capacity = xcalloc(t->links ? t->links : 1, sizeof *t->capacity);
    for (int i = 0; i < t->classes; i++)
        for (size_t k = 0; k < t->class[i].count; k++)
            t->capacity[t->class[i].first + k] = t->class[i].usable_Bps;
}

struct topology *topology_build(const struct cluster *cluster)
{
    struct topology *t = xcalloc(1, sizeof *t);
    t->cluster = cluster;
    t->family = families[cluster->fabric];
    t->per_node = (int)cluster->node.gpus.value;
    t->node_size = divisor_of((uint32_t)t->per_node);
    t->nodes = (int)cluster->node.count.value;
    t->gpus = t->nodes * t->per_node;
    add_scaleup(t);
    add_nics(t);
    add_node_levels(t);
    if (t->family && !t->family->build(t)) {
        topology_free(t);
        return NULL;
    }
    fill_capacities(t);
    return t;
}

void topology_free(struct topology *t)
{
    if (!t)
        return;
    if (t->family && t->family->free)
        t->family->free(t->state);
    for (int i = 0; i < t->levels; i++) {
        free(t->level[i].group_of);
        free(t->level[i].capacities);
    }
    free(t->capacity);
    free(t);
}

int topology_nic_of(const struct topology *t, int gpu, uint64_t hash)
{
    int place = (int)remainder_of((uint32_t)gpu, t->node_size);
    if (t->nics == t->per_node)
        return place;
    if (t->nics < t->per_node)
        return place * t->nics / t->per_node;
    int each = t->nics / t->per_node;
    return place * each + (int)choose(hash, 1, (uint32_t)each);
}

void topology_route(const struct topology *t, int from, int to, uint64_t hash,
                    struct route *out)
{
    out->links = 0;
    out->latency_s = 0;
    if (from == to)
        return;
    if (t->scaleup_out >= 0 &&
        topology_node_of(t, from) == topology_node_of(t, to)) {
        route_add(t, out, t->scaleup_out, (size_t)from);
        route_add(t, out, t->scaleup_in, (size_t)to);
    } else if (t->family) {
        t->family->route(t, from, to, hash, out);
    }
}

bool topology_scaleup(const struct topology *t, int gpu, uint32_t *out,
                      uint32_t *in)
{
    if (t->scaleup_out < 0)
        return false;
    *out = (uint32_t)(t->class[t->scaleup_out].first + (size_t)gpu);
    *in = (uint32_t)(t->class[t->scaleup_in].first + (size_t)gpu);
    return true;
}

bool topology_scaleup_reduces(const struct topology *t)
{
    return t->scaleup_out >= 0 &&
           figure_or(t->cluster->node.scaleup_reduces, 0) > 0;
}

int topology_flows(const struct topology *t)
{
    return t->cluster->routing == ROUTING_ECMP
               ? (int)figure_or(t->cluster->flows, 1)
               : 1;
}

/* --- what it is -------------------------------------------------------------
 */

const struct cluster *topology_cluster(const struct topology *t)
{
    return t->cluster;
}

int topology_gpus(const struct topology *t)
{
    return t->gpus;
}

int topology_nodes(const struct topology *t)
{
    return t->nodes;
}

int topology_gpus_per_node(const struct topology *t)
{
    return t->per_node;
}

size_t topology_links(const struct topology *t)
{
    return t->links;
}

int topology_classes(const struct topology *t, const struct link_class **out)
{
    *out = t->class;
    return t->classes;
}

const struct link_class *topology_class_of(const struct topology *t,
                                           uint32_t link)
{
    for (int i = 0; i < t->classes; i++)
        if (link - t->class[i].first < t->class[i].count)
            return &t->class[i];
    return NULL;
}

const double *topology_capacities(const struct topology *t)
{
    return t->capacity;
}

int topology_levels(const struct topology *t)
{
    return t->levels;
}

const char *topology_level_name(const struct topology *t, int level)
{
    return t->level[level].name;
}

int topology_level_group(const struct topology *t, int level, int gpu)
{
    const struct level *l = &t->level[level];
    return l->group_of ? l->group_of[gpu] : gpu / l->gpus;
}

int topology_level_groups(const struct topology *t, int level)
{
    return t->level[level].groups;
}

double topology_level_capacity(const struct topology *t, int level, int group)
{
    const struct level *l = &t->level[level];
    return l->capacities ? l->capacities[group] : l->capacity_Bps;
}

bool topology_level_reduces(const struct topology *t, int level)
{
    return t->level[level].reduces;
}

bool topology_degrade_link(struct topology *t, uint32_t link, double share)
{
    if (link >= t->links)
        return false;
    t->capacity[link] *= share;
    return true;
}

bool topology_degrade_nic(struct topology *t, int gpu, double share)
{
    if (t->nic_out < 0 || gpu < 0 || gpu >= t->gpus)
        return false;
    int nic = topology_nic_of(t, gpu, 0);
    for (int port = 0; port < t->ports; port++) {
        size_t at = port_number(t, gpu / t->per_node, nic, port);
        t->capacity[t->class[t->nic_out].first + at] *= share;
        t->capacity[t->class[t->nic_in].first + at] *= share;
    }
    return true;
}
