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

/* All 64 ranks: 4 on each of 16 nodes of 40 GB/s, 16 below each of 4 leaves of
 * 80 GB/s; from a root on the 5th node. */
static void each_collective_by_hand(void **state)
{
    static const struct {
        enum collective_kind kind;
        double of_S, Bps;
        const char *level;
    } rows[] = {
        {COLL_REDUCE_SCATTER, 60.0 / 64, 40e9, "node"},
        {COLL_ALLTOALL, 16 * 48.0 / 64, 80e9, "leaf"},
        {COLL_BROADCAST, 1, 40e9, "node"},
        {COLL_REDUCE, 1, 40e9, "node"},
        {COLL_GATHER, 60.0 / 64, 40e9, "node"},
        {COLL_SCATTER, 60.0 / 64, 40e9, "node"},
        {COLL_SENDRECV, 1, 40e9,
         "node"}, /* the last rank of a node leaves it */
    };
    (void)state;
    struct cluster cluster = tapered();
    struct topology *t = topology_build(&cluster);
    int gpu_of[64];
    for (int i = 0; i < 64; i++)
        gpu_of[i] = i;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collective c = ask(rows[i].kind, 64);
        c.root = 17;
        struct bound b = bound_of(t, &c, gpu_of, 1);
        expect(b.seconds, rows[i].of_S * S / rows[i].Bps,
               collective_name(c.kind));
        assert_string_equal(topology_level_name(t, b.level), rows[i].level);
    }
    /* One rank a node in turn: all four ranks of a node send to another. */
    struct collective shift = ask(COLL_SENDRECV, 64);
    for (int i = 0; i < 64; i++)
        gpu_of[i] = i % 16 * 4 + i / 16;
    expect(bound_of(t, &shift, gpu_of, 1).seconds, 4 * S / 40e9, "spread");
    topology_free(t);
}

/* Of 6 ranks, 4 on the first node: its blocks are most of an all-gather, and
 * have to leave it; to a gather's root there they need not. */
static void most_ranks_in_one_group(void **state)
{
    (void)state;
    struct cluster cluster = tapered();
    struct topology *t = topology_build(&cluster);
    static const enum collective_kind kinds[] = {
        COLL_ALLGATHER, COLL_REDUCE_SCATTER, COLL_GATHER};
    static const double shares[] = {4.0 / 6, 4.0 / 6, 2.0 / 6};
    for (int i = 0; i < 3; i++) {
        struct collective c = ask(kinds[i], 6); /* not quite S */
        expect(bound(t, kinds[i], 6, 1).seconds,
               shares[i] * (double)collective_size_B(&c) / 40e9,
               collective_name(kinds[i]));
    }
    topology_free(t);
}

/* Two scatters at once, from either of two nodes to both: one needs what leaves
 * a node, the other what enters it. And ping-pongs take turns. */
static void both_ways_are_kept_apart(void **state)
{
    static const int scatters[] = {0, 1, 4, 5, 6, 7, 2, 3};
    static const int pingpongs[] = {0, 4, 5, 1, 2, 6};
    (void)state;
    struct cluster cluster = tapered();
    struct topology *t = topology_build(&cluster);
    struct collective c = ask(COLL_SCATTER, 4);
    expect(bound_of(t, &c, scatters, 2).seconds, 0.5 * S / 40e9, "scatters");
    c = ask(COLL_PINGPONG, 2);
    for (int pairs = 1; pairs <= 3; pairs++)
        expect(bound_of(t, &c, pingpongs, pairs).seconds,
               fmax(1, pairs / 2.0) * S / 40e9, "ping-pongs");
    c = ask(COLL_STREAM, 2);
    expect(bound_of(t, &c, pingpongs, 3).seconds, 2 * S / 40e9, "streams");
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
        cmocka_unit_test(each_collective_by_hand),
        cmocka_unit_test(most_ranks_in_one_group),
        cmocka_unit_test(both_ways_are_kept_apart),
        cmocka_unit_test(nothing_to_move),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
