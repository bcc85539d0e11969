/* SPDX-License-Identifier: BSD-3-Clause */
/* A Clos as links and routes. The wiring is decoded here once more from the
 * formula in cluster.h, so that a route is a walk along cables, not a claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "cluster_town.h"
#include "topo/topology.h"

/* A switch: tier from 0, group, position. */
struct place {
    int tier, group, position;
};

static int value_or(struct figure f, int otherwise)
{
    return (int)figure_or(f, otherwise);
}

static int nodes_in_group(const struct cluster *c, int tier)
{
    int nodes = 1;
    for (int k = 0; k <= tier; k++)
        nodes *= (int)c->clos.tier[k].group.value;
    return nodes;
}

/* Ends of cable `index` between tier k-1 and k. */
static void cable(const struct cluster *c, int k, size_t index,
                  struct place *low, struct place *high)
{
    const struct tier *up = &c->clos.tier[k], *down = up - 1;
    int uplinks = (int)up->uplinks.value, planes = value_or(up->planes, 1);
    int lower = (int)down->switches.value, upper = (int)up->switches.value;
    int l = (int)(index % (size_t)uplinks);
    int sw = (int)(index / (size_t)uplinks);
    *low = (struct place){k - 1, sw / lower, sw % lower};
    int sub =
        low->group % (int)up->group.value; /* group within the upper one */
    long i = (long)sub * (lower / planes) + low->position / planes;
    int each = upper / planes;
    *high = (struct place){k, low->group / (int)up->group.value,
                           low->position % planes +
                               planes * (int)((l + i * uplinks) % each)};
}

static int class_named(const struct topology *t, const char *name)
{
    const struct link_class *class;
    int n = topology_classes(t, &class);
    for (int i = 0; i < n; i++)
        if (!strcmp(class[i].name, name))
            return i;
    fail_msg("no class '%s'", name);
    return -1;
}

static struct place leaf_of(const struct cluster *c, size_t nic_link)
{
    int nics = (int)c->node.nics.value, ports = value_or(c->node.nic_ports, 1);
    int node = (int)(nic_link / (size_t)(nics * ports));
    int port = (int)(nic_link % (size_t)(nics * ports));
    const struct tier *leaf = &c->clos.tier[0];
    int in_group = node % (int)leaf->group.value;
    int switches = (int)leaf->switches.value;
    return (struct place){0, node / (int)leaf->group.value,
                          leaf->wiring.value != 0
                              ? port % switches
                              : in_group * switches / (int)leaf->group.value};
}

/* Walks a route between two nodes and fails where two links do not join. */
static void walk(const struct cluster *c, const struct topology *t, int from,
                 int to, uint64_t hash)
{
    const struct link_class *class;
    struct route route;
    topology_classes(t, &class);
    topology_route(t, from, to, hash, &route);
    int at = 0, out = class_named(t, "NIC to network");
    if (route.link[0] < class[out].first) { /* forwarded in the first node */
        assert_int_equal(route.link[0], from);
        int by = (int)(route.link[1] - class[1].first);
        assert_int_equal(by / 8, from / 8);
        assert_int_equal(by % 8, to % 8);
        at = 2;
    }
    struct place here = leaf_of(c, route.link[at++] - class[out].first), low,
                 high;
    while (at < route.links - 1) {
        const struct link_class *cl = topology_class_of(t, route.link[at]);
        size_t index = route.link[at++] - cl->first;
        bool up = false;
        int k = 1;
        for (; k < c->clos.tiers; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s to %s", c->clos.tier[k - 1].name,
                     c->clos.tier[k].name);
            if (!strcmp(name, cl->name)) {
                up = true;
                break;
            }
            snprintf(name, sizeof name, "%s to %s", c->clos.tier[k].name,
                     c->clos.tier[k - 1].name);
            if (!strcmp(name, cl->name))
                break;
        }
        assert_true(k < c->clos.tiers);
        cable(c, k, index, &low, &high);
        struct place *begin = up ? &low : &high, *end = up ? &high : &low;
        if (memcmp(begin, &here, sizeof here))
            fail_msg("%d to %d: at tier %d group %d switch %d, but the next "
                     "link begins at tier %d group %d switch %d",
                     from, to, here.tier, here.group, here.position,
                     begin->tier, begin->group, begin->position);
        here = *end;
    }
    int in = class_named(t, "network to NIC");
    size_t last = route.link[route.links - 1] - class[in].first;
    struct place leaf = leaf_of(c, last);
    assert_memory_equal(&leaf, &here, sizeof here);
    assert_int_equal(last / (size_t)c->node.nics.value /
                         (size_t)value_or(c->node.nic_ports, 1),
                     to / 8);
}

