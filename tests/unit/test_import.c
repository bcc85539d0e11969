/* SPDX-License-Identifier: BSD-3-Clause */
/* Imports. The fixtures are a fabric and a node whose every cable is known:
 * what comes out has these hosts, rails, rates and cuts, and prints as a
 * cluster file that reads back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_town.h"
#include "topo/topology.h"

static struct cluster *imported(const char *format, const char *path,
                                const struct import_options *options)
{
    struct cluster *c = import_read(import_format(format), path, options);
    if (!c)
        fail_msg("%s %s was refused", format, path);
    return c;
}

/* What is printed reads back, prints the same, and can be built. */
static void expect_round_trip(const struct cluster *c, int gpus)
{
    char *once = cluster_print(c);
    struct cluster *again = cluster_parse(once, strlen(once), "printed");
    if (!again)
        fail_msg("%s prints as what is refused:\n%s", c->name, once);
    char *twice = cluster_print(again);
    assert_string_equal(twice, once);
    struct topology *t = topology_build(again);
    assert_non_null(t);
    assert_int_equal(topology_gpus(t), gpus);
    topology_free(t);
    free(once);
    free(twice);
    cluster_free(again);
}

static void expect_figure(const char *what, struct figure got, double value,
                          enum origin origin, const char *source)
{
    if (!(got.value >= value * (1 - 1e-12) &&
          got.value <= value * (1 + 1e-12)) ||
        got.origin != origin || !got.source || !strstr(got.source, source))
        fail_msg("%s: expected %.17g, origin %d, by %s; got %.17g, %d, by %s",
                 what, value, (int)origin, source, got.value, (int)got.origin,
                 got.source ? got.source : "(none)");
}

/* Cables between two vertices, and the rate of the last of them. */
static int cables(const struct cluster *c, const char *a, const char *b,
                  int nic, double *rate_Bps)
{
    int count = 0;
    for (int i = 0; i < c->graph.links; i++) {
        const struct graph_link *link = &c->graph.link[i];
        if (!strcmp(c->graph.vertex[link->a].name, a) &&
            !strcmp(c->graph.vertex[link->b].name, b) && link->nic == nic) {
            *rate_Bps = link->rate_Bps;
            count++;
        }
    }
    return count;
}

/* --- ibnetdiscover -------------------------------------------------------- */

/* 8 hosts of two rails, nodes 1 to 4 on leaves 1 and 2, the others on 3 and 4;
 * two cables from each leaf to each of two spines; 4xHDR is 200 Gb/s. The
 * adapter inside spine1 (SHARP's) is no host. */
static void a_fabric_keeps_its_hosts_rails_cables_and_rates(void **state)
{
    (void)state;
    struct import_options options = {.scaleup_rate = by_option(450e9)};
    struct cluster *c =
        imported("ibnetdiscover", FIXTURES "fat-tree.ibnetdiscover", &options);
    double rate = 0;
    assert_string_equal(c->name, "fat-tree");
    assert_int_equal(c->graph.vertices, 8 + 4 + 2);
    assert_int_equal(c->graph.links, 8 * 2 + 4 * 2 * 2);
    expect_figure("nodes", c->node.count, 8, ORIGIN_GIVEN, "ibnetdiscover ");
    expect_figure("NICs", c->node.nics, 2, ORIGIN_GIVEN, "fat-tree");
    expect_figure("rate", c->node.nic_rate, 25e9, ORIGIN_GIVEN, "fat-tree");
    expect_figure("GPUs", c->node.gpus, 2, ORIGIN_ASSUMED, "each NIC");
    expect_figure("scale-up", c->node.scaleup_rate, 450e9, ORIGIN_ASSUMED,
                  "--some-option");
    assert_int_equal(c->graph.said.origin, ORIGIN_GIVEN);
    assert_int_equal(c->routing, ROUTING_STATIC);
    for (int node = 0; node < 8; node++)
        for (int nic = 0; nic < 2; nic++) {
            char host[16], leaf[16];
            snprintf(host, sizeof host, "node%03d", node + 1);
            snprintf(leaf, sizeof leaf, "leaf%d", node / 4 * 2 + nic + 1);
            assert_string_equal(c->hosts[node], host);
            if (cables(c, host, leaf, nic, &rate) != 1 || rate != 25e9)
                fail_msg("NIC %d of %s is not at %s once, with 25 GB/s", nic,
                         host, leaf);
        }
    assert_int_equal(cables(c, "leaf3", "spine2", -1, &rate), 2);
    assert_true(rate == 25e9);
    expect_round_trip(c, 16);
    cluster_free(c);
}

