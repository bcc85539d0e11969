/* SPDX-License-Identifier: BSD-3-Clause */
/* Explicit graphs. In small random ones every cable has a rate of its own, so
 * that a link of a route names its cable: routes are walked along the graph and
 * their hops held against Floyd's shortest ways, cuts against all subsets of
 * the switches. */
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
#include "heard.h"
#include "topo/topology.h"

/* --- small random graphs ---------------------------------------------------
 */

enum { NODES = 5, SWITCHES = 6, NICS = 2, LINKS = 28, ALL = NODES + SWITCHES };

static double rate_of(int link)
{
    return (link + 1) * 1e9;
}

/* Two GPUs and two NICs a node, on any switches; a tree of cables joins all the
 * switches, others come on top, some beside each other. */
static struct cluster random_graph(struct random *random)
{
    struct cluster c = town_clos(NODES, 2);
    struct graph_spec *g = &c.graph;
    c.fabric = FABRIC_GRAPH;
    c.node.nic_rate = fig(1e12);
    for (int i = 0; i < ALL; i++)
        town_vertex(g, i < NODES);
    for (int i = 0; i < NODES * NICS; i++)
        town_link(g, i / NICS, NODES + (int)random_below(random, SWITCHES),
                  i % NICS, rate_of(g->links), 0);
    for (int s = 1; s < SWITCHES; s++)
        town_link(g, NODES + s, NODES + (int)random_below(random, (unsigned)s),
                  -1, rate_of(g->links), 0);
    while (g->links < LINKS) {
        int a = (int)random_below(random, SWITCHES);
        int b = (int)random_below(random, SWITCHES);
        if (a != b)
            town_link(g, NODES + a, NODES + b, -1, rate_of(g->links), 0);
    }
    return c;
}

/* hops[a][b] between switches: Floyd and Warshall. */
static void all_hops(const struct graph_spec *g, int hops[ALL][ALL])
{
    for (int a = 0; a < ALL; a++)
        for (int b = 0; b < ALL; b++)
            hops[a][b] = a == b ? 0 : 1000;
    for (int i = 0; i < g->links; i++)
        if (g->link[i].nic < 0)
            hops[g->link[i].a][g->link[i].b] =
                hops[g->link[i].b][g->link[i].a] = 1;
    for (int k = 0; k < ALL; k++)
        for (int a = 0; a < ALL; a++)
            for (int b = 0; b < ALL; b++)
                if (hops[a][k] + hops[k][b] < hops[a][b])
                    hops[a][b] = hops[a][k] + hops[k][b];
}

/* The cable of a link; counts that each id is one direction of one cable. */
static const struct graph_link *cable_of(const struct topology *t,
                                         const struct graph_spec *g,
                                         uint32_t id, int from, int *owner)
{
    const struct link_class *class = topology_class_of(t, id);
    int cable = (int)(class->rate_Bps / 1e9 + 0.5) - 1;
    assert_in_range(cable, 0, LINKS - 1);
    int way = 2 * cable + (g->link[cable].a != from);
    if (owner[id] >= 0 && owner[id] != way)
        fail_msg("link %u is direction %d and %d", id, owner[id], way);
    owner[id] = way;
    return &g->link[cable];
}

/* Follows a route from node to node; the hops between switches. */
static int walk(const struct topology *t, const struct graph_spec *g, int from,
                int to, uint64_t hash, int *owner, int *leaf, int *leaf_to)
{
    struct route r;
    topology_route(t, from, to, hash, &r);
    assert_true(r.links >= 4);
    int at = from / 2;
    for (int i = 1; i < r.links - 1; i++) {
        const struct graph_link *cable = cable_of(t, g, r.link[i], at, owner);
        if (cable->a != at && cable->b != at)
            fail_msg("GPU %d to %d: at vertex %d, next cable joins %d and %d",
                     from, to, at, cable->a, cable->b);
        at = cable->a == at ? cable->b : cable->a;
        if (i == 1)
            *leaf = at;
        if (i == r.links - 3)
            *leaf_to = at;
        if (i == 1 || i == r.links - 2)
            assert_int_equal(cable->nic, i == 1 ? from % 2 : to % 2);
    }
    assert_int_equal(at, to / 2);
    return r.links - 4;
}

