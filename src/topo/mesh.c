/* SPDX-License-Identifier: BSD-3-Clause */
/* A mesh or torus of dies (struct mesh_spec): a die is a GPU, a tile is a node.
 * GPU = tile * dies + die, tiles and dies in a tile row by row (x first).
 *
 * Links. Each die has four, to x + 1, x - 1, y + 1, y - 1: number 4 * GPU +
 * direction in one of two classes, inside a tile or across a tile's edge. Ids
 * of links that do not exist (at the mesh's rim, or of the other class) carry
 * nothing; `cables` counts those that do. A torus's wrap crosses an edge.
 *
 * Routes. First along x, then along y; in a torus the way of fewer hops, and of
 * two equal ones up from even coordinates, down from odd ones. With gateways, a
 * route goes along its row to the nearer end, by Ethernet to the nearer end of
 * the destination's row (gateway latency, once), and along that row, when that
 * takes strictly less time. All ways are fixed by the two ends: static and ECMP
 * mean the same here, and packets are not spread.
 *
 * Gateways of a row stand at its two ends, number 2 * row + end (1 of a row of
 * one die), and are joined by a switch that never blocks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "topo/family.h"

struct axis {
    int dies, tiles, in_tile; /* dies = tiles * in_tile */
};

struct mesh {
    struct axis axis[2]; /* x, y */
    bool wrap;
    int inside, across; /* classes */
    int gateway_out, gateway_in, ends;
    double gateway_s;
};

struct way { /* along one axis */
    int step, hops, crossings;
};

/* --- where things are -------------------------------------------------------
 */

static void die_of(const struct mesh *m, int gpu, int at[2])
{
    const struct axis *x = &m->axis[0], *y = &m->axis[1];
    int dies = x->in_tile * y->in_tile, tile = gpu / dies, die = gpu % dies;
    at[0] = tile % x->tiles * x->in_tile + die % x->in_tile;
    at[1] = tile / x->tiles * y->in_tile + die / x->in_tile;
}

static int gpu_at(const struct mesh *m, const int at[2])
{
    const struct axis *x = &m->axis[0], *y = &m->axis[1];
    int tile = at[1] / y->in_tile * x->tiles + at[0] / x->in_tile;
    int die = at[1] % y->in_tile * x->in_tile + at[0] % x->in_tile;
    return tile * x->in_tile * y->in_tile + die;
}

/* One step along an axis: the class of the link, -1 at the rim. */
static int step_from(const struct mesh *m, int along, int step, int at[2])
{
    const struct axis *axis = &m->axis[along];
    int from = at[along], to = from + step;
    bool wraps = to < 0 || to >= axis->dies;
    if (wraps && (!m->wrap || axis->dies == 1))
        return -1;
    at[along] = (to + axis->dies) % axis->dies;
    bool across = wraps || from / axis->in_tile != to / axis->in_tile;
    return across ? m->across : m->inside;
}

static size_t link_number(const struct mesh *m, const int at[2], int along,
                          int step)
{
    return 4 * (size_t)gpu_at(m, at) + 2 * (size_t)along + (step < 0);
}

/* --- building ---------------------------------------------------------------
 */

static bool fits(const struct topology *t, const struct mesh *m)
{
    int x = m->axis[0].dies, y = m->axis[1].dies;
    int longest = m->wrap ? x / 2 + y / 2 : x - 1 + y - 1;
    if (m->ends && 2 * ((x - 1) / 2) + 2 > longest)
        longest = 2 * ((x - 1) / 2) + 2;
    if (longest > ROUTE_MOST) {
        error("%s: a route of %d links in a mesh of %d x %d dies, expected at "
              "most %d",
              t->cluster->path ? t->cluster->path : "cluster", longest, x, y,
              ROUTE_MOST);
        return false;
    }
    if (t->cluster->routing == ROUTING_SPRAY) {
        error("%s: routing spray in a mesh, expected static or ecmp: it has "
              "one route between two dies",
              t->cluster->path ? t->cluster->path : "cluster");
        return false;
    }
    return true;
}

