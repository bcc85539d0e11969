/* SPDX-License-Identifier: BSD-3-Clause */
/* Each recorded fault is named, with its subject, and nothing else is; what may
 * not be looked at is unknown and never right. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "host/health.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/pci.h"
#include "recorded_node.h"

static const struct fact *find(const struct facts *facts, const char *subject,
                               const char *what)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->list[i].subject, subject) == 0 &&
            strcmp(facts->list[i].what, what) == 0)
            return &facts->list[i];
    return NULL;
}

struct expected {
    const char *node, *subject, *what;
    enum verdict verdict;
    const char *value;
};

/* Faults, and what else makes a node differ from a sound one. */
static const struct expected table[] = {
    {"no-peermem", "", "GPUDirect RDMA", VERDICT_BAD,
     "neither peermem nor dma-buf"},
    {"acs-on", "0000:17:00.0", "ACS", VERDICT_BAD,
     "SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+"},
    {"acs-on", "0000:17:01.0", "ACS", VERDICT_BAD,
     "SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+"},
    {"acs-ats", "0000:17:00.0", "ACS", VERDICT_NOTE,
     "SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+ DirectTrans+"},
    {"acs-ats", "0000:17:01.0", "ACS", VERDICT_OK, "SrcValid+ UpstreamFwd+"},
    {"two-nics", "mlx5_1", "PCIe width", VERDICT_BAD, "x8"},
    {"two-nics", "mlx5_1:1", "rate", VERDICT_BAD, "200 Gb/sec (4X HDR)"},
    {"two-nics", "mlx5_1:1", "link errors", VERDICT_NOTE, "symbol_error 12"},
    {"two-nics", "mlx5_0", "PCIe width", VERDICT_OK, "x16"},
    {"port-down", "mlx5_1:1", "state", VERDICT_BAD, "DOWN, Disabled"},
    {"second-port", "mlx5_1:2", "state", VERDICT_NOTE, "DOWN, Polling"},
    {"second-port", "mlx5_1:1", "state", VERDICT_OK, "ACTIVE, LinkUp"},
    {"port-down", "", "ports", VERDICT_INFO, "1 active of 2"},
    {"slow-slot", "mlx5_0", "PCIe generation", VERDICT_NOTE, "gen4"},
    {"slow-slot", "mlx5_0:1", "PCIe rate", VERDICT_BAD, "252 Gb/s"},
    {"iommu-on", "GPU0", "IOMMU", VERDICT_BAD, "translates (DMA-FQ)"},
    {"iommu-on", "mlx5_0", "IOMMU", VERDICT_OK, "passes through"},
    {"far-nic", "GPU0", "nearest NIC", VERDICT_BAD, "SYS mlx5_1"},
    {"far-nic", "GPU1", "nearest NIC", VERDICT_OK, "PIX mlx5_1"},
    {"roce", "mlx5_0:1", "MTU", VERDICT_BAD, "1500"},
    {"roce", "mlx5_1:1", "MTU", VERDICT_OK, "9000"},
    {"memlock", "", "memlock limit", VERDICT_BAD, "8192 KiB"},
    {"sick-gpus", "GPU0", "ECC", VERDICT_BAD, "off"},
    {"sick-gpus", "GPU0", "uncorrected errors", VERDICT_BAD, "3"},
    {"sick-gpus", "GPU0", "row remapping", VERDICT_BAD, "waits for a reset"},
    {"sick-gpus", "GPU1", "slowed by", VERDICT_BAD,
     "power cap, heat (hardware)"},
    {"sick-gpus", "GPU1", "SM clock", VERDICT_INFO, "1200 of 1980 MHz"},
    {"sick-gpus", "GPU1", "NVLinks", VERDICT_BAD, "17 of 18 up"},
    {"sick-gpus", "GPU1", "persistence mode", VERDICT_NOTE, "off"},
    {"lost-gpu", "GPU1", "driver", VERDICT_BAD, "does not show this GPU"},
    {"lost-gpu", "GPU1", "ECC", VERDICT_UNKNOWN, "unknown"},
    {"idle-gpu", "GPU0", "PCIe generation", VERDICT_UNKNOWN, "gen1"},
    {"idle-gpu", "GPU0", "NVLinks", VERDICT_INFO, "not supported"},
    {"no-driver", "", "NVIDIA driver", VERDICT_BAD, "not loaded"},
    {"no-driver", "", "GPUDirect RDMA", VERDICT_BAD,
     "neither peermem nor dma-buf"},
    {"bare", "", "NICs", VERDICT_NOTE, "0"},
    {"bare", "eth0", "Mb/s", VERDICT_UNKNOWN, "unknown"},
    {"old-firmware", "mlx5_1", "firmware", VERDICT_INFO, "28.39.3004"},
    {"good", "", "GPUDirect RDMA", VERDICT_OK, "peermem, dma-buf"},
    {"good", "0000:16:00.0", "ACS", VERDICT_OK, "off"},
    {"good", "GPU0-mlx5_1", "distance", VERDICT_INFO, "SYS"},
    {"good", "GPU0", "ECC", VERDICT_OK, "on"},
};

