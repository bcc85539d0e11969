/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_MOST = 1000, P95_LEAST = 20, P99_LEAST = 100 };

static const double tail = 0.025; /* on each side of a 95 % interval */
static const double normal_quantile = 1.959963984540054;
static const double outlier_reach = 3; /* interquartile ranges */

/* P(Binomial(n, 1/2) = k) by logarithms: 2^-1000 is no double's friend. */
static double half_binomial(size_t n, size_t k)
{
    return exp(lgamma((double)n + 1) - lgamma((double)k + 1) -
               lgamma((double)(n - k) + 1) - (double)n * log(2));
}

size_t stats_median_rank(size_t n)
{
    if (n > EXACT_MOST) {
        double rank =
            floor(((double)n - 1) / 2 - normal_quantile * sqrt((double)n) / 2) +
            1;
        return (size_t)rank;
    }
    /* The largest l with P(X < l) <= tail. */
    double below = 0;
    size_t l = 0;
    while (l < n) {
        below += half_binomial(n, l);
        if (below > tail)
            break;
        l++;
    }
    return l;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest sample with at least p percent at or below it.
 * In whole numbers, because ceil(0.95 * 20) is 20 in doubles that round up. */
static double percentile(const double *sorted, size_t n, size_t p)
{
    size_t rank = (n * p + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

static double median(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void fill_moments(const double *sorted, size_t n, struct stats *out)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += sorted[i];
    out->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (sorted[i] - out->mean) * (sorted[i] - out->mean);
    if (n >= 2)
        out->stddev = sqrt(squares / (double)(n - 1));
}

static size_t count_outliers(const double *sorted, size_t n)
{
    double q1 = percentile(sorted, n, 25), q3 = percentile(sorted, n, 75);
    double reach = outlier_reach * (q3 - q1);
    size_t outliers = 0;
    for (size_t i = 0; i < n; i++)
        outliers += sorted[i] < q1 - reach || sorted[i] > q3 + reach;
    return outliers;
}

void stats_of(const double *samples, size_t n, double *scratch,
              struct stats *out)
{
    *out = (struct stats){.n = n,
                          .min = NAN,
                          .p50 = NAN,
                          .p50_lo = NAN,
                          .p50_hi = NAN,
                          .mean = NAN,
                          .stddev = NAN,
                          .p95 = NAN,
                          .p99 = NAN,
                          .max = NAN};
    if (n == 0)
        return;
    memcpy(scratch, samples, n * sizeof *samples);
    qsort(scratch, n, sizeof *scratch, by_value);
    out->min = scratch[0];
    out->max = scratch[n - 1];
    out->p50 = median(scratch, n);
    size_t l = stats_median_rank(n);
    if (l) {
        out->p50_lo = scratch[l - 1];
        out->p50_hi = scratch[n - l];
    }
    if (n >= P95_LEAST)
        out->p95 = percentile(scratch, n, 95);
    if (n >= P99_LEAST)
        out->p99 = percentile(scratch, n, 99);
    fill_moments(scratch, n, out);
    out->outliers = count_outliers(scratch, n);
}