/* Every route leads along cables that are there, from the NIC of the one GPU to
 * that of the other, by the fewest hops; every equal way is taken by some hash;
 * and no id means two things. */
static void routes_are_shortest_walks(void **state)
{
    (void)state;
    struct random random = {11};
    for (int trial = 0; trial < 60; trial++) {
        struct cluster c = random_graph(&random);
        int hops[ALL][ALL], *owner, leaf = 0, leaf_to = 0, used = 0;
        c.routing = trial % 2 ? ROUTING_STATIC : ROUTING_ECMP;
        assert_int_equal(cluster_check(&c), 0);
        struct topology *t = topology_build(&c);
        assert_non_null(t);
        all_hops(&c.graph, hops);
        owner = malloc(topology_links(t) * sizeof *owner);
        for (size_t i = 0; i < topology_links(t); i++)
            owner[i] = -1;
        for (int i = 0; i < 4000; i++) {
            int from = i % 10, to = i / 10 % 10;
            if (from / 2 == to / 2)
                continue;
            int got = walk(t, &c.graph, from, to, random_next(&random), owner,
                           &leaf, &leaf_to);
            if (got != hops[leaf][leaf_to])
                fail_msg("%d to %d: %d hops, expected %d", from, to, got,
                         hops[leaf][leaf_to]);
        }
        for (size_t i = 0; i < topology_links(t); i++)
            used += owner[i] >= 0;
        assert_true(used > 2 * NODES * NICS);
        free(owner);
        topology_free(t);
        town_graph_free(&c);
    }
}

/* --- cuts ------------------------------------------------------------------
 */

/* The rates of all cables with one end in a set of vertices. */
static double leaving(const struct graph_spec *g, unsigned set)
{
    double sum = 0;
    for (int i = 0; i < g->links; i++)
        if ((set >> g->link[i].a & 1) != (set >> g->link[i].b & 1))
            sum += g->link[i].rate_Bps;
    return sum;
}

/* A level's capacity is what leaves its nodes together with some of the
 * switches, which no other group has: never less than the least such cut. */
static void cuts_are_cuts(void **state)
{
    (void)state;
    struct random random = {5};
    int seen = 0;
    for (int trial = 0; trial < 200; trial++) {
        struct cluster c = random_graph(&random);
        struct topology *t = topology_build(&c);
        for (int level = 2; level < topology_levels(t); level++)
            for (int g = 0; g < topology_level_groups(t, level); g++) {
                unsigned nodes = 0;
                bool found = false;
                for (int gpu = 0; gpu < 2 * NODES; gpu++)
                    if (topology_level_group(t, level, gpu) == g)
                        nodes |= 1u << gpu / 2;
                assert_true(nodes != 0);
                double got = topology_level_capacity(t, level, g);
                for (unsigned s = 0; s < 1u << SWITCHES; s++)
                    found |= leaving(&c.graph, nodes | s << NODES) == got;
                if (!found)
                    fail_msg("trial %d, %s, group %d: %g leaves no set", trial,
                             topology_level_name(t, level), g, got);
                seen++;
            }
        topology_free(t);
        town_graph_free(&c);
    }
    assert_true(seen > 1000);
}

/* By hand: two leaves of two nodes of one 10 GB/s NIC, each with 3 and 4 GB/s
 * to a spine that has nothing else; and 1 GB/s from leaf to leaf. Without the
 * last, a leaf's group has 7 + 1 GB/s; with it all are one group. */
static struct cluster two_leaves(void)
{
    struct cluster c = town_clos(4, 1);
    struct graph_spec *g = &c.graph;
    c.fabric = FABRIC_GRAPH;
    for (int i = 0; i < 7; i++)
        town_vertex(g, i < 4);
    for (int i = 0; i < 4; i++)
        town_link(g, i, 4 + i / 2, 0, 10e9, 1e-6);
    for (int leaf = 4; leaf < 6; leaf++) {
        town_link(g, leaf, 6, -1, 3e9, 2e-6);
        town_link(g, 6, leaf, -1, 4e9, 3e-6);
    }
    town_link(g, 4, 5, -1, 1e9, 7e-6);
    return c;
}

