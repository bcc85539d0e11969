/* SPDX-License-Identifier: BSD-3-Clause */
/* Max-min fair rates: cases worked by hand, the definition itself on random
 * cases, and a naive filling that looks at every link again for every level. */
#include "sim/maxmin.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { FLOWS = 64, LINKS = 40, ROUTE = 8, CASES = 2000 };

static const double close_to = 1e-12;

/* A problem small enough to look at. */
struct net {
    size_t flows, links;
    size_t first[FLOWS + 1];
    uint32_t crossed[FLOWS * ROUTE];
    double capacity[LINKS], cap[FLOWS], weight[FLOWS];
};

static void solve_in(struct maxmin *m, const struct net *net, double *rate)
{
    struct maxmin_flows flows = {net->flows, net->first, net->crossed, net->cap,
                                 net->weight};
    maxmin_solve(m, &flows, net->capacity, rate);
}

static void solve(const struct net *net, double *rate)
{
    struct maxmin *m = maxmin_open(net->links);
    solve_in(m, net, rate);
    maxmin_close(m);
}

/* Links are digits: "02" crosses links 0 and 2. */
static struct net net_of(size_t links, const double *capacity,
                         const char *const *routes)
{
    struct net net = {.links = links};
    memcpy(net.capacity, capacity, links * sizeof *capacity);
    size_t n = 0;
    for (; routes[net.flows]; net.flows++) {
        net.first[net.flows] = n;
        net.cap[net.flows] = INFINITY;
        net.weight[net.flows] = 1;
        for (const char *c = routes[net.flows]; *c; c++)
            net.crossed[n++] = (uint32_t)(*c - '0');
    }
    net.first[net.flows] = n;
    return net;
}

static bool close_enough(double got, double want)
{
    return got == want || fabs(got - want) <= close_to * fabs(want);
}

static void expect(const char *what, const struct net *net, const double *want)
{
    double rate[FLOWS];
    solve(net, rate);
    for (size_t f = 0; f < net->flows; f++)
        if (!close_enough(rate[f], want[f]))
            fail_msg("%s: flow %zu: expected %.17g, got %.17g", what, f,
                     want[f], rate[f]);
}

#define ROUTES(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define NUMBERS(...) ((const double[]){__VA_ARGS__})

/* --- worked by hand --------------------------------------------------------
 */

static void flows_of_one_link_share_it_equally(void **state)
{
    (void)state;
    for (size_t k = 1; k <= FLOWS; k++) {
        struct net net = net_of(1, NUMBERS(50e9), ROUTES("0"));
        double want[FLOWS];
        net.flows = k;
        for (size_t f = 0; f < k; f++) {
            net.first[f + 1] = f + 1;
            net.crossed[f] = 0;
            net.cap[f] = INFINITY;
            net.weight[f] = 1;
            want[f] = 50e9 / (double)k;
        }
        expect("one link", &net, want);
    }
}

/* One flow over all links, one more on each: the first link, of 1, gives its
 * two flows 1/2 each; what is left of the others goes to their own flow. */
static void the_parking_lot_is_halved_at_its_narrowest(void **state)
{
    (void)state;
    struct net net = net_of(3, NUMBERS(1, 1, 1), ROUTES("012", "0", "1", "2"));
    expect("equal links", &net, NUMBERS(.5, .5, .5, .5));
    net = net_of(3, NUMBERS(1, 10, 4), ROUTES("012", "0", "1", "2"));
    expect("unequal links", &net, NUMBERS(.5, .5, 9.5, 3.5));
}

/* Link 0 (1) holds flows 0, 1, 2 at 1/3; link 1 (2) has flow 2's third and
 * gives 5/3 to flow 3 (Bertsekas and Gallager, figure 6.11, two links of it).
 */
