/* SPDX-License-Identifier: BSD-3-Clause */
/* Dragonflies. Where global cables lead is not taken from the source but seen
 * from routes: all of them together must fit one wiring that could be built. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dragonfly_wiring.h"

/* Even and odd numbers of groups and of ports left over; the last but two have
 * an odd number of both, one port of each group stays empty. */
static const struct shape shapes[] = {
    {3, 2, 1, 1, 1}, {9, 4, 2, 1, 2}, {6, 4, 1, 3, 2}, {4, 5, 2, 1, 1},
    {2, 3, 1, 2, 3}, {1, 4, 2, 2, 1}, {5, 1, 2, 1, 6}, {7, 5, 1, 1, 3},
    {5, 3, 1, 2, 3}, {3, 1, 2, 1, 3}, {8, 3, 1, 1, 4}, {12, 4, 1, 1, 5}};
enum { SHAPES = sizeof shapes / sizeof *shapes, PORTS_MOST = 64 };

/* --- wiring ---------------------------------------------------------------
 */

/* What all routes say together can be built: a port has one other end, cables
 * lead both ways, every port is used but those that cannot be, and all pairs of
 * groups have as many cables, or one more. */
static void routes_fit_one_wiring(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        struct cluster c = town(s, ROUTING_ECMP);
        assert_int_equal(cluster_check(&c), 0);
        struct topology *t = topology_build(&c);
        struct wiring w = wiring_of(s, t);
        int all = s->groups * s->switches, unused = 0;
        int pair[16][16] = {{0}}, least = 1 << 30, most = 0;
        for (int a = 0; a < all; a++)
            for (int b = 0; b < all; b++) {
                if (cables(&w, a, b) != cables(&w, b, a))
                    fail_msg("shape %d: %d cables from switch %d to %d, %d "
                             "back",
                             i, cables(&w, a, b), a, b, cables(&w, b, a));
                pair[a / s->switches][b / s->switches] += cables(&w, a, b);
            }
        for (int p = 0; p < s->groups * ports_of(s); p++)
            unused += w.port[p].group < 0;
        int expected =
            s->groups > 1 ? (has_empty(s) ? s->groups : 0) : ports_of(s);
        if (unused != expected)
            fail_msg("shape %d: %d ports unused, expected %d", i, unused,
                     expected);
        for (int a = 0; a < s->groups; a++)
            for (int b = 0; b < s->groups; b++) {
                least = a != b && pair[a][b] < least ? pair[a][b] : least;
                most = a != b && pair[a][b] > most ? pair[a][b] : most;
                assert_true(a != b || pair[a][b] == 0);
            }
        if (s->groups > 1 && (least < 1 || most > least + 1))
            fail_msg("shape %d: %d to %d cables a pair of groups", i, least,
                     most);
        free(w.port);
        topology_free(t);
    }
}

/* By hand, three groups of two switches with one node and one global cable on
 * each: switch 0 leads to the next group's switch 1. So from group 0 to 1 it is
 * one hop from switch 0 to 1, and three from 1 to 0, over both local links. */
static void three_groups_by_hand(void **state)
{
    (void)state;
    for (int routing = ROUTING_ECMP; routing <= ROUTING_STATIC;
         routing += ROUTING_STATIC - ROUTING_ECMP) {
        struct cluster c = town(&shapes[0], (enum routing_kind)routing);
        struct topology *t = topology_build(&c);
        struct route r;
        topology_route(t, 0, 2 * 3, 1, &r);
        assert_int_equal(r.links, 3);
        assert_true(fabs(r.latency_s - 600e-9) < 1e-15);
        topology_route(t, 2 * 1, 2 * 2, 1, &r);
        assert_int_equal(r.links, 5);
        assert_true(fabs(r.latency_s - 800e-9) < 1e-15);
        topology_route(t, 0, 2, 1, &r); /* in group 0 */
        assert_int_equal(r.links, 3);
        assert_true(fabs(r.latency_s - 200e-9) < 1e-15);
        topology_free(t);
    }
}

/* Hashing is even over the 14 cables of a pair of groups, and over the 3 of a
 * pair of switches (chi-square at 1e-4); static routing takes each in turn. */
