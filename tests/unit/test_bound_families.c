/* SPDX-License-Identifier: BSD-3-Clause */
/* The bound is one: on fabrics of every kind, under every routing, wherever the
 * ranks are, no all-reduce and no all-gather takes less time when nothing costs
 * any but the wires. So no level of a topology claims less capacity than there
 * is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "coll/registry.h"
#include "dragonfly_town.h"
#include "graph_town.h"
#include "mesh_town.h"
#include "sim/bound.h"
#include "sim/place.h"
#include "sim/simulate.h"

/* A graph of no order: 24 nodes, 9 switches, 40 cables of rates from 1 to 20
 * GB/s, after a tree that joins them. */
static struct cluster no_order(uint64_t seed)
{
    struct random random = {seed};
    struct cluster c = town_clos(24, 2);
    c.fabric = FABRIC_GRAPH;
    for (int i = 0; i < 24 + 9; i++)
        town_vertex(&c.graph, i < 24);
    for (int i = 0; i < 24 * 2; i++)
        town_link(&c.graph, i / 2, 24 + (int)random_below(&random, 9), i % 2,
                  (i % 5 ? 10e9 : 7e9), 0);
    for (int i = 1; i < 49; i++) {
        int a = i < 9 ? i : (int)random_below(&random, 9);
        int b = (int)random_below(&random, (uint64_t)(i < 9 ? i : 9));
        if (a != b)
            town_link(&c.graph, 24 + a, 24 + b, -1,
                      1e9 * (double)(1 + random_below(&random, 20)), 0);
    }
    return c;
}

/* Four leaves of two nodes of one GPU, half of the NICs' rate on each uplink.
 */
static struct cluster thin(void)
{
    struct cluster c = town_clos(8, 1);
    town_tier(&c, "leaf", 2, 1, 1, 0);
    town_tier(&c, "spine", 4, 1, 1, 1);
    c.clos.tier[1].rate = fig(5e9);
    c.clos.tier[1].wiring = (struct figure){0};
    return c;
}

/* Cluster `which`, or false behind the last. */
static bool town(int which, struct cluster *c)
{
    static const struct {
        int groups, switches, nodes, locals, globals;
    } dragonfly[] = {{3, 2, 4, 1, 1}, {5, 3, 2, 1, 3}, {4, 1, 6, 1, 3},
                     {9, 4, 1, 1, 2}, {1, 6, 2, 1, 1}, {7, 2, 2, 2, 4},
                     {5, 1, 6, 1, 6}, {2, 2, 3, 1, 1}};
    enum { DRAGONFLIES = sizeof dragonfly / sizeof *dragonfly };
    static const int mesh[][6] = {{2, 3, 3, 2, 0, 0}, {3, 2, 2, 2, 1, 0},
                                  {4, 4, 1, 1, 1, 1}, {2, 4, 4, 1, 0, 1},
                                  {1, 1, 5, 5, 0, 0}, {6, 1, 2, 1, 0, 1}};
    enum { MESHES = sizeof mesh / sizeof *mesh };
    if (which < 3 * DRAGONFLIES) {
        int i = which / 3;
        *c = town_dragonfly(dragonfly[i].groups, dragonfly[i].switches,
                            dragonfly[i].nodes, dragonfly[i].locals,
                            dragonfly[i].globals,
                            (enum routing_kind)(which % 3));
        return true;
    }
    which -= 3 * DRAGONFLIES;
    if (which < MESHES) {
        const int *m = mesh[which];
        *c = town_mesh(m[0], m[1], m[2], m[3], m[4], m[5]);
        return true;
    }
    which -= MESHES;
    if (which < 2 * 5 * 3) {
        struct cluster clos = which % 5 < 4 ? town_shape(which % 5) : thin();
        clos.routing = (enum routing_kind)(which / 5 % 3);
        *c = which < 5 * 3 ? clos : town_as_graph(&clos);
        return true;
    }
    which -= 2 * 5 * 3;
    *c = no_order((uint64_t)which);
    c->routing = which % 2 ? ROUTING_STATIC : ROUTING_ECMP;
    return which < 10;
}

struct seen {
    int cases[FABRIC_GRAPH + 1];
    double closest[FABRIC_GRAPH + 1]; /* least time / bound */
};

