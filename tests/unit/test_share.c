/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates kept up to date, against a solution from nothing after every change. */
#include "sim/share.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "sim/maxmin.h"

enum { FLOWS = 48, LINKS = 32, ROUTE = 7, CASES = 100, CHANGES = 120 };

static const double close_to = 1e-12;

/* Flows that may run, and which of them do. */
struct town {
    size_t links, flows;
    double capacity[LINKS];
    uint32_t route[FLOWS][ROUTE];
    size_t hops[FLOWS];
    bool runs[FLOWS];
    uint32_t id[FLOWS];   /* of those that run */
    double seen[FLOWS];   /* by id: the rate as updates have told it */
    size_t opened, ended; /* changes so far */
};

static double uniform(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Capacities: all equal (many levels tie), all different, or of three kinds
 * with a dead link and a boundless one. */
static double random_capacity(struct random *random, int kind)
{
    const double kinds[] = {0, 25e9, 50e9, 100e9, INFINITY};
    if (kind == 0)
        return 50e9;
    if (kind == 1)
        return 1e9 * exp(4 * uniform(random));
    return kinds[random_below(random, 5)];
}

static struct town random_town(struct random *random)
{
    struct town town = {.links = 1 + random_below(random, LINKS),
                        .flows = 1 + random_below(random, FLOWS)};
    int kind = (int)random_below(random, 3);
    for (size_t l = 0; l < town.links; l++)
        town.capacity[l] = random_capacity(random, kind);
    for (size_t f = 0; f < town.flows; f++) {
        town.hops[f] = random_below(random, ROUTE + 1);
        for (size_t i = 0; i < town.hops[f]; i++)
            town.route[f][i] = (uint32_t)random_below(random, town.links);
    }
    return town;
}

static void change(struct town *town, struct share *share, size_t f)
{
    if (town->runs[f]) {
        share_stop(share, town->id[f]);
        share_drop(share, town->id[f]);
        town->ended++;
    } else {
        town->id[f] = share_add(share, town->route[f], town->hops[f]);
        assert_in_range(town->id[f], 0, FLOWS - 1); /* ids are used again */
        share_start(share, town->id[f]);
        town->seen[town->id[f]] = 0;
        town->opened++;
    }
    town->runs[f] = !town->runs[f];
}

/* What share_update reports must be all that changes. */
static void update(struct town *town, struct share *share)
{
    size_t changed;
    const uint32_t *flow = share_update(share, &changed);
    for (size_t i = 0; i < changed; i++) {
        double rate = share_rate(share, flow[i]);
        if (rate == town->seen[flow[i]])
            fail_msg("flow %u at %.17g: expected another rate, as it is said "
                     "to have changed",
                     flow[i], rate);
        town->seen[flow[i]] = rate;
    }
}

/* The rates of the flows that run, from nothing. */
static void solve(const struct town *town, double *rate)
{
    size_t first[FLOWS + 1], n = 0, runs = 0, who[FLOWS];
    uint32_t links[FLOWS * ROUTE];
    double solved[FLOWS];
    for (size_t f = 0; f < town->flows; f++) {
        if (!town->runs[f])
            continue;
        first[runs] = n;
        for (size_t i = 0; i < town->hops[f]; i++)
            links[n++] = town->route[f][i];
        who[runs++] = f;
    }
    first[runs] = n;
    struct maxmin *m = maxmin_open(town->links);
    maxmin_solve(m, &(struct maxmin_flows){runs, first, links, NULL, NULL},
                 town->capacity, solved);
    maxmin_close(m);
    for (size_t i = 0; i < runs; i++)
        rate[who[i]] = solved[i];
}

/* At most `most` changes between two updates. */
static void compare(uint64_t seed, int cases, size_t most)
{
    struct random random = {seed};
    size_t opened = 0, ended = 0;
    for (int c = 0; c < cases; c++) {
        struct town town = random_town(&random);
        struct share *share = share_open(town.capacity, town.links);
        for (int k = 0; k < CHANGES; k++) {
            for (uint64_t i = 1 + random_below(&random, most); i > 0; i--)
                change(&town, share, random_below(&random, town.flows));
            update(&town, share);
            double want[FLOWS];
            solve(&town, want);
            for (size_t f = 0; f < town.flows; f++) {
                if (!town.runs[f])
                    continue;
                double got = town.seen[town.id[f]];
                if (got != want[f] &&
                    !(fabs(got - want[f]) <= close_to * want[f]))
                    fail_msg("seed %llu case %d change %d flow %zu: expected "
                             "%.17g, got %.17g",
                             (unsigned long long)seed, c, k, f, want[f], got);
            }
        }
        opened += town.opened;
        ended += town.ended;
        share_close(share);
    }
    assert_true(opened > (size_t)cases && ended > (size_t)cases);
}

static void rates_after_each_change_are_those_from_nothing(void **state)
{
    (void)state;
    compare(20260501, CASES, 1);
}

static void
rates_after_many_changes_at_once_are_those_from_nothing(void **state)
{
    (void)state;
    compare(20260502, CASES, 5);
    compare(20260503, CASES, 2 * FLOWS);
}

/* Parking lot: link 0 of 1, link 1 of 10. As the short flow of link 0 leaves,
 * the long one has all of link 0, and link 1's flow gives way; nobody else is
 * told of. */
static void only_rates_that_change_are_told(void **state)
{
    (void)state;
    const double capacity[] = {1, 10, 5};
    const uint32_t route[] = {0, 1, 2};
    size_t n;
    struct share *share = share_open(capacity, 3);
    for (uint32_t f = 0; f < 4; f++) { /* 01, 0, 1, 2 */
        assert_int_equal(
            f, share_add(share, f ? route + f - 1 : route, f ? 1 : 2));
        share_start(share, f);
    }
    share_update(share, &n);
    assert_int_equal(4, n);
    const double before[] = {.5, .5, 9.5, 5}, after[] = {1, 0, 9, 5};
    for (uint32_t f = 0; f < 4; f++)
        assert_true(before[f] == share_rate(share, f));
    share_stop(share, 1);
    const uint32_t *changed = share_update(share, &n);
    assert_int_equal(2, n);
    assert_int_equal(2, changed[0] + changed[1]); /* flows 0 and 2 */
    for (uint32_t f = 0; f < 4; f++)
        assert_true(after[f] == share_rate(share, f));
    share_update(share, &n);
    assert_int_equal(0, n);
    share_close(share);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_after_each_change_are_those_from_nothing),
        cmocka_unit_test(
            rates_after_many_changes_at_once_are_those_from_nothing),
        cmocka_unit_test(only_rates_that_change_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
