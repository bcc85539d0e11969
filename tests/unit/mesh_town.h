/* SPDX-License-Identifier: BSD-3-Clause */
/* A mesh built by hand: 8 GB/s and 100 ns between the dies of a tile, 3 GB/s
 * and 200 ns across a tile's edge; gateways of 2 GB/s and 700 ns. */
#ifndef TESTS_MESH_TOWN_H
#define TESTS_MESH_TOWN_H

#include "cluster_town.h"

static inline struct cluster town_mesh(int tiles_x, int tiles_y, int dies_x,
                                       int dies_y, bool wrap, bool gateways)
{
    struct cluster c = {.fabric = FABRIC_MESH, .routing = ROUTING_STATIC};
    struct mesh_spec *m = &c.mesh;
    c.node.count = fig(tiles_x * tiles_y);
    c.node.gpus = fig(dies_x * dies_y);
    m->tiles_x = fig(tiles_x);
    m->tiles_y = fig(tiles_y);
    m->dies_x = fig(dies_x);
    m->dies_y = fig(dies_y);
    m->die_rate = fig(8e9);
    m->die_latency = fig(100e-9);
    m->tile_rate = fig(3e9);
    m->tile_latency = fig(200e-9);
    m->wrap = fig(wrap);
    if (gateways) {
        m->gateway_rate = fig(2e9);
        m->gateway_latency = fig(700e-9);
    }
    return c;
}

#endif
