/* SPDX-License-Identifier: BSD-3-Clause */
/* Statistics against figures worked by hand and binomial sums taken here in
 * another way; knows nothing of where samples come from. */
#include "bench/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { MOST = 200 };

/* Equal to a rounding or two, or absent both. */
static void expect(const char *what, double got, double want)
{
    if (isnan(got) && isnan(want))
        return;
    if (!(fabs(got - want) <= 1e-12 * fabs(want)))
        fail_msg("%s: expected %.17g, got %.17g", what, want, got);
}

static void expect_all(const struct stats *got, const struct stats *want)
{
    assert_int_equal(got->n, want->n);
    assert_int_equal(got->outliers, want->outliers);
    expect("min", got->min, want->min);
    expect("p50", got->p50, want->p50);
    expect("p50_lo", got->p50_lo, want->p50_lo);
    expect("p50_hi", got->p50_hi, want->p50_hi);
    expect("mean", got->mean, want->mean);
    expect("stddev", got->stddev, want->stddev);
    expect("p95", got->p95, want->p95);
    expect("p99", got->p99, want->p99);
    expect("max", got->max, want->max);
}

static struct stats stats_of_copy(const double *samples, size_t n)
{
    double scratch[MOST], before[MOST];
    struct stats stats;
    assert_in_range(n, 0, MOST);
    if (n)
        memcpy(before, samples, n * sizeof *samples);
    stats_of(samples, n, scratch, &stats);
    if (n)
        assert_memory_equal(before, samples, n * sizeof *samples);
    return stats;
}

/* 1, 2, ..., n. */
static struct stats stats_of_ramp(size_t n)
{
    double ramp[MOST];
    for (size_t i = 0; i < n; i++)
        ramp[i] = (double)i + 1;
    return stats_of_copy(ramp, n);
}

/* --- samples worked by hand ----------------------------------------------- */

static void few_samples_give_what_they_can(void **state)
{
    (void)state;
    const double none = NAN;
    const double samples[] = {7, 1, 4};
    const struct stats want[] = {
        {0, 0, none, none, none, none, none, none, none, none, none},
        {1, 0, 7, 7, none, none, 7, none, none, none, 7},
        /* squares about 4: 9 + 9, over n - 1 = 1 */
        {2, 0, 1, 4, none, none, 4, sqrt(18), none, none, 7},
        /* squares about 4: 9 + 9 + 0, over 2 */
        {3, 0, 1, 4, none, none, 4, 3, none, none, 7},
    };
    for (size_t n = 0; n < sizeof want / sizeof *want; n++) {
        struct stats got = stats_of_copy(samples, n);
        expect_all(&got, &want[n]);
    }
}

static void equal_samples_have_no_spread(void **state)
{
    (void)state;
    double samples[10];
    for (int i = 0; i < 10; i++)
        samples[i] = 2.5;
    const struct stats want = {10,  0,   2.5, 2.5, 2.5, 2.5,
                               2.5, 0.0, NAN, NAN, 2.5};
    struct stats got = stats_of_copy(samples, 10);
    expect_all(&got, &want);
}

/* Sorted, 1 1 2 2 2 3: median (2 + 2) / 2, interval from the 1st to the 6th. */
static void ties_count_as_often_as_they_occur(void **state)
{
    (void)state;
    const double samples[] = {2, 1, 3, 2, 1, 2};
    double mean = 11.0 / 6;
    double squares = 2 * (1 - mean) * (1 - mean) + 3 * (2 - mean) * (2 - mean) +
                     (3 - mean) * (3 - mean);
    const struct stats want = {6,   0,   1, 2, 1, 3, mean, sqrt(squares / 5),
                               NAN, NAN, 3};
    struct stats got = stats_of_copy(samples, 6);
    expect_all(&got, &want);
}