static void add_links(struct topology *t, struct mesh *m)
{
    const struct mesh_spec *spec = &t->cluster->mesh;
    size_t ids = 4 * (size_t)t->gpus;
    double die = spec->die_rate.value, tile = spec->tile_rate.value;
    m->inside = topology_add_class(t, "die to die in a tile", ids, die, die,
                                   figure_or(spec->die_latency, 0));
    m->across =
        topology_add_class(t, "die to die across a tile's edge", ids, tile,
                           tile, figure_or(spec->tile_latency, 0));
    t->class[m->inside].cables = t->class[m->across].cables = 0;
    for (int gpu = 0; gpu < t->gpus; gpu++)
        for (int i = 0; i < 4; i++) {
            int at[2];
            die_of(m, gpu, at);
            int class = step_from(m, i / 2, i % 2 ? -1 : 1, at);
            if (class >= 0)
                t->class[class].cables++;
        }
    if (!m->ends)
        return;
    size_t gateways = (size_t)m->ends * (size_t)m->axis[1].dies;
    double rate = spec->gateway_rate.value;
    m->gateway_out = topology_add_class(t, "gateway to Ethernet", gateways,
                                        rate, rate, m->gateway_s);
    m->gateway_in =
        topology_add_class(t, "Ethernet to gateway", gateways, rate, rate, 0);
}

/* A level whose groups may use all links that leave them, and the gateways of
 * their dies. `group_of` NULL: gpu / gpus. */
static void add_cut(struct topology *t, const struct mesh *m, const char *name,
                    int gpus, int groups, int *group_of)
{
    double *capacities = xcalloc((size_t)groups, sizeof *capacities);
    for (int gpu = 0; gpu < t->gpus; gpu++) {
        int at[2];
        int group = group_of ? group_of[gpu] : gpu / gpus;
        die_of(m, gpu, at);
        for (int i = 0; i < 4; i++) {
            int next[2] = {at[0], at[1]};
            int class = step_from(m, i / 2, i % 2 ? -1 : 1, next);
            if (class < 0)
                continue;
            int other = gpu_at(m, next);
            if ((group_of ? group_of[other] : other / gpus) != group)
                capacities[group] += t->class[class].rate_Bps;
        }
        for (int end = 0; end < m->ends; end++)
            if (at[0] == (end ? m->axis[0].dies - 1 : 0))
                capacities[group] += t->class[m->gateway_out].rate_Bps;
    }
    topology_add_uneven_level(t, name, gpus, groups, group_of, capacities);
}

/* Two halves across the longer side, at a tile's edge where there is one. */
static void add_halves(struct topology *t, const struct mesh *m)
{
    int along = m->axis[1].dies >= m->axis[0].dies;
    const struct axis *axis = &m->axis[along];
    int cut =
        axis->tiles > 1 ? axis->tiles / 2 * axis->in_tile : axis->in_tile / 2;
    int *group_of = xcalloc((size_t)t->gpus, sizeof *group_of);
    for (int gpu = 0; gpu < t->gpus; gpu++) {
        int at[2];
        die_of(m, gpu, at);
        group_of[gpu] = at[along] >= cut;
    }
    add_cut(t, m, "half", (t->gpus + 1) / 2, 2, group_of);
}

