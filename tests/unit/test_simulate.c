/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual time against closed forms, against pricing each round by itself, and
 * against the bound, which nothing may beat. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster_town.h"
#include "coll/registry.h"
#include "sim/bound.h"
#include "sim/place.h"
#include "sim/simulate.h"

#define MIB ((size_t)1 << 20)

static void expect_close(double got, double expected, double relative,
                         const char *what)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g, expected %.17g", what, got, expected);
}

static struct collective ask(enum collective_kind kind, int ranks, int per_node,
                             size_t bytes)
{
    struct collective c = {
        .kind = kind,
        .type = TYPE_FLOAT32,
        .ranks = ranks,
        .shape = {(ranks + per_node - 1) / per_node, per_node, NULL}};
    c.count = collective_count(&c, bytes);
    return c;
}

/* Ranks on GPUs in order, wires only unless a model is given. */
static struct simulation time_of(const struct topology *t,
                                 const struct model *model,
                                 const struct algorithm *algorithm,
                                 const struct collective *c, uint64_t seed,
                                 int sampled)
{
    int *gpu_of = calloc((size_t)c->ranks, sizeof *gpu_of);
    assert_true(place_ranks(t, PLACE_PACKED, 1, c->ranks, gpu_of));
    struct pricer *p = pricer_open(t, model, gpu_of, c->ranks, 1, seed);
    struct simulation s;
    struct simulate_options how = {sampled, 0, seed};
    simulate(p, model, algorithm, c, &how, &s);
    pricer_close(p);
    free(gpu_of);
    return s;
}

static const struct algorithm *ring(void)
{
    return registry_find(COLL_ALLREDUCE, "ring");
}

/* A ring on one switch: each GPU sends 2(n-1)/n of the vector over its link,
 * and nothing else takes time. */
static void ring_takes_its_share_of_the_wire(void **state)
{
    (void)state;
    for (int n = 2; n <= 64; n *= 2) {
        struct cluster c = town_node(n);
        struct topology *t = topology_build(&c);
        struct collective q = ask(COLL_ALLREDUCE, n, n, 64 * MIB);
        struct simulation s = time_of(t, &model_wires_only, ring(), &q, 1, 0);
        double expected = 2.0 * (n - 1) / n * (double)(64 * MIB) / 100e9;
        expect_close(s.time_s, expected, 1e-12, "ring");
        expect_close(s.floor_s, expected, 1e-12, "floor");
        topology_free(t);
    }
}

/* Each of the 2(n-1) rounds pays the path's latency and the message's overhead,
 * the operation its start once. */
static void rounds_pay_latency(void **state)
{
    (void)state;
    struct cluster c = town_node(8);
    c.node.scaleup_latency = fig(2e-6);
    struct topology *t = topology_build(&c);
    struct model model = model_wires_only;
    model.start_s = 5e-6;
    model.scaleup_s = 1e-6;
    struct collective q = ask(COLL_ALLREDUCE, 8, 8, 8 * MIB);
    struct simulation s = time_of(t, &model, ring(), &q, 1, 0);
    expect_close(s.time_s,
                 5e-6 + 14 * 3e-6 + 2.0 * 7 / 8 * (double)(8 * MIB) / 100e9,
                 1e-12, "ring with latency");
    topology_free(t);
}

/* Exponential delays: of n ranks the last is late by mean * H(n), each round.
 */
static void rounds_wait_for_the_last_rank(void **state)
{
    (void)state;
    struct cluster c = town_node(8);
    struct topology *t = topology_build(&c);
    struct model model = model_wires_only;
    model.jitter_s = 10e-6;
    struct collective q = ask(COLL_ALLREDUCE, 8, 8, 8 * MIB);
    struct simulation s = time_of(t, &model, ring(), &q, 1, 0);
    double harmonic = 0;
    for (int i = 1; i <= 8; i++)
        harmonic += 1.0 / i;
    expect_close(s.time_s,
                 14 * 10e-6 * harmonic +
                     2.0 * 7 / 8 * (double)(8 * MIB) / 100e9,
                 1e-3, "ring with jitter");
    topology_free(t);
}

