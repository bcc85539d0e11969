/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends of flows: closed forms, and a naive loop that solves all rates anew at
 * each event. */
#include "sim/flows.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "sim/maxmin.h"

enum { FLOWS = 64, LINKS = 40, ROUTE = 7, CASES = 1000 };

static const double close_to = 1e-12;

struct town {
    size_t links, flows;
    double capacity[LINKS], start[FLOWS], bytes[FLOWS];
    uint32_t route[FLOWS][ROUTE];
    size_t hops[FLOWS];
};

static void add(struct town *town, double start, double bytes,
                const char *route) /* links are digits */
{
    size_t f = town->flows++;
    town->start[f] = start;
    town->bytes[f] = bytes;
    for (town->hops[f] = 0; route[town->hops[f]]; town->hops[f]++)
        town->route[f][town->hops[f]] = (uint32_t)(route[town->hops[f]] - '0');
}

/* Every end; INFINITY for flows that do not. Times must not fall. */
static void run(const struct town *town, double tolerance, double *end)
{
    struct flows *flows = flows_open(town->capacity, town->links);
    double time, last = -INFINITY;
    size_t flow, ends = 0;
    flows_tolerate(flows, tolerance);
    for (size_t f = 0; f < town->flows; f++) {
        assert_int_equal(f, flows_add(flows, town->start[f], town->bytes[f],
                                      town->route[f], town->hops[f]));
        end[f] = INFINITY;
    }
    while (flows_next(flows, &time, &flow)) {
        assert_in_range(flow, 0, town->flows - 1);
        if (end[flow] != INFINITY)
            fail_msg("flow %zu ended twice, at %.17g and %.17g", flow,
                     end[flow], time);
        if (time < last)
            fail_msg("flow %zu: expected an end from %.17g on, got %.17g", flow,
                     last, time);
        end[flow] = last = time;
        ends++;
    }
    assert_int_equal(town->flows, ends + flows_left(flows));
    flows_close(flows);
}

static void expect_within(const char *what, const struct town *town,
                          double tolerance, double within, const double *want)
{
    double end[FLOWS];
    run(town, tolerance, end);
    for (size_t f = 0; f < town->flows; f++)
        if (end[f] != want[f] && !(fabs(end[f] - want[f]) <= within * want[f]))
            fail_msg("%s: flow %zu: expected its end at %.17g, got %.17g", what,
                     f, want[f], end[f]);
}

static void expect(const char *what, const struct town *town,
                   const double *want)
{
    expect_within(what, town, 0, close_to, want);
}

#define NUMBERS(...) ((const double[]){__VA_ARGS__})

/* --- closed forms ----------------------------------------------------------
 */

static void a_flow_alone_ends_after_bytes_over_capacity(void **state)
{
    (void)state;
    struct town town = {.links = 2, .capacity = {10, 4}};
    add(&town, 3, 20, "0");
    add(&town, 50, 20, "01");
    expect("alone", &town, NUMBERS(5, 55));
}

/* k senders to one receiver: k B / C for all of them. */
static void an_incast_ends_after_the_sum_of_its_bytes(void **state)
{
    (void)state;
    for (size_t k = 1; k < LINKS; k++) {
        struct town town = {.links = k + 1, .capacity = {50e9}};
        double want[FLOWS];
        for (size_t f = 0; f < k; f++) {
            town.capacity[f + 1] = 50e9;
            town.route[f][0] = (uint32_t)f + 1;
            town.hops[f] = 2; /* the second is link 0 */
            town.start[f] = 2e-6;
            town.bytes[f] = 1e6;
            want[f] = 2e-6 + (double)k * 1e6 / 50e9;
        }
        town.flows = k;
        expect("incast", &town, want);
    }
}

/* Sizes s1 <= s2 <= ... on one link: the i-th ends when everyone has had s_i,
 * or all it had: t_i = t_(i-1) + (s_i - s_(i-1)) (k - i + 1) / C. */
