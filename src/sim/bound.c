/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/bound.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* --- what a group of ranks needs of a cut
 * ----------------------------------------- */

/* Shares of S that must leave and enter. */
struct need {
    double leaves, enters;
};

/* Of an island with n_i of the n ranks, neither none nor all; `root`: the root
 * is one of them. */
typedef struct need need_fn(double n, double n_i, bool root);

static struct need both_ways(double n, double n_i, bool root)
{
    (void)n, (void)n_i, (void)root;
    return (struct need){1, 1};
}

static struct need gathers(double n, double n_i, bool root)
{
    (void)root;
    return (struct need){n_i / n, (n - n_i) / n};
}

static struct need scatters(double n, double n_i, bool root)
{
    (void)root;
    return (struct need){(n - n_i) / n, n_i / n};
}

static struct need exchanges(double n, double n_i, bool root)
{
    double share = n_i * (n - n_i) / n;
    (void)root;
    return (struct need){share, share};
}

static struct need from_root(double n, double n_i, bool root)
{
    (void)n, (void)n_i;
    return (struct need){root, !root};
}

static struct need to_root(double n, double n_i, bool root)
{
    (void)n, (void)n_i;
    return (struct need){!root, root};
}

static struct need parts_from_root(double n, double n_i, bool root)
{
    return root ? (struct need){(n - n_i) / n, 0} : (struct need){0, n_i / n};
}

static struct need parts_to_root(double n, double n_i, bool root)
{
    return root ? (struct need){0, (n - n_i) / n} : (struct need){n_i / n, 0};
}

/* NULL: messages between pairs, see add_pairs; or nothing. */
static need_fn *const needs[COLL_KINDS] = {
    [COLL_ALLREDUCE] = both_ways,     [COLL_ALLGATHER] = gathers,
    [COLL_REDUCE_SCATTER] = scatters, [COLL_ALLTOALL] = exchanges,
    [COLL_BROADCAST] = from_root,     [COLL_REDUCE] = to_root,
    [COLL_SCATTER] = parts_from_root, [COLL_GATHER] = parts_to_root,
};

/* --- one level
 * -------------------------------------------------------------------- */

/* One level's groups of GPUs ("islands" here, to tell them from groups of
 * ranks), and what must cross their borders. */
struct cut {
    const struct topology *topology;
    int level, islands;
    int *held;               /* ranks of the present group, by island */
    double *leaves, *enters; /* bytes, by island */
    double *alone; /* bytes that one group's messages, which follow each other,
                      take through an island; the largest, by island */
    bool *used;
    double crossing; /* bytes that must leave all islands together */
};

static int island_of(const struct cut *cut, const int *gpu_of, int rank)
{
    return topology_level_group(cut->topology, cut->level, gpu_of[rank]);
}

/* Each message from one island to another. Of a ping-pong, two operations send
 * one message each way, one after the other: half of it an operation, but never
 * less time than all of it takes alone. */
static void add_pairs(struct cut *cut, const struct collective *c,
                      const int *gpu_of)
{
    double S = (double)collective_size_B(c);
    bool in_turn = c->kind == COLL_PINGPONG;
    for (int to = 0; to < c->ranks && c->kind != COLL_BARRIER; to++) {
        if (collective_parts(c, to) == 0)
            continue;
        int from = collective_wanted(c, to, 0).rank;
        int a = island_of(cut, gpu_of, from), b = island_of(cut, gpu_of, to);
        if (a == b)
            continue;
        cut->used[a] = cut->used[b] = true;
        cut->leaves[a] += in_turn ? S / 2 : S;
        cut->enters[b] += in_turn ? S / 2 : S;
        if (!in_turn)
            continue;
        cut->leaves[b] += S / 2;
        cut->enters[a] += S / 2;
        cut->alone[a] = fmax(cut->alone[a], S);
        cut->alone[b] = fmax(cut->alone[b], S);
    }
}

/* Adds one group of ranks: gpu_of[0 .. ranks-1]. */
static void add_group(struct cut *cut, const struct collective *c,
                      const int *gpu_of)
{
    double S = (double)collective_size_B(c);
    int islands = 0, root = -1;
    if (!needs[c->kind]) {
        add_pairs(cut, c, gpu_of);
        return;
    }
    if (collective_facts(c->kind)->rooted)
        root = island_of(cut, gpu_of, c->root);
    for (int r = 0; r < c->ranks; r++)
        islands += cut->held[island_of(cut, gpu_of, r)]++ == 0;
    for (int r = 0; r < c->ranks; r++) {
        int i = island_of(cut, gpu_of, r), held = cut->held[i];
        cut->held[i] = 0; /* once an island */
        if (held == 0 || islands < 2)
            continue;
        struct need need = needs[c->kind](c->ranks, held, i == root);
        cut->leaves[i] += need.leaves * S;
        cut->enters[i] += need.enters * S;
        cut->used[i] = true;
    }
    if (c->kind == COLL_ALLREDUCE &&
        !topology_level_reduces(cut->topology, cut->level))
        cut->crossing += 2.0 * (islands - 1) * S;
}

static double seconds_of(const struct cut *cut)
{
    double most = 0, sum_C = 0;
    for (int i = 0; i < cut->islands; i++) {
        double C = topology_level_capacity(cut->topology, cut->level, i);
        if (!cut->used[i])
            continue;
        most = fmax(most, fmax(cut->leaves[i], cut->enters[i]) / C);
        most = fmax(most, cut->alone[i] / C);
        sum_C += C;
    }
    return sum_C > 0 ? fmax(most, cut->crossing / sum_C) : 0;
}

struct bound bound_of(const struct topology *t, const struct collective *c,
                      const int *gpu_of, int groups)
{
    struct bound bound = {.level = -1};
    for (int level = 0; level < topology_levels(t); level++) {
        size_t islands = (size_t)topology_level_groups(t, level);
        struct cut cut = {.topology = t,
                          .level = level,
                          .islands = (int)islands,
                          .held = xcalloc(islands, sizeof *cut.held),
                          .leaves = xcalloc(islands, sizeof *cut.leaves),
                          .enters = xcalloc(islands, sizeof *cut.enters),
                          .alone = xcalloc(islands, sizeof *cut.alone),
                          .used = xcalloc(islands, sizeof *cut.used)};
        for (int g = 0; g < groups; g++)
            add_group(&cut, c, gpu_of + (long)g * c->ranks);
        double seconds = seconds_of(&cut);
        if (seconds > bound.seconds)
            bound = (struct bound){seconds, level};
        free(cut.held);
        free(cut.leaves);
        free(cut.enters);
        free(cut.alone);
        free(cut.used);
    }
    return bound;
}