/* Worked by hand: rail by rail, the four leaves are cut off from the spines at
 * 4 x 4 cables; nodes 1 to 4 reach the others over the 8 of leaves 1 and 2:
 * 8 x 25 GB/s. */
static void its_cuts_are_those_of_the_cables(void **state)
{
    (void)state;
    struct import_options options = {.scaleup_rate = by_option(450e9)};
    struct cluster *c =
        imported("ibnetdiscover", FIXTURES "fat-tree.ibnetdiscover", &options);
    struct topology *t = topology_build(c);
    assert_non_null(t);
    int top = topology_levels(t) - 1;
    assert_int_equal(topology_level_groups(t, top), 2);
    assert_true(topology_level_capacity(t, top, 0) == 8 * 25e9);
    assert_int_equal(topology_level_group(t, top, 7), 0);
    assert_int_equal(topology_level_group(t, top, 8), 1);
    topology_free(t);
    cluster_free(c);
}

/* n2's second cable came up at half its width; n10 comes behind n2; the two
 * switches have one and the same description. */
static const char odd[] = "Switch\t36 \"S-a1\"\t# \"Quantum\" base port 0\n"
                          "[1]\t\"H-b1\"[1](b1) # \"n10 mlx5_2\" lid 3 4xNDR\n"
                          "[2]\t\"H-b2\"[1](b2) # \"n2 mlx5_2\" lid 3 4xNDR\n"
                          "[3]\t\"S-a2\"[3] # \"Quantum\" lid 3 4xXDR\n"
                          "Switch\t36 \"S-a2\"\t# \"Quantum\" base port 0\n"
                          "[1]\t\"H-c1\"[1](c1) # \"n10 mlx5_10\" lid 3 4xNDR\n"
                          "[2]\t\"H-c2\"[1](c2) # \"n2 mlx5_10\" lid 3 2xNDR\n"
                          "Ca\t1 \"H-b1\"\t# \"n10 mlx5_2\"\n"
                          "Ca\t1 \"H-c1\"\t# \"n10 mlx5_10\"\n"
                          "Ca\t1 \"H-b2\"\t# \"n2 mlx5_2\"\n"
                          "Ca\t1 \"H-c2\"\t# \"n2 mlx5_10\"\n"
                          "[1](c2)\t\"S-a2\"[2] # lid 3 \"Quantum\" 2xNDR\n";

static void a_slow_cable_stays_slow_and_numbers_sort_as_numbers(void **state)
{
    (void)state;
    struct import_options options = {.gpus = by_option(1)};
    struct cluster *c = parsed("ibnetdiscover", odd, &options);
    double rate = 0;
    assert_non_null(c);
    assert_string_equal(c->hosts[0], "n2");
    assert_string_equal(c->hosts[1], "n10");
    assert_true(c->node.nic_rate.value == 50e9);
    assert_int_equal(cables(c, "n2", "S-a1", 0, &rate), 1);
    assert_true(rate == 50e9);
    assert_int_equal(cables(c, "n2", "S-a2", 1, &rate), 1);
    assert_true(rate == 25e9);
    assert_int_equal(cables(c, "S-a1", "S-a2", -1, &rate), 1);
    assert_true(rate == 100e9);
    expect_round_trip(c, 2);
    cluster_free(c);
}

static void devices_and_hosts_choose_and_order_the_nics(void **state)
{
    (void)state;
    struct import_options options = {
        .devices = "mlx5_10,mlx5_2", .hosts = "n[10]", .gpus = by_option(1)};
    struct cluster *c = parsed("ibnetdiscover", odd, &options);
    double rate = 0;
    assert_non_null(c);
    assert_int_equal(c->host_count, 1);
    assert_int_equal(cables(c, "n10", "S-a2", 0, &rate), 1);
    assert_int_equal(cables(c, "n10", "S-a1", 1, &rate), 1);
    expect_round_trip(c, 1);
    cluster_free(c);
}

