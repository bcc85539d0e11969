/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/bound.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* One level's groups of GPUs ("islands" here, to tell them from groups of
 * ranks), and what must leave them. */
struct cut {
    const struct topology *topology;
    int level, islands;
    int *held;      /* ranks of the present group, by island */
    double *leaves; /* bytes that must leave (or enter) each island */
    bool *used;
    double crossing; /* bytes that must leave all islands together */
};

/* Bytes that must leave an island with n_i of the n ranks of one group. */
static double share_of(const struct collective *c, double n_i)
{
    double S = (double)collective_size_B(c), n = c->ranks;
    if (n_i <= 0 || n_i >= n)
        return 0;
    switch (c->kind) {
    case COLL_ALLREDUCE:
    case COLL_PINGPONG:
    case COLL_STREAM:
    case COLL_BISTREAM:
        return S;
    case COLL_ALLGATHER:
        return (n - n_i) / n * S;
    default:
        return 0;
    }
}

/* Adds one group of ranks: gpu_of[0 .. ranks-1]. */
static void add_group(struct cut *cut, const struct collective *c,
                      const int *gpu_of)
{
    int islands = 0;
    for (int r = 0; r < c->ranks; r++)
        islands += cut->held[topology_level_group(cut->topology, cut->level,
                                                  gpu_of[r])]++ == 0;
    for (int r = 0; r < c->ranks; r++) {
        int i = topology_level_group(cut->topology, cut->level, gpu_of[r]);
        cut->leaves[i] += share_of(c, cut->held[i]);
        cut->used[i] |= islands > 1;
        cut->held[i] = 0; /* once an island */
    }
    if (c->kind == COLL_ALLREDUCE &&
        !topology_level_reduces(cut->topology, cut->level))
        cut->crossing += 2.0 * (islands - 1) * (double)collective_size_B(c);
}

static double seconds_of(const struct cut *cut)
{
    double most = 0, sum_C = 0;
    for (int i = 0; i < cut->islands; i++) {
        double C = topology_level_capacity(cut->topology, cut->level, i);
        if (!cut->used[i])
            continue;
        most = fmax(most, cut->leaves[i] / C);
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
                          .used = xcalloc(islands, sizeof *cut.used)};
        for (int g = 0; g < groups; g++)
            add_group(&cut, c, gpu_of + (long)g * c->ranks);
        double seconds = seconds_of(&cut);
        if (seconds > bound.seconds)
            bound = (struct bound){seconds, level};
        free(cut.held);
        free(cut.leaves);
        free(cut.used);
    }
    return bound;
}