static void hashing_is_even(void **state)
{
    (void)state;
    const struct shape s = {3, 7, 1, 3, 4};
    enum { FLOWS = 14000 };
    for (int local = 0; local < 2; local++) {
        struct cluster c = town(&s, ROUTING_ECMP);
        struct topology *t = topology_build(&c);
        const struct link_class *class =
            named(t, local ? "switch to switch in a group" : "group to group");
        struct random random = {3};
        int count[28] = {0}, used = 0;
        for (int i = 0; i < FLOWS; i++) {
            struct route r;
            topology_route(t, 0, local ? 2 * 3 : 2 * 7, random_next(&random),
                           &r);
            for (int k = 0; k < r.links; k++)
                if (is_of(class, r.link[k]))
                    count[(r.link[k] - class->first) % 28]++;
        }
        double chi = 0, each = FLOWS / (local ? 3.0 : 14.0);
        for (int i = 0; i < 28; i++) {
            used += count[i] > 0;
            chi += count[i] ? pow(count[i] - each, 2) / each : 0;
        }
        assert_int_equal(used, local ? 3 : 14);
        if (chi > (local ? 18.4 : 42.0)) /* 2 and 13 degrees */
            fail_msg("chi-square %g", chi);
        topology_free(t);
    }
}

/* --- spraying --------------------------------------------------------------
 */

/* Cables of each class are those that there are, sprayed or not, and the links
 * that stand for them carry as much. */
static void cables_are_counted(void **state)
{
    (void)state;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        size_t groups = (size_t)s->groups, n = (size_t)s->switches;
        size_t locals = groups * n * (n - 1) * (size_t)s->locals;
        size_t globals =
            s->groups > 1
                ? groups * ((size_t)ports_of(s) - (size_t)has_empty(s))
                : 0;
        for (int spray = 0; spray < 2; spray++) {
            struct cluster c = town(s, spray ? ROUTING_SPRAY : ROUTING_STATIC);
            struct topology *t = topology_build(&c);
            const struct link_class *class;
            size_t local = 0, global = 0;
            double carried[2] = {0};
            int classes = topology_classes(t, &class);
            for (int k = 0; k < classes; k++) {
                bool is_local = !strncmp(class[k].name, "switch to", 9);
                bool is_global = !strncmp(class[k].name, "group to", 8);
                local += is_local ? class[k].cables : 0;
                global += is_global ? class[k].cables : 0;
                if (is_local || is_global)
                    carried[is_global] +=
                        (double)class[k].count * class[k].rate_Bps;
                else
                    assert_true(class[k].cables == 0 || k < 4);
            }
            assert_int_equal(local, locals);
            assert_int_equal(global, globals);
            assert_true(fabs(carried[0] - 4e9 * (double)locals) < 1);
            /* Unsprayed, an empty port has an id. */
            size_t ids = spray ? globals : groups * (size_t)ports_of(s);
            assert_true(s->groups == 1 ||
                        fabs(carried[1] - 3e9 * (double)ids) < 1);
            topology_free(t);
        }
    }
}

/* Loads of one byte from every GPU to each in another group, sprayed: the
 * reference splits each pair's byte over all cables of the two groups. */
static void split(const struct wiring *w, double *local, double *global)
{
    const struct shape *s = w->shape;
    int n = s->switches, all = s->groups * n, each = gpus_on(s);
    for (int a = 0; a < all; a++)
        for (int b = 0; b < all; b++) {
            int group = a / n, group_to = b / n, count = 0;
            for (int p = 0; p < ports_of(s); p++)
                count += w->port[group * ports_of(s) + p].group == group_to;
            for (int p = 0; p < ports_of(s) && group != group_to; p++) {
                struct port end = w->port[group * ports_of(s) + p];
                double bytes = (double)each * each / count;
                if (end.group != group_to)
                    continue;
                global[group * s->groups + group_to] += bytes;
                local[group] += p / s->globals != a % n ? bytes : 0;
                local[group_to] += end.at != b % n ? bytes : 0;
            }
        }
}

/* One byte from every GPU to each in another group, sprayed. */
static double *sprayed(const struct shape *s, const struct topology *t)
{
    double *load = calloc(topology_links(t), sizeof *load);
    int in_group = gpus_on(s) * s->switches;
    for (int from = 0; from < topology_gpus(t); from++)
        for (int to = 0; to < topology_gpus(t); to++) {
            struct route r;
            if (from / in_group == to / in_group)
                continue;
            topology_route(t, from, to, 0, &r);
            for (int k = 0; k < r.links; k++)
                load[r.link[k]]++;
        }
    return load;
}

