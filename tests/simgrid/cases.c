/* SPDX-License-Identifier: BSD-3-Clause */
/* Cases for the comparison with SimGrid (compare.cpp), and our ends of them.
 *
 *   cases write SEED COUNT > cases.txt    COUNT random cases
 *   cases large SEED HOSTS > cases.txt    one case, of so many flows
 *   cases solve < cases.txt > ends.txt    when each flow of each case ends
 *
 * A case is text, one thing a line:
 *   case NAME LINKS FLOWS
 *   CAPACITY_Bps                          LINKS times
 *   START_s BYTES HOPS LINK LINK ...      FLOWS times
 * and its ends are FLOWS lines of one number. Times are of the order of
 * seconds, because SimGrid's tolerances are absolute. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "sim/flows.h"

enum { HOPS = 6, LEAF = 16 };

static const double gigabyte = 1e9;

static double uniform(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* What a family of cases varies. */
struct kind {
    const char *name;
    void (*write)(struct random *, size_t hosts, const struct kind *);
    int capacities, sizes, starts; /* 1: all different */
};

static void write_capacities(struct random *random, size_t links, int differ)
{
    for (size_t l = 0; l < links; l++)
        printf("%.17g\n",
               differ ? gigabyte * exp(3 * uniform(random) - 1.5) : gigabyte);
}

static void write_start(struct random *random, const struct kind *kind)
{
    double start = kind->starts ? uniform(random) : 0;
    double bytes =
        kind->sizes ? floor(gigabyte * (.1 + uniform(random))) : gigabyte;
    printf("%.17g %.17g", start, bytes);
}

/* Routes of 1 to HOPS different links, any. */
static void write_mess(struct random *random, size_t hosts,
                       const struct kind *kind)
{
    size_t links = HOPS + random_below(random, 2 * hosts);
    printf("case %s %zu %zu\n", kind->name, links, hosts);
    write_capacities(random, links, kind->capacities);
    for (size_t f = 0; f < hosts; f++) {
        size_t hops = 1 + random_below(random, HOPS), route[HOPS];
        write_start(random, kind);
        printf(" %zu", hops);
        for (size_t i = 0; i < hops; i++) {
            size_t j = 0;
            route[i] = random_below(random, links);
            while (route[j] != route[i])
                j++;
            if (j < i) {
                i--; /* again: SimGrid has its own idea of a link twice */
                continue;
            }
            printf(" %zu", route[i]);
        }
        printf("\n");
    }
}

/* All to one. */
static void write_incast(struct random *random, size_t hosts,
                         const struct kind *kind)
{
    printf("case %s %zu %zu\n", kind->name, hosts + 1, hosts);
    write_capacities(random, hosts + 1, kind->capacities);
    for (size_t f = 0; f < hosts; f++) {
        write_start(random, kind);
        printf(" 2 %zu %zu\n", f, hosts);
    }
}

/* Host i to host i + shift on leaves of LEAF hosts and as many spines, one
 * picked by hash for each pair. */
static void write_shift(struct random *random, size_t hosts,
                        const struct kind *kind)
{
    hosts -= hosts % LEAF;
    size_t shift = 1 + random_below(random, hosts - 1);
    printf("case %s %zu %zu\n", kind->name, 4 * hosts, hosts);
    write_capacities(random, 4 * hosts, kind->capacities);
    for (size_t a = 0; a < hosts; a++) {
        size_t b = (a + shift) % hosts, spine = random_below(random, LEAF);
        write_start(random, kind);
        if (a / LEAF == b / LEAF)
            printf(" 2 %zu %zu\n", a, hosts + b);
        else
            printf(" 4 %zu %zu %zu %zu\n", a,
                   2 * hosts + a / LEAF * LEAF + spine,
                   3 * hosts + b / LEAF * LEAF + spine, hosts + b);
    }
}

static const struct kind kinds[] = {
    {"mess", write_mess, 1, 1, 1},
    {"mess-at-once", write_mess, 1, 1, 0},
    {"mess-equal-links", write_mess, 0, 1, 1},
    {"mess-equal-sizes", write_mess, 1, 0, 0},
    {"mess-all-equal", write_mess, 0, 0, 0},
    {"incast", write_incast, 1, 1, 1},
    {"incast-equal-links", write_incast, 0, 1, 0},
    {"shift", write_shift, 1, 1, 1},
    {"shift-equal-links", write_shift, 0, 1, 1},
    {"shift-all-equal", write_shift, 0, 0, 0},
};

static void write_cases(uint64_t seed, unsigned long count)
{
    struct random random = {seed};
    for (unsigned long c = 0; c < count; c++) {
        const struct kind *kind = &kinds[c % (sizeof kinds / sizeof *kinds)];
        kind->write(&random, 64 + random_below(&random, 512 - 64 + 1), kind);
    }
}

/* All different, over the leaves: what `make bench-sim` times. */
static void write_large(uint64_t seed, unsigned long hosts)
{
    static const struct kind large = {"large", write_shift, 1, 1, 1};
    struct random random = {seed};
    large.write(&random, hosts, &large);
}

static void need(int got, int expected)
{
    if (got != expected)
        die(EXIT_USAGE, "cases: standard input is cut off or no case");
}

/* True, and one case's ends are printed; false at the end of the input. */
static int solve_case(void)
{
    size_t links, count, flow;
    double time;
    if (scanf(" case %*63s %zu %zu", &links, &count) != 2)
        return 0;
    double *capacity = xcalloc(links, sizeof *capacity);
    double *end = xcalloc(count, sizeof *end);
    for (size_t l = 0; l < links; l++)
        need(scanf("%lf", &capacity[l]), 1);
    struct flows *flows = flows_open(capacity, links);
    for (size_t f = 0; f < count; f++) {
        double start, bytes;
        size_t hops;
        uint32_t route[HOPS];
        need(scanf("%lf %lf %zu", &start, &bytes, &hops), 3);
        need(hops <= HOPS, 1);
        for (size_t i = 0; i < hops; i++)
            need(scanf("%u", &route[i]), 1);
        flows_add(flows, start, bytes, route, hops);
    }
    while (flows_next(flows, &time, &flow))
        end[flow] = time;
    for (size_t f = 0; f < count; f++)
        printf("%.17g\n", end[f]);
    flows_close(flows);
    free(capacity);
    free(end);
    return 1;
}

int main(int count, char **argument)
{
    if (count == 4 && !strcmp(argument[1], "write")) {
        write_cases(strtoull(argument[2], NULL, 10),
                    strtoul(argument[3], NULL, 10));
    } else if (count == 4 && !strcmp(argument[1], "large")) {
        write_large(strtoull(argument[2], NULL, 10),
                    strtoul(argument[3], NULL, 10));
    } else if (count == 2 && !strcmp(argument[1], "solve")) {
        while (solve_case())
            ;
    } else {
        die(EXIT_USAGE,
            "usage: cases write SEED COUNT | cases large SEED HOSTS | "
            "cases solve");
    }
    return EXIT_GOOD;
}