/* A receive-reduce overlaps receipt: the slower of the two counts, and the
 * reduction of the last segment cannot be hidden. */
static void reduction_overlaps(void **state)
{
    (void)state;
    struct cluster c = town_node(2);
    struct topology *t = topology_build(&c);
    struct collective q = ask(COLL_ALLREDUCE, 2, 2, 64 * MIB);
    double half = (double)(32 * MIB), segment = (double)MIB;
    struct model fast = model_wires_only, slow = model_wires_only;
    fast.segment_B = slow.segment_B = segment;
    fast.reduce_Bps = 400e9;
    slow.reduce_Bps = 50e9;
    struct simulation s = time_of(t, &fast, ring(), &q, 1, 0);
    expect_close(s.time_s, 2 * half / 100e9 + segment / 400e9, 1e-12, "fast");
    s = time_of(t, &slow, ring(), &q, 1, 0);
    expect_close(s.time_s, half / 50e9 + segment / 50e9 + half / 100e9, 1e-12,
                 "slow");
    topology_free(t);
}

/* One NIC at half rate: a ring through it takes twice as long, however many
 * others there are. */
static void one_slow_rail_sets_the_pace(void **state)
{
    (void)state;
    struct cluster c = town_clos(16, 1);
    town_tier(&c, "leaf", 16, 1, 1, 0);
    struct topology *good = topology_build(&c), *bad = topology_build(&c);
    assert_true(topology_degrade_nic(bad, 5, 0.5));
    struct collective q = ask(COLL_ALLREDUCE, 16, 1, 16 * MIB);
    double a = time_of(good, &model_wires_only, ring(), &q, 1, 0).time_s;
    double b = time_of(bad, &model_wires_only, ring(), &q, 1, 0).time_s;
    expect_close(b, 2 * a, 1e-12, "with a slow NIC");
    topology_free(good);
    topology_free(bad);
}

/* All send to rank 0. */
static size_t incast_round(const struct collective *c, int rank, int round,
                           struct step *out, size_t capacity)
{
    (void)round;
    if (rank == 0 || capacity == 0)
        return rank != 0;
    size_t bytes = c->count * datatype_size(c->type);
    out[0] = (struct step){STEP_SEND, 0, {BUFFER_INPUT, 0, bytes, 0, 1}, {0}, false};
    return 1;
}

static size_t incast_phases(const struct collective *c, struct phase *out,
                            size_t capacity)
{
    (void)c;
    if (capacity)
        out[0] = (struct phase){.name = "incast", .rounds = 1};
    return 1;
}

/* k messages over one link take k times as long as one. */
static void incast_shares_the_last_link(void **state)
{
    (void)state;
    const struct algorithm incast = {
        .name = "incast", .phases = incast_phases, .round = incast_round};
    struct cluster c = town_node(33);
    struct topology *t = topology_build(&c);
    struct collective q = ask(COLL_ALLREDUCE, 33, 33, MIB);
    struct simulation s = time_of(t, &model_wires_only, &incast, &q, 1, 0);
    expect_close(s.time_s, 32.0 * (double)MIB / 100e9, 1e-12, "incast");
    topology_free(t);
}

/* --- every algorithm
 * ---------------------------------------------------------- */

static struct cluster town(int which)
{
    struct cluster c;
    if (which == 0)
        return town_node(12);
    c = town_clos(which == 2 ? 24 : 16, 4);
    c.node.scaleup_reduces = fig(which == 3);
    if (which != 2) {
        town_tier(&c, "leaf", 4, 4, 1, 0);
        town_tier(&c, "spine", 4, 4, 4, 4);
    } else { /* tapered: two uplinks for four nodes */
        town_tier(&c, "leaf", 4, 4, 1, 0);
        town_tier(&c, "spine", 6, 2, 1, 2);
        c.routing = ROUTING_SPRAY;
    }
    return c;
}