/* The link that stands for all cables of two groups carries what they do, and
 * is loaded by what `split` loads them with. */
static void expect_pair(const struct wiring *w, const struct topology *t, int a,
                        int b, const double *load, const double *global)
{
    const struct shape *s = w->shape;
    struct route r;
    int each = gpus_on(s) * s->switches, count = 0;
    for (int p = 0; p < ports_of(s); p++)
        count += w->port[a * ports_of(s) + p].group == b;
    topology_route(t, a * each, b * each, 0, &r);
    uint32_t link = r.link[3]; /* behind the NIC, the switch, the local links */
    const struct link_class *class = topology_class_of(t, link);
    assert_true(!strncmp(class->name, "group to group", 14));
    assert_true(class->rate_Bps == 3e9 * count);
    double expected = global[a * s->groups + b];
    if (fabs(load[link] - expected) > 1e-9 * expected)
        fail_msg("groups %d to %d: %g bytes, expected %g", a, b, load[link],
                 expected);
}

/* Sprayed traffic that is alike on all switches loads the cables of each pair
 * of groups, and the local links of each group on average, as when every byte
 * is split evenly over all ways. */
static void spraying_is_exact_for_even_traffic(void **state)
{
    (void)state;
    int seen = 0;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        if (s->groups == 1 || s->switches == 1)
            continue;
        struct cluster c = town(s, ROUTING_ECMP), d = town(s, ROUTING_SPRAY);
        struct topology *t = topology_build(&c), *u = topology_build(&d);
        struct wiring w = wiring_of(s, t);
        double local[16] = {0}, global[16 * 16] = {0}, *load = sprayed(s, u);
        split(&w, local, global);
        const struct link_class *all = named(u, "all local links of a group");
        for (int g = 0; g < s->groups; g++) {
            double links = s->switches * (s->switches - 1) * s->locals * 4e9;
            double got = load[all->first + (size_t)g] / all->rate_Bps;
            if (fabs(got - local[g] / links) > 1e-12 * got)
                fail_msg("shape %d: local links loaded %g s, expected %g", i,
                         got, local[g] / links);
        }
        for (int a = 0; a < s->groups; a++)
            for (int b = 0; b < s->groups; b++)
                if (a != b) {
                    expect_pair(&w, u, a, b, load, global);
                    seen++;
                }
        free(load);
        free(w.port);
        topology_free(t);
        topology_free(u);
    }
    assert_true(seen > 300);
}

/* --- cuts ------------------------------------------------------------------
 */

/* A group's capacity is the sum of the cables that leave it: those to the other
 * switches of its group, and the global ones that lead out of it. */
static void cuts_are_sums_of_links(void **state)
{
    (void)state;
    int seen = 0;
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *s = &shapes[i];
        struct cluster c = town(s, ROUTING_ECMP);
        struct topology *t = topology_build(&c);
        struct wiring w = wiring_of(s, t);
        for (int level = 2; level < topology_levels(t); level++) {
            bool group = !strcmp(topology_level_name(t, level), "group");
            int n = s->switches, count = s->groups * (group ? 1 : n);
            assert_int_equal(topology_level_groups(t, level), count);
            for (int g = 0; g < count; g++) {
                int first = group ? g * n : g, end = first + (group ? n : 1);
                double sum = 0;
                for (int p = first * s->globals; p < end * s->globals; p++)
                    sum += w.port[p].group >= 0 ? 3e9 : 0;
                sum += group ? 0 : (n - 1) * s->locals * 4e9;
                if (fabs(topology_level_capacity(t, level, g) - sum) > 1)
                    fail_msg("shape %d, %s %d: %g, expected %g", i,
                             topology_level_name(t, level), g,
                             topology_level_capacity(t, level, g), sum);
                assert_int_equal(
                    topology_level_group(t, level, first * gpus_on(s)), g);
                seen++;
            }
        }
        free(w.port);
        topology_free(t);
    }
    assert_true(seen > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_fit_one_wiring),
        cmocka_unit_test(three_groups_by_hand),
        cmocka_unit_test(hashing_is_even),
        cmocka_unit_test(cables_are_counted),
        cmocka_unit_test(spraying_is_exact_for_even_traffic),
        cmocka_unit_test(cuts_are_sums_of_links),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