static void what_one_bottleneck_leaves_goes_to_the_next(void **state)
{
    (void)state;
    struct net net = net_of(2, NUMBERS(1, 2), ROUTES("0", "0", "01", "1"));
    expect("two links", &net, NUMBERS(1. / 3, 1. / 3, 1. / 3, 5. / 3));
    /* Three levels: link 0: 6/3 = 2; link 1: (10 - 2)/2 = 4; link 2: 20 - 2 - 4
     * for one flow = 14. */
    net =
        net_of(3, NUMBERS(6, 10, 20), ROUTES("0", "0", "012", "1", "12", "2"));
    expect("three links", &net, NUMBERS(2, 2, 2, 4, 4, 14));
}

static void a_cap_leaves_its_share_to_the_others(void **state)
{
    (void)state;
    struct net net = net_of(1, NUMBERS(12), ROUTES("0", "0", "0"));
    net.cap[1] = 1;
    expect("one cap", &net, NUMBERS(5.5, 1, 5.5));
    net.cap[0] = 5; /* only below the share that the first cap leaves */
    expect("a cap that another makes bind", &net, NUMBERS(5, 1, 6));
    net.cap[2] = 6;
    net.cap[0] = 6;
    net.cap[1] = 0;
    expect("caps that just fit", &net, NUMBERS(6, 0, 6));
    net = net_of(2, NUMBERS(12, 3), ROUTES("0", "01"));
    expect("a link of one's own is a cap", &net, NUMBERS(9, 3));
}

static void weights_divide_a_link_in_proportion(void **state)
{
    (void)state;
    struct net net = net_of(2, NUMBERS(12, 30), ROUTES("0", "0", "01", "1"));
    net.weight[1] = 2;
    net.weight[2] = 3;
    net.weight[3] = .5;
    expect("1 : 2 : 3", &net, NUMBERS(2, 4, 6, 24));
    net.cap[2] = 3; /* 9 left, 1 : 2 */
    expect("and a cap", &net, NUMBERS(3, 6, 3, 27));
}

/* A flow that crosses a link twice takes twice its rate there: 3r = 12. */
static void a_link_crossed_twice_counts_twice(void **state)
{
    (void)state;
    struct net net = net_of(1, NUMBERS(12), ROUTES("00", "0"));
    expect("twice", &net, NUMBERS(4, 4));
    net = net_of(1, NUMBERS(12), ROUTES("00"));
    expect("twice alone", &net, NUMBERS(6));
    net = net_of(2, NUMBERS(12, 9), ROUTES("0101", "0", "1"));
    expect("two of them", &net, NUMBERS(3, 6, 3));
}

static void a_flow_that_nothing_limits_is_infinite(void **state)
{
    (void)state;
    const double most = INFINITY;
    struct net net =
        net_of(2, NUMBERS(most, 7), ROUTES("", "0", "01", "0", "1"));
    expect("no links", &net, NUMBERS(most, most, 3.5, most, 3.5));
    net.flows = 0;
    net.first[0] = 0;
    expect("no flows", &net, NULL);
}

static void a_dead_link_stops_its_flows_alone(void **state)
{
    (void)state;
    struct net net = net_of(2, NUMBERS(0, 8), ROUTES("0", "01", "1", "0"));
    expect("dead", &net, NUMBERS(0, 0, 8, 0));
}

/* --- random cases ----------------------------------------------------------
 */

