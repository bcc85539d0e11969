/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem: combining what all ranks contribute gives exactly what verify
 * expects, in any order; and what can go wrong is seen and, where the header
 * says so, named. */
#include "coll/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coll/reduce.h"

enum { COUNT = 700 }; /* more than a block of the implementation */

static struct collective reduction(enum datatype type, enum reduce_op op,
                                   int ranks)
{
    return (struct collective){.kind = COLL_ALLREDUCE,
                               .count = COUNT,
                               .type = type,
                               .op = op,
                               .ranks = ranks,
                               .shape = {1, ranks, NULL}};
}

static struct pattern at(int ranks, uint64_t iteration)
{
    return (struct pattern){42, iteration, ranks};
}

/* All contributions but `missing` (-1: none), `doubled` twice, from the first
 * rank to the last or the other way round. */
static void combine(const struct collective *c, uint64_t iteration, int missing,
                    int doubled, bool backwards, void *out)
{
    struct pattern pattern = at(c->ranks, iteration);
    size_t size = datatype_size(c->type);
    void *one = malloc(COUNT * size);
    bool first = true;
    for (int k = 0; k < c->ranks; k++) {
        int rank = backwards ? c->ranks - 1 - k : k;
        for (int times = (rank != missing) + (rank == doubled); times > 0;
             times--) {
            pattern_fill(&pattern, c, rank, one);
            if (first)
                memcpy(out, one, COUNT * size);
            else
                reduce_host(c->type, c->op, out, out, one, COUNT, false);
            first = false;
        }
    }
    free(one);
}

static struct verdict judge(const struct collective *c, uint64_t iteration,
                            const void *out)
{
    struct pattern pattern = at(c->ranks, iteration);
    struct verdict verdict;
    pattern_verify(&pattern, c, 0, out, &verdict);
    assert_int_equal(verdict.checked, COUNT);
    return verdict;
}

static void every_type_and_op_is_exact_in_both_orders(void **state)
{
    static double out[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++)
            for (int n = 1; n <= 70; n += n < 10 ? 1 : 7) {
                struct collective c =
                    reduction((enum datatype)type, (enum reduce_op)op, n);
                for (int backwards = 0; backwards < 2; backwards++) {
                    combine(&c, 3, -1, -1, backwards, out);
                    struct verdict v = judge(&c, 3, out);
                    if (v.wrong)
                        fail_msg("%s %s n=%d: element %zu is %s, expected %s",
                                 datatype_name(c.type), op_name(c.op), n,
                                 v.first[0].element, v.first[0].got,
                                 v.first[0].want);
                }
            }
}

/* 100,352 ranks in bfloat16's 8 bits or float32's 24: at most one rank a bit is
 * not neutral, and the sum of 2,000 consecutive roles is what the header says.
 */
static void a_hundred_thousand_ranks_are_exact(void **state)
{
    enum { RANKS = 100352 };
    static float out[COUNT], one[COUNT];
    struct collective c = reduction(TYPE_FLOAT32, OP_SUM, RANKS);
    struct pattern pattern = at(RANKS, 9);
    (void)state;
    memset(out, 0, sizeof out);
    int busy = 0;
    for (int rank = 0; rank < RANKS; rank++) {
        bool any = false;
        pattern_fill(&pattern, &c, rank, one);
        for (size_t i = 0; i < COUNT; i++) {
            any |= one[i] != 0;
            out[i] += one[i];
        }
        busy += any;
    }
    assert_int_equal(judge(&c, 9, out).wrong, 0);
    assert_in_range(busy, 1, COUNT + 24);
}

static void a_missing_rank_is_seen_and_named(void **state)
{
    static double out[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++)
            for (int n = 2; n <= 40; n += 1 + n / 4) {
                struct collective c =
                    reduction((enum datatype)type, (enum reduce_op)op, n);
                int missing = n / 2;
                combine(&c, 1, missing, -1, false, out);
                struct verdict v = judge(&c, 1, out);
                if (!v.wrong || v.first[0].rank != missing ||
                    strcmp(v.first[0].how, "missing"))
                    fail_msg("%s %s n=%d: %zu wrong, rank %d %s, expected "
                             "rank %d missing",
                             datatype_name(c.type), op_name(c.op), n, v.wrong,
                             v.wrong ? v.first[0].rank : -1,
                             v.wrong ? v.first[0].how : "", missing);
            }
}