static double time_of(const struct topology *t, const struct algorithm *a,
                      const struct collective *q, const int *gpu_of)
{
    struct simulation s;
    const struct simulate_options how = {.seed = 1};
    struct pricer *p =
        pricer_open(t, &model_wires_only, gpu_of, q->ranks, 1, 1);
    simulate(p, &model_wires_only, a, q, &how, &s);
    pricer_close(p);
    return s.time_s;
}

/* Where the ranks are: their GPUs, and how many of them are on a node. */
struct where {
    int which, ranks, per_node;
    int *gpu_of;
};

static void expect_bound(const struct where *w, const struct topology *t,
                         struct seen *seen)
{
    enum fabric_kind fabric = topology_cluster(t)->fabric;
    for (int i = 0; registry[i]; i++) {
        struct collective q = {
            .kind = registry[i]->kind,
            .type = TYPE_FLOAT32,
            .ranks = w->ranks,
            .shape = {(w->ranks - 1) / w->per_node + 1, w->per_node, NULL}};
        q.count = collective_count(&q, (size_t)1 << 26);
        if ((q.kind != COLL_ALLREDUCE && q.kind != COLL_ALLGATHER) ||
            registry[i]->inapplicable(&q) ||
            (registry[i]->in_switch && !topology_scaleup_reduces(t)))
            continue;
        struct bound b = bound_of(t, &q, w->gpu_of, 1);
        double time_s = time_of(t, registry[i], &q, w->gpu_of);
        if (!(b.seconds > 0) || time_s < b.seconds * (1 - 1e-9))
            fail_msg("cluster %d, %s %s on %d ranks: %g s, expected at least "
                     "the bound of level %s, %g s, and that above 0",
                     w->which, collective_name(q.kind), registry[i]->name,
                     w->ranks, time_s,
                     b.level < 0 ? "none" : topology_level_name(t, b.level),
                     b.seconds);
        seen->cases[fabric]++;
        seen->closest[fabric] = fmin(seen->closest[fabric], time_s / b.seconds);
    }
}

/* Placed as jobs are. */
static void expect_job(int which, const struct topology *t, int ranks,
                       struct seen *seen)
{
    struct where w = {which, ranks, topology_gpus_per_node(t),
                      calloc((size_t)ranks, sizeof(int))};
    for (int kind = 0; kind < PLACE_KINDS; kind++) {
        assert_true(place_ranks(t, (enum place_kind)kind, (uint64_t)which,
                                ranks, w.gpu_of));
        expect_bound(&w, t, seen);
    }
    free(w.gpu_of);
}

/* One rank in each group of a level: all they send crosses its cuts. */
static void expect_spread(int which, const struct topology *t, int level,
                          struct seen *seen)
{
    int groups = topology_level_groups(t, level);
    struct where w = {which, groups, 1, calloc((size_t)groups, sizeof(int))};
    for (int gpu = topology_gpus(t) - 1; gpu >= 0; gpu--)
        w.gpu_of[topology_level_group(t, level, gpu)] = gpu;
    expect_bound(&w, t, seen);
    free(w.gpu_of);
}

static void nothing_beats_the_bound_anywhere(void **state)
{
    (void)state;
    struct seen seen = {.closest = {9, 9, 9, 9, 9}};
    struct cluster c;
    for (int which = 0; town(which, &c); which++) {
        /* Half of the clusters' switches reduce. */
        if (c.fabric != FABRIC_MESH)
            c.node.scaleup_reduces = fig(which % 2);
        assert_int_equal(cluster_check(&c), 0);
        struct topology *t = topology_build(&c);
        if (!t)
            fail_msg("cluster %d: not built", which);
        int gpus = topology_gpus(t), per_node = topology_gpus_per_node(t);
        for (int ranks = 2; ranks <= gpus; ranks = ranks * 3 / 2 + 1)
            expect_job(which, t, ranks, &seen);
        expect_job(which, t, gpus / per_node / 2 * per_node + per_node, &seen);
        for (int level = 0; level < topology_levels(t); level++)
            expect_spread(which, t, level, &seen);
        topology_free(t);
        town_graph_free(&c);
    }
    town_graph_free(&c);
    for (int kind = FABRIC_CLOS; kind <= FABRIC_GRAPH; kind++) {
        print_message("# fabric %d: %d cases, least time / bound %.6f\n", kind,
                      seen.cases[kind], seen.closest[kind]);
        assert_true(seen.cases[kind] > 300);
        if (seen.closest[kind] > 1.3)
            fail_msg("fabric %d: never below %g times the bound, expected to "
                     "come near it",
                     kind, seen.closest[kind]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_beats_the_bound_anywhere),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
