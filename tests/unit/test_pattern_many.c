/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem, at 100,352 ranks and for every datatype and operation: what
 * verify expects is what all contributions come to, added up one by one; and a
 * rank that is missing, counted twice, or there in place of another, is seen
 * within the number of elements and iterations that pattern.h says. */
#include "coll/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coll/half.h"
#include "coll/pattern_type.h"
#include "coll/reduce.h"

enum { MANY = 100352, MOST = 200704, FEW = 8, WIDEST_B = 8 };

static struct collective reduction(int type, int op, int ranks, size_t count)
{
    return (struct collective){.kind = COLL_ALLREDUCE,
                               .count = count,
                               .type = (enum datatype)type,
                               .op = (enum reduce_op)op,
                               .ranks = ranks,
                               .shape = {1, ranks, NULL}};
}

static const char *name_of(const struct collective *c, char text[64])
{
    snprintf(text, 64, "%s %s, %d ranks", datatype_name(c->type),
             op_name(c->op), c->ranks);
    return text;
}

/* What executors do in the last reduction of an average. */
static void finish(const struct collective *c, void *out)
{
    if (c->op == OP_AVG)
        reduce_divide(c->type, out, c->count, c->ranks);
}

/* Every rank's contribution to a few elements, in an order of ranks that
 * `stride`, which has no divisor in common with their number, goes round. */
static void expect_brute_force(int type, int op, int ranks, int stride)
{
    struct collective c = reduction(type, op, ranks, FEW);
    struct pattern pattern = {42, 3, ranks};
    uint64_t out[FEW], one[FEW];
    struct verdict v;
    char text[64];

    for (int k = 0; k < ranks; k++) {
        int rank = (int)((int64_t)k * stride % ranks);
        pattern_fill(&pattern, &c, rank, k ? one : out);
        if (k)
            reduce_host(c.type, c.op, out, out, one, FEW, false);
    }
    finish(&c, out);
    pattern_verify(&pattern, &c, 0, out, &v);
    assert_int_equal(v.checked, FEW);
    if (v.wrong)
        fail_msg("%s: element %zu is %s, expected %s", name_of(&c, text),
                 v.first[0].element, v.first[0].got, v.first[0].want);
}

static void all_contributions_come_to_what_is_expected(void **state)
{
    int tried = 0;

    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            struct collective c = reduction(type, op, MANY, FEW);
            if (collective_inapplicable(&c))
                continue;
            expect_brute_force(type, op, MANY, 1);
            tried++;
        }
    assert_int_equal(tried, TYPE_COUNT * (OP_COUNT - 1) + 4);
    expect_brute_force(TYPE_FLOAT16, OP_SUM, MANY, 30011);
    expect_brute_force(TYPE_BFLOAT16, OP_SUM, MANY, 30011);
    expect_brute_force(TYPE_BFLOAT16, OP_SUM, MOST, 1);
    expect_brute_force(TYPE_FLOAT16, OP_AVG, MOST, 1);
}

/* --- faults -------------------------------------------------------------- */

/* As long as what all contribute, MANY elements each. */
struct vectors {
    char *answer; /* before an average is divided */
    char *mine, *other;
    char *missing, *doubled, *swapped; /* what comes out then */
};

static double real_of(enum datatype type, const char *at)
{
    uint16_t half;
    float f;
    double d;

    memcpy(&half, at, sizeof half);
    if (type == TYPE_FLOAT16)
        return (double)half_f16_to_float(half);
    if (type == TYPE_BFLOAT16)
        return (double)half_bf16_to_float(half);
    if (type == TYPE_FLOAT32) {
        memcpy(&f, at, sizeof f);
        return (double)f;
    }
    memcpy(&d, at, sizeof d);
    return d;
}

/* Exact: what is left of a sum of distinct bits, or of a product of powers. */
static void real_to(enum datatype type, char *at, double d)
{
    float f = (float)d;
    uint16_t half =
        type == TYPE_FLOAT16 ? half_f16_of_float(f) : half_bf16_of_float(f);

    memcpy(at,
           type == TYPE_FLOAT64   ? (void *)&d
           : type == TYPE_FLOAT32 ? (void *)&f
                                  : (void *)&half,
           datatype_size(type));
}

/* left = all without mine: all - mine, or all / mine. */
static void take_out(const struct collective *c, char *left, const char *all,
                     const char *mine)
{
    size_t size = datatype_size(c->type);
    bool product = c->op == OP_PROD;

    for (size_t i = 0; i < c->count; i++) {
        size_t at = i * size;
        if (pattern_type(c->type)->wraps) { /* an integer: little-endian */
            uint64_t a = 0, m = 0;
            memcpy(&a, all + at, size);
            memcpy(&m, mine + at, size);
            a = product ? a / m : a - m;
            memcpy(left + at, &a, size);
        } else {
            double a = real_of(c->type, all + at),
                   m = real_of(c->type, mine + at);
            real_to(c->type, left + at, product ? a / m : a - m);
        }
    }
}

/* Min and max: without the holder of the extreme there is what others hold. */
static void take_out_extreme(const struct collective *c, char *left,
                             const char *all, const char *mine,
                             const char *other)
{
    size_t size = datatype_size(c->type);

    for (size_t at = 0; at < c->count * size; at += size)
        memcpy(left + at,
               memcmp(all + at, mine + at, size) ? all + at : other + at, size);
}

