/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever cluster a file can describe: it is built, or refused in one line;
 * and its routes and levels keep what topology.h says of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_random.h"
#include "heard.h"
#include "topo/topology.h"

enum { CLUSTERS = 3000, PAIRS = 60, GPUS_LOOKED_AT = 4096 };

/* A route has links that are there, each once, whose latencies are its own; and
 * is the same when asked again. Away from home it starts at the NIC class and
 * ends there, where there are NICs. */
static void expect_route(const struct topology *t, int from, int to,
                         uint64_t hash)
{
    struct route r, again;
    double latency_s = 0;
    topology_route(t, from, to, hash, &r);
    topology_route(t, from, to, hash, &again);
    assert_int_equal(r.links, again.links);
    assert_true((r.links == 0) == (from == to));
    assert_true(r.links <= ROUTE_MOST);
    assert_memory_equal(r.link, again.link, (size_t)r.links * sizeof *r.link);
    for (int i = 0; i < r.links; i++) {
        const struct link_class *class = topology_class_of(t, r.link[i]);
        if (!class)
            fail_msg("%d to %d: link %u of %zu", from, to, r.link[i],
                     topology_links(t));
        latency_s += class->latency_s;
        assert_true(topology_capacities(t)[r.link[i]] > 0);
        for (int k = 0; k < i; k++)
            assert_true(r.link[k] != r.link[i] ||
                        strstr(class->name, "all local links"));
    }
    assert_true(fabs(latency_s - r.latency_s) <= 1e-12 * latency_s);
}

/* Groups of a level partition the GPUs and none is empty; what leaves them has
 * a rate. */
static void expect_level(const struct topology *t, int level)
{
    int groups = topology_level_groups(t, level), gpus = topology_gpus(t);
    bool *seen = calloc((size_t)groups, sizeof *seen);
    assert_in_range(groups, 2, gpus);
    for (int gpu = 0; gpu < gpus; gpu++) {
        int group = topology_level_group(t, level, gpu);
        assert_in_range(group, 0, groups - 1);
        seen[group] = true;
    }
    for (int group = 0; group < groups; group++) {
        double rate = topology_level_capacity(t, level, group);
        assert_true(seen[group]);
        if (!(rate > 0) || !isfinite(rate))
            fail_msg("%s %d: %g bytes a second", topology_level_name(t, level),
                     group, rate);
    }
    free(seen);
}

static void what_can_be_described_can_be_routed(void **state)
{
    (void)state;
    int built[FABRIC_GRAPH + 1] = {0}, refused[FABRIC_GRAPH + 1] = {0};
    for (uint64_t seed = 0; seed < CLUSTERS; seed++) {
        struct cluster *c = cluster_random(seed);
        struct random random = {seed};
        struct heard heard;
        heard_begin(&heard);
        struct topology *t = topology_build(c);
        long lines = heard_end(&heard);
        if (lines != !t)
            fail_msg("seed %d: %ld lines: %s", (int)seed, lines, heard.text);
        built[c->fabric] += t != NULL;
        refused[c->fabric] += t == NULL;
        if (t) {
            uint64_t gpus = (uint64_t)topology_gpus(t);
            for (int i = 0; i < PAIRS; i++)
                expect_route(t, (int)random_below(&random, gpus),
                             (int)random_below(&random, gpus),
                             random_next(&random));
            for (int i = 0; i < topology_levels(t); i++)
                if (gpus <= GPUS_LOOKED_AT)
                    expect_level(t, i);
        }
        topology_free(t);
        cluster_free(c);
    }
    for (int kind = 0; kind <= FABRIC_GRAPH; kind++) {
        print_message("# fabric %d: %d built, %d refused\n", kind, built[kind],
                      refused[kind]);
        assert_true(built[kind] > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_described_can_be_routed),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
