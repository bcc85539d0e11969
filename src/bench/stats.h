/* SPDX-License-Identifier: BSD-3-Clause */
/* The only place that computes a statistic. Each figure in one sentence; absent
 * figures are NAN (empty in a CSV), never 0.
 *
 * percentile p: the smallest sample x such that at least p percent of the
 *   samples are <= x: sorted[ceil(p n / 100) - 1] (nearest rank; always a
 *   sample that occurred). Needs n >= 1.
 * median: sorted[(n-1)/2] for odd n, the mean of the two middle samples for
 *   even n.
 * 95 % confidence interval of the median: [sorted[l-1], sorted[n-l]], l the
 *   largest rank with P(Binomial(n, 1/2) < l) <= 0.025 (Hahn and Meeker,
 *   Statistical Intervals, 5.2): free of any assumption about the distribution
 *   but independence. Exists for n >= 6; absent below.
 * mean: arithmetic, of all samples. stddev: of the sample, n - 1; n >= 2.
 * p95, p99: percentiles; absent while n < 20, n < 100: with fewer samples they
 *   would be the maximum under another name.
 * outliers: samples farther than 3 times the interquartile range (percentiles
 *   25 and 75) outside it: counted, never dropped. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct stats {
    size_t n, outliers;
    double min, p50, p50_lo, p50_hi, mean, stddev, p95, p99, max;
};

/* Sorts nothing of the caller's: works in `scratch` (n doubles, caller's). n may
 * be 0. Samples must be finite. */
void stats_of(const double *samples, size_t n, double *scratch,
              struct stats *out);

/* l above (1-based rank), 0 when there is none (n < 6). Exact to n = 1000,
 * normal approximation with continuity correction beyond (differs by at most one
 * rank). */
size_t stats_median_rank(size_t n);

#endif