static void unequal_flows_of_one_link_end_in_turn(void **state)
{
    (void)state;
    struct random random = {20260601};
    for (int c = 0; c < 100; c++) {
        struct town town = {.links = 1, .capacity = {7e9}, .flows = FLOWS};
        double want[FLOWS], size = 0, time = 0;
        for (size_t f = 0; f < FLOWS; f++) {
            double more = (double)random_below(&random, 1000);
            size += more; /* perhaps none: two that end together */
            time += more * (double)(FLOWS - f) / 7e9;
            town.bytes[f] = size;
            town.hops[f] = 1;
            want[f] = time;
        }
        expect("one link", &town, want);
    }
}

/* Everyone to the next, over a link in and one out: no link is shared, so the
 * ring takes B / C; with one slow link one flow takes longer, no other. */
static void a_ring_is_as_fast_as_one_flow(void **state)
{
    (void)state;
    enum { RANKS = LINKS / 2 };
    struct town town = {.links = LINKS, .flows = RANKS};
    double want[FLOWS];
    for (uint32_t l = 0; l < LINKS; l++)
        town.capacity[l] = 50e9;
    for (uint32_t f = 0; f < RANKS; f++) {
        town.route[f][0] = f;
        town.route[f][1] = RANKS + (f + 1) % RANKS;
        town.hops[f] = 2;
        town.bytes[f] = 8e6;
        want[f] = 8e6 / 50e9;
    }
    expect("ring", &town, want);
    town.capacity[7] = 20e9;
    want[7] = 8e6 / 20e9;
    expect("ring with a slow link", &town, want);
}

/* Parking lot, links of 1 and 10; long 0..1 (4 bytes), short on 0 (1 byte),
 * short on 1 (100). To t = 2 at .5, .5, 9.5: the short one of link 0 ends. Then
 * 1 and 9: the long one's other 3 bytes take to t = 5, when the last has had 19
 * + 27 of 100; the rest at 10: 5.4 more. */
static void a_share_given_back_is_used_from_then_on(void **state)
{
    (void)state;
    struct town town = {.links = 2, .capacity = {1, 10}};
    add(&town, 0, 4, "01");
    add(&town, 0, 1, "0");
    add(&town, 0, 100, "1");
    expect("parking lot", &town, NUMBERS(5, 2, 10.4));
}

/* One link of 10. A of 100 from 0, B of 30 from 4: A has had 40 by then, both
 * go at 5 until B ends at 10; A's other 30 take 3. */
static void a_late_flow_takes_its_share_from_its_start(void **state)
{
    (void)state;
    struct town town = {.links = 1, .capacity = {10}};
    add(&town, 0, 100, "0");
    add(&town, 4, 30, "0");
    expect("late", &town, NUMBERS(13, 10));
}

static void flows_without_bytes_or_links_end_as_they_start(void **state)
{
    (void)state;
    struct town town = {.links = 2, .capacity = {10, INFINITY}};
    add(&town, 0, 100, "0");
    add(&town, 3, 0, "0"); /* takes no share of the first */
    add(&town, 4, 1e9, "");
    add(&town, 5, 1e9, "1");
    add(&town, 6, 0, "");
    expect("nothing to wait for", &town, NUMBERS(10, 3, 4, 5, 6));
}

/* Link 0 is crossed twice by the first flow: 2r + r = 12. */
static void a_link_crossed_twice_counts_twice(void **state)
{
    (void)state;
    struct town town = {.links = 1, .capacity = {12}};
    add(&town, 0, 8, "00");
    add(&town, 0, 16, "0"); /* 8 bytes by 2, then 12 a second */
    expect("twice", &town, NUMBERS(2, 2 + 8. / 12));
}

static void flows_over_a_dead_link_never_end(void **state)
{
    (void)state;
    struct town town = {.links = 2, .capacity = {0, 10}};
    add(&town, 0, 1, "01");
    add(&town, 0, 20, "1");
    expect("dead link", &town, NUMBERS(INFINITY, 2));
}

/* --- added while running ---------------------------------------------------
 */

/* A chain of messages, each started by the end of the last, beside a stream on
 * the same link: ten of 1 byte at half of 2 bytes a second, back to back. */