static void reversed_samples_give_the_same(void **state)
{
    (void)state;
    double down[100];
    for (int i = 0; i < 100; i++)
        down[i] = 100 - i;
    struct stats ramp = stats_of_ramp(100), got = stats_of_copy(down, 100);
    assert_memory_equal(&got, &ramp, sizeof got);
    expect("p50", got.p50, 50.5);
    expect("p50_lo", got.p50_lo, 40);
    expect("p50_hi", got.p50_hi, 61);
    expect("mean", got.mean, 50.5);
    /* the variance of 1..n is n (n + 1) / 12 */
    expect("stddev", got.stddev, sqrt(100.0 * 101 / 12));
}

/* Heap's method, without recursion. */
static void no_order_of_samples_matters(void **state)
{
    (void)state;
    double a[6] = {0.1, 0.7, 0.2, 1e6, 3.3, 1e-7};
    struct stats first = stats_of_copy(a, 6), got;
    int turns[6] = {0}, orders = 1;
    for (int i = 1; i < 6;) {
        if (turns[i] >= i) {
            turns[i++] = 0;
            continue;
        }
        int j = i % 2 ? turns[i] : 0;
        double swapped = a[j];
        a[j] = a[i];
        a[i] = swapped;
        got = stats_of_copy(a, 6);
        /* to the bit: sums are taken in sorted order */
        expect_all(&got, &first);
        assert_true(got.mean == first.mean && got.stddev == first.stddev);
        orders++;
        turns[i]++;
        i = 1;
    }
    assert_int_equal(orders, 720);
}

/* --- percentiles ---------------------------------------------------------- */

/* Of 1..n the nearest rank of p is ceil(p n / 100) itself. */
static void high_percentiles_are_nearest_ranks_or_absent(void **state)
{
    (void)state;
    const struct {
        size_t n;
        double p95, p99;
    } rows[] = {{19, NAN, NAN}, {20, 19, NAN},   {21, 20, NAN},
                {40, 38, NAN},  {99, 95, NAN},   {100, 95, 99},
                {101, 96, 100}, {199, 190, 198}, {200, 190, 198}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stats got = stats_of_ramp(rows[i].n);
        expect("p95", got.p95, rows[i].p95);
        expect("p99", got.p99, rows[i].p99);
    }
}

/* --- outliers ------------------------------------------------------------- */

/* 1..8: percentile 25 is 2, 75 is 6, reach 3 x 4: outside [-10, 18]. */
static void outliers_lie_beyond_three_ranges_of_the_middle_half(void **state)
{
    (void)state;
    double samples[] = {1, 2, 3, 4, 5, 6, 7, 18};
    assert_int_equal(stats_of_copy(samples, 8).outliers, 0);
    samples[7] = 18.001;
    assert_int_equal(stats_of_copy(samples, 8).outliers, 1);
    samples[0] = -10.001;
    struct stats both = stats_of_copy(samples, 8);
    assert_int_equal(both.outliers, 2);
    /* counted, never dropped */
    expect("min", both.min, -10.001);
    expect("max", both.max, 18.001);
    expect("mean", both.mean, (27 - 10.001 + 18.001) / 8);
}

static void any_departure_from_equal_samples_is_an_outlier(void **state)
{
    (void)state;
    double samples[50];
    for (int i = 0; i < 50; i++)
        samples[i] = 3;
    samples[17] = 3.0000001;
    assert_int_equal(stats_of_copy(samples, 50).outliers, 1);
}

/* --- the interval of the median ------------------------------------------- */

/* P(Binomial(n, 1/2) < l), from 2^-n by the ratio of neighbours: a long double
 * holds 2^-16000. */
static long double chance_below(size_t n, size_t l)
{
    long double term = powl(0.5L, (long double)n), sum = 0;
    for (size_t k = 0; k < l; k++) {
        sum += term;
        term *= (long double)(n - k) / (long double)(k + 1);
    }
    return sum;
}