enum { ROWS = sizeof table / sizeof *table };

static void check_rows(const char *node, const struct facts *facts)
{
    size_t bad = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct expected *row = &table[i];
        if (strcmp(row->node, node) != 0)
            continue;
        const struct fact *fact = find(facts, row->subject, row->what);
        if (!fact)
            fail_msg("%s: nothing about %s %s", node, row->subject, row->what);
        if (fact->verdict != row->verdict ||
            strcmp(fact->value, row->value) != 0)
            fail_msg("%s: %s %s: expected %s %s, got %s %s", node, row->subject,
                     row->what, verdict_name(row->verdict), row->value,
                     verdict_name(fact->verdict), fact->value);
        bad += row->verdict == VERDICT_BAD;
    }
    if (facts_with(facts, VERDICT_BAD) != bad) {
        facts_print(facts, VERDICT_BAD, stderr);
        fail_msg("%s: expected %zu bad, got %zu", node, bad,
                 facts_with(facts, VERDICT_BAD));
    }
}

static void each_fault_is_named_and_nothing_else_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct facts facts;
        if (i && strcmp(table[i].node, table[i - 1].node) == 0)
            continue;
        recorded_examine(table[i].node, &facts);
        check_rows(table[i].node, &facts);
        facts_fini(&facts);
    }
}

static void a_sound_node_has_nothing_bad_unknown_or_noted(void **state)
{
    (void)state;
    struct facts facts;
    recorded_examine("good", &facts);
    assert_true(facts_with(&facts, VERDICT_OK) > 40);
    assert_int_equal(facts_with(&facts, VERDICT_BAD), 0);
    assert_int_equal(facts_with(&facts, VERDICT_UNKNOWN), 0);
    assert_int_equal(facts_with(&facts, VERDICT_NOTE), 0);
    facts_fini(&facts);
}

static void what_may_not_be_looked_at_is_unknown(void **state)
{
    (void)state;
    static const char *const hidden[] = {
        "ACS",   "ECC",         "slowed by",     "SM clock",
        "rate",  "link errors", "memlock limit", "GPUDirect RDMA",
        "state", "firmware",    "dma-buf",       "peermem",
    };
    struct facts facts;
    recorded_examine("no-permission", &facts);
    assert_int_equal(facts_with(&facts, VERDICT_BAD), 0);
    for (size_t h = 0; h < sizeof hidden / sizeof *hidden; h++) {
        size_t seen = 0;
        for (size_t i = 0; i < facts.count; i++) {
            const struct fact *fact = &facts.list[i];
            if (strcmp(fact->what, hidden[h]) != 0)
                continue;
            seen++;
            if (fact->verdict != VERDICT_UNKNOWN)
                fail_msg("%s %s: expected unknown, got %s %s", fact->subject,
                         fact->what, verdict_name(fact->verdict), fact->value);
        }
        if (!seen)
            fail_msg("nothing about %s", hidden[h]);
    }
    const struct fact *iommu = find(&facts, "mlx5_0", "IOMMU");
    assert_true(iommu && iommu->verdict == VERDICT_UNKNOWN);
    facts_fini(&facts);
}

static void of_an_empty_tree_nothing_is_right_or_wrong(void **state)
{
    (void)state;
    char root[] = "/tmp/test_health.XXXXXX";
    struct facts facts;
    assert_non_null(mkdtemp(root));
    recorded_examine_at(root, &facts);
    assert_int_equal(rmdir(root), 0);
    assert_int_equal(facts_with(&facts, VERDICT_OK), 0);
    assert_int_equal(facts_with(&facts, VERDICT_BAD), 0);
    assert_int_equal(facts_with(&facts, VERDICT_UNKNOWN), facts.count);
    assert_true(facts.count > 5);
    facts_fini(&facts);
}

/* Of the walk below: no state can be given to nftw. */
static char files[512][256];
static int file_count;

static int note_file(const char *path, const struct stat *status, int type,
                     struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (type == FTW_F && file_count < 512)
        snprintf(files[file_count++], sizeof files[0], "%s", path);
    return 0;
}

/* Theorem: taking away the right to read a file takes knowledge away. It can
 * make nothing wrong, and nothing right that was not. */
