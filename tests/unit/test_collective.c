/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes, rates and shapes of collectives, by worked numbers; the blocks into
 * which algorithms cut; and which algorithm `auto` takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "coll/builder.h"
#include "coll/registry.h"

/* Worked by hand for 8 ranks, 1000 float64 each, a window of 64 (512,000 of
 * 524,288 bytes), 8 half windows of 32 messages a run. */
static const struct {
    enum collective_kind kind;
    int ranks;
    size_t input_B, output_B, size_B;
    double factor;
    int ops;
} worked[] = {
    {COLL_BARRIER, 8, 0, 0, 0, 1, 1},
    {COLL_ALLREDUCE, 8, 8000, 8000, 8000, 1.75, 1},
    {COLL_ALLGATHER, 8, 8000, 64000, 64000, 0.875, 1},
    {COLL_PINGPONG, 2, 8000, 8000, 8000, 1, 2},
    {COLL_STREAM, 2, 512000, 512000, 8000, 1, 256},
    {COLL_BISTREAM, 2, 512000, 512000, 8000, 2, 256},
    {COLL_REDUCE_SCATTER, 8, 64000, 8000, 64000, 0.875, 1},
    {COLL_ALLTOALL, 8, 64000, 64000, 64000, 0.875, 1},
    {COLL_BROADCAST, 8, 8000, 8000, 8000, 1, 1},
    {COLL_REDUCE, 8, 8000, 8000, 8000, 1, 1},
    {COLL_GATHER, 8, 8000, 64000, 64000, 0.875, 1},
    {COLL_SCATTER, 8, 64000, 8000, 64000, 0.875, 1},
    {COLL_SENDRECV, 8, 8000, 8000, 8000, 1, 1},
    {COLL_ALLREDUCE, 1, 8000, 8000, 8000, 0, 1},
    {COLL_SENDRECV, 1, 8000, 8000, 8000, 0, 1},
    {COLL_ALLGATHER, 1, 8000, 8000, 8000, 0, 1},
};

static void sizes_and_rates_are_as_worked_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof worked / sizeof worked[0]; i++) {
        struct collective c = {.kind = worked[i].kind,
                               .ranks = worked[i].ranks,
                               .count = 1000,
                               .type = TYPE_FLOAT64};
        assert_int_equal(collective_input_B(&c), worked[i].input_B);
        assert_int_equal(collective_output_B(&c), worked[i].output_B);
        assert_int_equal(collective_size_B(&c), worked[i].size_B);
        assert_true(collective_bus_factor(&c) == worked[i].factor);
        assert_int_equal(collective_ops_per_run(&c), worked[i].ops);
    }
}

/* Theorem: the count is the least whose size reaches what is asked for. */
static void a_count_is_the_least_that_reaches_a_size(void **state)
{
    static const size_t sizes_B[] = {0, 1, 3, 4, 5, 31, 32, 33, 1000, 65536};
    long tried = 0;

    (void)state;
    for (int kind = COLL_ALLREDUCE; kind < COLL_KINDS; kind++)
        for (size_t i = 0; i < sizeof sizes_B / sizeof sizes_B[0]; i++)
            for (int ranks = 1; ranks < 9; ranks++, tried++) {
                struct collective c = {.kind = (enum collective_kind)kind,
                                       .ranks = ranks,
                                       .type = TYPE_INT32};
                c.count = collective_count(&c, sizes_B[i]);
                assert_true(collective_size_B(&c) >= sizes_B[i]);
                if (c.count == 0)
                    continue;
                c.count--;
                assert_true(collective_size_B(&c) < sizes_B[i]);
            }
    assert_int_equal(tried, 12 * 10 * 8);
}

static void a_window_is_cut_and_even_but_keeps_two_messages(void **state)
{
    static const struct {
        int asked;
        size_t message_B;
        int runs;
    } cases[] = {{0, 8, 64},
                 {0, 8 << 10, 64},
                 {0, 16 << 10, 32},
                 {0, (size_t)100 << 10, 4}, /* 5 would fit */
                 {0, (size_t)1 << 20, 2},
                 {0, (size_t)1 << 30, 2},
                 {0, 0, 64},
                 {1, 8, 1},
                 {1, (size_t)1 << 30, 1},
                 {7, 8, 6},
                 {64, (size_t)1 << 20, 64},
                 {64, (size_t)2 << 20, 32},
                 {64, (size_t)64 << 20, 2},
                 {1024, 8, 1024}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct collective c = {.kind = COLL_STREAM,
                               .ranks = 2,
                               .count = cases[i].message_B,
                               .type = TYPE_INT8,
                               .tuning.window = cases[i].asked};
        assert_int_equal(collective_window(&c), cases[i].runs);
    }
}

