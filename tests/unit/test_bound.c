/* SPDX-License-Identifier: BSD-3-Clause */
/* The bound by hand: 16 nodes of 4 GPUs, 100 GB/s scale-up and a 10 GB/s NIC a
 * GPU; leaves of 4 nodes with 4 x 2 uplinks of 10 GB/s each: tapered 2:1. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_town.h"
#include "sim/bound.h"

#define S 1024000000.0

static void expect(double got, double expected, const char *what)
{
    if (!(fabs(got - expected) <= 1e-12 * expected))
        fail_msg("%s: %.17g s, expected %.17g s", what, got, expected);
}

static struct cluster tapered(void)
{
    struct cluster c = town_clos(16, 4);
    town_tier(&c, "leaf", 4, 4, 1, 0);
    town_tier(&c, "spine", 4, 4, 2, 2);
    return c;
}

static struct collective ask(enum collective_kind kind, int ranks)
{
    struct collective c = {.kind = kind, .type = TYPE_FLOAT32, .ranks = ranks};
    c.count = collective_count(&c, (size_t)S);
    return c;
}

static struct bound bound(const struct topology *t, enum collective_kind kind,
                          int ranks, int stride)
{
    int gpu_of[64];
    struct collective c = ask(kind, ranks);
    for (int i = 0; i < ranks; i++)
        gpu_of[i] = i * stride;
    return bound_of(t, &c, gpu_of, 1);
}

/* In one node only the scale-up links count: with NICs, 110 GB/s a GPU. */
static void inside_a_node(void **state)
{
    (void)state;
    struct cluster c = tapered();
    struct topology *t = topology_build(&c);
    expect(bound(t, COLL_ALLREDUCE, 4, 1).seconds, 2 * 3 * S / (4 * 110e9),
           "all-reduce of 4");
    expect(bound(t, COLL_ALLGATHER, 4, 1).seconds, 0.75 * S / 110e9,
           "all-gather of 4");
    topology_free(t);
}

/* Of all 64 ranks: GPU 2*63 S/(64*110), node 2*15 S/(16*40), leaf 2*3 S/(4*80)
 * GB/s, the last two equal to 1/40 * 15/8 and 1/80 * 3/2: the node is tightest.
 * With a taper of 4:1 the leaf would be. */
static void the_tightest_cut_is_named(void **state)
{
    (void)state;
    struct cluster c = tapered();
    struct topology *t = topology_build(&c);
    struct bound b = bound(t, COLL_ALLREDUCE, 64, 1);
    expect(b.seconds, 2 * 15 * S / (16 * 40e9), "all-reduce of 64");
    assert_string_equal(topology_level_name(t, b.level), "node");
    b = bound(t, COLL_ALLGATHER, 64, 1);
    expect(b.seconds, 60.0 / 64 * S / 40e9, "all-gather of 64");
    topology_free(t);
    c.clos.tier[1].rate = fig(2.5e9);
    t = topology_build(&c);
    b = bound(t, COLL_ALLREDUCE, 64, 1);
    expect(b.seconds, 2 * 3 * S / (4 * 20e9), "all-reduce of 64, tapered");
    assert_string_equal(topology_level_name(t, b.level), "leaf");
    b = bound(t, COLL_ALLGATHER, 64, 1);
    expect(b.seconds, 48.0 / 64 * S / 20e9, "all-gather of 64, tapered");
    topology_free(t);
}

/* A switch that reduces leaves only what every GPU must send itself. */
static void a_reducing_switch_halves_the_bound(void **state)
{
    (void)state;
    struct cluster c = town_node(8);
    struct topology *t = topology_build(&c);
    expect(bound(t, COLL_ALLREDUCE, 8, 1).seconds, 2 * 7 * S / (8 * 100e9),
           "without");
    topology_free(t);
    c.node.scaleup_reduces = fig(1);
    t = topology_build(&c);
    expect(bound(t, COLL_ALLREDUCE, 8, 1).seconds, S / 100e9, "with");
    topology_free(t);
}

/* Groups that run at once share the cuts: four all-gathers of one rank a node
 * need of a node four times what one does. */
static void groups_add_up(void **state)
{
    (void)state;
    struct cluster c = tapered();
    struct topology *t = topology_build(&c);
    struct collective q = ask(COLL_ALLGATHER, 16);
    int gpu_of[64];
    for (int g = 0; g < 4; g++)
        for (int m = 0; m < 16; m++)
            gpu_of[g * 16 + m] = m * 4 + g;
    expect(bound_of(t, &q, gpu_of, 4).seconds, 4 * 15.0 / 16 * S / 40e9,
           "four groups");
    /* One of them alone is limited by its leaves: 12/16 S through 80 GB/s is
     * less than 15/16 S through a node's 40. */
    expect(bound_of(t, &q, gpu_of, 1).seconds, 15.0 / 16 * S / 40e9,
           "one group");
    topology_free(t);
}

/* Nothing to move, no bound: one rank, or a barrier. */
static void nothing_to_move(void **state)
{
    (void)state;
    struct cluster c = tapered();
    struct topology *t = topology_build(&c);
    assert_true(bound(t, COLL_ALLREDUCE, 1, 1).seconds == 0);
    assert_int_equal(bound(t, COLL_ALLREDUCE, 1, 1).level, -1);
    assert_true(bound(t, COLL_BARRIER, 64, 1).seconds == 0);
    topology_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inside_a_node),
        cmocka_unit_test(the_tightest_cut_is_named),
        cmocka_unit_test(a_reducing_switch_halves_the_bound),
        cmocka_unit_test(groups_add_up),
        cmocka_unit_test(nothing_to_move),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
