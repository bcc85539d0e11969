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

/* Cluster `which`, or false behind the last. */
static bool town(int which, struct cluster *c)
{
    static const struct {
        int groups, switches, nodes, locals, globals;
    } dragonfly[] = {{3, 2, 4, 1, 1}, {5, 3, 2, 1, 3}, {4, 1, 6, 1, 3},
                     {9, 4, 1, 1, 2}, {1, 6, 2, 1, 1}, {7, 2, 2, 2, 4},
                     {5, 1, 6, 1, 6}};
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
    if (which < 2 * 4 * 3) {
        struct cluster clos = town_shape(which % 4);
        clos.routing = (enum routing_kind)(which / 4 % 3);
        *c = which < 4 * 3 ? clos : town_as_graph(&clos);
        return true;
    }
    which -= 2 * 4 * 3;
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
    const struct simulate_options how = {0, 1};
    struct pricer *p =
        pricer_open(t, &model_wires_only, gpu_of, q->ranks, 1, 1);
    simulate(p, &model_wires_only, a, q, &how, &s);
    pricer_close(p);
    return s.time_s;
}

static void expect_bound(int which, const struct topology *t, int ranks,
                         enum place_kind kind, struct seen *seen)
{
    const size_t bytes = (size_t)1 << 26;
    enum fabric_kind fabric = topology_cluster(t)->fabric;
    int per_node = topology_gpus_per_node(t);
    int *gpu_of = calloc((size_t)ranks, sizeof *gpu_of);
    assert_true(place_ranks(t, kind, (uint64_t)which, ranks, gpu_of));
    for (int i = 0; registry[i]; i++) {
        struct collective q = {
            .kind = registry[i]->kind,
            .type = TYPE_FLOAT32,
            .ranks = ranks,
            .shape = {(ranks + per_node - 1) / per_node, per_node, NULL}};
        q.count = collective_count(&q, bytes);
        if ((q.kind != COLL_ALLREDUCE && q.kind != COLL_ALLGATHER) ||
            registry[i]->inapplicable(&q) ||
            (registry[i]->in_switch && !topology_scaleup_reduces(t)))
            continue;
        struct bound b = bound_of(t, &q, gpu_of, 1);
        double time_s = time_of(t, registry[i], &q, gpu_of);
        if (!(b.seconds > 0) || time_s < b.seconds * (1 - 1e-9))
            fail_msg("cluster %d, %s %s on %d ranks, %s: %g s, expected at "
                     "least the bound of level %s, %g s, and that above 0",
                     which, collective_name(q.kind), registry[i]->name, ranks,
                     place_names[kind], time_s,
                     b.level < 0 ? "none" : topology_level_name(t, b.level),
                     b.seconds);
        seen->cases[fabric]++;
        seen->closest[fabric] = fmin(seen->closest[fabric], time_s / b.seconds);
    }
    free(gpu_of);
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
            for (int kind = 0; kind < PLACE_KINDS; kind++)
                expect_bound(which, t, ranks, (enum place_kind)kind, &seen);
        for (int kind = 0; kind < PLACE_KINDS; kind++)
            expect_bound(which, t, gpus / per_node / 2 * per_node + per_node,
                         (enum place_kind)kind, &seen);
        topology_free(t);
        town_graph_free(&c);
    }
    town_graph_free(&c);
    for (int kind = FABRIC_CLOS; kind <= FABRIC_GRAPH; kind++) {
        print_message("# fabric %d: %d cases, least time / bound %.6f\n", kind,
                      seen.cases[kind], seen.closest[kind]);
        assert_true(seen.cases[kind] > 300);
        if (seen.closest[kind] > 1.5)
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
