/* SPDX-License-Identifier: BSD-3-Clause */
/* A node is what its /proc and /sys say, and unknown where they say nothing. */
#include "host/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct entry {
    const char *path, *text;
};

/* A recorded tree, made below a new root and removed again. */
static void make_tree(char *root, const struct entry *entries)
{
    char path[512];
    snprintf(root, 64, "/tmp/test_node.XXXXXX");
    assert_non_null(mkdtemp(root));
    for (; entries->path; entries++) {
        snprintf(path, sizeof path, "%s%s", root, entries->path);
        for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
            *at = '\0';
            mkdir(path, 0700);
            *at = '/';
        }
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(entries->text, out);
        fclose(out);
    }
}

static void remove_tree(const char *root, const struct entry *entries)
{
    char path[512];
    for (; entries->path; entries++) {
        snprintf(path, sizeof path, "%s%s", root, entries->path);
        unlink(path);
        for (char *at; (at = strrchr(path, '/')) > path + strlen(root);) {
            *at = '\0';
            rmdir(path);
        }
    }
    assert_int_equal(rmdir(root), 0);
}

static void describe(const struct entry *entries, struct node_facts *out)
{
    char root[64];
    make_tree(root, entries);
    node_describe(root, out);
    remove_tree(root, entries);
}

static const struct entry large_node[] = {
    {"/proc/cpuinfo", "processor\t: 0\nvendor_id\t: AuthenticAMD\n"
                      "model name\t: AMD EPYC 9654 96-Core Processor  \n"
                      "processor\t: 1\nmodel name\t: another\n"},
    {"/proc/meminfo", "MemTotal:       1584988160 kB\nMemFree: 1 kB\n"},
    {"/proc/loadavg", "3.25 2.00 1.00 4/900 12345\n"},
    {"/proc/self/status",
     "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-95,192-1023\n"},
    {"/proc/sys/kernel/osrelease", "6.8.0-45-generic\n"},
    {"/proc/sys/kernel/hostname", "n0017\n"},
    {"/etc/os-release", "NAME=\"Ubuntu\"\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n"},
    {"/sys/devices/system/cpu/online", "0-191,200\n"},
    {"/sys/devices/system/node/online", "0-1,4\n"},
    {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
    {NULL, NULL},
};

static void a_recorded_tree_is_read_as_it_stands(void **state)
{
    (void)state;
    struct node_facts node;
    describe(large_node, &node);
    assert_string_equal(node.host, "n0017");
    assert_string_equal(node.kernel, "6.8.0-45-generic");
    assert_string_equal(node.cpu, "AMD EPYC 9654 96-Core Processor");
    assert_string_equal(node.os, "Ubuntu 24.04 LTS");
    assert_string_equal(node.governor, "performance");
    assert_string_equal(node.hugepages, "madvise");
    assert_string_equal(node.load, "3.25");
    assert_int_equal(node.cores_online, 193);
    assert_int_equal(node.cores, 97); /* 0-95 and 200: allowed and online */
    assert_int_equal(node.numa_nodes, 3);
    assert_true(node.memory_GiB > 1511.5 && node.memory_GiB < 1511.6);
}

static void an_empty_tree_is_unknown_in_every_column(void **state)
{
    (void)state;
    static const struct entry nothing[] = {{NULL, NULL}};
    struct node_facts node;
    describe(nothing, &node);
    assert_int_equal(node.cores, -1);
    assert_true(node.memory_GiB == -1);
    assert_true(node_columns() > 5);
    for (int i = 0; i < node_columns(); i++) {
        char text[128] = "not written";
        node_column_value(&node, i, text, sizeof text);
        if (text[0])
            fail_msg("expected %s to be unknown, got \"%s\"",
                     node_column_name(i), text);
    }
}

static void nonsense_is_unknown_not_a_guess(void **state)
{
    (void)state;
    static const struct entry broken[] = {
        {"/proc/cpuinfo", "model name of what\n"},
        {"/proc/meminfo", "MemTotal: much\n"},
        {"/sys/devices/system/cpu/online", "0-\n"},
        {"/sys/devices/system/node/online", "5-3\n"},
        {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise\n"},
        {NULL, NULL},
    };
    struct node_facts node;
    describe(broken, &node);
    assert_string_equal(node.cpu, "");
    assert_true(node.memory_GiB == -1);
    assert_int_equal(node.cores_online, -1);
    assert_int_equal(node.numa_nodes, -1);
    assert_string_equal(node.hugepages, "");
}

static void texts_that_are_too_long_are_cut(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    const struct entry long_name[] = {{"/proc/sys/kernel/hostname", name},
                                      {NULL, NULL}};
    struct node_facts node;
    describe(long_name, &node);
    assert_int_equal(strlen(node.host), sizeof node.host - 1);
}

static void columns_print_in_their_units(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        {"host", "n0017"},       {"kernel", "6.8.0-45-generic"},
        {"cores", "97"},         {"cores_online", "193"},
        {"numa_nodes", "3"},     {"memory_GiB", "1511.6"},
        {"hugepages", "madvise"}};
    struct node_facts node;
    size_t found = 0;
    describe(large_node, &node);
    for (int i = 0; i < node_columns(); i++)
        for (size_t w = 0; w < sizeof want / sizeof want[0]; w++)
            if (strcmp(node_column_name(i), want[w][0]) == 0) {
                char text[128];
                node_column_value(&node, i, text, sizeof text);
                assert_string_equal(text, want[w][1]);
                found++;
            }
    assert_int_equal(found, sizeof want / sizeof want[0]);
}

static void this_machine_has_a_name_and_a_core(void **state)
{
    (void)state;
    struct node_facts node;
    node_describe("", &node);
    assert_true(node.host[0] && node.kernel[0]);
    if (node.cores < 1 || node.cores > node.cores_online)
        fail_msg("expected 1 <= cores <= online, got %ld and %ld", node.cores,
                 node.cores_online);
    assert_true(node.memory_GiB > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_tree_is_read_as_it_stands),
        cmocka_unit_test(an_empty_tree_is_unknown_in_every_column),
        cmocka_unit_test(nonsense_is_unknown_not_a_guess),
        cmocka_unit_test(texts_that_are_too_long_are_cut),
        cmocka_unit_test(columns_print_in_their_units),
        cmocka_unit_test(this_machine_has_a_name_and_a_core),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
