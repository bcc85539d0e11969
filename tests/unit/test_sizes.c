/* SPDX-License-Identifier: BSD-3-Clause */
/* The sizes of a run against lists worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "bench/sizes.h"

enum { LIST = 16 };

struct expectation {
    size_t min_B, max_B;
    double factor;
    size_t step_B, element_B, n;
    size_t list[LIST];
};

static const struct expectation worked[] = {
    {8, 128, 2, 0, 4, 5, {8, 16, 32, 64, 128}},
    {8, 127, 2, 0, 4, 4, {8, 16, 32, 64}}, /* the most is not hit */
    {7, 7, 2, 0, 1, 1, {7}},
    {4, 300, 4, 0, 4, 4, {4, 16, 64, 256}},
    /* 1 1.5 2.25 3.375 5.06 7.59 11.4: 2.25 is 2 again, and left out */
    {1, 11, 1.5, 0, 1, 6, {1, 2, 3, 5, 8, 11}},
    /* 1 1.1 1.21 ... 3.45 3.80: each whole number once */
    {1, 4, 1.1, 0, 1, 4, {1, 2, 3, 4}},
    /* 1024 x 2^(1/2)^k: every second one a power of two */
    {1024, 4096, 1.4142135623730951, 0, 1, 5, {1024, 1448, 2048, 2896, 4096}},
    {0, 32, 2, 0, 4, 5, {0, 4, 8, 16, 32}},
    {0, 0, 2, 0, 4, 1, {0}},
    {0, 3, 2, 0, 4, 1, {0}},
    {0, 4, 2, 0, 0, 4, {0, 1, 2, 4}},
    {10, 40, 2, 10, 4, 4, {10, 20, 30, 40}},
    {10, 39, 2, 10, 4, 3, {10, 20, 30}},
    {0, 20, 0, 10, 4, 3, {0, 10, 20}}, /* a step needs no factor */
    {5, 6, 2, SIZE_MAX, 4, 1, {5}},    /* no overflow */
    {4503599627370496, 9007199254740991, 2, 0, 1, 1, {4503599627370496}},
};

static void lists_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof worked / sizeof *worked; i++) {
        const struct expectation *e = &worked[i];
        struct sizes sizes;
        const char *wrong = sizes_build(e->min_B, e->max_B, e->factor,
                                        e->step_B, e->element_B, &sizes);
        if (wrong)
            fail_msg("list %zu: expected sizes, got '%s'", i, wrong);
        if (sizes.n != e->n)
            fail_msg("list %zu: expected %zu sizes, got %zu", i, e->n, sizes.n);
        for (size_t k = 0; k < e->n; k++)
            if (sizes.list[k] != e->list[k])
                fail_msg("list %zu, size %zu: expected %zu, got %zu", i, k,
                         e->list[k], sizes.list[k]);
        sizes_free(&sizes);
        assert_null(sizes.list);
    }
}

/* For any factor: ascending, nothing twice, first the least, none past the
 * most. */
static void always_ascending(void **state)
{
    (void)state;
    for (int f = 101; f <= 400; f += 7) {
        for (size_t min_B = 0; min_B < 40; min_B++) {
            struct sizes sizes;
            assert_null(
                sizes_build(min_B, 100000, (double)f / 100, 0, 1, &sizes));
            assert_int_equal(sizes.list[0], min_B);
            for (size_t k = 1; k < sizes.n; k++)
                if (sizes.list[k] <= sizes.list[k - 1])
                    fail_msg("%zu after %zu", sizes.list[k], sizes.list[k - 1]);
            assert_in_range(sizes.list[sizes.n - 1], 25000, 100000);
            sizes_free(&sizes);
        }
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t min_B, max_B;
        double factor;
        size_t step_B;
        const char *wrong;
    } cases[] = {
        {2, 1, 2, 0, "the least size is larger than the most"},
        {1, SIZE_MAX, 2, 0, "sizes must be below 8 PiB"},
        {1, 9007199254740992, 2, 0, "sizes must be below 8 PiB"},
        {1, 2, 1, 0, "the factor must be more than 1"},
        {1, 2, 0, 0, "the factor must be more than 1"},
        {1, 2, -2, 0, "the factor must be more than 1"},
        {1, 2, HUGE_VAL, 0, "the factor must be more than 1"},
        {1, 10001, 2, 1, "these are more than 10000 sizes"},
        {0, (size_t)1 << 40, 2, 1, "these are more than 10000 sizes"},
        {1 << 20, (size_t)1 << 50, 1.0001, 0,
         "these are more than 10000 sizes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sizes sizes = {NULL, 42};
        const char *wrong =
            sizes_build(cases[i].min_B, cases[i].max_B, cases[i].factor,
                        cases[i].step_B, 1, &sizes);
        if (!wrong)
            fail_msg("case %zu: expected '%s', got sizes", i, cases[i].wrong);
        assert_string_equal(wrong, cases[i].wrong);
        assert_int_equal(sizes.n, 42);
    }
}

static void ten_thousand_fit(void **state)
{
    (void)state;
    struct sizes sizes;
    assert_null(sizes_build(1, 10000, 2, 1, 1, &sizes));
    assert_int_equal(sizes.n, 10000);
    assert_int_equal(sizes.list[9999], 10000);
    sizes_free(&sizes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"sizes are as worked by hand", lists_by_hand, 0, 0, 0},
        {"sizes ascend and none comes twice", always_ascending, 0, 0, 0},
        {"nonsense is refused with its reason", nonsense_is_refused, 0, 0, 0},
        {"ten thousand sizes fit, one more does not", ten_thousand_fit, 0, 0,
         0},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
