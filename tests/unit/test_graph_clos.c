/* SPDX-License-Identifier: BSD-3-Clause */
/* A Clos written out as a graph must act as the Clos, in whichever order its
 * switches are listed; and spreading over graphs that are no Clos. */
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
#include "graph_town.h"
#include "topo/topology.h"

static struct route route_of(const struct topology *t, int from, int to,
                             uint64_t hash)
{
    struct route r;
    topology_route(t, from, to, hash, &r);
    return r;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Loads of random pairs, each link's share of its rate, sorted; the links that
 * the graph has in addition (the NICs' cables) are as loaded as the NIC's port
 * and left out. Returns how many links have a load. */
static size_t loads(const struct topology *t, bool graph, double *load)
{
    struct random random = {4};
    size_t links = topology_links(t), used = 0;
    for (size_t i = 0; i < links; i++)
        load[i] = 0;
    for (int i = 0; i < 20000; i++) {
        int from = (int)random_below(&random, 256);
        int to = (int)random_below(&random, 256);
        struct route r = route_of(t, from, to, random_next(&random));
        for (int k = 0; k < r.links; k++) {
            const struct link_class *class = topology_class_of(t, r.link[k]);
            if (!graph || !strstr(class->name, "node"))
                load[r.link[k]] += 1 / class->rate_Bps;
        }
    }
    for (size_t i = 0; i < links; i++)
        if (load[i] > 0)
            load[used++] = load[i];
    qsort(load, used, sizeof *load, by_value);
    return used;
}

/* The same with its switches in the reverse order. */
static void turn_round(struct graph_spec *g, int nodes)
{
    for (int i = 0; i < g->links; i++) {
        struct graph_link *link = &g->link[i];
        if (link->a >= nodes)
            link->a = g->vertices - 1 - (link->a - nodes);
        if (link->b >= nodes)
            link->b = g->vertices - 1 - (link->b - nodes);
    }
}

/* Routes are as long (and the two cables of the NICs longer) as the Clos's, and
 * where there is no choice, or packets are spread, the links are loaded alike:
 * all of them, to rounding. In which order
 * switches are listed does not matter. */
static void a_clos_is_a_graph(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++)
        for (int routing = 0; routing < 6; routing++) {
            struct cluster c = town_shape(which);
            c.routing = (enum routing_kind)(routing % 3);
            struct cluster g = town_as_graph(&c);
            if (routing >= 3)
                turn_round(&g.graph, 64);
            assert_int_equal(cluster_check(&c) | cluster_check(&g), 0);
            struct topology *a = topology_build(&c), *b = topology_build(&g);
            assert_non_null(b);
            struct random random = {9};
            for (int i = 0; i < 5000; i++) {
                int from = (int)random_below(&random, 256);
                int to = (int)random_below(&random, 256);
                uint64_t hash = random_next(&random);
                struct route x = route_of(a, from, to, hash);
                struct route y = route_of(b, from, to, hash);
                int more = from / 4 == to / 4 ? 0 : 2;
                if (y.links != x.links + more)
                    fail_msg("shape %d, %d to %d: %d links, expected %d + %d",
                             which, from, to, y.links, x.links, more);
            }
            assert_int_equal(topology_levels(a), topology_levels(b));
            for (int i = 0; i < topology_levels(a); i++) {
                assert_int_equal(topology_level_groups(a, i),
                                 topology_level_groups(b, i));
                assert_true(topology_level_capacity(a, i, 0) ==
                            topology_level_capacity(b, i, 0));
            }
            double *x = malloc(topology_links(a) * sizeof *x);
            double *y = malloc(topology_links(b) * sizeof *y);
            size_t n = loads(a, false, x), m = loads(b, true, y);
            if (c.routing == ROUTING_SPRAY) {
                if (n != m)
                    fail_msg("shape %d: %zu links loaded, expected %zu", which,
                             m, n);
                for (size_t i = 0; i < n; i++)
                    if (fabs(x[i] - y[i]) > 1e-9 * x[i])
                        fail_msg("shape %d: load %zu is %g s/B, expected %g",
                                 which, i, y[i], x[i]);
            }
            free(x);
            free(y);
            topology_free(a);
            topology_free(b);
            town_graph_free(&g);
        }
}

enum { RUNGS = 8 };

/* Two nodes, each on a switch of its own, and two chains of RUNGS switches from
 * the one to the other, numbered in the order of a seeded shuffle. */
static struct cluster two_chains(struct random *random)
{
    struct cluster c = town_clos(2, 1);
    int number[2 * RUNGS + 2];
    c.fabric = FABRIC_GRAPH;
    c.routing = ROUTING_SPRAY;
    for (int i = 0; i < 2 * RUNGS + 2; i++) {
        int other = (int)random_below(random, (unsigned)i + 1);
        number[i] = number[other];
        number[other] = 2 + i;
    }
    for (int i = 0; i < 2 * RUNGS + 4; i++)
        town_vertex(&c.graph, i < 2);
    const int *end = number + 2 * RUNGS;
    town_link(&c.graph, 0, end[0], 0, 10e9, 0);
    town_link(&c.graph, 1, end[1], 0, 10e9, 0);
    for (int i = 0; i < 2; i++) {
        town_link(&c.graph, end[0], number[i], -1, 10e9, 0);
        for (int k = 2 + i; k < 2 * RUNGS; k += 2)
            town_link(&c.graph, number[k - 2], number[k], -1, 10e9, 0);
        town_link(&c.graph, number[2 * RUNGS - 2 + i], end[1], -1, 10e9, 0);
    }
    return c;
}

/* Both chains together are one of twice the rate, all the way: what one split
 * sets apart stays together, in whichever order its switches are found. */
static void a_split_is_followed_to_its_end(void **state)
{
    (void)state;
    struct random random = {1};
    for (int trial = 0; trial < 50; trial++) {
        struct cluster c = two_chains(&random);
        assert_int_equal(cluster_check(&c), 0);
        struct topology *t = topology_build(&c);
        assert_non_null(t);
        struct route r = route_of(t, trial % 2, 1 - trial % 2, 0);
        assert_int_equal(r.links, RUNGS + 5);
        for (int i = 2; i < r.links - 2; i++)
            assert_true(topology_class_of(t, r.link[i])->rate_Bps == 20e9);
        topology_free(t);
        town_graph_free(&c);
    }
}

/* A fabric of 12,544 nodes and 16,000 switches is no different: its routes are
 * as long as the Clos's that it is. */
static void large_graphs_are_routed(void **state)
{
    (void)state;
    struct cluster c = town_100k(ROUTING_ECMP), g = town_as_graph(&c);
    struct topology *a = topology_build(&c), *b = topology_build(&g);
    assert_non_null(b);
    struct random random = {6};
    for (int i = 0; i < 20000; i++) {
        int from = (int)random_below(&random, 100352);
        int to = (int)random_below(&random, 100352);
        if (from / 8 != to / 8)
            assert_int_equal(route_of(b, from, to, (uint64_t)i).links,
                             route_of(a, from, to, (uint64_t)i).links + 2);
    }
    topology_free(a);
    topology_free(b);
    town_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clos_is_a_graph),
        cmocka_unit_test(a_split_is_followed_to_its_end),
        cmocka_unit_test(large_graphs_are_routed),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
