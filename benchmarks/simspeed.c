/* SPDX-License-Identifier: BSD-3-Clause */
/* How fast the simulator is, on one core (`make bench-sim`): routing and
 * max-min rates of random permutations on Colossus' 100,352 GPUs with hashed
 * paths, flows to the last one's end, and whole all-reduces. Median of several
 * runs and their range, beside the goal; the exponent with which cost grows in
 * flows; and the process's peak memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "bench/stats.h"
#include "coll/registry.h"
#include "sim/flows.h"
#include "sim/maxmin.h"
#include "sim/simulate.h"

enum { RUNS = 7, GPUS = 100352, DRIFTING = 16384, DRIFT_ROUNDS = 64 };

struct town {
    struct cluster *cluster;
    struct topology *topology;
    int *gpu_of, *target; /* target: a random permutation */
    size_t flows;
    size_t *first;
    uint32_t *links;
    double *rate, *bytes, *start;
    double sampling_error; /* relative, of the last run; 0: none */
};

static void shuffle(struct town *town)
{
    struct random random = {5};
    for (int i = 0; i < GPUS; i++)
        town->gpu_of[i] = town->target[i] = i;
    for (int i = GPUS - 1; i > 0; i--) {
        int k = (int)random_below(&random, (uint64_t)i + 1);
        int kept = town->target[i];
        town->target[i] = town->target[k];
        town->target[k] = kept;
    }
}

/* `flows` flows from GPU i to target i. Above GPUS of them: all again and again
 * to other targets, or else several for each pair, on paths of their own. */
static void route_all(struct town *town, size_t flows, bool turned)
{
    size_t each = turned ? 1 : (flows + GPUS - 1) / GPUS;
    size_t used = 0;
    town->flows = flows;
    for (size_t f = 0; f < flows; f++) {
        struct route route;
        int from = (int)(f / each % GPUS);
        size_t other = turned ? f / GPUS * 7919 : 0;
        topology_route(town->topology, from,
                       town->target[((size_t)from + other) % GPUS],
                       random_mix(f + 1), &route);
        town->first[f] = used;
        memcpy(town->links + used, route.link,
               (size_t)route.links * sizeof *route.link);
        used += (size_t)route.links;
    }
    town->first[flows] = used;
}

static void solve(struct town *town)
{
    struct maxmin *maxmin = maxmin_open(topology_links(town->topology));
    struct maxmin_flows flows = {
        .count = town->flows, .first = town->first, .links = town->links};
    maxmin_solve(maxmin, &flows, topology_capacities(town->topology),
                 town->rate);
    maxmin_close(maxmin);
}

static void route_and_solve(struct town *town, size_t flows)
{
    route_all(town, flows, true);
    solve(town);
}

static void solve_pairs(struct town *town, size_t flows)
{
    route_all(town, flows, false);
    solve(town);
}

static void to_the_last_end(struct town *town, size_t count)
{
    double time;
    size_t flow;
    route_all(town, count, true);
    struct flows *flows = flows_open(topology_capacities(town->topology),
                                     topology_links(town->topology));
    for (size_t f = 0; f < count; f++)
        flows_add(flows, town->start[f], town->bytes[f],
                  town->links + town->first[f],
                  town->first[f + 1] - town->first[f]);
    while (flows_next(flows, &time, &flow))
        ;
    flows_close(flows);
}

static double peak_MiB(void)
{
    char line[128];
    double KiB = NAN;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof line, in))
        if (!strncmp(line, "VmHWM:", 6))
            KiB = strtod(line + 6, NULL);
    if (in)
        fclose(in);
    return KiB / 1024;
}

/* A schedule whose ranks drift apart: each sends its next message, of a size of
 * its own, when its last one has ended; `shift` gives the distance to its peer.
 */
struct drift {
    int round; /* of the flow's rank */
    int rank;
};

static int neighbour(int round)
{
    (void)round;
    return 1;
}

static int further(int round)
{
    return 1 + (int)(random_mix((uint64_t)round) % (DRIFTING - 1));
}

static size_t send_on(struct town *town, struct flows *flows, struct drift who,
                      int (*shift)(int), double now_s)
{
    struct route route;
    int to = (who.rank + shift(who.round)) % DRIFTING;
    uint64_t hash =
        random_mix((uint64_t)who.rank * DRIFT_ROUNDS + (uint64_t)who.round);
    topology_route(town->topology, who.rank, to, hash, &route);
    return flows_add(flows, now_s + route.latency_s,
                     1e6 + (double)(hash % 100000), route.link,
                     (size_t)route.links);
}

/* Flow events (a start and an end each) in a second. */
static double drift(struct town *town, int (*shift)(int))
{
    struct flows *flows = flows_open(topology_capacities(town->topology),
                                     topology_links(town->topology));
    struct drift *who = xcalloc(2 * DRIFTING, sizeof *who);
    double start_s = clock_now_s(), now_s;
    size_t flow, events = 0;
    for (int rank = 0; rank < DRIFTING; rank++) {
        struct drift first = {0, rank};
        who[send_on(town, flows, first, shift, 0)] = first;
    }
    while (flows_next(flows, &now_s, &flow)) {
        struct drift next = {who[flow].round + 1, who[flow].rank};
        events += 2;
        if (next.round < DRIFT_ROUNDS)
            who[send_on(town, flows, next, shift, now_s)] = next;
    }
    flows_close(flows);
    free(who);
    return (double)events / (clock_now_s() - start_s);
}

static void time_drift(struct town *town, const char *name, int (*shift)(int))
{
    double rate = drift(town, shift);
    printf("%-52s %9.2f million events/s  >= 2 %s  peak %.0f MiB\n", name,
           rate * 1e-6, rate >= 2e6 ? "met" : "MISSED", peak_MiB());
    fflush(stdout);
}

