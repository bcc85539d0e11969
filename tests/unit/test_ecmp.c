/* SPDX-License-Identifier: BSD-3-Clause */
/* ECMP is balls in bins.
 *
 * Theorem. k connections that are hashed on m equal links, each on any of them
 * with probability 1/m and independently, load them as k balls thrown into m
 * bins; of the greatest load M,
 *     P(M <= r) = k! / m^k  [x^k] (sum of x^j / j! for j = 0 .. r)^m
 * (of the m^k ways to throw them, k! / (j_1! ... j_m!) give bins j_1 ... j_m).
 * With p_j, Poisson's probabilities of mean k/m, in place of 1/j!, the same is
 * [x^k] (sum of p_j x^j)^m / (Poisson's probability of k at mean k), which does
 * not overflow; both factors are e^-k and (k/m)^k times what they were.
 *
 * So over N seeds the sample mean of M lies within 4 of its standard errors
 * sqrt(v / N) of M's mean, and the sample variance within 4 of its own,
 * sqrt(m4 / N - v^2 (N - 3) / (N (N - 1))) (v: variance, m4: fourth central
 * moment); each fails by chance once in 16,000 cases. Everything is measured
 * from outside: the time of a round of equal messages is M messages over one
 * link. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dragonfly_town.h"
#include "graph_town.h"
#include "sim/price.h"

enum { SEEDS = 20000, BALLS_MOST = 256 };

struct moments {
    double mean, variance, fourth; /* fourth: central moment */
};

/* --- the theorem -----------------------------------------------------------
 */

static double poisson(double mean, int j)
{
    return exp(j * log(mean) - mean - lgamma(j + 1.0));
}

/* P(M <= r): the m-fold product of the truncated series, up to x^k. */
static double at_most(int k, int m, int r)
{
    double sum[BALLS_MOST + 1] = {1}, next[BALLS_MOST + 1];
    for (int bin = 0; bin < m; bin++) {
        memset(next, 0, sizeof next);
        for (int i = 0; i <= k; i++)
            for (int j = 0; j <= r && i + j <= k; j++)
                next[i + j] += sum[i] * poisson((double)k / m, j);
        memcpy(sum, next, sizeof sum);
    }
    return sum[k] / poisson(k, k);
}

static struct moments exact(int k, int m)
{
    double p[BALLS_MOST + 1], below = 0;
    struct moments e = {0};
    for (int r = 0; r <= k; r++) {
        double now = at_most(k, m, r);
        p[r] = now - below;
        below = now;
        e.mean += r * p[r];
    }
    for (int r = 0; r <= k; r++) {
        e.variance += p[r] * pow(r - e.mean, 2);
        e.fourth += p[r] * pow(r - e.mean, 4);
    }
    return e;
}

/* By hand: two balls in two bins, M is 2 or 1 with probability 1/2 each; three
 * in three, 1, 2 and 3 with 6, 18 and 3 of 27. */
static void the_theorem_by_hand(void **state)
{
    (void)state;
    struct moments e = exact(2, 2);
    assert_true(fabs(e.mean - 1.5) < 1e-12);
    assert_true(fabs(e.variance - 0.25) < 1e-12);
    assert_true(fabs(e.fourth - 1.0 / 16) < 1e-12);
    assert_true(fabs(at_most(3, 3, 1) - 6.0 / 27) < 1e-12);
    assert_true(fabs(at_most(3, 3, 2) - 24.0 / 27) < 1e-12);
    assert_true(fabs(at_most(3, 3, 3) - 1) < 1e-12);
}

/* --- the fabrics -----------------------------------------------------------
 */

/* Rank r sends the vector to rank r + ranks / 2. */
static size_t half_round(const struct collective *c, int rank, int round,
                         struct step *out, size_t capacity)
{
    (void)round;
    if (rank >= c->ranks / 2 || capacity == 0)
        return rank < c->ranks / 2;
    size_t bytes = c->count * datatype_size(c->type);
    out[0] = (struct step){STEP_SEND,
                           rank + c->ranks / 2,
                           {BUFFER_INPUT, 0, bytes, 0, 1},
                           {0},
                           false};
    return 1;
}

/* The greatest load of any link of that rate, in connections, over all seeds
 * against the theorem for k of them on m links. `flows`: of each pair. */