/* Nothing beats the bound, the floor is a floor, and the same seed gives the
 * same time to the last bit: every algorithm, several clusters and sizes. */
static void nothing_beats_the_bound(void **state)
{
    (void)state;
    int seen = 0, switched = 0;
    for (int which = 0; which < 4; which++) {
        struct cluster c = town(which);
        struct topology *t = topology_build(&c);
        int per_node = topology_gpus_per_node(t);
        int *gpu_of = calloc((size_t)topology_gpus(t), sizeof *gpu_of);
        for (int ranks = 2; ranks <= topology_gpus(t); ranks += 5)
            for (int i = 0; registry[i]; i++)
                for (size_t bytes = 4; bytes <= 64 * MIB; bytes *= 4096) {
                    struct collective q =
                        ask(registry[i]->kind, ranks, per_node, bytes);
                    bool p2p = collective_facts(q.kind)->p2p;
                    if (collective_facts(q.kind)->rooted)
                        q.root = ranks * (int)(bytes % 3) / 3;
                    if ((p2p && ranks != 2) || registry[i]->inapplicable(&q) ||
                        (registry[i]->in_switch && which != 3))
                        continue;
                    switched += registry[i]->in_switch;
                    place_ranks(t, PLACE_PACKED, 1, ranks, gpu_of);
                    struct simulation s =
                        time_of(t, &model_wires_only, registry[i], &q, 3, 0);
                    struct simulation again =
                        time_of(t, &model_wires_only, registry[i], &q, 3, 0);
                    struct bound b = bound_of(t, &q, gpu_of, 1);
                    double least =
                        b.seconds * (p2p ? collective_ops_per_run(&q) : 1);
                    if (s.time_s < least * (1 - 1e-9))
                        fail_msg("%s %s, %d ranks, %zu bytes on cluster %d: "
                                 "%g s, expected at least the bound %g s",
                                 collective_name(q.kind), registry[i]->name,
                                 ranks, bytes, which, s.time_s, least);
                    if (s.time_s < s.floor_s * (1 - 1e-9))
                        fail_msg("%s: %g s is below its floor %g s",
                                 registry[i]->name, s.time_s, s.floor_s);
                    assert_true(s.time_s == again.time_s);
                    seen++;
                }
        free(gpu_of);
        topology_free(t);
    }
    assert_true(seen > 900 && switched > 5);
}

/* What the phases promise holds: pricing each round by itself gives the sum
 * that pricing a phase by one round gives, within a block's rounding; and never
 * more, for what is pipelined. */
static void phases_stand_for_their_rounds(void **state)
{
    (void)state;
    struct cluster c = town(1);
    c.node.scaleup_latency = fig(1e-6);
    c.node.nic_latency = fig(3e-6);
    struct topology *t = topology_build(&c);
    int gpu_of[64];
    for (int i = 0; i < 64; i++)
        gpu_of[i] = i;
    for (int i = 0; registry[i]; i++) {
        if (collective_facts(registry[i]->kind)->p2p)
            continue;
        struct collective q = ask(registry[i]->kind, 64, 4, 64 * MIB);
        if (registry[i]->in_switch || registry[i]->inapplicable(&q))
            continue;
        struct pricer *p = pricer_open(t, &model_wires_only, gpu_of, 64, 1, 9);
        double sum = 0, floor_s;
        for (int r = 0; r < schedule_rounds(registry[i], &q); r++) {
            struct price price;
            pricer_round(p, registry[i], &q, r, 1, PRICE_SOLVED, &price);
            sum += price.total_s;
        }
        floor_s = pricer_floor_s(p);
        pricer_close(p);
        struct simulation s =
            time_of(t, &model_wires_only, registry[i], &q, 9, 0);
        struct phase phase;
        registry[i]->phases(&q, &phase, 1);
        if (phase.pipelined) {
            if (s.time_s > sum || s.time_s < floor_s)
                fail_msg("%s: %g s, expected from %g to %g", registry[i]->name,
                         s.time_s, floor_s, sum);
        } else {
            expect_close(s.time_s, sum, 1e-5, registry[i]->name);
        }
    }
    topology_free(t);
}

