/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between nodes is one line a difference, with who is odd and what
 * the others have; what is alike, or of the moment, is no line. */
#include "host/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 32, NICS = 4 };

static void say(struct facts *facts, const char *kind, const char *subject,
                const char *what, const char *value)
{
    fact_value(facts_add(facts, kind, subject, what), VERDICT_INFO, "%s",
               value);
}

/* A node whose NICs have these firmwares; NULL stands for the new one. */
static void add_node(struct compare *compare, int number,
                     const char *const *firmware, const char *driver)
{
    struct facts facts = {NULL, 0, 0};
    char text[32];
    say(&facts, "node", "", "kernel", "6.5");
    if (driver)
        say(&facts, "node", "", "driver", driver);
    for (int i = 0; i < NICS; i++) {
        snprintf(text, sizeof text, "mlx5_%d", i);
        say(&facts, "NIC", text, "firmware",
            firmware && firmware[i] ? firmware[i] : "28.43");
    }
    snprintf(text, sizeof text, "%d C", 30 + number);
    say(&facts, "GPU", "GPU0", "temperature", text);
    facts.list[facts.count - 1].passing = true;
    snprintf(text, sizeof text, "node%d", number);
    compare_add(compare, text, &facts);
    facts_fini(&facts);
}

/* The lines of all differences; caller frees. */
static char *lines(struct compare *compare)
{
    char *text = NULL;
    size_t size = 0;
    int count;
    FILE *out = open_memstream(&text, &size);
    const struct difference *list = compare_differences(compare, &count);
    for (int i = 0; i < count; i++)
        compare_print(compare, &list[i], out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect(struct compare *compare, const char *expected)
{
    char *text = lines(compare);
    assert_string_equal(text, expected);
    free(text);
    compare_free(compare);
}

static const char *const old[] = {"28.39", "28.39", "28.39", "28.39"};
static const char *const one_old[] = {NULL, NULL, "28.39", NULL};

static void alike_nodes_differ_in_nothing(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < NODES; n++)
        add_node(compare, n, NULL, "550");
    expect(compare, "");
}

static void the_odd_node_is_named_beside_the_count_of_the_others(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < NODES; n++)
        add_node(compare, n, n == 17 ? old : NULL, "550");
    expect(compare, "node17: NIC firmware 28.39 where 31 others have 28.43\n");
}

static void the_first_node_may_be_the_odd_one(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < 3; n++)
        add_node(compare, n, n == 0 ? old : NULL, "550");
    expect(compare, "node0: NIC firmware 28.39 where 2 others have 28.43\n");
}

static void devices_that_disagree_on_a_node_are_compared_by_name(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < NODES; n++)
        add_node(compare, n, n == 3 || n == 9 ? one_old : NULL, "550");
    expect(compare, "node3, node9: mlx5_2 firmware 28.39 where 30 others have "
                    "28.43\n");
}

static void what_some_nodes_lack_is_none(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < 4; n++)
        add_node(compare, n, NULL, n == 2 ? NULL : "550");
    expect(compare, "node2: driver none where 3 others have 550\n");
}

static void of_two_nodes_the_other_is_named(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    add_node(compare, 0, NULL, "550");
    add_node(compare, 1, NULL, "535");
    expect(compare, "node1: driver 535 where node0 has 550\n");
}

static void many_odd_nodes_are_counted_after_the_first_eight(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < NODES; n++)
        add_node(compare, n, NULL, n < 10 ? "535" : "550");
    expect(compare, "node0, node1, node2, node3, node4, node5, node6, node7 "
                    "and 2 more: driver 535 where 22 others have 550\n");
}

static void several_odd_values_are_a_line_each(void **state)
{
    (void)state;
    struct compare *compare = compare_new();
    for (int n = 0; n < 5; n++)
        add_node(compare, n, n == 1 ? old : NULL,
                 n == 1   ? "535"
                 : n == 4 ? "unknown"
                          : "550");
    expect(compare, "node1: driver 535 where 3 others have 550\n"
                    "node4: driver unknown where 3 others have 550\n"
                    "node1: NIC firmware 28.39 where 4 others have 28.43\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_nodes_differ_in_nothing),
        cmocka_unit_test(the_odd_node_is_named_beside_the_count_of_the_others),
        cmocka_unit_test(the_first_node_may_be_the_odd_one),
        cmocka_unit_test(devices_that_disagree_on_a_node_are_compared_by_name),
        cmocka_unit_test(what_some_nodes_lack_is_none),
        cmocka_unit_test(of_two_nodes_the_other_is_named),
        cmocka_unit_test(many_odd_nodes_are_counted_after_the_first_eight),
        cmocka_unit_test(several_odd_values_are_a_line_each),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
