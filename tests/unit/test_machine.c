/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine at hand as a cluster: what its NICs can carry, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/machine.h"
#include "recorded_node.h"
#include "sim/bound.h"

static const char *const hosts[] = {"a", "b", "c"};

/* 3 nodes of 8 x 400 Gb/s: 400 GB/s leave a node, so an all-gather of S over 3
 * x 8 ranks needs 2/3 S through it. */
static void the_bound_is_that_of_the_nics(void **state)
{
    (void)state;
    const struct nic_wires wires[] = {{8, 3200}, {8, 3200}, {8, 3200}};
    struct cluster *cluster = machine_describe(3, 8, wires, hosts);
    assert_non_null(cluster);
    assert_int_equal(cluster_check(cluster), 0);
    struct topology *t = topology_build(cluster);
    assert_non_null(t);
    struct collective c = {.kind = COLL_ALLGATHER,
                           .type = TYPE_FLOAT32,
                           .ranks = 24,
                           .shape = {3, 8, NULL}};
    int gpu_of[24];
    for (int i = 0; i < 24; i++)
        gpu_of[i] = i;
    c.count = collective_count(&c, 24 << 20);
    struct bound bound = bound_of(t, &c, gpu_of, 1);
    double expected = 2.0 / 3 * (24 << 20) / 400e9;
    print_message("expected %g s at node, got %g s at %s\n", expected,
                  bound.seconds, topology_level_name(t, bound.level));
    assert_true(bound.seconds > 0.999999 * expected &&
                bound.seconds < 1.000001 * expected);
    assert_string_equal(topology_level_name(t, bound.level), "node");
    topology_free(t);
    cluster_free(cluster);
}

static void what_nodes_do_not_say_is_refused(void **state)
{
    (void)state;
    const struct nic_wires none[] = {{8, 3200}, {0, 0}, {8, 3200}};
    const struct nic_wires slow[] = {{8, 3200}, {8, 3200}, {8, 3000}};
    const struct nic_wires fewer[] = {{8, 3200}, {7, 3200}, {8, 3200}};
    assert_null(machine_describe(1, 8, slow, hosts));
    assert_null(machine_describe(3, 8, none, hosts));
    assert_null(machine_describe(3, 8, slow, hosts));
    assert_null(machine_describe(3, 8, fewer, hosts));
}

/* The recorded good node has two ports of 400 Gb/s; one of them down leaves
 * 400.
 */
static void active_ports_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int ports;
        double Gbps;
    } cases[] = {{"good", 2, 800}, {"port-down", 1, 400}, {"bare", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char root[64];
        struct nics nics;
        recorded_unpack(cases[i].name, root);
        nics_read(root, &nics);
        struct nic_wires wires = nics_wires(root, &nics);
        nics_fini(&nics);
        recorded_remove(root);
        print_message("%s: expected %d ports of %g Gb/s, got %d of %g\n",
                      cases[i].name, cases[i].ports, cases[i].Gbps, wires.ports,
                      wires.Gbps);
        assert_int_equal(wires.ports, cases[i].ports);
        assert_true(wires.Gbps > cases[i].Gbps - 1e-9 &&
                    wires.Gbps < cases[i].Gbps + 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_is_that_of_the_nics),
        cmocka_unit_test(what_nodes_do_not_say_is_refused),
        cmocka_unit_test(active_ports_are_counted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