/* A sample of the rounds of a varied phase stands for all of them. Few rounds,
 * those to near ranks, are short, and one sample may miss them: but over 20
 * seeds the mean is right to 1 %, and deviations are as large as they are said
 * to be. Every round is counted, few are priced. */
static void a_sample_stands_for_a_varied_phase(void **state)
{
    enum { SEEDS = 20 };
    (void)state;
    struct cluster c = town(2);
    struct topology *t = topology_build(&c);
    struct collective q = ask(COLL_ALLTOALL, 96, 4, 64 * MIB);
    const struct algorithm *pairwise = registry_find(q.kind, "pairwise");
    struct simulation all = time_of(t, &model_wires_only, pairwise, &q, 1, 0);
    double sum = 0, squares = 0, said = 0;
    assert_int_equal(all.priced, 95);
    assert_true(all.sampling_error == 0);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct simulation s =
            time_of(t, &model_wires_only, pairwise, &q, seed, 24);
        double off = s.time_s / all.time_s - 1;
        assert_int_equal(s.rounds, 95);
        assert_int_equal(s.priced, 25);
        sum += s.time_s;
        squares += off * off;
        said += s.sampling_error * s.sampling_error;
    }
    expect_close(sum / SEEDS, all.time_s, 0.01, "mean of samples");
    if (!(squares > said / 2 && squares < said * 2))
        fail_msg("off by %g, expected as said, %g", sqrt(squares / SEEDS),
                 sqrt(said / SEEDS));
    topology_free(t);
}

/* The more messages a round has, the fewer rounds are priced: of 48 rounds of
 * 96 x 2 messages and 95 of 96 as many as 9600 messages hold, but 4 at least.
 */
static void a_sample_has_as_many_rounds_as_messages_allow(void **state)
{
    (void)state;
    const struct {
        const char *name;
        long all;
        double messages;
        long priced;
    } cases[] = {{"pairwise", 95, 9600, 24},
                 {"pairwise", 95, 960, 10},
                 {"linear", 48, 96 * 2 * 6, 6},
                 {"linear", 48, 1, 4},
                 {"pairwise", 95, 0, 24}};
    struct cluster c = town(2);
    struct topology *t = topology_build(&c);
    int gpu_of[96];
    assert_true(place_ranks(t, PLACE_PACKED, 1, 96, gpu_of));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct collective q = ask(COLL_ALLTOALL, 96, 4, 64 * MIB);
        struct simulate_options how = {24, cases[i].messages, 1};
        struct simulation s;
        q.tuning.window = 4;
        struct pricer *p = pricer_open(t, &model_wires_only, gpu_of, 96, 1, 1);
        simulate(p, &model_wires_only, registry_find(q.kind, cases[i].name), &q,
                 &how, &s);
        pricer_close(p);
        print_message("%s, %g messages: %ld of %ld rounds, expected %ld\n",
                      cases[i].name, cases[i].messages, s.priced, s.rounds,
                      cases[i].priced);
        assert_int_equal(s.rounds, cases[i].all);
        /* The first round copies, a phase by itself. */
        assert_int_equal(s.priced, cases[i].priced + 1);
    }
    topology_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_takes_its_share_of_the_wire),
        cmocka_unit_test(rounds_pay_latency),
        cmocka_unit_test(rounds_wait_for_the_last_rank),
        cmocka_unit_test(reduction_overlaps),
        cmocka_unit_test(one_slow_rail_sets_the_pace),
        cmocka_unit_test(incast_shares_the_last_link),
        cmocka_unit_test(nothing_beats_the_bound),
        cmocka_unit_test(phases_stand_for_their_rounds),
        cmocka_unit_test(a_sample_stands_for_a_varied_phase),
        cmocka_unit_test(a_sample_has_as_many_rounds_as_messages_allow),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
