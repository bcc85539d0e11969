/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/place.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"

const char *const place_names[PLACE_KINDS] = {"packed", "racks", "nodes"};

/* GPUs of one of the units that are drawn. */
static int unit_gpus(const struct topology *t, enum place_kind kind)
{
    int per_node = topology_gpus_per_node(t), unit = per_node;
    if (kind != PLACE_RACKS)
        return unit;
    for (int level = 0; level < topology_levels(t); level++) {
        int groups = topology_level_groups(t, level);
        int gpus = (topology_gpus(t) + groups - 1) / groups;
        if (gpus > per_node)
            return gpus;
    }
    return unit;
}

/* The first `wanted` of a seeded shuffle of 0 .. units-1, marked. */
static void draw(int units, int wanted, uint64_t seed, bool *drawn)
{
    struct random random = {seed};
    int *order = xcalloc((size_t)units, sizeof *order);
    for (int i = 0; i < units; i++)
        order[i] = i;
    for (int i = 0; i < wanted; i++) {
        int other = i + (int)random_below(&random, (uint64_t)(units - i));
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
        drawn[order[i]] = true;
    }
    free(order);
}

bool place_ranks(const struct topology *t, enum place_kind kind, uint64_t seed,
                 int ranks, int *gpu_of)
{
    const struct job_spec *job = &topology_cluster(t)->job;
    int per_node = topology_gpus_per_node(t), gpus = topology_gpus(t);
    int first =
        kind == PLACE_PACKED ? (int)figure_or(job->first, 0) * per_node : 0;
    if (ranks < 1 || ranks > gpus - first)
        return false;
    int unit = unit_gpus(t, kind), units = (gpus + unit - 1) / unit;
    bool *drawn = xcalloc((size_t)units, sizeof *drawn);
    if (kind == PLACE_PACKED)
        for (int i = 0; i < units; i++)
            drawn[i] = i * unit >= first;
    else
        draw(units, (ranks + unit - 1) / unit, seed, drawn);
    int used = 0;
    for (int gpu = 0; gpu < gpus && used < ranks; gpu++)
        if (drawn[gpu / unit])
            gpu_of[used++] = gpu;
    free(drawn);
    return used == ranks; /* a last, shorter unit may leave some out */
}
