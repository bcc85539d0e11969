/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem: no GPU gets more than its share of the ranks, and within that a
 * rank that is bound to a NUMA node gets a GPU of it. */
#include "bench/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/near.h"

enum { MOST = 16 };

static const struct {
    const char *what;
    int ranks, gpus;
    long rank_node[MOST], gpu_node[MOST];
    int want[MOST];
} cases[] = {
    {"ranks in blocks, a GPU each",
     8,
     8,
     {0, 0, 0, 0, 1, 1, 1, 1},
     {0, 0, 0, 0, 1, 1, 1, 1},
     {0, 1, 2, 3, 4, 5, 6, 7}},
    {"ranks in turns over two nodes",
     8,
     8,
     {0, 1, 0, 1, 0, 1, 0, 1},
     {0, 0, 0, 0, 1, 1, 1, 1},
     {0, 4, 2, 5, 1, 6, 3, 7}},
    {"ranks bound to nothing: their own numbers",
     4,
     4,
     {-1, -1, -1, -1},
     {0, 0, 1, 1},
     {0, 1, 2, 3}},
    {"GPUs of nodes that are not told",
     3,
     4,
     {0, 1, 1},
     {-1, -1, -1, -1},
     {0, 1, 2}},
    {"GPUs the other way round",
     4,
     4,
     {0, 0, 1, 1},
     {1, 1, 0, 0},
     {2, 3, 0, 1}},
    {"more ranks than GPUs: two each, near ones",
     4,
     2,
     {1, 1, 0, 0},
     {0, 1},
     {1, 1, 0, 0}},
    {"who may run anywhere leaves the near ones to the bound",
     3,
     2,
     {-1, 0, 1},
     {0, 1},
     {0, 0, 1}},
    {"one GPU for all", 3, 1, {0, 1, -1}, {0}, {0, 0, 0}},
};

static void ranks_get_the_nearest_that_leaves_none_idle(void **state)
{
    int got[MOST];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nearest_gpus(cases[i].rank_node, cases[i].ranks, cases[i].gpu_node,
                     cases[i].gpus, got);
        for (int r = 0; r < cases[i].ranks; r++)
            if (got[r] != cases[i].want[r])
                fail_msg("%s: rank %d gets %d, expected %d", cases[i].what, r,
                         got[r], cases[i].want[r]);
    }
}

static void expect_node(const char *root, const char *processors, long want)
{
    long got = near_node_of(root, processors);
    print_message("processors %s: node %ld, expected %ld\n", processors, got,
                  want);
    assert_int_equal(got, want);
}

static void a_list_of_processors_is_on_one_node_or_none(void **state)
{
    char root[64], command[512];
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_nearest.XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(
        command, sizeof command,
        "cd %s && mkdir -p sys/devices/system/node/node0 "
        "sys/devices/system/node/node1 sys/bus/pci/devices/0000:ab:00.0 && "
        "echo 0-3,8-11 > sys/devices/system/node/node0/cpulist && "
        "echo 4-7,12-15 > sys/devices/system/node/node1/cpulist && "
        "echo 1 > sys/bus/pci/devices/0000:ab:00.0/numa_node",
        root);
    assert_int_equal(system(command), 0);
    expect_node(root, "0-3", 0);
    expect_node(root, "2,9", 0);
    expect_node(root, "12-15", 1);
    expect_node(root, "3-4", -1);
    expect_node(root, "0-15", -1);
    expect_node(root, "16", -1);
    expect_node(root, "x", -1);
    expect_node(root, "", -1);
    assert_int_equal(near_device_node(root, "0000:AB:00.0"), 1);
    assert_int_equal(near_device_node(root, "0000:ac:00.0"), -1);
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_get_the_nearest_that_leaves_none_idle),
        cmocka_unit_test(a_list_of_processors_is_on_one_node_or_none),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
