/* SPDX-License-Identifier: BSD-3-Clause */
/* What NICs counted between two looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/counters.h"

struct place {
    char root[64];
};

static void make_folder(const char *root, const char *path)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(whole, 0755);
            *at = '/';
        }
    mkdir(whole, 0755);
}

static void put(const char *root, const char *nic, const char *file, long value)
{
    char path[256];
    snprintf(path, sizeof path, "/sys/class/infiniband/%s/ports/1/counters",
             nic);
    make_folder(root, path);
    snprintf(path, sizeof path, "/sys/class/infiniband/%s/ports/1/hw_counters",
             nic);
    make_folder(root, path);
    snprintf(path, sizeof path, "%s/sys/class/infiniband/%s/ports/1/%s", root,
             nic, file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fprintf(out, "%ld\n", value);
    fclose(out);
}

static int setup(void **state)
{
    static struct place place;
    snprintf(place.root, sizeof place.root, "/tmp/test_counters.XXXXXX");
    *state = &place;
    return mkdtemp(place.root) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];
    struct place *place = *state;
    snprintf(command, sizeof command, "rm -r %s", place->root);
    return system(command);
}

static void expect(const struct nic_counts *counts, enum count_kind kind,
                   double value, bool known)
{
    print_message("kind %d: expected %g (%s), got %g (%s)\n", (int)kind, value,
                  known ? "known" : "unknown", counts->value[kind],
                  counts->known[kind] ? "known" : "unknown");
    assert_true(counts->value[kind] >= value && counts->value[kind] <= value);
    assert_int_equal(counts->known[kind], known);
}

/* Data is counted in words of 4 bytes, ports of all NICs are summed, and a kind
 * that no NIC counts is unknown, not 0. */
static void kinds_are_summed_over_all_ports(void **state)
{
    const char *root = ((struct place *)*state)->root;
    struct nic_counts counts;
    put(root, "mlx5_0", "counters/port_xmit_data", 1000);
    put(root, "mlx5_1", "counters/port_xmit_data", 24);
    put(root, "mlx5_0", "counters/symbol_error", 2);
    put(root, "mlx5_1", "counters/link_downed", 1);
    put(root, "mlx5_1", "hw_counters/out_of_sequence", 7);
    struct counters *c = counters_open(root);
    counters_read(c, &counts);
    expect(&counts, COUNT_SENT_B, 4096, true);
    expect(&counts, COUNT_RECEIVED_B, 0, false);
    expect(&counts, COUNT_ERRORS, 3, true);
    expect(&counts, COUNT_RETRANSMITS, 7, true);
    expect(&counts, COUNT_ECN, 0, false);
    put(root, "mlx5_1", "hw_counters/out_of_sequence", 9);
    put(root, "mlx5_0", "counters/port_xmit_data", 1001);
    counters_read(c, &counts);
    expect(&counts, COUNT_RETRANSMITS, 9, true);
    expect(&counts, COUNT_SENT_B, 4100, true);
    counters_close(c);
}

static void tell(const char *root, const char *device, const char *text)
{
    char path[256];
    make_folder(root, "/ethtool");
    snprintf(path, sizeof path, "/sys/class/infiniband/mlx5_0/device/net/%s",
             device);
    make_folder(root, path);
    snprintf(path, sizeof path, "%s/ethtool/%s", root, device);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/* Pause frames of an Ethernet NIC's network device are summed over priorities
 * and both ways; how long they lasted, and all else, is not. */
static void pause_frames_are_counted_by_name(void **state)
{
    const char *root = ((struct place *)*state)->root;
    struct nic_counts counts;
    put(root, "mlx5_0", "counters/symbol_error", 0);
    tell(root, "eth4",
         "NIC statistics:\n     rx_packets: 9\n     rx_prio3_pause: 12\n"
         "     rx_prio3_pause_duration: 900\n     tx_prio3_pause: 30\n"
         "     rx_prio3_pause_transition: 6\n     tx_pause_ctrl_phy: 400\n"
         "     rx_pfc_ena_frames_pri5: 1000");
    struct counters *c = counters_open(root);
    counters_read(c, &counts);
    expect(&counts, COUNT_PAUSES, 1442, true);
    tell(root, "eth4", "NIC statistics:\n     rx_prio3_pause: 13\n");
    counters_read(c, &counts);
    expect(&counts, COUNT_PAUSES, 13, true);
    counters_close(c);
}

/* A device whose driver counts no pauses leaves them unknown, not 0. */
static void a_device_without_pause_counters_says_nothing(void **state)
{
    const char *root = ((struct place *)*state)->root;
    struct nic_counts counts;
    put(root, "mlx5_0", "counters/symbol_error", 0);
    tell(root, "ib0", "NIC statistics:\n     rx_packets: 9\n");
    struct counters *c = counters_open(root);
    counters_read(c, &counts);
    expect(&counts, COUNT_PAUSES, 0, false);
    counters_close(c);
}

static void a_node_without_rdma_counts_nothing(void **state)
{
    const char *root = ((struct place *)*state)->root;
    struct nic_counts counts;
    struct counters *c = counters_open(root);
    counters_read(c, &counts);
    for (int k = 0; k < COUNTS; k++)
        expect(&counts, (enum count_kind)k, 0, false);
    counters_close(c);
}

/* Whatever may move in a clean run has no flag, all else has one of its own. */
static void all_but_bytes_have_a_flag(void **state)
{
    (void)state;
    assert_null(counters_flag(COUNT_SENT_B));
    assert_null(counters_flag(COUNT_RECEIVED_B));
    for (int k = COUNT_ERRORS; k < COUNTS; k++) {
        assert_non_null(counters_flag((enum count_kind)k));
        for (int other = COUNT_ERRORS; other < k; other++)
            assert_string_not_equal(counters_flag((enum count_kind)k),
                                    counters_flag((enum count_kind)other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds_are_summed_over_all_ports, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pause_frames_are_counted_by_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_device_without_pause_counters_says_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_node_without_rdma_counts_nothing,
                                        setup, teardown),
        cmocka_unit_test(all_but_bytes_have_a_flag),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