static struct cluster shape(int which)
{
    if (which == 0)
        return town_100k(ROUTING_ECMP);
    struct cluster c = town_clos(which == 3 ? 3072 : 256, 8);
    if (which == 1) { /* all leaves meet at all spines; four tiers */
        town_tier(&c, "leaf", 4, 8, 1, 0);
        town_tier(&c, "spine", 4, 16, 1, 16);
        town_tier(&c, "core", 4, 16, 4, 7);
        town_tier(&c, "super", 4, 8, 2, 5);
    } else if (which == 2) { /* planes fewer above than below */
        town_tier(&c, "leaf", 16, 8, 1, 0);
        town_tier(&c, "spine", 4, 32, 8, 6);
        town_tier(&c, "core", 4, 12, 2, 9);
    } else { /* racks of two nodes */
        town_tier(&c, "leaf", 2, 1, 1, 0);
        town_tier(&c, "spine", 192, 16, 1, 16);
        town_tier(&c, "core", 8, 27, 1, 27);
        c.clos.tier[0].wiring = fig(0);
    }
    return c;
}

/* Every route goes along cables that exist, from the first node's NIC to the
 * second's, for hashed and static routing, whatever the planes. */
static void routes_are_walks(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++)
        for (int routing = 0; routing < 3; routing += 2) {
            struct cluster c = shape(which);
            c.routing = (enum routing_kind)routing;
            struct topology *t = topology_build(&c);
            assert_non_null(t);
            struct random random = {7};
            for (int i = 0; i < 20000; i++) {
                int from =
                    (int)random_below(&random, (uint64_t)topology_gpus(t));
                int to = i % 4 ? (int)random_below(&random,
                                                   (uint64_t)topology_gpus(t))
                               : (from + 8 * (1 + i % 5)) % topology_gpus(t);
                if (from / 8 != to / 8)
                    walk(&c, t, from, to, random_next(&random));
            }
            topology_free(t);
        }
}

/* Striping is fair: the switches of an upper tier differ by at most one link
 * per plane in how many cables come up to them, and each pair in a plane is
 * joined. */
static void stripes_are_even(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct cluster c = shape(which);
        for (int k = 1; k < c.clos.tiers; k++) {
            const struct tier *up = &c.clos.tier[k];
            int nodes = (int)c.node.count.value;
            int groups = (nodes + nodes_in_group(&c, k - 1) - 1) /
                         nodes_in_group(&c, k - 1);
            size_t cables = (size_t)groups * (size_t)up[-1].switches.value *
                            (size_t)up->uplinks.value;
            int upper = (int)up->switches.value, least = 1 << 30, most = 0;
            int upper_groups =
                (nodes + nodes_in_group(&c, k) - 1) / nodes_in_group(&c, k);
            int *count = calloc((size_t)(upper * upper_groups), sizeof *count);
            for (size_t i = 0; i < cables; i++) {
                struct place low, high;
                cable(&c, k, i, &low, &high);
                assert_in_range(high.position, 0, upper - 1);
                count[high.group * upper + high.position]++;
            }
            for (int i = 0; i < upper * upper_groups; i++) {
                least = count[i] < least ? count[i] : least;
                most = count[i] > most ? count[i] : most;
            }
            free(count);
            if (most - least > 1)
                fail_msg("shape %d tier %d: %d to %d cables a switch", which, k,
                         least, most);
        }
    }
}

/* The choice among equal paths is even: 64 nodes of a leaf that each open many
 * connections to other pods load each uplink of it like the others. */