static void a_file_that_is_refused_makes_nothing_right_or_wrong(void **state)
{
    (void)state;
    char root[64], kept[300];
    struct facts facts;
    recorded_unpack("good", root);
    recorded_examine_at(root, &facts);
    size_t right = facts_with(&facts, VERDICT_OK);
    facts_fini(&facts);
    file_count = 0;
    assert_int_equal(nftw(root, note_file, 16, FTW_PHYS), 0);
    assert_true(file_count > 100 && file_count < 512);
    for (int i = 0; i < file_count; i++) {
        snprintf(kept, sizeof kept, "%s.kept", files[i]);
        assert_int_equal(rename(files[i], kept), 0);
        assert_int_equal(symlink(files[i], files[i]), 0);
        recorded_examine_at(root, &facts);
        if (facts_with(&facts, VERDICT_BAD) ||
            facts_with(&facts, VERDICT_OK) > right) {
            facts_print(&facts, VERDICT_NOTE, stderr);
            fail_msg("%s refused: expected nothing bad and at most %zu ok, "
                     "got %zu and %zu",
                     files[i], right, facts_with(&facts, VERDICT_BAD),
                     facts_with(&facts, VERDICT_OK));
        }
        facts_fini(&facts);
        assert_int_equal(unlink(files[i]), 0);
        assert_int_equal(rename(kept, files[i]), 0);
    }
    recorded_remove(root);
}

/* --- distances -------------------------------------------------------------
 */

static struct pci_device at(long numa, int depth, const char *const *above)
{
    struct pci_device device = {.numa = numa, .depth = depth};
    for (int i = 0; i < depth; i++)
        snprintf(device.above[i], sizeof device.above[i], "%s", above[i]);
    return device;
}

#define AT(numa, ...)                                                          \
    at(numa,                                                                   \
       (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),     \
       (const char *const[]){__VA_ARGS__})

static void distance_is_what_the_path_crosses(void **state)
{
    (void)state;
    const struct pci two = {.numa_nodes = 2}, one = {.numa_nodes = 1};
    /* h: host bridge, r: root port, u and d: ports of switches. */
    const struct pci_device gpu = AT(0, "h0", "r0", "u0", "d0", "gpu");
    const struct {
        struct pci_device nic;
        enum pci_distance expected;
    } cases[] = {
        {AT(0, "h0", "r0", "u0", "d1", "nic"), PCI_PIX},
        {AT(0, "h0", "r0", "u0", "d2", "u2", "d3", "nic"), PCI_PXB},
        {AT(0, "h0", "r1", "nic"), PCI_PHB},
        {AT(0, "h1", "r1", "nic"), PCI_NODE},
        {AT(1, "h2", "r2", "nic"), PCI_SYS},
        {AT(-1, "h2", "r2", "nic"), PCI_UNKNOWN},
        {at(0, 0, NULL), PCI_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum pci_distance got = pci_distance(&two, &gpu, &cases[i].nic);
        enum pci_distance back = pci_distance(&two, &cases[i].nic, &gpu);
        if (got != cases[i].expected || back != got)
            fail_msg("case %zu: expected %s, got %s and back %s", i,
                     pci_distance_name(cases[i].expected),
                     pci_distance_name(got), pci_distance_name(back));
    }
    assert_int_equal(pci_distance(&one, &gpu, &cases[5].nic), PCI_NODE);
}

/* --- inventory -------------------------------------------------------------
 */

static void the_inventory_tells_the_same_as_the_findings(void **state)
{
    (void)state;
    static const char *const wanted[][2] = {
        {"host", "node1"},
        {"gpus", "2"},
        {"gpu", "NVIDIA H100 80GB HBM3"},
        {"gpu_driver", "550.54.15"},
        {"gpudirect", "peermem, dma-buf"},
        {"nics", "2"},
        {"nic", "MT4129"},
        {"nic_firmware", "28.43.1014"},
        {"nic_rate", "400 Gb/sec (4X NDR); 200 Gb/sec (4X HDR)"},
        {"acs", "off"},
        {"memlock", "unlimited"},
        {"faults", "mlx5_1 PCIe width x8; mlx5_1:1 rate 200 Gb/sec (4X HDR)"}};
    char root[64], text[256];
    struct node_facts node;
    size_t found = 0;
    recorded_unpack("two-nics", root);
    health_describe(root, &node);
    recorded_remove(root);
    for (int i = 0; i < node_columns(); i++)
        for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++)
            if (strcmp(node_column_name(i), wanted[w][0]) == 0) {
                node_column_value(&node, i, text, sizeof text);
                assert_string_equal(text, wanted[w][1]);
                found++;
            }
    assert_int_equal(found, sizeof wanted / sizeof *wanted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_node_has_nothing_bad_unknown_or_noted),
        cmocka_unit_test(each_fault_is_named_and_nothing_else_is),
        cmocka_unit_test(what_may_not_be_looked_at_is_unknown),
        cmocka_unit_test(of_an_empty_tree_nothing_is_right_or_wrong),
        cmocka_unit_test(a_file_that_is_refused_makes_nothing_right_or_wrong),
        cmocka_unit_test(distance_is_what_the_path_crosses),
        cmocka_unit_test(the_inventory_tells_the_same_as_the_findings),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