/* What 4 ranks, root 2, have and get of 10 elements of 4 bytes: bytes of INPUT
 * and OUTPUT of rank 0, of the root, and what part of whose INPUT comes first
 * and last in OUTPUT of the root (of rank 0, where the root gets nothing). */
static const struct {
    enum collective_kind kind;
    size_t input_B[2], output_B[2];
    int asked, parts;
    struct wanted first, last;
} held[] = {
    {COLL_BARRIER, {0, 0}, {0, 0}, 2, 0, {0, 0}, {0, 0}},
    {COLL_ALLREDUCE, {40, 40}, {40, 40}, 2, 1, {-1, 0}, {-1, 0}},
    {COLL_ALLGATHER, {40, 40}, {160, 160}, 2, 4, {0, 0}, {3, 0}},
    {COLL_REDUCE_SCATTER, {160, 160}, {40, 40}, 2, 1, {-1, 2}, {-1, 2}},
    {COLL_ALLTOALL, {160, 160}, {160, 160}, 2, 4, {0, 2}, {3, 2}},
    {COLL_BROADCAST, {0, 40}, {40, 40}, 0, 1, {2, 0}, {2, 0}},
    {COLL_REDUCE, {40, 40}, {0, 40}, 2, 1, {-1, 0}, {-1, 0}},
    {COLL_GATHER, {40, 40}, {0, 160}, 2, 4, {0, 0}, {3, 0}},
    {COLL_SCATTER, {0, 160}, {40, 40}, 0, 1, {2, 0}, {2, 0}},
    {COLL_SENDRECV, {40, 40}, {40, 40}, 0, 1, {3, 0}, {3, 0}},
};

static void ranks_have_and_get_what_the_definitions_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        struct collective c = {.kind = held[i].kind,
                               .ranks = 4,
                               .count = 10,
                               .root = 2,
                               .type = TYPE_FLOAT32};
        for (int k = 0; k < 2; k++) {
            bool in = collective_has_input(&c, 2 * k);
            bool out = collective_has_output(&c, 2 * k);
            size_t in_B = in ? collective_input_B(&c) : 0;
            size_t out_B = out ? collective_output_B(&c) : 0;
            if (in_B != held[i].input_B[k] || out_B != held[i].output_B[k])
                fail_msg("%s, rank %d: %zu and %zu bytes, expected %zu and %zu",
                         collective_name(c.kind), 2 * k, in_B, out_B,
                         held[i].input_B[k], held[i].output_B[k]);
        }
        int parts = collective_parts(&c, held[i].asked);
        assert_int_equal(parts, held[i].parts);
        if (parts == 0)
            continue;
        struct wanted first = collective_wanted(&c, held[i].asked, 0);
        struct wanted last = collective_wanted(&c, held[i].asked, parts - 1);
        assert_memory_equal(&first, &held[i].first, sizeof first);
        assert_memory_equal(&last, &held[i].last, sizeof last);
    }
}

/* Theorem: in place, the shorter buffer is the rank's own block of the longer;
 * ranks that have but one share nothing. */
static void in_place_the_own_block_is_shared(void **state)
{
    static const struct {
        enum collective_kind kind;
        bool root, others;
        size_t input_at_B, output_at_B;
    } rows[] = {
        {COLL_ALLREDUCE, true, true, 0, 0},
        {COLL_ALLGATHER, true, true, 80, 0},
        {COLL_REDUCE_SCATTER, true, true, 0, 80},
        {COLL_BROADCAST, true, false, 0, 0},
        {COLL_REDUCE, true, false, 0, 0},
        {COLL_GATHER, true, false, 80, 0},
        {COLL_SCATTER, true, false, 0, 80},
    };
    size_t in_B, out_B;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct collective c = {.kind = rows[i].kind,
                               .ranks = 4,
                               .count = 10,
                               .root = 2,
                               .type = TYPE_FLOAT32};
        assert_false(collective_shares(&c, 2, &in_B, &out_B));
        c.in_place = true;
        assert_int_equal(collective_shares(&c, 1, &in_B, &out_B),
                         rows[i].others);
        assert_int_equal(collective_shares(&c, 2, &in_B, &out_B), rows[i].root);
        assert_int_equal(in_B, rows[i].input_at_B);
        assert_int_equal(out_B, rows[i].output_at_B);
    }
}