static void a_doubled_rank_is_seen_and_named_by_sums_and_products(void **state)
{
    static double out[COUNT];
    const enum datatype types[] = {TYPE_FLOAT32, TYPE_FLOAT64, TYPE_UINT64,
                                   TYPE_INT32};
    (void)state;
    for (int k = 0; k < 4; k++)
        for (int n = 2; n <= 40; n += 1 + n / 4) {
            struct collective c = reduction(types[k], OP_SUM, n);
            combine(&c, 1, -1, n - 1, false, out);
            struct verdict v = judge(&c, 1, out);
            assert_true(v.wrong > 0);
            bool named = false;
            for (size_t i = 0; i < 4 && i < v.wrong; i++)
                named |= v.first[i].rank == n - 1 &&
                         !strcmp(v.first[i].how, "doubled");
            if (!named)
                fail_msg("%s n=%d: nobody named", datatype_name(c.type), n);
        }
}

static void old_results_are_seen_and_called_stale(void **state)
{
    static float out[COUNT];
    struct collective c = reduction(TYPE_FLOAT32, OP_SUM, 5);
    (void)state;
    combine(&c, 6, -1, -1, false, out);
    struct verdict v = judge(&c, 7, out);
    assert_true(v.wrong > COUNT * 99 / 100);
    assert_string_equal(v.first[0].how, "stale");
}

static void a_flipped_bit_is_seen_in_any_element(void **state)
{
    static float out[COUNT];
    struct collective c = reduction(TYPE_FLOAT32, OP_SUM, 4);
    (void)state;
    combine(&c, 2, -1, -1, false, out);
    for (size_t i = 0; i < COUNT; i++) {
        unsigned char *byte = (unsigned char *)&out[i] + i % 4;
        *byte ^= (unsigned char)(1u << i % 8);
        struct verdict v = judge(&c, 2, out);
        assert_int_equal(v.wrong, 1);
        assert_int_equal(v.first[0].element, i);
        *byte ^= (unsigned char)(1u << i % 8);
    }
}

static void a_block_of_another_rank_is_traced_to_its_owner(void **state)
{
    enum { RANKS = 4 };
    static uint32_t out[RANKS * COUNT];
    struct collective c = reduction(TYPE_UINT32, OP_SUM, RANKS);
    struct pattern pattern = at(RANKS, 1);
    struct verdict v;
    (void)state;
    c.kind = COLL_ALLGATHER;
    for (int rank = 0; rank < RANKS; rank++)
        pattern_fill(&pattern, &c, rank, out + rank * COUNT);
    pattern_verify(&pattern, &c, 1, out, &v);
    assert_int_equal(v.checked, RANKS * COUNT);
    assert_int_equal(v.wrong, 0);
    pattern_fill(&pattern, &c, 0, out + 2 * COUNT);
    pattern_verify(&pattern, &c, 1, out, &v);
    assert_true(v.wrong > COUNT * 99 / 100);
    assert_int_equal(v.first[0].rank, 2);
    assert_int_equal(v.first[0].element, 2 * COUNT);
}

static void a_spoilt_contribution_is_always_seen(void **state)
{
    static double out[COUNT], bad[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            struct collective c =
                reduction((enum datatype)type, (enum reduce_op)op, 3);
            struct pattern pattern = at(3, 1);
            pattern_fill(&pattern, &c, 2, bad);
            pattern_spoil(&c, bad, SIZE_MAX);
            combine(&c, 1, 2, -1, false, out);
            reduce_host(c.type, c.op, out, out, bad, COUNT, false);
            if (!judge(&c, 1, out).wrong)
                fail_msg("%s %s: not seen", datatype_name(c.type),
                         op_name(c.op));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_op_is_exact_in_both_orders),
        cmocka_unit_test(a_hundred_thousand_ranks_are_exact),
        cmocka_unit_test(a_missing_rank_is_seen_and_named),
        cmocka_unit_test(a_doubled_rank_is_seen_and_named_by_sums_and_products),
        cmocka_unit_test(old_results_are_seen_and_called_stale),
        cmocka_unit_test(a_flipped_bit_is_seen_in_any_element),
        cmocka_unit_test(a_block_of_another_rank_is_traced_to_its_owner),
        cmocka_unit_test(a_spoilt_contribution_is_always_seen),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