static void spoil(const struct collective *c, uint64_t iteration, int rank,
                  int other, const struct vectors *v)
{
    struct pattern pattern = {42, iteration, MANY};
    struct collective alone = *c;

    alone.ranks = 1; /* who is alone contributes the whole answer */
    pattern_fill(&pattern, &alone, 0, v->answer);
    pattern_fill(&pattern, c, rank, v->mine);
    pattern_fill(&pattern, c, other, v->other);
    if (c->op == OP_MIN || c->op == OP_MAX)
        take_out_extreme(c, v->missing, v->answer, v->mine, v->other);
    else
        take_out(c, v->missing, v->answer, v->mine);
    reduce_host(c->type, c->op, v->doubled, v->answer, v->mine, c->count,
                false);
    reduce_host(c->type, c->op, v->swapped, v->missing, v->other, c->count,
                false);
    finish(c, v->missing);
    finish(c, v->doubled);
    finish(c, v->swapped);
}

/* Iterations until the fault is seen, each of as many elements as ranks; 0 when
 * `most` were not enough. */
static int seen_after(const struct collective *c, int rank, int other,
                      const struct vectors *v, char *const *out, int most)
{
    for (int k = 0; k < most; k++) {
        struct pattern pattern = {42, (uint64_t)k, MANY};
        struct verdict verdict;
        spoil(c, (uint64_t)k, rank, other, v);
        pattern_verify(&pattern, c, 0, *out, &verdict);
        assert_int_equal(verdict.checked, MANY);
        if (verdict.wrong)
            return k + 1;
    }
    return 0;
}

/* pattern.h: min, max and avg surely, in the first n elements; sum and prod but
 * with probability 2^-bits in each n elements, so 24 / bits times n leave 1 in
 * 10 million. */
static int most_of(const struct collective *c)
{
    const struct pattern_type *type = pattern_type(c->type);
    int bits = c->op == OP_PROD ? type->power_bits : type->bits;

    return c->op == OP_SUM || c->op == OP_PROD ? 23 / bits + 1 : 1;
}

static void expect_seen(const struct collective *c, const struct vectors *v)
{
    enum { TRIED = 7 };
    bool extreme = c->op == OP_MIN || c->op == OP_MAX;
    const struct {
        const char *what;
        char *const *out;
        bool seen;
    } faults[] = {{"missing", &v->missing, true},
                  {"doubled", &v->doubled, !extreme},
                  {"in place of another", &v->swapped, true}};

    for (int k = 0; k < TRIED; k++)
        for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
            int rank = (5 + k * 16411) % MANY, other = (rank + 1 + k) % MANY;
            int most = most_of(c);
            int after = seen_after(c, rank, other, v, faults[f].out, most);
            char text[64];
            if ((after > 0) != faults[f].seen)
                fail_msg("%s: rank %d %s is%s seen in %d times as many "
                         "elements, expected otherwise",
                         name_of(c, text), rank, faults[f].what,
                         after ? "" : " not", most);
        }
}

static void faults_are_seen_as_soon_as_the_header_says(void **state)
{
    struct vectors v;
    char *room = calloc(6, (size_t)MANY * WIDEST_B), *next = room;
    char **const all[] = {&v.answer,  &v.mine,    &v.other,
                          &v.missing, &v.doubled, &v.swapped};

    (void)state;
    assert_non_null(room);
    for (size_t i = 0; i < 6; i++, next += (size_t)MANY * WIDEST_B)
        *all[i] = next;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            struct collective c = reduction(type, op, MANY, MANY);
            if (!collective_inapplicable(&c))
                expect_seen(&c, &v);
        }
    free(room);
}

/* An average is the same when each contribution is multiplied by 1/n, rounded
 * to the type, and then added up, in any order: one of them is not 0. In
 * float16 as long as 1/n is a normal number. */
static void averages_do_not_tell_when_the_division_was(void **state)
{
    const int ranks[] = {2, 3, 5, 7, 72, 1000, 9999, 16384, 100352, 200704};

    (void)state;
    for (size_t k = 0; k < sizeof ranks / sizeof *ranks; k++)
        for (int type = TYPE_FLOAT16; type <= TYPE_FLOAT64; type++) {
            struct collective c = reduction(type, OP_AVG, 1, 700);
            struct pattern pattern = {42, 1, ranks[k]};
            static char sum[700 * WIDEST_B];
            char factor[WIDEST_B];
            size_t size = datatype_size(c.type);
            struct verdict v;
            if (type == TYPE_FLOAT16 && ranks[k] > 1 << 14)
                continue;
            pattern_fill(&pattern, &c, 0, sum);
            real_to(c.type, factor, 1.0 / ranks[k]);
            for (size_t i = 0; i < c.count; i++)
                reduce_host(c.type, OP_PROD, sum + i * size, sum + i * size,
                            factor, 1, false);
            c.ranks = ranks[k];
            pattern_verify(&pattern, &c, 0, sum, &v);
            if (v.wrong)
                fail_msg("%s, %d ranks: %s, expected %s", datatype_name(c.type),
                         ranks[k], v.first[0].got, v.first[0].want);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_contributions_come_to_what_is_expected),
        cmocka_unit_test(faults_are_seen_as_soon_as_the_header_says),
        cmocka_unit_test(averages_do_not_tell_when_the_division_was),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
