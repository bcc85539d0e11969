/* SPDX-License-Identifier: BSD-3-Clause */
/* Small clusters built by hand, for tests that want to know every number. */
#ifndef TESTS_CLUSTER_TOWN_H
#define TESTS_CLUSTER_TOWN_H

#include "topo/cluster.h"

static inline struct figure fig(double value)
{
    return (struct figure){value, ORIGIN_GIVEN, "test", 0};
}

/* One node of `gpus`, 100 GB/s each way, no latency. */
static inline struct cluster town_node(int gpus)
{
    struct cluster c = {.fabric = FABRIC_NONE};
    c.node.count = fig(1);
    c.node.gpus = fig(gpus);
    c.node.scaleup_rate = fig(100e9);
    return c;
}

/* `nodes` nodes of `gpus` GPUs with a 10 GB/s NIC each; rails. */
static inline struct cluster town_clos(int nodes, int gpus)
{
    struct cluster c = town_node(gpus);
    c.fabric = FABRIC_CLOS;
    c.node.count = fig(nodes);
    c.node.nics = fig(gpus);
    c.node.nic_rate = fig(10e9);
    return c;
}

static inline void town_tier(struct cluster *c, char *name, int group,
                             int switches, int planes, int uplinks)
{
    struct tier *tier = &c->clos.tier[c->clos.tiers++];
    tier->name = name;
    tier->group = fig(group);
    tier->switches = fig(switches);
    tier->planes = fig(planes);
    if (c->clos.tiers > 1) {
        tier->uplinks = fig(uplinks);
        tier->rate = fig(10e9);
    }
    tier->wiring = fig(1);
}

/* 100,352 GPUs: 12,544 nodes on rails, three tiers, nothing tapered. */
static inline struct cluster town_100k(enum routing_kind routing)
{
    struct cluster c = town_clos(12544, 8);
    town_tier(&c, "leaf", 64, 8, 1, 0);
    town_tier(&c, "spine", 49, 392, 8, 64);
    town_tier(&c, "core", 4, 784, 56, 64);
    c.routing = routing;
    return c;
}

#endif
