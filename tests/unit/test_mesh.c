/* SPDX-License-Identifier: BSD-3-Clause */
/* Meshes and tori of dies. Links are decoded here once more from what mesh.c
 * says of their ids, so that a route is a walk from die to die. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heard.h"
#include "mesh_town.h"
#include "topo/topology.h"

enum class { INSIDE, ACROSS, GATEWAY_OUT, GATEWAY_IN };

struct die {
    int x, y;
};

struct shape { /* tiles, dies in a tile, dies in all */
    int tx, ty, dx, dy, x, y;
    bool wrap, gateways;
};

static const struct shape shapes[] = {
    {2, 3, 5, 5, 10, 15, false, false}, {2, 3, 5, 5, 10, 15, true, false},
    {1, 1, 4, 4, 4, 4, false, false},   {4, 4, 1, 1, 4, 4, true, false},
    {4, 1, 2, 1, 8, 1, true, false},    {5, 1, 1, 3, 5, 3, true, true},
    {3, 4, 4, 2, 12, 8, false, true},   {1, 6, 1, 2, 1, 12, false, true},
    {2, 2, 1, 1, 2, 2, true, false},    {10, 4, 3, 2, 30, 8, false, true},
    {9, 8, 2, 1, 18, 8, true, true}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static struct cluster town(const struct shape *s)
{
    return town_mesh(s->tx, s->ty, s->dx, s->dy, s->wrap, s->gateways);
}

/* Tiles row by row, and in each its dies row by row. */
static struct die die_of(const struct shape *s, int gpu)
{
    int tile = gpu / (s->dx * s->dy), in = gpu % (s->dx * s->dy);
    return (struct die){tile % s->tx * s->dx + in % s->dx,
                        tile / s->tx * s->dy + in / s->dx};
}

static int gpu_of(const struct shape *s, struct die at)
{
    int tile = at.y / s->dy * s->tx + at.x / s->dx;
    return tile * s->dx * s->dy + at.y % s->dy * s->dx + at.x % s->dx;
}

/* The neighbour in direction 0 .. 3 (+x, -x, +y, -y), and the class of the link
 * to it; false at the rim. */
static bool neighbour(const struct shape *s, struct die *at, int direction,
                      enum class *class)
{
    struct die to = *at;
    int *c = direction < 2 ? &to.x : &to.y, from = *c;
    int size = direction < 2 ? s->x : s->y, in = direction < 2 ? s->dx : s->dy;
    *c += direction % 2 ? -1 : 1;
    bool round = *c < 0 || *c >= size;
    if (round && (!s->wrap || size == 1))
        return false;
    *c = (*c + size) % size;
    *class = round || *c / in != from / in ? ACROSS : INSIDE;
    *at = to;
    return true;
}

struct walked {
    int hops, gateways;
    double latency_s;
};

/* Follows a route, and fails where a link does not start where the one before
 * ended. */
static struct walked walk(const struct shape *s, const struct topology *t,
                          int from, int to)
{
    struct route r;
    struct walked w = {0};
    const struct link_class *base;
    struct die at = die_of(s, from);
    static const double latency_s[] = {100e-9, 200e-9, 700e-9, 0};
    topology_classes(t, &base);
    topology_route(t, from, to, 0, &r);
    for (int i = 0; i < r.links; i++) {
        const struct link_class *c = topology_class_of(t, r.link[i]);
        enum class class = (enum class)(c - base), expected;
        int number = (int)(r.link[i] - c->first), ends = s->x > 1 ? 2 : 1;
        w.latency_s += latency_s[class];
        if (class >= GATEWAY_OUT) { /* of row number / ends, at an end of it */
            struct die end = {number % ends * (s->x - 1), number / ends};
            if (class == GATEWAY_OUT)
                assert_memory_equal(&end, &at, sizeof at);
            at = end;
            w.gateways++;
            continue;
        }
        if (number / 4 != gpu_of(s, at))
            fail_msg("%d to %d: at die %d, the next link starts at die %d",
                     from, to, gpu_of(s, at), number / 4);
        assert_true(neighbour(s, &at, number % 4, &expected));
        assert_int_equal(class, expected);
        w.hops++;
    }
    if (gpu_of(s, at) != to)
        fail_msg("%d to %d: ends at die %d", from, to, gpu_of(s, at));
    if (fabs(r.latency_s - w.latency_s) > 1e-15)
        fail_msg("%d to %d: %g s, expected %g", from, to, r.latency_s,
                 w.latency_s);
    return w;
}

static int apart(int a, int b, int size, bool wrap)
{
    int way = abs(a - b);
    return wrap && size - way < way ? size - way : way;
}

/* The quickest way by gateways: along the row to one of its ends, and from an
 * end of the other row on. */
static double by_gateway_s(const struct shape *s, const struct topology *plain,
                           int from, int to)
{
    double leave_s = INFINITY, enter_s = INFINITY;
    struct shape mesh = *s;
    mesh.gateways = false;
    for (int end = 0; end < 2; end++) {
        int x = end ? s->x - 1 : 0;
        int out = gpu_of(s, (struct die){x, die_of(s, from).y});
        int in = gpu_of(s, (struct die){x, die_of(s, to).y});
        leave_s = fmin(leave_s, walk(&mesh, plain, from, out).latency_s);
        enter_s = fmin(enter_s, walk(&mesh, plain, in, to).latency_s);
    }
    return leave_s + 700e-9 + enter_s;
}

/* Every route is a walk from die to die; without gateways as long as the two
 * dies are apart along x and y (round the torus where that is shorter); with
 * them, by two of them where that is quicker. */
static void routes_are_walks(void **state)
{
    (void)state;
    int by_gateway = 0, seen = 0;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        struct shape plain = *s;
        plain.gateways = false;
        struct cluster c = town(s), d = town(&plain);
        assert_int_equal(cluster_check(&c), 0);
        struct topology *t = topology_build(&c), *u = topology_build(&d);
        for (int from = 0; from < s->x * s->y; from++)
            for (int to = 0; to < s->x * s->y; to++) {
                struct die a = die_of(s, from), b = die_of(s, to);
                struct walked w = walk(&plain, u, from, to);
                struct walked v = walk(s, t, from, to);
                int hops = apart(a.x, b.x, s->x, s->wrap) +
                           apart(a.y, b.y, s->y, s->wrap);
                if (w.hops != hops)
                    fail_msg("shape %d, %d to %d: %d hops, expected %d", i,
                             from, to, w.hops, hops);
                double least =
                    s->gateways ? by_gateway_s(s, u, from, to) : INFINITY;
                bool quicker = least < w.latency_s - 1e-12;
                if (v.gateways != 2 * quicker ||
                    fabs(v.latency_s - fmin(least, w.latency_s)) > 1e-15)
                    fail_msg("shape %d, %d to %d: %g s by %d gateways, "
                             "expected the lesser of %g s and %g s",
                             i, from, to, v.latency_s, v.gateways, least,
                             w.latency_s);
                by_gateway += v.gateways == 2;
                seen++;
            }
        topology_free(t);
        topology_free(u);
    }
    assert_true(seen > 50000 && by_gateway > 1000);
}

