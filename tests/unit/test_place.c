/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPUs a job gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "graph_town.h"
#include "sim/place.h"

enum { NODES = 24, GPUS = 2 * NODES, ODD = 7 };

/* Two leaves and a spine: node i is on leaf 0 where i is a multiple of 4 or 23,
 * 7 nodes, and on leaf 1 otherwise, 17. */
static bool on_odd_leaf(int node)
{
    return node % 4 == 0 || node == 23;
}

static struct cluster uneven(void)
{
    struct cluster c = town_clos(NODES, 2);
    c.fabric = FABRIC_GRAPH;
    c.node.nics = fig(1);
    for (int i = 0; i < NODES + 3; i++)
        town_vertex(&c.graph, i < NODES);
    for (int i = 0; i < NODES; i++)
        town_link(&c.graph, i, NODES + !on_odd_leaf(i), 0, 10e9, 0);
    for (int leaf = 0; leaf < 2; leaf++)
        town_link(&c.graph, NODES + leaf, NODES + 2, -1, 10e9, 0);
    return c;
}

/* Ranks in ascending order of GPUs, no GPU twice, whatever the kind. */
static void every_rank_has_a_gpu_of_its_own(void **state)
{
    (void)state;
    struct cluster c = uneven();
    struct topology *t = topology_build(&c);
    int gpu_of[GPUS], seen = 0;
    for (int kind = 0; kind < PLACE_KINDS; kind++)
        for (uint64_t seed = 1; seed < 20; seed++)
            for (int ranks = 1; ranks <= GPUS; ranks++) {
                assert_true(
                    place_ranks(t, (enum place_kind)kind, seed, ranks, gpu_of));
                assert_true(gpu_of[0] >= 0 && gpu_of[ranks - 1] < GPUS);
                for (int i = 1; i < ranks; i++)
                    assert_true(gpu_of[i] > gpu_of[i - 1]);
                seen++;
            }
    assert_int_equal(seen, 3 * 19 * GPUS);
    assert_false(place_ranks(t, PLACE_NODES, 1, GPUS + 1, gpu_of));
    topology_free(t);
    town_graph_free(&c);
}

/* A rack is what hangs on the same lowest switches, however its nodes are
 * numbered: a job that fits in one is on one, on either for some seed, and a
 * second is taken only when the first is full. */
static void racks_are_groups_of_the_lowest_switches(void **state)
{
    (void)state;
    struct cluster c = uneven();
    struct topology *t = topology_build(&c);
    int gpu_of[GPUS], of_odd = 0, of_even = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        int odd = 0;
        place_ranks(t, PLACE_RACKS, seed, 2 * ODD, gpu_of);
        for (int i = 0; i < 2 * ODD; i++)
            odd += on_odd_leaf(gpu_of[i] / 2);
        if (odd && odd != 2 * ODD)
            fail_msg("%d of %d ranks in the first rack, expected 0 or all", odd,
                     2 * ODD);
        of_odd += odd > 0;
        of_even += odd == 0;
    }
    assert_true(of_odd > 5 && of_even > 5);
    topology_free(t);
    town_graph_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rank_has_a_gpu_of_its_own),
        cmocka_unit_test(racks_are_groups_of_the_lowest_switches),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