static bool build(struct topology *t)
{
    const struct mesh_spec *spec = &t->cluster->mesh;
    struct mesh *m = xcalloc(1, sizeof *m);
    t->state = m;
    int tiles[2] = {(int)spec->tiles_x.value, (int)spec->tiles_y.value};
    int dies[2] = {(int)spec->dies_x.value, (int)spec->dies_y.value};
    for (int i = 0; i < 2; i++)
        m->axis[i] = (struct axis){tiles[i] * dies[i], tiles[i], dies[i]};
    m->wrap = figure_or(spec->wrap, 0) != 0;
    m->gateway_s = figure_or(spec->gateway_latency, 0);
    if (spec->gateway_rate.origin != ORIGIN_ABSENT)
        m->ends = m->axis[0].dies > 1 ? 2 : 1;
    if (!fits(t, m))
        return false;
    add_links(t, m);
    if (t->per_node > 1)
        add_cut(t, m, "die", 1, t->gpus, NULL);
    add_cut(t, m, "tile", t->per_node, t->nodes, NULL);
    if (t->nodes > 2 || t->per_node > 2)
        add_halves(t, m);
    return true;
}

/* --- routes -----------------------------------------------------------------
 */

/* The way up (+) from one coordinate to another, round the wrap if need be. */
static struct way way_up(const struct axis *axis, int from, int to)
{
    int edges = to / axis->in_tile - from / axis->in_tile;
    if (to >= from)
        return (struct way){1, to - from, edges};
    return (struct way){1, to - from + axis->dies, edges + axis->tiles};
}

static struct way way_of(const struct mesh *m, int along, int from, int to)
{
    const struct axis *axis = &m->axis[along];
    struct way up = way_up(axis, from, to), down = way_up(axis, to, from);
    down.step = -1;
    if (!m->wrap)
        return to >= from ? up : down;
    if (up.hops == down.hops)
        return from % 2 ? down : up;
    return up.hops < down.hops ? up : down;
}

static double seconds_of(const struct topology *t, const struct mesh *m,
                         struct way way)
{
    return (way.hops - way.crossings) * t->class[m->inside].latency_s +
           way.crossings * t->class[m->across].latency_s;
}

static void walk(const struct topology *t, const struct mesh *m, int along,
                 struct way way, int at[2], struct route *out)
{
    for (int i = 0; i < way.hops; i++) {
        size_t number = link_number(m, at, along, way.step);
        route_add(t, out, step_from(m, along, way.step, at), number);
    }
}

/* Which end of its row is nearer to a die, in seconds; the way between them. */
static int nearer_end(const struct topology *t, const struct mesh *m, int x,
                      bool leaving, struct way *way)
{
    int far = m->axis[0].dies - 1;
    struct way low = leaving ? way_of(m, 0, x, 0) : way_of(m, 0, 0, x);
    struct way high = leaving ? way_of(m, 0, x, far) : way_of(m, 0, far, x);
    bool second = m->ends > 1 && seconds_of(t, m, high) < seconds_of(t, m, low);
    *way = second ? high : low;
    return second;
}

static void route(const struct topology *t, int from, int to, uint64_t hash,
                  struct route *out)
{
    const struct mesh *m = t->state;
    int at[2], goal[2];
    (void)hash;
    die_of(m, from, at);
    die_of(m, to, goal);
    struct way x = way_of(m, 0, at[0], goal[0]);
    struct way y = way_of(m, 1, at[1], goal[1]);
    if (m->ends) {
        struct way leave, enter;
        int end = nearer_end(t, m, at[0], true, &leave);
        int end_to = nearer_end(t, m, goal[0], false, &enter);
        double by_gateway =
            seconds_of(t, m, leave) + m->gateway_s + seconds_of(t, m, enter);
        double by_mesh = seconds_of(t, m, x) + seconds_of(t, m, y);
        if (by_gateway < by_mesh * (1 - 1e-9)) {
            walk(t, m, 0, leave, at, out);
            route_add(t, out, m->gateway_out, (size_t)(at[1] * m->ends + end));
            route_add(t, out, m->gateway_in,
                      (size_t)(goal[1] * m->ends + end_to));
            at[0] = end_to ? m->axis[0].dies - 1 : 0;
            at[1] = goal[1];
            walk(t, m, 0, enter, at, out);
            return;
        }
    }
    walk(t, m, 0, x, at, out);
    walk(t, m, 1, y, at, out);
}

const struct family family_mesh = {build, route, free};