/* Data rates: 8 of 10 bits up to QDR, 64 of 66 up to EDR. */
static void widths_and_speeds_are_data_rates(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        double Gbps;
    } table[] = {{"4xSDR", 8},          {"4xQDR", 32},  {"4xFDR10", 40},
                 {"4xFDR", 600.0 / 11}, {"4xEDR", 100}, {"2xHDR", 100},
                 {"4xHDR", 200},        {"4xNDR", 400}, {"4xXDR", 800},
                 {"12xQDR", 96}};
    struct import_options options = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "Switch\t1 \"S-a\" # \"s\"\n[1] \"H-b\"[1](b) # \"n x\" %s\n"
                 "Ca\t1 \"H-b\" # \"n x\"\n",
                 table[i].word);
        struct cluster *c = parsed("ibnetdiscover", text, &options);
        assert_non_null(c);
        double got = c->node.nic_rate.value * 8e-9;
        if (!(got > table[i].Gbps * (1 - 1e-12) &&
              got < table[i].Gbps * (1 + 1e-12)))
            fail_msg("%s: expected %g Gb/s, got %g", table[i].word,
                     table[i].Gbps, got);
        expect_round_trip(c, 1);
        cluster_free(c);
    }
}

/* --- Slurm ---------------------------------------------------------------- */

static void a_slurm_tree_is_its_nodes_leaves_and_spines(void **state)
{
    (void)state;
    struct import_options options = slurm_options();
    struct cluster *c =
        imported("slurm-conf", FIXTURES "topology.conf", &options);
    double rate = 0;
    assert_int_equal(c->graph.vertices, 16 + 4 + 2);
    assert_int_equal(c->graph.links, 16 * 2 + 4 * 2);
    expect_figure("nodes", c->node.count, 16, ORIGIN_GIVEN, "slurm-conf");
    expect_figure("rate", c->node.nic_rate, 25e9, ORIGIN_ASSUMED, "option");
    assert_int_equal(c->graph.said.origin, ORIGIN_ASSUMED);
    assert_int_equal(cables(c, "node012", "leaf4", 1, &rate), 1);
    assert_true(rate == 25e9);
    assert_int_equal(cables(c, "leaf4", "spine2", -1, &rate), 1);
    assert_true(rate == 50e9);
    expect_round_trip(c, 16);
    cluster_free(c);
}

static void a_topology_yaml_gives_its_default_or_what_is_asked_for(void **state)
{
    (void)state;
    struct import_options options = slurm_options();
    double rate = 0;
    struct cluster *c =
        imported("slurm-yaml", FIXTURES "topology.yaml", &options);
    assert_int_equal(c->graph.vertices, 36 + 3);
    assert_int_equal(cables(c, "node19", "leaf2", 0, &rate), 1);
    assert_int_equal(cables(c, "leaf2", "spine", -1, &rate), 1);
    expect_round_trip(c, 36);
    cluster_free(c);
    options.topology = "racks";
    c = imported("slurm-yaml", FIXTURES "topology.yaml", &options);
    assert_int_equal(c->graph.vertices, 36 + 3);
    assert_int_equal(cables(c, "node18", "rack1", 1, &rate), 1);
    assert_int_equal(cables(c, "rack2", "between-blocks", -1, &rate), 1);
    expect_round_trip(c, 36);
    cluster_free(c);
}

/* --- NCCL ----------------------------------------------------------------- */

/* 18 NVLinks of 25 GB/s; NICs numbered as in a DGX H100, one at each GPU's
 * switch. */