static void the_end_of_one_may_start_another(void **state)
{
    (void)state;
    const double capacity[] = {2};
    const uint32_t route[] = {0};
    struct flows *flows = flows_open(capacity, 1);
    size_t stream = flows_add(flows, 0, 100, route, 1), flow,
           link = flows_add(flows, 0, 1, route, 1);
    double time;
    for (int i = 1; i <= 10; i++) {
        assert_true(flows_next(flows, &time, &flow));
        assert_int_equal(link, flow);
        if (time != i)
            fail_msg("message %d: expected its end at %d, got %.17g", i, i,
                     time);
        if (i < 10) /* its number is free again; a past time means now */
            assert_int_equal(link,
                             flows_add(flows, i % 2 ? time : 0, 1, route, 1));
    }
    assert_int_equal(1, flows_left(flows));
    assert_true(flows_next(flows, &time, &flow));
    assert_int_equal(stream, flow);
    if (time != 10 + 90. / 2)
        fail_msg("stream: expected its end at 55, got %.17g", time);
    assert_false(flows_next(flows, &time, &flow));
    assert_int_equal(0, flows_left(flows));
    flows_close(flows);
}

/* Ends of one time are given out one by one, and what is added between them
 * starts then too, before any later event. Ids still to be given out are not
 * used again. */
static void flows_that_end_together_come_by_id(void **state)
{
    (void)state;
    const double capacity[] = {3, 1};
    const uint32_t route[] = {0, 1};
    struct flows *flows = flows_open(capacity, 2);
    size_t flow;
    double time;
    for (size_t f = 0; f < 3; f++)
        assert_int_equal(f, flows_add(flows, 0, 1, route, 1));
    for (size_t f = 0; f < 3; f++) {
        assert_true(flows_next(flows, &time, &flow));
        assert_int_equal(f, flow);
        assert_true(time == 1);
        if (f < 2) /* 0 is free, then 1; the first keeps 0, at rate 1/2 */
            assert_int_equal(f, flows_add(flows, 1, 1, route + 1, 1));
    }
    for (size_t f = 0; f < 2; f++) {
        assert_true(flows_next(flows, &time, &flow));
        assert_int_equal(f, flow);
        assert_true(time == 3);
    }
    assert_false(flows_next(flows, &time, &flow));
    flows_close(flows);
}

/* --- random cases ----------------------------------------------------------
 */

