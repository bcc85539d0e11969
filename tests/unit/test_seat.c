/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPU of a described cluster each rank of a measured job sits on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/seat.h"

enum { PER_NODE = 4 };

static const char nodes_text[] =
    "name: town\ntitle: town\nsource: a test\n"
    "node: {count: 6, gpus: 4, scaleup: {rate: 1GB/s, latency: 1us},\n"
    "  nic: {count: 4, rate: 1GB/s, latency: 1us}}\n"
    "routing: static\n"
    "clos: [{name: leaf, group: 6, switches: 4, latency: 1us, cable: 1m}]\n";

struct town {
    struct cluster *cluster;
    struct topology *topology;
};

static struct town town(const char *more)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "%s%s", nodes_text, more);
    struct town town = {cluster_parse(text, (size_t)n, "town.yaml"), NULL};
    assert_non_null(town.cluster);
    town.topology = topology_build(town.cluster);
    assert_non_null(town.topology);
    return town;
}

static void leave(struct town town)
{
    topology_free(town.topology);
    cluster_free(town.cluster);
}

static void expect_seats(const char *file, const struct seating *who,
                         const int *want)
{
    struct town t = town(file);
    int gpu_of[32];
    assert_true(seats_find(t.topology, who, gpu_of));
    for (int r = 0; r < who->ranks; r++) {
        if (gpu_of[r] != want[r])
            print_message("rank %d: expected GPU %d, got %d\n", r, want[r],
                          gpu_of[r]);
        assert_int_equal(gpu_of[r], want[r]);
    }
    leave(t);
}

static void expect_refused(const char *file, const struct seating *who)
{
    struct town t = town(file);
    int gpu_of[32];
    assert_false(seats_find(t.topology, who, gpu_of));
    leave(t);
}

/* Ranks dealt round over two nodes: the k-th on a node has its k-th GPU. */
static void without_names_nodes_are_taken_in_order(void **state)
{
    (void)state;
    const int node_of[] = {0, 1, 0, 1, 1};
    const char *const host[] = {"x", "y"};
    const struct seating who = {5, 2, node_of, host};
    expect_seats("", &who, (const int[]){0, 4, 1, 5, 6});
    expect_seats("job: {gpus: 8, first: 3}\n", &who,
                 (const int[]){12, 16, 13, 17, 18});
}

static void names_decide_where_the_file_has_them(void **state)
{
    (void)state;
    const int node_of[] = {0, 0, 1, 2};
    const char *const host[] = {"n5.rack", "n3", "n1.other.net"};
    const struct seating who = {4, 3, node_of, host};
    expect_seats("hosts: [\"n[1-6]\"]\n", &who, (const int[]){16, 17, 8, 0});
}

/* a.x and a.y are two hosts; "a" alone is either, "a.z" neither. */
static void a_domain_that_both_have_must_agree(void **state)
{
    (void)state;
    const int node_of[] = {0};
    const char *file = "hosts: [a.x, a.y, b, c, d, ab]\n";
    const char *y = "a.y", *z = "a.z", *ab = "ab", *unknown = "e", *part = "";
    expect_seats(file, &(struct seating){1, 1, node_of, &y}, (const int[]){4});
    expect_seats(file, &(struct seating){1, 1, node_of, &ab},
                 (const int[]){20});
    expect_refused(file, &(struct seating){1, 1, node_of, &z});
    expect_refused(file, &(struct seating){1, 1, node_of, &unknown});
    expect_refused(file, &(struct seating){1, 1, node_of, &part});
}

static void two_nodes_may_not_be_one_host(void **state)
{
    (void)state;
    const int node_of[] = {0, 1};
    const char *const host[] = {"n1", "n1.rack"};
    expect_refused("hosts: [\"n[1-6]\"]\n",
                   &(struct seating){2, 2, node_of, host});
}

static void more_than_the_file_has_is_refused(void **state)
{
    (void)state;
    int crowd[PER_NODE + 1] = {0}, wide[] = {0, 1, 2, 3, 4, 5, 6};
    const char *const host[] = {"a", "b", "c", "d", "e", "f", "g"};
    expect_refused("", &(struct seating){PER_NODE + 1, 1, crowd, host});
    expect_refused("", &(struct seating){7, 7, wide, host});
    expect_refused("job: {gpus: 8, first: 3}\n",
                   &(struct seating){4, 4, wide, host});
    expect_seats("", &(struct seating){6, 6, wide, host},
                 (const int[]){0, 4, 8, 12, 16, 20});
}

static void pretended_nodes_have_no_names(void **state)
{
    (void)state;
    const int node_of[] = {0, 0, 1, 1};
    const struct seating who = {4, 2, node_of, NULL};
    expect_seats("", &who, (const int[]){0, 1, 4, 5});
    expect_refused("hosts: [\"n[1-6]\"]\n", &who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_names_nodes_are_taken_in_order),
        cmocka_unit_test(names_decide_where_the_file_has_them),
        cmocka_unit_test(a_domain_that_both_have_must_agree),
        cmocka_unit_test(two_nodes_may_not_be_one_host),
        cmocka_unit_test(more_than_the_file_has_is_refused),
        cmocka_unit_test(pretended_nodes_have_no_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