static void hashing_is_even(void **state)
{
    (void)state;
    struct cluster c = town_100k(ROUTING_ECMP);
    struct topology *t = topology_build(&c);
    const struct link_class *class;
    topology_classes(t, &class);
    int up = class_named(t, "leaf to spine");
    enum { FLOWS = 64000 };
    int count[64] = {0};
    struct random random = {3};
    for (int i = 0; i < FLOWS; i++) {
        struct route route;
        topology_route(t, 0, 8 * (5000 + i % 1000), random_next(&random),
                       &route);
        for (int k = 0; k < route.links; k++)
            if (topology_class_of(t, route.link[k]) == &class[up]) {
                assert_in_range(route.link[k] - class[up].first, 0, 63);
                count[route.link[k] - class[up].first]++;
            }
    }
    double chi = 0;
    for (int i = 0; i < 64; i++)
        chi += (count[i] - 1000.0) * (count[i] - 1000.0) / 1000.0;
    if (chi > 111) /* chi-square, 63 degrees, 1e-4 */
        fail_msg("chi-square %g, expected at most 111", chi);
    topology_free(t);
}

/* Spraying conserves capacity: a bundle carries what its cables carry. */
static void bundles_carry_their_cables(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct cluster one = shape(which), all = shape(which);
        one.routing = ROUTING_ECMP;
        all.routing = ROUTING_SPRAY;
        struct topology *a = topology_build(&one), *b = topology_build(&all);
        const struct link_class *x, *y;
        int n = topology_classes(a, &x);
        assert_int_equal(topology_classes(b, &y), n);
        for (int i = 0; i < n; i++) {
            double single = (double)x[i].count * x[i].rate_Bps;
            double bundle = (double)y[i].count * y[i].rate_Bps;
            assert_true(single > 0);
            if (bundle < single * (1 - 1e-12) || bundle > single * (1 + 1e-12))
                fail_msg("%s: %g in bundles, expected %g", y[i].name, bundle,
                         single);
            assert_int_equal(x[i].cables, y[i].cables);
        }
        topology_free(a);
        topology_free(b);
    }
}

/* Within a node the scale-up fabric carries, and a GPU reaches itself at no
 * cost. */
static void nodes_have_their_own_fabric(void **state)
{
    (void)state;
    struct cluster c = town_100k(ROUTING_SPRAY);
    c.node.scaleup_latency = fig(1e-6);
    struct topology *t = topology_build(&c);
    struct route route;
    topology_route(t, 8, 15, 0, &route);
    assert_int_equal(route.links, 2);
    assert_true(route.latency_s == 1e-6);
    topology_route(t, 8, 8, 0, &route);
    assert_int_equal(route.links, 0);
    topology_free(t);
}

/* Cuts: each level partitions the GPUs, and its groups' capacity is the sum of
 * the cables that leave them. */
static void levels_partition(void **state)
{
    (void)state;
    struct cluster c = town_100k(ROUTING_SPRAY);
    struct topology *t = topology_build(&c);
    static const struct {
        const char *name;
        int groups;
        double capacity;
    } expected[] = {{"GPU", 100352, 110e9},
                    {"node", 12544, 80e9},
                    {"leaf", 196, 8 * 64 * 10e9},
                    {"spine", 4, 392 * 64 * 10e9}};
    assert_int_equal(topology_levels(t), 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(topology_level_name(t, i), expected[i].name);
        assert_int_equal(topology_level_groups(t, i), expected[i].groups);
        assert_true(topology_level_capacity(t, i, 0) == expected[i].capacity);
        assert_int_equal(topology_level_group(t, i, 0), 0);
        assert_int_equal(topology_level_group(t, i, 100351),
                         expected[i].groups - 1);
    }
    topology_free(t);
}

/* A fault takes its share of one NIC or one link, and of nothing else. */
static void faults_are_local(void **state)
{
    (void)state;
    struct cluster c = town_100k(ROUTING_ECMP);
    struct topology *t = topology_build(&c), *whole = topology_build(&c);
    assert_true(topology_degrade_nic(t, 4321, 0.5));
    assert_false(topology_degrade_nic(t, 100352, 0.5));
    assert_true(topology_degrade_link(t, 700000, 0.25));
    size_t changed = 0;
    for (size_t i = 0; i < topology_links(t); i++)
        changed += topology_capacities(t)[i] != topology_capacities(whole)[i];
    assert_int_equal(changed, 3);
    assert_true(topology_capacities(t)[700000] == 2.5e9);
    topology_free(t);
    topology_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_walks),
        cmocka_unit_test(stripes_are_even),
        cmocka_unit_test(hashing_is_even),
        cmocka_unit_test(bundles_carry_their_cables),
        cmocka_unit_test(nodes_have_their_own_fabric),
        cmocka_unit_test(levels_partition),
        cmocka_unit_test(faults_are_local),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