static void a_node_of_nccl_has_its_gpus_nics_and_nvlinks(void **state)
{
    (void)state;
    struct import_options options = {0};
    struct cluster *c = imported("nccl-xml", FIXTURES "h100.xml", &options);
    assert_int_equal(c->fabric, FABRIC_NONE);
    expect_figure("GPUs", c->node.gpus, 8, ORIGIN_GIVEN, "nccl-xml");
    expect_figure("NICs", c->node.nics, 8, ORIGIN_GIVEN,
                  "PCI switch of their NIC: 8,");
    expect_figure("NICs", c->node.nics, 8, ORIGIN_GIVEN,
                  " mlx5_0 mlx5_3 mlx5_4 mlx5_5 mlx5_6 mlx5_9 mlx5_10 mlx5_11");
    expect_figure("rate", c->node.nic_rate, 50e9, ORIGIN_GIVEN, "nccl-xml");
    expect_figure("scale-up", c->node.scaleup_rate, 450e9, ORIGIN_DERIVED,
                  "18 NVLinks of 25GB/s");
    expect_round_trip(c, 8);
    cluster_free(c);
}

/* GPU 0 shares a switch with mlx5_9, GPU 1 has only its processor in common
 * with mlx5_1, though the latter has the lower number and comes first; PCI
 * Express 4 x 16 is 16e9 x 128/130 x 16 / 8 bytes/s. */
static void nics_take_the_order_of_the_gpus_they_are_near(void **state)
{
    (void)state;
    static const char text[] =
        "<!-- two --><system version='1'>"
        "<cpu numaid='1'><pci link_speed='16.0 GT/s PCIe' link_width='16'>"
        "<gpu dev='1' sm='80'/></pci>"
        "<pci><nic><net name='mlx5_1' speed='200000'/></nic></pci></cpu>"
        "<cpu numaid='0'>"
        "<pci><pci link_speed='16.0 GT/s PCIe' link_width='16'>"
        "<gpu dev='0' sm='80'/></pci>"
        "<pci><nic><net name='mlx5_9' speed='200000'/></nic></pci></pci></cpu>"
        "</system>";
    struct import_options options = {0};
    struct cluster *c = parsed("nccl-xml", text, &options);
    assert_non_null(c);
    expect_figure("NICs", c->node.nics, 2, ORIGIN_GIVEN, " mlx5_9 mlx5_1");
    expect_figure("NICs", c->node.nics, 2, ORIGIN_GIVEN,
                  "NIC: 1, at its NUMA node: 1, elsewhere: 0");
    expect_figure("scale-up", c->node.scaleup_rate, 32e9 * 128 / 130,
                  ORIGIN_DERIVED, "no NVLink");
    expect_round_trip(c, 2);
    cluster_free(c);
}

/* A fabric of eight rails with the node that NCCL described. */
static void the_node_of_one_import_completes_another(void **state)
{
    (void)state;
    struct import_options options = {0};
    struct cluster *node = imported("nccl-xml", FIXTURES "h100.xml", &options);
    options.node = node;
    options.link_rate = by_option(400e9);
    struct cluster *c =
        imported("slurm-conf", FIXTURES "topology.conf", &options);
    expect_figure("GPUs", c->node.gpus, 8, ORIGIN_GIVEN, "nccl-xml");
    expect_figure("scale-up", c->node.scaleup_rate, 450e9, ORIGIN_DERIVED,
                  "18 NVLinks");
    cluster_free(node); /* nothing of it is left in the other */
    assert_int_equal(c->graph.links, 16 * 8 + 8);
    expect_round_trip(c, 128);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fabric_keeps_its_hosts_rails_cables_and_rates),
        cmocka_unit_test(its_cuts_are_those_of_the_cables),
        cmocka_unit_test(a_slow_cable_stays_slow_and_numbers_sort_as_numbers),
        cmocka_unit_test(devices_and_hosts_choose_and_order_the_nics),
        cmocka_unit_test(widths_and_speeds_are_data_rates),
        cmocka_unit_test(a_slurm_tree_is_its_nodes_leaves_and_spines),
        cmocka_unit_test(
            a_topology_yaml_gives_its_default_or_what_is_asked_for),
        cmocka_unit_test(a_node_of_nccl_has_its_gpus_nics_and_nvlinks),
        cmocka_unit_test(nics_take_the_order_of_the_gpus_they_are_near),
        cmocka_unit_test(the_node_of_one_import_completes_another),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
