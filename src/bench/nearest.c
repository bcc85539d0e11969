/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nearest.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "host/near.h"

/* What a rank tells: where it runs, and where the GPUs that it sees are. */
struct told {
    long own, gpu_node[MEM_GPUS_MOST];
    int gpus;
};

/* Less is better: full, far, shared by how many, of another number. */
static long cost_of(bool full, bool far, int users, bool same_number)
{
    const long many = 1 << 20;
    return (2L * full + far) * many + 2L * users + !same_number;
}

static void choose(const long *rank_node, int rank, const long *gpu_node,
                   int gpus, int most, int *users, int *gpu_of)
{
    int best = 0;
    long least = LONG_MAX, own = rank_node[rank];
    for (int g = 0; g < gpus; g++) {
        bool far = own >= 0 && gpu_node[g] >= 0 && gpu_node[g] != own;
        long cost = cost_of(users[g] == most, far, users[g], g == rank % gpus);
        if (cost < least) {
            least = cost;
            best = g;
        }
    }
    users[best]++;
    gpu_of[rank] = best;
}

void nearest_gpus(const long *rank_node, int ranks, const long *gpu_node,
                  int gpus, int *gpu_of)
{
    int *users = xcalloc((size_t)gpus, sizeof *users);
    for (int anywhere = 0; anywhere < 2; anywhere++)
        for (int r = 0; r < ranks; r++)
            if ((rank_node[r] < 0) == anywhere)
                choose(rank_node, r, gpu_node, gpus, (ranks + gpus - 1) / gpus,
                       users, gpu_of);
    free(users);
}

/* The ranks of one node, at rank 0; all see as many GPUs, or each its own. */
static void settle(const struct told *told, const int *ranks, int n,
                   int *gpu_of)
{
    const struct told *any = &told[ranks[0]];
    long *rank_node = xcalloc((size_t)n, sizeof *rank_node);
    int *chosen = xcalloc((size_t)n, sizeof *chosen);
    bool alike = any->gpus > 0;
    for (int i = 0; i < n; i++) {
        rank_node[i] = told[ranks[i]].own;
        alike &= told[ranks[i]].gpus == any->gpus;
    }
    if (alike)
        nearest_gpus(rank_node, n, any->gpu_node, any->gpus, chosen);
    for (int i = 0; i < n; i++)
        gpu_of[ranks[i]] = alike ? chosen[i] : -1;
    free(rank_node);
    free(chosen);
}

/* Node by node: ranks in the order of their nodes. */
static void settle_all(struct job *job, const struct told *told, int *gpu_of)
{
    int size = job_size(job), nodes = job_nodes(job);
    int *start = xcalloc((size_t)nodes + 1, sizeof *start),
        *next = xcalloc((size_t)nodes, sizeof *next),
        *ranks = xcalloc((size_t)size, sizeof *ranks);
    for (int r = 0; r < size; r++)
        start[job_node(job, r) + 1]++;
    for (int n = 0; n < nodes; n++)
        next[n] = start[n + 1] += start[n];
    for (int r = size; r-- > 0;)
        ranks[--next[job_node(job, r)]] = r;
    for (int n = 0; n < nodes; n++)
        settle(told, ranks + start[n], start[n + 1] - start[n], gpu_of);
    free(start);
    free(next);
    free(ranks);
}

int nearest_gpu(struct job *job, const struct memory_kind *kind)
{
    int size = job_size(job), me = job_rank(job);
    struct told mine = {.own = near_own_node()}, *told = NULL;
    char address[MEM_GPUS_MOST][MEM_ADDRESS_B];
    int *gpu_of = xcalloc((size_t)size, sizeof *gpu_of);
    mine.gpus = kind->gpus ? kind->gpus(address, MEM_GPUS_MOST) : 0;
    for (int g = 0; g < mine.gpus; g++)
        mine.gpu_node[g] = near_device_node("", address[g]);
    if (me == 0)
        told = xcalloc((size_t)size, sizeof *told);
    job_gather(job, &mine, sizeof mine, told);
    if (told)
        settle_all(job, told, gpu_of);
    job_bcast(job, gpu_of, (size_t)size * sizeof *gpu_of, 0);
    int gpu = gpu_of[me];
    free(gpu_of);
    free(told);
    return gpu;
}
