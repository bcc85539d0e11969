/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/place.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"

const char *const place_names[PLACE_KINDS] = {"packed", "racks", "nodes"};

/* The level whose groups are drawn: the lowest of more than a node. -1: nodes.
 */
static int drawn_level(const struct topology *t, enum place_kind kind)
{
    if (kind != PLACE_RACKS || topology_cluster(t)->fabric == FABRIC_MESH)
        return -1;
    for (int level = 0; level < topology_levels(t); level++)
        if (topology_level_groups(t, level) < topology_nodes(t))
            return level;
    return -1;
}

static int unit_of(const struct topology *t, int level, int gpu)
{
    return level < 0 ? gpu / topology_gpus_per_node(t)
                     : topology_level_group(t, level, gpu);
}

/* Marks units of a seeded shuffle until they hold so many GPUs. */
static void draw(const int *held, int units, int ranks, uint64_t seed,
                 bool *drawn)
{
    struct random random = {seed};
    int *order = xcalloc((size_t)units, sizeof *order);
    for (int i = 0; i < units; i++)
        order[i] = i;
    for (int i = 0; i < units && ranks > 0; i++) {
        int other = i + (int)random_below(&random, (uint64_t)(units - i));
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
        drawn[order[i]] = true;
        ranks -= held[order[i]];
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
    int level = drawn_level(t, kind), used = 0;
    int units = level < 0 ? topology_nodes(t) : topology_level_groups(t, level);
    bool *drawn = xcalloc((size_t)units, sizeof *drawn);
    int *held = xcalloc((size_t)units, sizeof *held);
    for (int gpu = 0; gpu < gpus; gpu++)
        held[unit_of(t, level, gpu)]++;
    if (kind != PLACE_PACKED)
        draw(held, units, ranks, seed, drawn);
    for (int gpu = first; gpu < gpus && used < ranks; gpu++)
        if (kind == PLACE_PACKED || drawn[unit_of(t, level, gpu)])
            gpu_of[used++] = gpu;
    free(drawn);
    free(held);
    return used == ranks;
}