static void a_cut_by_hand(void **state)
{
    (void)state;
    struct cluster c = two_leaves();
    struct topology *t = topology_build(&c);
    assert_int_equal(topology_levels(t), 2);
    assert_string_equal(topology_level_name(t, 1), "layer 1");
    assert_int_equal(topology_level_groups(t, 1), 2);
    assert_int_equal(topology_level_group(t, 1, 1), 0);
    assert_int_equal(topology_level_group(t, 1, 2), 1);
    assert_true(topology_level_capacity(t, 1, 1) == 8e9);
    topology_free(t);
    c.graph.link[1].rate_Bps = 6e9; /* node 1's cable */
    t = topology_build(&c);
    assert_string_equal(topology_level_name(t, 1), "node's cables");
    assert_true(topology_level_capacity(t, 1, 0) == 10e9);
    assert_true(topology_level_capacity(t, 1, 1) == 6e9);
    topology_free(t);
    town_graph_free(&c);
}

/* --- equal ways ------------------------------------------------------------
 */

static struct route route_of(const struct topology *t, int from, int to,
                             uint64_t hash)
{
    struct route r;
    topology_route(t, from, to, hash, &r);
    return r;
}

/* The direct cable is one hop and taken always; without it, two cables up and
 * two down are four ways of equal probability (chi-square, 3 degrees, 1e-4),
 * parallel ones of different rates included. Latencies add up along the way. */
static void parallel_cables_are_separate(void **state)
{
    (void)state;
    struct cluster c = two_leaves();
    struct topology *t = topology_build(&c);
    struct route r = route_of(t, 0, 3, 77);
    assert_int_equal(r.links, 5);
    assert_true(fabs(r.latency_s - 9e-6) < 1e-18);
    topology_free(t);
    c.graph.links--;
    t = topology_build(&c);
    int count[2][2] = {{0}}, links = (int)topology_links(t);
    assert_int_equal(links, 2 * 4 + 2 * 4 + 8);
    struct random random = {2};
    for (int i = 0; i < 4000; i++) {
        r = route_of(t, 0, 3, random_next(&random));
        assert_int_equal(r.links, 6);
        double up = topology_class_of(t, r.link[2])->rate_Bps;
        double down = topology_class_of(t, r.link[3])->rate_Bps;
        count[up > 3.5e9][down > 3.5e9]++;
        assert_true(fabs(r.latency_s - (2 + (up > 3.5e9) + 4 + (down > 3.5e9)) *
                                           1e-6) < 1e-18);
    }
    double chi = 0;
    for (int i = 0; i < 4; i++)
        chi += pow(count[i / 2][i % 2] - 1000.0, 2) / 1000;
    if (chi > 21.1)
        fail_msg("chi-square %g, expected at most 21.1", chi);
    topology_free(t);
    town_graph_free(&c);
}

/* --- what is refused -------------------------------------------------------
 */

static void expect_refused(const struct cluster *c, const char *expected)
{
    struct heard heard;
    heard_begin(&heard);
    struct topology *t = topology_build(c);
    long lines = heard_end(&heard);
    if (t || lines != 1 || !strstr(heard.text, expected))
        fail_msg("got '%s', expected a line with '%s'", heard.text, expected);
}

/* One cable less: packets cannot spread evenly, hashing still finds its way. A
 * node that lacks one of two separate rails could only be reached through a
 * third node's GPUs. Links of a hundred rates are no classes. */
static void odd_graphs_are_refused(void **state)
{
    (void)state;
    struct cluster c = town_shape(1), g;
    c.routing = ROUTING_SPRAY;
    g = town_as_graph(&c);
    g.graph.links--;
    expect_refused(&g, "expected routing ecmp or static");
    g.routing = ROUTING_ECMP;
    struct topology *t = topology_build(&g);
    assert_non_null(t);
    topology_free(t);
    for (int i = 0; i < 100; i++)
        g.graph.link[g.graph.links - 1 - i].rate_Bps += i;
    expect_refused(&g, "too many rates");
    town_graph_free(&g);

    c = town_shape(2);
    g = town_as_graph(&c);
    g.graph.link[5].b = g.graph.link[4].b; /* node 1: rail 1 on rail 0 */
    expect_refused(&g, "expected each node in each of them");
    town_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_shortest_walks),
        cmocka_unit_test(cuts_are_cuts),
        cmocka_unit_test(a_cut_by_hand),
        cmocka_unit_test(parallel_cables_are_separate),
        cmocka_unit_test(odd_graphs_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
