/* SPDX-License-Identifier: BSD-3-Clause */
/* What a cluster amounts to, against what one counts by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "topo/draw.h"
#include "topo/summary.h"
#include "topo/summary_words.h"

/* 12 nodes of 4 GPUs and 4 NICs of 100 Gb/s. Leaves: groups of 4 nodes, 2
 * switches each. Spine: all 3 groups, 4 switches, each leaf with 4 uplinks of
 * 100 Gb/s: 8 in, 4 up, taper 2:1. */
static const char town[] =
    "name: town\n"
    "source: by hand\n"
    "node:\n"
    "  count: 12\n"
    "  gpus: 4\n"
    "  scaleup: {rate: 100GB/s, latency: 1us}\n"
    "  nic: {count: 4, rate: 100Gb/s, latency: 1us}\n"
    "routing: spray\n"
    "clos:\n"
    "  - {name: leaf, group: 4, switches: 2, latency: 500ns, cable: 2m, "
    "wiring: rail}\n"
    "  - {name: spine, group: 3, switches: 4, uplinks: 4, rate: 100Gb/s, "
    "latency: {value: 500ns, assumed: a guess}, cable: {value: 20m, assumed: a "
    "guess}}\n";

static struct topology *open_town(struct cluster **cluster)
{
    *cluster = cluster_parse(town, strlen(town), "town.yaml");
    assert_non_null(*cluster);
    struct topology *t = topology_build(*cluster);
    assert_non_null(t);
    return t;
}

static void near(double got, double expected)
{
    if (!(got >= expected * (1 - 1e-12) && got <= expected * (1 + 1e-12)))
        fail_msg("expected %.17g, got %.17g", expected, got);
}

/* 3 groups x 2 leaves and 4 spines; 48 cables to leaves, 6 x 4 above; only
 * those of 20 m are longer than copper reaches. */
static void counts_are_those_of_the_drawing_board(void **state)
{
    struct cluster *cluster;
    struct topology *t = open_town(&cluster);
    struct summary s;
    (void)state;
    summary_of(t, &s);
    assert_int_equal(s.tiers, 2);
    assert_int_equal(s.tier[0].groups, 3);
    assert_int_equal(s.tier[0].switches, 6);
    assert_int_equal(s.tier[0].cables, 48);
    assert_int_equal(s.tier[1].switches, 4);
    assert_int_equal(s.tier[1].cables, 24);
    assert_int_equal(s.switches, 10);
    assert_int_equal(s.cables, 72);
    assert_int_equal(s.optical, 24);
    near(s.tier[1].down_up, 2);
    assert_false(s.tier[0].assumed);
    assert_true(s.tier[1].assumed);
    assert_int_equal(s.assumed, 2);
    topology_free(t);
    cluster_free(cluster);
}

/* Of 3 leaf groups one, with its 8 uplinks, is the lesser half: 100 GB/s. Six
 * of the 12 nodes could send 6 x 50 GB/s. */
static void the_bisection_is_that_of_the_tightest_level(void **state)
{
    struct cluster *cluster;
    struct topology *t = open_town(&cluster);
    struct summary s;
    (void)state;
    summary_of(t, &s);
    near(s.bisection_Bps, 8 * 100e9 / 8);
    assert_string_equal(topology_level_name(t, s.bisection_level), "leaf");
    near(s.injection_Bps, 100e9 / 8);
    near(words_per_gpu(t, s.bisection_level), 8 * 100e9 / 8 / 16);
    topology_free(t);
    cluster_free(cluster);
}

/* Between GPUs of a node: out and in of the scale-up switch. Between racks: the
 * NICs' two links and two of the Clos, as every pair's route says. */
static void distances_are_the_extremes_of_all_routes(void **state)
{
    struct cluster *cluster;
    struct topology *t = open_town(&cluster);
    struct summary s;
    struct route route;
    int shortest = ROUTE_MOST, longest = 0;
    double best = 1, worst = 0;
    (void)state;
    for (int a = 0; a < 48; a++)
        for (int b = 0; b < 48; b++)
            if (a != b) {
                topology_route(t, a, b, 1, &route);
                shortest = route.links < shortest ? route.links : shortest;
                longest = route.links > longest ? route.links : longest;
                best = route.latency_s < best ? route.latency_s : best;
                worst = route.latency_s > worst ? route.latency_s : worst;
            }
    summary_of(t, &s);
    assert_int_equal(s.sources, 48);
    assert_int_equal(s.shortest, shortest);
    assert_int_equal(s.longest, longest);
    near(s.best_s, best);
    near(s.worst_s, worst);
    assert_int_equal(s.shortest, 2);
    assert_true(s.longest > s.shortest);
    topology_free(t);
    cluster_free(cluster);
}

static void numbers_are_written_as_people_write_them(void **state)
{
    static const struct {
        double Bps;
        const char *text;
    } rates[] = {{50e9, "400Gb/s"},        {10e9 / 8, "10Gb/s"},
                 {8 * 50e9, "3200Gb/s"},   {25600e9, "204.8Tb/s"},
                 {2.5088e15, "20.07Pb/s"}, {1.0 / 8, "1b/s"}};
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        assert_string_equal(words_rate(rates[i].Bps, text, sizeof text),
                            rates[i].text);
    assert_string_equal(words_count(0, text, sizeof text), "0");
    assert_string_equal(words_count(999, text, sizeof text), "999");
    assert_string_equal(words_count(200704, text, sizeof text), "200,704");
    assert_string_equal(words_count(1234567890, text, sizeof text),
                        "1,234,567,890");
}

/* Every tier by name, its switches and the taper; letters of XML are escaped.
 */
static void a_picture_names_every_tier(void **state)
{
    struct cluster *cluster;
    struct topology *t = open_town(&cluster);
    struct summary s;
    static char svg[32768];
    FILE *out = fmemopen(svg, sizeof svg, "w");
    (void)state;
    cluster->title = cluster_text(cluster, "a < b & c");
    summary_of(t, &s);
    draw_svg(&s, out);
    fclose(out);
    const char *const wanted[] = {
        "<svg ",     "leaf: 6 switches", "spine: 4 switches *",
        "taper 2:1", "a &lt; b &amp; c", "12 nodes",
        "</svg>"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(svg, wanted[i]))
            fail_msg("expected '%s' in %s", wanted[i], svg);
    topology_free(t);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_drawing_board),
        cmocka_unit_test(the_bisection_is_that_of_the_tightest_level),
        cmocka_unit_test(distances_are_the_extremes_of_all_routes),
        cmocka_unit_test(numbers_are_written_as_people_write_them),
        cmocka_unit_test(a_picture_names_every_tier),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