static void the_rank_is_what_tables_print(void **state)
{
    (void)state;
    const size_t rows[][2] = {{0, 0},  {1, 0},   {5, 0},   {6, 1},   {8, 1},
                              {9, 2},  {10, 2},  {12, 3},  {15, 4},  {20, 6},
                              {25, 8}, {30, 10}, {50, 18}, {100, 40}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (stats_median_rank(rows[i][0]) != rows[i][1])
            fail_msg("n %zu: expected %zu, got %zu", rows[i][0], rows[i][1],
                     stats_median_rank(rows[i][0]));
}

/* l is the largest: its tail is at most 0.025, and that of l + 1 is more. */
static void the_rank_is_the_largest_with_a_small_tail(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 1000; n++) {
        size_t l = stats_median_rank(n);
        if (chance_below(n, l) > 0.025L || chance_below(n, l + 1) <= 0.025L)
            fail_msg("n %zu: rank %zu has tail %Lg, the next %Lg", n, l,
                     chance_below(n, l), chance_below(n, l + 1));
    }
}

static void the_approximation_is_off_by_one_rank_at_most(void **state)
{
    (void)state;
    size_t last = stats_median_rank(1000);
    for (size_t n = 1001; n <= 4000; n += n < 1100 ? 1 : 97) {
        size_t l = stats_median_rank(n);
        bool below = l > 1 && chance_below(n, l - 1) <= 0.025L;
        if (!below || chance_below(n, l + 2) <= 0.025L)
            fail_msg("n %zu: rank %zu is off by more than one", n, l);
        if (n < 1100 && (l < last || l > last + 1))
            fail_msg("n %zu: rank %zu after %zu", n, l, last);
        last = l;
    }
}

static double uniform(struct random *random)
{
    return ((double)(random_next(random) >> 11) + 0.5) * 0x1p-53;
}

/* The theorem: whatever the distribution, the interval holds its median in at
 * least 95 % of trials. In 4000 trials one deviation is 0.35 %, so 94 % is
 * three of them away; and the seed is fixed. */
static void the_interval_covers_the_true_median(void **state)
{
    (void)state;
    enum { TRIALS = 4000, SHAPES = 3 };
    const size_t sizes[] = {6, 15, 63};
    const char *const names[SHAPES] = {"uniform", "exponential", "Cauchy"};
    const double medians[SHAPES] = {0.5, log(2), 0};
    struct random random = {20260102};
    for (int shape = 0; shape < SHAPES; shape++)
        for (int s = 0; s < 3; s++) {
            int covered = 0;
            for (int trial = 0; trial < TRIALS; trial++) {
                double samples[63];
                for (size_t i = 0; i < sizes[s]; i++) {
                    double u = uniform(&random);
                    samples[i] = shape == 0   ? u
                                 : shape == 1 ? -log(u)
                                              : tan(M_PI * (u - 0.5));
                }
                struct stats stats = stats_of_copy(samples, sizes[s]);
                covered += stats.p50_lo <= medians[shape] &&
                           medians[shape] <= stats.p50_hi;
            }
            if (covered < TRIALS * 94 / 100 || covered == TRIALS)
                fail_msg("%s, n %zu: %d of %d intervals cover the median, "
                         "expected at least 94 %%",
                         names[shape], sizes[s], covered, TRIALS);
        }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_samples_give_what_they_can),
        cmocka_unit_test(equal_samples_have_no_spread),
        cmocka_unit_test(ties_count_as_often_as_they_occur),
        cmocka_unit_test(reversed_samples_give_the_same),
        cmocka_unit_test(no_order_of_samples_matters),
        cmocka_unit_test(high_percentiles_are_nearest_ranks_or_absent),
        cmocka_unit_test(outliers_lie_beyond_three_ranges_of_the_middle_half),
        cmocka_unit_test(any_departure_from_equal_samples_is_an_outlier),
        cmocka_unit_test(the_rank_is_what_tables_print),
        cmocka_unit_test(the_rank_is_the_largest_with_a_small_tail),
        cmocka_unit_test(the_approximation_is_off_by_one_rank_at_most),
        cmocka_unit_test(the_interval_covers_the_true_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