static void expect_balls(const char *what, struct cluster *c, int ranks,
                         int flows, double rate_Bps, int m)
{
    const struct algorithm halves = {.name = "halves", .round = half_round};
    const double bytes = 1 << 20;
    struct collective q = {.kind = COLL_ALLREDUCE,
                           .type = TYPE_FLOAT32,
                           .ranks = ranks,
                           .count = 1 << 18};
    int k = ranks / 2 * flows, *gpu_of = calloc((size_t)ranks, sizeof *gpu_of);
    double sum = 0, squares = 0;
    struct moments e = exact(k, m);
    c->flows = fig(flows);
    struct topology *t = topology_build(c);
    assert_non_null(t);
    assert_int_equal(topology_gpus(t), ranks);
    for (int i = 0; i < ranks; i++)
        gpu_of[i] = i;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct price price;
        struct pricer *p =
            pricer_open(t, &model_wires_only, gpu_of, ranks, 1, seed);
        pricer_round(p, &halves, &q, 0, 1, PRICE_COUNTED, &price);
        pricer_close(p);
        assert_int_equal(price.messages, k);
        double most = price.transfer_s * rate_Bps / bytes * flows;
        assert_true(fabs(most - round(most)) < 1e-9);
        sum += most;
        squares += most * most;
    }
    const double n = SEEDS, v = e.variance;
    double mean = sum / n, variance = (squares - n * mean * mean) / (n - 1);
    double mean_se = sqrt(v / n);
    double variance_se = sqrt(e.fourth / n - v * v * (n - 3) / (n * (n - 1)));
    print_message("# %s, %d on %d: mean %.4f (%.4f +- %.4f), variance %.5f "
                  "(%.5f +- %.5f)\n",
                  what, k, m, mean, e.mean, mean_se, variance, e.variance,
                  variance_se);
    if (fabs(mean - e.mean) > 4 * mean_se)
        fail_msg("%s: mean %g, expected %g +- 4 x %g", what, mean, e.mean,
                 mean_se);
    if (fabs(variance - e.variance) > 4 * variance_se)
        fail_msg("%s: variance %g, expected %g +- 4 x %g", what, variance,
                 e.variance, variance_se);
    topology_free(t);
    free(gpu_of);
}

/* Two leaves of `nodes` nodes of one GPU, m spines, an uplink to each: what a
 * connection takes up it also takes down. NICs are no limit. */
static struct cluster two_leaves(int nodes, int m)
{
    struct cluster c = town_clos(2 * nodes, 1);
    c.node.nic_rate = fig(1e15);
    town_tier(&c, "leaf", nodes, 1, 1, 0);
    town_tier(&c, "spine", 2, m, 1, m);
    c.clos.tier[1].wiring = (struct figure){0};
    return c;
}

static void uplinks_of_a_clos_are_bins(void **state)
{
    static const int cases[][3] = {/* nodes, connections of a pair, links */
                                   {2, 1, 2},
                                   {16, 1, 16},
                                   {64, 1, 16},
                                   {8, 16, 32},
                                   {5, 3, 7}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cluster c = two_leaves(cases[i][0], cases[i][2]);
        expect_balls("a Clos", &c, 2 * cases[i][0], cases[i][1], 10e9,
                     cases[i][2]);
    }
}

static void ways_of_a_graph_are_bins(void **state)
{
    (void)state;
    struct cluster c = two_leaves(24, 8), g = town_as_graph(&c);
    for (int i = 0; i < g.graph.links; i++)
        if (g.graph.link[i].nic >= 0)
            g.graph.link[i].rate_Bps = 1e15;
    expect_balls("a graph", &g, 48, 2, 10e9, 8);
    town_graph_free(&g);
}

/* Two groups of one switch: all that leaves is on the cables between them. */
static void cables_of_a_dragonfly_are_bins(void **state)
{
    (void)state;
    struct cluster c = town_dragonfly(2, 1, 16, 1, 10, ROUTING_ECMP);
    c.node.nic_rate = fig(1e15);
    expect_balls("a dragonfly", &c, 64, 1, 3e9, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_theorem_by_hand),
        cmocka_unit_test(uplinks_of_a_clos_are_bins),
        cmocka_unit_test(ways_of_a_graph_are_bins),
        cmocka_unit_test(cables_of_a_dragonfly_are_bins),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