/* 16 GiB, long enough that `hierarchical` goes round its rings. */
static void whole(struct town *town, enum collective_kind kind,
                  const char *name, int ranks)
{
    struct collective c = {.kind = kind,
                           .type = TYPE_FLOAT32,
                           .ranks = ranks,
                           .shape = {ranks / 8, 8, NULL}};
    struct simulate_options how = {128, 2.5e6, 1}; /* as `predict` */
    struct simulation s;
    c.count = collective_count(&c, (size_t)16 << 30);
    struct pricer *p = pricer_open(town->topology, &model_wires_only,
                                   town->gpu_of, ranks, 1, 1);
    simulate(p, &model_wires_only, registry_find(kind, name), &c, &how, &s);
    pricer_close(p);
    town->sampling_error = s.sampling_error;
}

static void ring(struct town *town, size_t n)
{
    whole(town, COLL_ALLREDUCE, "ring", (int)n);
}

static void hierarchical(struct town *town, size_t n)
{
    whole(town, COLL_ALLREDUCE, "hierarchical", (int)n);
}

static void pairwise(struct town *town, size_t n)
{
    whole(town, COLL_ALLTOALL, "pairwise", (int)n);
}

static void linear(struct town *town, size_t n)
{
    whole(town, COLL_ALLTOALL, "linear", (int)n);
}

static double time_it(struct town *town, const char *name,
                      void (*run)(struct town *, size_t), size_t n,
                      double goal_s)
{
    double seconds[RUNS], scratch[RUNS];
    struct stats stats;
    for (int i = 0; i < RUNS; i++) {
        double start = clock_now_s();
        run(town, n);
        seconds[i] = clock_now_s() - start;
    }
    stats_of(seconds, RUNS, scratch, &stats);
    printf("%-52s %9.1f ms  [%.1f, %.1f]", name, stats.p50 * 1e3,
           stats.min * 1e3, stats.max * 1e3);
    if (goal_s > 0)
        printf("  <= %.0f ms %s", goal_s * 1e3,
               stats.p50 <= goal_s ? "met" : "MISSED");
    if (town->sampling_error > 0)
        printf("  standard error %.2g %%", 100 * town->sampling_error);
    town->sampling_error = 0;
    printf("  peak %.0f MiB\n", peak_MiB());
    fflush(stdout);
    return stats.p50;
}

static void town_open(struct town *town, const char *path, size_t most)
{
    struct random random = {9};
    town->cluster = cluster_read(path);
    if (!town->cluster)
        exit(EXIT_USAGE);
    town->cluster->routing = ROUTING_ECMP; /* the hardest case */
    town->topology = topology_build(town->cluster);
    if (!town->topology || topology_gpus(town->topology) != GPUS)
        die(EXIT_USAGE, "simspeed: %s: expected a cluster of %d GPUs", path,
            GPUS);
    town->gpu_of = xcalloc(GPUS, sizeof *town->gpu_of);
    town->target = xcalloc(GPUS, sizeof *town->target);
    shuffle(town);
    town->first = xcalloc(most + 1, sizeof *town->first);
    town->links = xcalloc(most * 10, sizeof *town->links);
    town->rate = xcalloc(most, sizeof *town->rate);
    town->bytes = xcalloc(GPUS, sizeof *town->bytes);
    town->start = xcalloc(GPUS, sizeof *town->start);
    for (size_t i = 0; i < GPUS; i++) {
        town->bytes[i] = 1e6 + (double)random_below(&random, 100000000);
        town->start[i] = 1e-6 * (double)random_below(&random, 100);
    }
}

int main(int argc, char **argv)
{
    struct town town = {0};
    if (argc > 2)
        die(EXIT_USAGE, "simspeed: %d arguments, expected at most a topology",
            argc - 1);
    town_open(&town, argc > 1 ? argv[1] : "topologies/colossus-100k.yaml",
              (size_t)GPUS * 10);
    printf("%-52s %12s  %s\n", "one core, medians of 7", "median", "range");
    double small = time_it(&town, "10,035 flows, route and solve",
                           route_and_solve, GPUS / 10, 0);
    double middle = time_it(&town, "100,352 flows, route and solve",
                            route_and_solve, GPUS, 0.05);
    double large =
        time_it(&town, "1,003,520 flows (10 permutations), route and solve",
                route_and_solve, (size_t)GPUS * 10, 0.8);
    time_it(&town, "1,003,520 flows (10 for each pair), route and solve",
            solve_pairs, (size_t)GPUS * 10, 0.4);
    printf("cost grows with flows to the power %.2f (10k to 100k), %.2f (100k "
           "to 1M)\n",
           log10(middle / small), log10(large / middle));
    time_it(&town, "100,352 unequal flows, to the last one's end",
            to_the_last_end, GPUS, 1);
    time_it(&town, "all-reduce ring, 100,352 GPUs, every flow routed", ring,
            GPUS, 0.1);
    time_it(&town, "all-reduce hierarchical, the same", hierarchical, GPUS,
            0.1);
    time_it(&town, "all-to-all pairwise, 16,384 GPUs, sampled", pairwise, 16384,
            1);
    time_it(&town, "all-to-all pairwise, 100,352 GPUs, sampled", pairwise, GPUS,
            1);
    time_it(&town, "all-to-all linear, 16,384 GPUs, sampled", linear, 16384, 1);
    time_it(&town, "all-to-all linear, 100,352 GPUs, sampled", linear, GPUS, 1);
    time_drift(&town, "16,384 ranks adrift, each to its neighbour", neighbour);
    time_drift(&town, "16,384 ranks adrift, each round further away", further);
    return EXIT_GOOD;
}