static double uniform(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Equal capacities, sizes and starts as well as all different: ties are where
 * local solving could go wrong. */
static struct town random_town(struct random *random)
{
    struct town town = {.links = 1 + random_below(random, LINKS),
                        .flows = 1 + random_below(random, FLOWS)};
    bool capacities = random_below(random, 2), sizes = random_below(random, 2),
         starts = random_below(random, 2);
    for (size_t l = 0; l < town.links; l++)
        town.capacity[l] = capacities ? 10e9 * exp(2 * uniform(random)) : 50e9;
    for (size_t f = 0; f < town.flows; f++) {
        town.start[f] = starts ? 20e-6 * uniform(random) : 2e-6;
        town.bytes[f] = sizes ? 1e6 * uniform(random) : 1e6;
        town.hops[f] = random_below(random, ROUTE + 1);
        for (size_t i = 0; i < town.hops[f]; i++)
            town.route[f][i] = (uint32_t)random_below(random, town.links);
    }
    return town;
}

/* Rates of all flows that are under way at `now`. */
static void rates_at(const struct town *town, struct maxmin *m, double now,
                     const double *left, double *rate)
{
    size_t first[FLOWS + 1], n = 0, runs = 0, who[FLOWS];
    uint32_t links[FLOWS * ROUTE];
    double solved[FLOWS];
    for (size_t f = 0; f < town->flows; f++) {
        if (town->start[f] > now || left[f] <= 0)
            continue;
        first[runs] = n;
        for (size_t i = 0; i < town->hops[f]; i++)
            links[n++] = town->route[f][i];
        who[runs++] = f;
    }
    first[runs] = n;
    maxmin_solve(m, &(struct maxmin_flows){runs, first, links, NULL, NULL},
                 town->capacity, solved);
    memset(rate, 0, town->flows * sizeof *rate);
    for (size_t i = 0; i < runs; i++)
        rate[who[i]] = solved[i];
}

/* From event to event, all rates anew; what has less than a rounding left has
 * ended. */
static void run_naively(const struct town *town, double *end)
{
    struct maxmin *m = maxmin_open(town->links);
    double left[FLOWS], rate[FLOWS], now = 0;
    for (size_t f = 0; f < town->flows; f++)
        left[f] = town->bytes[f];
    for (;;) {
        double next = INFINITY;
        rates_at(town, m, now, left, rate);
        for (size_t f = 0; f < town->flows; f++) {
            if (town->start[f] > now)
                next = fmin(next, town->start[f]);
            else if (left[f] > 0)
                next = fmin(next, now + left[f] / rate[f]);
        }
        if (next == INFINITY)
            break;
        for (size_t f = 0; f < town->flows; f++) {
            if (left[f] <= 0 || town->start[f] > now)
                continue;
            left[f] = isinf(rate[f]) ? 0 : left[f] - rate[f] * (next - now);
            if (left[f] <= 1e-14 * town->bytes[f])
                left[f] = 0;
            if (left[f] <= 0)
                end[f] = next;
        }
        now = next;
    }
    maxmin_close(m);
}

static void ends_are_those_of_a_naive_loop(void **state)
{
    (void)state;
    struct random random = {20260602};
    for (int c = 0; c < CASES; c++) {
        struct town town = random_town(&random);
        double want[FLOWS];
        run_naively(&town, want);
        expect("naive", &town, want);
    }
}

static void no_order_of_flows_matters(void **state)
{
    (void)state;
    struct random random = {20260603};
    for (int c = 0; c < CASES; c++) {
        struct town town = random_town(&random), turned = town;
        double end[FLOWS], want[FLOWS];
        run(&town, 0, end);
        for (size_t t = 0; t < town.flows; t++) {
            size_t f = town.flows - 1 - t;
            turned.start[t] = town.start[f];
            turned.bytes[t] = town.bytes[f];
            turned.hops[t] = town.hops[f];
            memcpy(turned.route[t], town.route[f], sizeof town.route[f]);
            want[t] = end[f];
        }
        expect("turned", &turned, want);
    }
}

/* Four unequal flows of one link whose exact ends lie within 1 %: all taken
 * together, nobody gets what the others leave, so the rates stay at a quarter,
 * and each is late by less than the tolerance. */
static void a_tolerance_delays_by_no_more_than_itself(void **state)
{
    (void)state;
    struct town town = {.links = 1, .capacity = {4}};
    for (int f = 0; f < 4; f++)
        add(&town, 0, 100 + .25 * f, "0");
    expect("exact", &town, NUMBERS(100, 100.1875, 100.3125, 100.375));
    expect_within("1 %", &town, .01, close_to,
                  NUMBERS(100, 100.25, 100.5, 100.75));
    struct random random = {20260604};
    size_t differ = 0;
    for (int c = 0; c < CASES; c++) {
        double exact[FLOWS], end[FLOWS];
        town = random_town(&random);
        run(&town, 0, exact);
        run(&town, 1e-6, end);
        /* A delay may pass from flow to flow. */
        expect_within("1e-6", &town, 1e-6, 1e-6 * FLOWS, exact);
        for (size_t f = 0; f < town.flows; f++)
            differ += end[f] != exact[f];
    }
    assert_true(differ > 0);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_alone_ends_after_bytes_over_capacity),
        cmocka_unit_test(an_incast_ends_after_the_sum_of_its_bytes),
        cmocka_unit_test(unequal_flows_of_one_link_end_in_turn),
        cmocka_unit_test(a_ring_is_as_fast_as_one_flow),
        cmocka_unit_test(a_share_given_back_is_used_from_then_on),
        cmocka_unit_test(a_late_flow_takes_its_share_from_its_start),
        cmocka_unit_test(flows_without_bytes_or_links_end_as_they_start),
        cmocka_unit_test(a_link_crossed_twice_counts_twice),
        cmocka_unit_test(flows_over_a_dead_link_never_end),
        cmocka_unit_test(the_end_of_one_may_start_another),
        cmocka_unit_test(flows_that_end_together_come_by_id),
        cmocka_unit_test(ends_are_those_of_a_naive_loop),
        cmocka_unit_test(no_order_of_flows_matters),
        cmocka_unit_test(a_tolerance_delays_by_no_more_than_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