/* A root beyond the ranks, and forms that do not exist, have their reason. */
static void what_is_no_operation_has_a_reason(void **state)
{
    int without_place = 0;

    (void)state;
    for (int kind = 0; kind < COLL_KINDS; kind++) {
        struct collective c = {.kind = (enum collective_kind)kind, .ranks = 2};
        assert_null(collective_inapplicable(&c));
        c.in_place = true;
        without_place += collective_inapplicable(&c) != NULL;
        c.in_place = false;
        c.root = 2;
        assert_int_equal(collective_inapplicable(&c) != NULL,
                         collective_facts(c.kind)->rooted);
    }
    assert_int_equal(without_place, 5); /* all-to-all, sendrecv, 3 of p2p */
}

static void names_are_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < TYPE_COUNT; i++)
        assert_int_equal(datatype_find(datatype_name((enum datatype)i)), i);
    for (int i = 0; i < OP_COUNT; i++)
        assert_int_equal(op_find(op_name((enum reduce_op)i)), i);
    assert_int_equal(datatype_find("float"), -1);
    assert_int_equal(op_find(""), -1);
    assert_int_equal(datatype_size((enum datatype)datatype_find("uint64")), 8);
}

/* Theorem: blocks are contiguous, cover the vector, and differ by at most one
 * element, the longer ones first. */
static void blocks_tile_a_vector_evenly(void **state)
{
    (void)state;
    for (size_t count = 0; count < 70; count++)
        for (int blocks = 1; blocks < 20; blocks++) {
            size_t next = 0, offset, length, before = (size_t)-1;
            for (int i = 0; i < blocks; i++) {
                block_of(count, blocks, i, &offset, &length);
                assert_int_equal(offset, next);
                assert_true(length == count / (size_t)blocks ||
                            length == count / (size_t)blocks + 1);
                assert_true(length <= before);
                before = length;
                next += length;
            }
            assert_int_equal(next, count);
        }
}

/* Theorem: shape_node and shape_start agree: a rank lies on the node whose
 * ranks begin at or before it, and end after it. */
static void ranks_lie_on_the_node_that_holds_them(void **state)
{
    static const int starts[] = {0, 3, 4, 9};
    static const struct node_shape shapes[] = {
        {3, 0, starts}, {3, 3, NULL}, {3, 4, NULL}, {1, 9, NULL}, {0, 0, NULL}};
    static const int uniform[] = {0, 3, 0, 9, 9};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct collective c = {.ranks = 9, .shape = shapes[i]};
        for (int rank = 0; rank < 9; rank++) {
            int node = shape_node(&c, rank);
            assert_in_range(rank, shape_start(&c, node),
                            shape_start(&c, node + 1) - 1);
        }
        assert_int_equal(shape_uniform(&c), uniform[i]);
    }
}

static void every_algorithm_is_found_by_name(void **state)
{
    char names[256];
    int found = 0;

    (void)state;
    for (; registry[found]; found++) {
        const struct algorithm *a = registry[found];
        assert_ptr_equal(registry_find(a->kind, a->name), a);
        registry_names(a->kind, names, sizeof names);
        assert_non_null(strstr(names, a->name));
    }
    assert_true(found >= 13);
    assert_null(registry_find(COLL_ALLREDUCE, "bruck"));
    registry_names(COLL_ALLGATHER, names, sizeof names);
    assert_string_equal(names, "ring, recursive-doubling, bruck, hierarchical");
    registry_names(COLL_ALLGATHER, names, 6);
    assert_string_equal(names, "ring,");
}