/* By hand, tiles of 3 x 2 dies, 10 x 4 of them. From die (5, 0) to (22, 7) the
 * mesh takes 17 + 7 hops, of which 6 and 3 cross an edge: 24 x 100 + 9 x 100
 * ns. By gateways: 5 dies to the left end (one edge), 700 ns, and 7 from the
 * right end (two edges): 600 + 700 + 900 ns. */
static void a_gateway_by_hand(void **state)
{
    (void)state;
    const struct shape *s = &shapes[9];
    struct shape plain = *s;
    plain.gateways = false;
    struct cluster c = town(s), d = town(&plain);
    struct topology *t = topology_build(&c), *u = topology_build(&d);
    int from = gpu_of(s, (struct die){5, 0}),
        to = gpu_of(s, (struct die){22, 7});
    struct walked w = walk(&plain, u, from, to);
    assert_int_equal(w.hops, 24);
    assert_true(fabs(w.latency_s - 3300e-9) < 1e-15);
    w = walk(s, t, from, to);
    assert_int_equal(w.hops, 12);
    assert_true(fabs(w.latency_s - 2200e-9) < 1e-15);
    struct route r;
    topology_route(t, from, to, 0, &r);
    /* Row 0's left end, row 7's right one. */
    assert_int_equal(r.link[5] - topology_class_of(t, r.link[5])->first, 0);
    assert_int_equal(r.link[6] - topology_class_of(t, r.link[6])->first, 15);
    topology_free(t);
    topology_free(u);
}

/* Halfway round a torus both ways are as long: half of the dies take one, half
 * the other, so that a shift by half its size loads all its links alike. */
static void ties_of_a_torus_are_split(void **state)
{
    (void)state;
    const struct shape s = {4, 1, 2, 1, 8, 1, true, false};
    struct cluster c = town(&s);
    struct topology *t = topology_build(&c);
    double *load = calloc(topology_links(t), sizeof *load), sum = 0;
    for (int from = 0; from < 8; from++) {
        struct route r;
        topology_route(t, from, (from + 4) % 8, 0, &r);
        assert_int_equal(r.links, 4);
        for (int i = 0; i < r.links; i++)
            load[r.link[i]]++;
    }
    for (size_t i = 0; i < topology_links(t); i++) {
        sum += load[i];
        if (load[i] != 0 && load[i] != 2)
            fail_msg("link %zu has %g routes, expected 0 or 2", i, load[i]);
    }
    assert_true(sum == 32);
    free(load);
    topology_free(t);
}

