/* SPDX-License-Identifier: BSD-3-Clause */
/* A dragonfly built by hand: nodes of two GPUs with a 10 GB/s NIC each, local
 * links of 4 GB/s and 100 ns, global ones of 3 GB/s and 500 ns, full. */
#ifndef TESTS_DRAGONFLY_TOWN_H
#define TESTS_DRAGONFLY_TOWN_H

#include "cluster_town.h"

static inline struct cluster town_dragonfly(int groups, int switches, int nodes,
                                            int locals, int globals,
                                            enum routing_kind routing)
{
    struct cluster c = town_clos(groups * switches * nodes, 2);
    struct dragonfly_spec *d = &c.dragonfly;
    c.fabric = FABRIC_DRAGONFLY;
    c.routing = routing;
    d->groups = fig(groups);
    d->switches = fig(switches);
    d->nodes = fig(nodes);
    d->local_links = fig(locals);
    d->local_rate = fig(4e9);
    d->local_latency = fig(100e-9);
    d->global_links = fig(globals);
    d->global_rate = fig(3e9);
    d->global_latency = fig(500e-9);
    return c;
}

#endif