static const struct {
    enum collective_kind kind;
    int ranks, per_node;
    size_t size_B;
    const char *algorithm;
} preferred[] = {
    {COLL_BARRIER, 5, 5, 0, "dissemination"},
    {COLL_ALLREDUCE, 8, 8, 8, "recursive-doubling"},
    {COLL_ALLREDUCE, 8, 8, 16384, "recursive-doubling"},
    {COLL_ALLREDUCE, 8, 8, 65536, "rabenseifner"},
    {COLL_ALLREDUCE, 8, 8, (size_t)1 << 20, "ring"},
    {COLL_ALLREDUCE, 8, 4, (size_t)1 << 20, "hierarchical"},
    {COLL_ALLREDUCE, 8, 3, (size_t)1 << 20, "ring"},
    {COLL_ALLREDUCE, 4096, 1, (size_t)16 << 20, "double-tree"},
    {COLL_ALLGATHER, 8, 8, 4096, "recursive-doubling"},
    {COLL_ALLGATHER, 6, 6, 4096, "bruck"},
    {COLL_ALLGATHER, 6, 6, (size_t)6 << 20, "ring"},
    {COLL_ALLGATHER, 6, 2, (size_t)6 << 20, "hierarchical"},
    {COLL_REDUCE_SCATTER, 8, 8, 4096, "recursive-halving"},
    {COLL_REDUCE_SCATTER, 6, 6, (size_t)6 << 20, "ring"},
    {COLL_REDUCE_SCATTER, 6, 2, (size_t)6 << 20, "hierarchical"},
    {COLL_REDUCE_SCATTER, 4096, 1, (size_t)1 << 20, "recursive-halving"},
    {COLL_ALLTOALL, 8, 8, 2048, "bruck"},
    {COLL_ALLTOALL, 8, 8, 65536, "linear"},
    {COLL_ALLTOALL, 8, 4, 65536, "hierarchical"},
    {COLL_ALLTOALL, 8, 4, (size_t)1 << 20, "pairwise"},
    {COLL_BROADCAST, 8, 8, 4096, "binomial"},
    {COLL_BROADCAST, 4, 4, 512 << 10, "scatter-allgather"},
    {COLL_BROADCAST, 64, 64, 512 << 10, "binomial"},
    {COLL_BROADCAST, 8, 8, (size_t)1 << 20, "tree"},
    {COLL_REDUCE, 8, 8, 4096, "binomial"},
    {COLL_REDUCE, 8, 8, 65536, "reduce-scatter-gather"},
    {COLL_REDUCE, 8, 8, (size_t)1 << 20, "tree"},
    {COLL_GATHER, 8, 8, 4096, "binomial"},
    {COLL_GATHER, 8, 8, (size_t)1 << 20, "linear"},
    {COLL_SCATTER, 8, 8, 4096, "binomial"},
    {COLL_SCATTER, 8, 8, (size_t)1 << 20, "linear"},
    {COLL_SENDRECV, 8, 8, 4096, "ring"},
    {COLL_PINGPONG, 2, 1, 8, "ping-pong"},
    {COLL_STREAM, 2, 2, 8, "stream"},
    {COLL_BISTREAM, 2, 2, 8, "bistream"},
    {COLL_BISTREAM, 3, 3, 8, "bistream"},
};

static void auto_takes_the_documented_preference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof preferred / sizeof preferred[0]; i++) {
        int per_node = preferred[i].per_node, ranks = preferred[i].ranks;
        struct collective c = {
            .kind = preferred[i].kind,
            .ranks = ranks,
            .type = TYPE_FLOAT32,
            .shape = {.nodes = (ranks + per_node - 1) / per_node,
                      .per_node = per_node}};
        c.count = collective_count(&c, preferred[i].size_B);
        const char *got = registry_auto(&c)->name;
        if (strcmp(got, preferred[i].algorithm) != 0)
            fail_msg("%s of %zu bytes on %d ranks: %s, expected %s",
                     collective_name(c.kind), preferred[i].size_B, ranks, got,
                     preferred[i].algorithm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_rates_are_as_worked_by_hand),
        cmocka_unit_test(a_count_is_the_least_that_reaches_a_size),
        cmocka_unit_test(a_window_is_cut_and_even_but_keeps_two_messages),
        cmocka_unit_test(ranks_have_and_get_what_the_definitions_say),
        cmocka_unit_test(in_place_the_own_block_is_shared),
        cmocka_unit_test(what_is_no_operation_has_a_reason),
        cmocka_unit_test(names_are_found_again),
        cmocka_unit_test(blocks_tile_a_vector_evenly),
        cmocka_unit_test(ranks_lie_on_the_node_that_holds_them),
        cmocka_unit_test(every_algorithm_is_found_by_name),
        cmocka_unit_test(auto_takes_the_documented_preference),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