static double uniform(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Everything that may occur: few and many flows, links of one capacity and of
 * all, caps, weights, routes that cross a link twice, flows without links. */
static struct net random_net(struct random *random)
{
    struct net net = {.flows = 1 + random_below(random, FLOWS),
                      .links = 1 + random_below(random, LINKS)};
    bool equal = random_below(random, 2), capped = random_below(random, 2),
         weighted = random_below(random, 2);
    for (size_t l = 0; l < net.links; l++)
        net.capacity[l] = equal ? 50e9 : 1e9 * exp(8 * uniform(random));
    size_t n = 0;
    for (size_t f = 0; f < net.flows; f++) {
        net.first[f] = n;
        for (uint64_t i = random_below(random, ROUTE + 1); i > 0; i--)
            net.crossed[n++] = (uint32_t)random_below(random, net.links);
        net.cap[f] = capped && random_below(random, 3) == 0
                         ? 10e9 * (double)random_below(random, 6)
                         : INFINITY;
        net.weight[f] = weighted ? .1 + uniform(random) : 1;
    }
    net.first[net.flows] = n;
    return net;
}

static double load_of(const struct net *net, const double *rate, uint32_t link)
{
    double load = 0;
    for (size_t f = 0; f < net->flows; f++)
        for (size_t i = net->first[f]; i < net->first[f + 1]; i++)
            if (net->crossed[i] == link)
                load += rate[f];
    return load;
}

/* Is `link` full, with nobody on it at a higher level than flow `f`? */
static bool is_bottleneck(const struct net *net, const double *rate,
                          uint32_t link, size_t f)
{
    double level = rate[f] / net->weight[f] * (1 + close_to);
    if (load_of(net, rate, link) < net->capacity[link] * (1 - close_to))
        return false;
    for (size_t g = 0; g < net->flows; g++)
        for (size_t i = net->first[g]; i < net->first[g + 1]; i++)
            if (net->crossed[i] == link && rate[g] / net->weight[g] > level)
                return false;
    return true;
}

/* The definition: feasible, and every flow has a bottleneck. */
static void rates_meet_the_definition(void **state)
{
    (void)state;
    struct random random = {20260401};
    size_t on_links = 0, on_caps = 0;
    for (int c = 0; c < CASES; c++) {
        struct net net = random_net(&random);
        double rate[FLOWS];
        solve(&net, rate);
        for (uint32_t l = 0; l < net.links; l++)
            if (!(load_of(&net, rate, l) <= net.capacity[l] * (1 + close_to)))
                fail_msg("case %d, link %u: expected at most %.17g, got %.17g",
                         c, l, net.capacity[l], load_of(&net, rate, l));
        for (size_t f = 0; f < net.flows; f++) {
            size_t i = net.first[f], end = net.first[f + 1];
            if (rate[f] == net.cap[f]) {
                on_caps++;
                continue;
            }
            while (i < end && !is_bottleneck(&net, rate, net.crossed[i], f))
                i++;
            if (i == end)
                fail_msg("case %d: flow %zu at %.17g: expected a bottleneck, "
                         "got none",
                         c, f, rate[f]);
            on_links++;
        }
    }
    assert_true(on_links > CASES && on_caps > CASES);
}

/* Progressive filling as the books have it: raise all levels together until a
 * link or a cap is met, fix, go on; every link summed anew each time. */
static void fill_naively(const struct net *net, double *rate)
{
    bool fixed[FLOWS] = {false};
    for (;;) {
        double least = INFINITY;
        uint32_t tight = UINT32_MAX;
        size_t capped = FLOWS, open = FLOWS;
        for (uint32_t l = 0; l < net->links; l++) {
            double spare = net->capacity[l], weight = 0;
            for (size_t f = 0; f < net->flows; f++)
                for (size_t i = net->first[f]; i < net->first[f + 1]; i++) {
                    if (net->crossed[i] != l)
                        continue;
                    spare -= fixed[f] ? rate[f] : 0;
                    weight += fixed[f] ? 0 : net->weight[f];
                }
            if (weight > 0 && spare / weight < least) {
                least = spare / weight;
                tight = l;
            }
        }
        for (size_t f = 0; f < net->flows; f++) {
            open = fixed[f] ? open : f;
            if (!fixed[f] && net->cap[f] / net->weight[f] <= least) {
                least = net->cap[f] / net->weight[f];
                capped = f;
            }
        }
        if (open == FLOWS)
            return;
        if (capped < FLOWS) {
            rate[capped] = net->cap[capped];
            fixed[capped] = true;
            continue;
        }
        for (size_t f = 0; f < net->flows; f++)
            for (size_t i = net->first[f]; i < net->first[f + 1]; i++)
                if (!fixed[f] && net->crossed[i] == tight) {
                    rate[f] = least * net->weight[f];
                    fixed[f] = true;
                }
    }
}

static void rates_are_those_of_naive_filling(void **state)
{
    (void)state;
    struct random random = {20260402};
    for (int c = 0; c < CASES; c++) {
        struct net net = random_net(&random);
        double want[FLOWS];
        fill_naively(&net, want);
        expect("naive", &net, want);
    }
}

static void no_order_of_flows_matters(void **state)
{
    (void)state;
    struct random random = {20260403};
    for (int c = 0; c < CASES; c++) {
        struct net net = random_net(&random), turned = net;
        double rate[FLOWS], want[FLOWS];
        size_t n = 0;
        solve(&net, rate);
        for (size_t t = 0; t < net.flows; t++) {
            size_t f = net.flows - 1 - t;
            turned.first[t] = n;
            turned.cap[t] = net.cap[f];
            turned.weight[t] = net.weight[f];
            want[t] = rate[f];
            for (size_t i = net.first[f + 1]; i-- > net.first[f];)
                turned.crossed[n++] = net.crossed[i];
        }
        expect("turned", &turned, want);
    }
}

/* Powers of two scale every rounding with them. */
static void rates_scale_with_capacities(void **state)
{
    (void)state;
    struct random random = {20260404};
    for (int c = 0; c < CASES; c++) {
        struct net net = random_net(&random);
        double rate[FLOWS], scaled[FLOWS];
        solve(&net, rate);
        for (size_t l = 0; l < net.links; l++)
            net.capacity[l] *= 0x1p-40;
        for (size_t f = 0; f < net.flows; f++)
            net.cap[f] *= 0x1p-40;
        solve(&net, scaled);
        for (size_t f = 0; f < net.flows; f++)
            if (scaled[f] != rate[f] * 0x1p-40)
                fail_msg("case %d, flow %zu: expected %.17g, got %.17g", c, f,
                         rate[f] * 0x1p-40, scaled[f]);
    }
}

/* What one problem leaves in the working memory must not reach the next. */
static void a_solver_keeps_nothing_of_earlier_problems(void **state)
{
    (void)state;
    struct random random = {20260405};
    struct maxmin *used = maxmin_open(LINKS);
    for (int c = 0; c < CASES; c++) {
        struct net net = random_net(&random);
        double again[FLOWS], fresh[FLOWS];
        solve_in(used, &net, again);
        solve(&net, fresh);
        for (size_t f = 0; f < net.flows; f++)
            if (again[f] != fresh[f])
                fail_msg("case %d, flow %zu: expected %.17g, got %.17g", c, f,
                         fresh[f], again[f]);
    }
    maxmin_close(used);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_of_one_link_share_it_equally),
        cmocka_unit_test(the_parking_lot_is_halved_at_its_narrowest),
        cmocka_unit_test(what_one_bottleneck_leaves_goes_to_the_next),
        cmocka_unit_test(a_cap_leaves_its_share_to_the_others),
        cmocka_unit_test(weights_divide_a_link_in_proportion),
        cmocka_unit_test(a_link_crossed_twice_counts_twice),
        cmocka_unit_test(a_flow_that_nothing_limits_is_infinite),
        cmocka_unit_test(a_dead_link_stops_its_flows_alone),
        cmocka_unit_test(rates_meet_the_definition),
        cmocka_unit_test(rates_are_those_of_naive_filling),
        cmocka_unit_test(no_order_of_flows_matters),
        cmocka_unit_test(rates_scale_with_capacities),
        cmocka_unit_test(a_solver_keeps_nothing_of_earlier_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
