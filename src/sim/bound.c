/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/bound.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* What a cut at one level looks like to a job. */
struct cut {
    int groups;            /* that hold ranks */
    double sum_C, least_C; /* bytes/s */
    double most_share;     /* max over groups of (n - n_g) / C_g */
    double most_cross;     /* max over groups of n_g (n - n_g) / C_g */
    double most_own;       /* max over groups without the root of n_g / C_g */
    double root_C, root_n; /* of the root's group */
};

static struct cut cut_at(const struct topology *t, int level,
                         const struct collective *c, const int *gpu_of)
{
    int groups = topology_level_groups(t, level);
    int *held = xcalloc((size_t)groups, sizeof *held);
    struct cut cut = {.least_C = INFINITY};
    double n = c->ranks;
    for (int i = 0; i < c->ranks; i++)
        held[topology_level_group(t, level, gpu_of[i])]++;
    int root = topology_level_group(t, level, gpu_of[c->root]);
    for (int g = 0; g < groups; g++) {
        if (!held[g])
            continue;
        double C = topology_level_capacity(t, level, g), n_g = held[g];
        cut.groups++;
        cut.sum_C += C;
        cut.least_C = fmin(cut.least_C, C);
        cut.most_share = fmax(cut.most_share, (n - n_g) / C);
        cut.most_cross = fmax(cut.most_cross, n_g * (n - n_g) / C);
        if (g == root) {
            cut.root_C = C;
            cut.root_n = n_g;
        } else {
            cut.most_own = fmax(cut.most_own, n_g / C);
        }
    }
    free(held);
    return cut;
}

static double seconds_at(const struct cut *cut, const struct collective *c,
                         bool reduces)
{
    double S = (double)collective_size_B(c), n = c->ranks;
    switch (c->kind) {
    case COLL_ALLREDUCE:
        if (reduces)
            return S / cut->least_C;
        return fmax(2 * (cut->groups - 1) * S / cut->sum_C, S / cut->least_C);
    case COLL_ALLGATHER:
        return cut->most_share / n * S;
    case COLL_PINGPONG:
    case COLL_STREAM:
    case COLL_BISTREAM:
        return S / cut->least_C;
    default:
        return 0;
    }
}

struct bound bound_of(const struct topology *t, const struct collective *c,
                      const int *gpu_of)
{
    struct bound bound = {.level = -1};
    for (int level = 0; level < topology_levels(t); level++) {
        struct cut cut = cut_at(t, level, c, gpu_of);
        if (cut.groups < 2)
            continue;
        double seconds = seconds_at(&cut, c, topology_level_reduces(t, level));
        if (seconds > bound.seconds)
            bound = (struct bound){seconds, level};
    }
    return bound;
}
