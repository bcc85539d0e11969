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

enum {
    COUNT = 700 /* more than a block of the implementation */
};

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

/* An average of integers is none. */
static bool applies(int type, int op)
{
    struct collective c = reduction((enum datatype)type, (enum reduce_op)op, 2);
    return !collective_inapplicable(&c);
}

/* What executors do in the last reduction of an average. */
static void finish(const struct collective *c, void *out)
{
    if (c->op == OP_AVG)
        reduce_divide(c->type, out, c->count, c->ranks);
}

/* All contributions but `missing` (-1: none), `doubled` twice, from the first
 * rank to the last or the other way round. */
static void add_up(const struct collective *c, uint64_t iteration, int missing,
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

static void combine(const struct collective *c, uint64_t iteration, int missing,
                    int doubled, bool backwards, void *out)
{
    add_up(c, iteration, missing, doubled, backwards, out);
    finish(c, out);
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

enum order { FORWARD, REVERSE, PAIRWISE };

/* Rows of `count` elements, one a rank, combined into the first row of a copy.
 */
static void *combine_rows(const struct collective *c, const char *rows,
                          enum order order)
{
    size_t row = c->count * datatype_size(c->type), n = (size_t)c->ranks;
    char *at = malloc(n * row);
    for (size_t k = 0; k < n; k++)
        memcpy(at + (order == REVERSE ? n - 1 - k : k) * row, rows + k * row,
               row);
    for (size_t apart = 1; order == PAIRWISE && apart < n; apart *= 2)
        for (size_t k = 0; k + apart < n; k += 2 * apart)
            reduce_host(c->type, c->op, at + k * row, at + k * row,
                        at + (k + apart) * row, c->count, false);
    for (size_t k = 1; order != PAIRWISE && k < n; k++)
        reduce_host(c->type, c->op, at, at, at + k * row, c->count, false);
    finish(c, at);
    return at;
}

static void expect_exact(enum datatype type, enum reduce_op op, int ranks,
                         size_t count)
{
    struct collective c = reduction(type, op, ranks);
    struct pattern pattern = at(ranks, 3);
    struct verdict v;
    c.count = count;
    size_t row = count * datatype_size(type);
    char *rows = malloc((size_t)ranks * row);
    for (int rank = 0; rank < ranks; rank++)
        pattern_fill(&pattern, &c, rank, rows + (size_t)rank * row);
    for (int order = FORWARD; order <= PAIRWISE; order++) {
        void *out = combine_rows(&c, rows, (enum order)order);
        pattern_verify(&pattern, &c, 0, out, &v);
        assert_int_equal(v.checked, count);
        if (v.wrong)
            fail_msg("%s %s n=%d order %d: element %zu is %s, expected %s",
                     datatype_name(type), op_name(op), ranks, order,
                     v.first[0].element, v.first[0].got, v.first[0].want);
        free(out);
    }
    free(rows);
}

static void every_type_and_op_is_exact_in_any_order(void **state)
{
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            if (!applies(type, op))
                continue;
            for (int n = 1; n <= 40; n++)
                expect_exact((enum datatype)type, (enum reduce_op)op, n, COUNT);
            expect_exact((enum datatype)type, (enum reduce_op)op, 65, COUNT);
            expect_exact((enum datatype)type, (enum reduce_op)op, 1000, 70);
            expect_exact((enum datatype)type, (enum reduce_op)op, 1024, 70);
        }
}

static bool names(const struct verdict *v, int rank, const char *how)
{
    for (size_t i = 0; i < 4 && i < v->wrong; i++)
        if (v->first[i].rank == rank && !strcmp(v->first[i].how, how))
            return true;
    return false;
}

static void a_missing_rank_is_seen_and_named(void **state)
{
    static double out[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++)
            for (int n = 2; applies(type, op) && n <= 40; n += 1 + n / 4) {
                struct collective c =
                    reduction((enum datatype)type, (enum reduce_op)op, n);
                int missing = n / 2;
                combine(&c, 1, missing, -1, false, out);
                struct verdict v = judge(&c, 1, out);
                if (!v.wrong || v.first[0].rank != missing ||
                    !names(&v, missing, "missing"))
                    fail_msg("%s %s n=%d: %zu wrong, rank %d %s, expected "
                             "rank %d missing",
                             datatype_name(c.type), op_name(c.op), n, v.wrong,
                             v.wrong ? v.first[0].rank : -1,
                             v.wrong ? v.first[0].how : "", missing);
            }
}

/* Also where the sum wraps around: types of few bits show fewer wrong elements,
 * but none is unseen in 700. */
static void a_doubled_rank_is_seen_and_named_but_by_min_and_max(void **state)
{
    static double out[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++)
            for (int n = 2; n <= 40; n += 1 + n / 4) {
                if (op == OP_MIN || op == OP_MAX || !applies(type, op))
                    continue;
                struct collective c =
                    reduction((enum datatype)type, (enum reduce_op)op, n);
                combine(&c, 1, -1, n - 1, false, out);
                struct verdict v = judge(&c, 1, out);
                if (!names(&v, n - 1, "doubled"))
                    fail_msg("%s %s n=%d: %zu wrong, rank %d not named",
                             datatype_name(c.type), op_name(c.op), n, v.wrong,
                             n - 1);
            }
}

/* Half the range more is half the range less: the rank is known, not the way.
 */
static void half_a_range_is_missing_or_doubled(void **state)
{
    static uint8_t out[COUNT];
    struct collective c = reduction(TYPE_UINT8, OP_SUM, 9);
    (void)state;
    combine(&c, 1, 4, -1, false, out);
    struct verdict v = judge(&c, 1, out);
    assert_true(v.wrong > 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(v.first[i].rank, 4);
    combine(&c, 1, -1, -1, false, out);
    out[5] ^= 0x80;
    v = judge(&c, 1, out);
    assert_int_equal(v.wrong, 1);
    assert_true(!strcmp(v.first[0].how, "missing or doubled") ||
                v.first[0].rank == -1);
}

/* One rank's part in place of another's: nobody but these two is ever named,
 * and mostly none of them, unless a part happens to be 0. */
static void a_rank_in_place_of_another_is_nobodys_fault(void **state)
{
    static uint32_t out[COUNT];
    struct collective c = reduction(TYPE_UINT32, OP_SUM, 4);
    int nobodys = 0;
    (void)state;
    combine(&c, 1, 1, 2, false, out);
    struct verdict v = judge(&c, 1, out);
    assert_true(v.wrong > COUNT * 99 / 100);
    for (int i = 0; i < 4; i++) {
        const struct wrong_element *wrong = &v.first[i];
        nobodys += wrong->rank == -1 && !strcmp(wrong->how, "corrupt");
        if (wrong->rank >= 0 &&
            !(wrong->rank == 1 && !strcmp(wrong->how, "missing")) &&
            !(wrong->rank == 2 && !strcmp(wrong->how, "doubled")))
            fail_msg("element %zu: rank %d %s, expected none, 1 missing or 2 "
                     "doubled",
                     wrong->element, wrong->rank, wrong->how);
    }
    assert_in_range(nobodys, 2, 4);
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
    static double room[COUNT];
    unsigned char *out = (unsigned char *)room;
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            if (!applies(type, op))
                continue;
            struct collective c =
                reduction((enum datatype)type, (enum reduce_op)op, 4);
            size_t size = datatype_size(c.type);
            combine(&c, 2, -1, -1, false, out);
            for (size_t i = 0; i < COUNT; i++) {
                size_t bit = i * 7 % (8 * size);
                unsigned char flip = (unsigned char)(1u << bit % 8);
                out[i * size + bit / 8] ^= flip;
                struct verdict v = judge(&c, 2, out);
                out[i * size + bit / 8] ^= flip;
                assert_int_equal(v.wrong, 1);
                assert_int_equal(v.first[0].element, i);
                assert_string_not_equal(v.first[0].got, v.first[0].want);
            }
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
    assert_string_equal(v.first[0].how, "misplaced");
    pattern.iteration++;
    pattern_verify(&pattern, &c, 1, out, &v);
    assert_true(v.wrong > RANKS * COUNT * 99 / 100);
    assert_string_equal(v.first[0].how, "stale");
}

/* Whose data each of two ranks has in the end; -1: nobody's, nothing is
 * checked.
 */
static void two_ranks_check_what_was_sent_to_them(void **state)
{
    const struct {
        enum collective_kind kind;
        int source[2];
    } rows[] = {{COLL_BARRIER, {-1, -1}},
                {COLL_PINGPONG, {0, 0}}, /* there and back */
                {COLL_STREAM, {-1, 0}},
                {COLL_BISTREAM, {1, 0}}};
    static int32_t out[COUNT * 64], spoilt[COUNT * 64];
    struct pattern pattern = at(2, 4);
    struct verdict v;
    (void)state;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (int rank = 0; rank < 2; rank++) {
            struct collective c = reduction(TYPE_INT32, OP_SUM, 2);
            c.kind = rows[k].kind;
            int source = rows[k].source[rank];
            size_t count = collective_output_B(&c) / sizeof *out;
            assert_in_range(count, 0, COUNT * 64);
            memset(out, 0x55, sizeof out);
            if (source >= 0)
                pattern_fill(&pattern, &c, source, out);
            pattern_verify(&pattern, &c, rank, out, &v);
            assert_int_equal(v.wrong, 0);
            assert_int_equal(v.checked, source < 0 ? 0 : count);
            if (source < 0)
                continue;
            memcpy(spoilt, out, sizeof out);
            assert_int_equal(pattern_spoil(&c, spoilt, count - 1), count - 1);
            pattern_verify(&pattern, &c, rank, spoilt, &v);
            assert_int_equal(v.wrong, 1);
            assert_int_equal(v.first[0].rank, source);
            pattern_fill(&pattern, &c, 1 - source, out);
            pattern_verify(&pattern, &c, rank, out, &v);
            assert_string_equal(v.first[0].how, "misplaced");
        }
}

static void a_spoilt_contribution_is_seen_and_named(void **state)
{
    static double out[COUNT], bad[COUNT];
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            if (!applies(type, op))
                continue;
            struct collective c =
                reduction((enum datatype)type, (enum reduce_op)op, 3);
            struct pattern pattern = at(3, 1);
            pattern_fill(&pattern, &c, 2, bad);
            size_t element = pattern_spoil(&c, bad, SIZE_MAX);
            add_up(&c, 1, 2, -1, false, out);
            reduce_host(c.type, c.op, out, out, bad, COUNT, false);
            finish(&c, out);
            struct verdict v = judge(&c, 1, out);
            if (v.wrong != 1 || v.first[0].element != element ||
                v.first[0].rank != 2 || strncmp(v.first[0].how, "missing", 7))
                fail_msg("%s %s: %zu wrong, rank %d %s, expected rank 2 missing"
                         " at element %zu",
                         datatype_name(c.type), op_name(c.op), v.wrong,
                         v.first[0].rank, v.first[0].how, element);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_op_is_exact_in_any_order),
        cmocka_unit_test(a_missing_rank_is_seen_and_named),
        cmocka_unit_test(a_doubled_rank_is_seen_and_named_but_by_min_and_max),
        cmocka_unit_test(half_a_range_is_missing_or_doubled),
        cmocka_unit_test(a_rank_in_place_of_another_is_nobodys_fault),
        cmocka_unit_test(old_results_are_seen_and_called_stale),
        cmocka_unit_test(a_flipped_bit_is_seen_in_any_element),
        cmocka_unit_test(a_block_of_another_rank_is_traced_to_its_owner),
        cmocka_unit_test(two_ranks_check_what_was_sent_to_them),
        cmocka_unit_test(a_spoilt_contribution_is_seen_and_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