/* Cables of each class: 2 x 3 tiles of 5 x 5 dies have 6 x 2 x 5 x 4 pairs of
 * neighbours inside tiles, two directions each; across edges 1 x 15 pairs along
 * x and 2 x 10 along y, in a torus 2 x 15 and 3 x 10. */
static void cables_are_counted(void **state)
{
    (void)state;
    for (int wrap = 0; wrap < 2; wrap++) {
        struct cluster c = town(&shapes[wrap]);
        struct topology *t = topology_build(&c);
        const struct link_class *class;
        assert_int_equal(topology_classes(t, &class), 2);
        assert_int_equal(class[INSIDE].cables, 2 * 6 * 2 * 5 * 4);
        assert_int_equal(class[ACROSS].cables,
                         2 * (wrap ? 2 * 15 + 3 * 10 : 1 * 15 + 2 * 10));
        topology_free(t);
    }
    struct cluster c = town(&shapes[6]);
    struct topology *t = topology_build(&c);
    const struct link_class *class;
    assert_int_equal(topology_classes(t, &class), 4);
    assert_int_equal(class[GATEWAY_OUT].cables, 2 * 8);
    topology_free(t);
}

/* A group's capacity is the sum of the links that leave it, die by die, and of
 * the gateways on its dies. */
static void cuts_are_sums_of_links(void **state)
{
    (void)state;
    static const double rate[] = {8e9, 3e9};
    int seen = 0;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        struct cluster c = town(s);
        struct topology *t = topology_build(&c);
        assert_true(topology_levels(t) > 0);
        for (int level = 0; level < topology_levels(t); level++)
            for (int g = 0; g < topology_level_groups(t, level); g++) {
                double sum = 0;
                int held = 0;
                for (int gpu = 0; gpu < s->x * s->y; gpu++) {
                    struct die at = die_of(s, gpu), to;
                    enum class class;
                    if (topology_level_group(t, level, gpu) != g)
                        continue;
                    held++;
                    for (int k = 0; k < 4; k++) {
                        to = at;
                        if (neighbour(s, &to, k, &class) &&
                            topology_level_group(t, level, gpu_of(s, to)) != g)
                            sum += rate[class];
                    }
                    if (s->gateways)
                        sum += 2e9 *
                               ((at.x == 0) + (s->x > 1 && at.x == s->x - 1));
                }
                assert_true(held > 0);
                if (fabs(topology_level_capacity(t, level, g) - sum) > 1)
                    fail_msg("shape %d, %s %d: %g, expected %g", i,
                             topology_level_name(t, level), g,
                             topology_level_capacity(t, level, g), sum);
                seen++;
            }
        topology_free(t);
    }
    assert_true(seen > 400);
}

/* By hand: the upper half of 2 x 3 tiles is 10 dies wide, its one row of tiles
 * ends at a tile's edge: 10 x 3 GB/s, in a torus twice that. */
static void the_bisection_by_hand(void **state)
{
    (void)state;
    for (int wrap = 0; wrap < 2; wrap++) {
        struct cluster c = town(&shapes[wrap]);
        struct topology *t = topology_build(&c);
        int half = topology_levels(t) - 1;
        assert_string_equal(topology_level_name(t, half), "half");
        assert_true(topology_level_capacity(t, half, 0) == 30e9 * (1 + wrap));
        assert_true(topology_level_capacity(t, half, 1) == 30e9 * (1 + wrap));
        assert_int_equal(topology_level_group(t, half, 49), 0);
        assert_int_equal(topology_level_group(t, half, 50), 1);
        topology_free(t);
    }
}

static void expect_refused(const struct cluster *c, const char *expected)
{
    struct heard heard;
    heard_begin(&heard);
    struct topology *t = topology_build(c);
    long lines = heard_end(&heard);
    if (t || lines != 1 || !strstr(heard.text, expected))
        fail_msg("got '%s', expected a line with '%s'", heard.text, expected);
}

/* There is one way between two dies: nothing to spread packets over. */
static void spraying_is_refused(void **state)
{
    (void)state;
    struct cluster c = town(&shapes[0]);
    c.routing = ROUTING_SPRAY;
    expect_refused(&c, "expected static or ecmp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_walks),
        cmocka_unit_test(a_gateway_by_hand),
        cmocka_unit_test(ties_of_a_torus_are_split),
        cmocka_unit_test(cables_are_counted),
        cmocka_unit_test(cuts_are_sums_of_links),
        cmocka_unit_test(the_bisection_by_hand),
        cmocka_unit_test(spraying_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
