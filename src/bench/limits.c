/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/held.h"
#include "bench/seat.h"

struct limits {
    char name[sizeof((struct record *)0)->topology];
    struct cluster *cluster; /* this and all below: rank 0 only */
    struct topology *topology;
    int *gpu_of; /* of a job rank */
};

static bool seat_job(struct limits *limits, struct job *job, int ranks_per_node)
{
    int ranks = job_size(job);
    int *node_of = xcalloc((size_t)ranks, sizeof *node_of);
    const char **host = xcalloc((size_t)ranks, sizeof *host);
    struct seating who = {ranks, 0, node_of, ranks_per_node ? NULL : host};
    for (int r = 0; r < ranks; r++) {
        node_of[r] = ranks_per_node ? r / ranks_per_node : job_node(job, r);
        host[node_of[r]] = job_host(job, r);
        who.nodes = node_of[r] >= who.nodes ? node_of[r] + 1 : who.nodes;
    }
    limits->gpu_of = xcalloc((size_t)ranks, sizeof *limits->gpu_of);
    bool good = seats_find(limits->topology, &who, limits->gpu_of);
    free(host);
    free(node_of);
    return good;
}

static bool read_file(struct limits *limits, const char *path)
{
    limits->cluster = cluster_read(path);
    if (!limits->cluster)
        return false;
    snprintf(limits->name, sizeof limits->name, "%s", limits->cluster->name);
    limits->topology = topology_build(limits->cluster);
    return limits->topology != NULL;
}

struct limits *limits_open(const char *path, struct job *job,
                           int ranks_per_node, int *code)
{
    *code = 0;
    if (!path)
        return NULL;
    struct limits *limits = xcalloc(1, sizeof *limits);
    if (job_rank(job) == 0 &&
        !(read_file(limits, path) && seat_job(limits, job, ranks_per_node)))
        *code = EXIT_USAGE;
    job_bcast(job, code, sizeof *code, 0);
    job_bcast(job, limits->name, sizeof limits->name, 0);
    if (!*code)
        return limits;
    limits_close(limits);
    return NULL;
}

void limits_close(struct limits *limits)
{
    if (!limits)
        return;
    topology_free(limits->topology);
    cluster_free(limits->cluster);
    free(limits->gpu_of);
    free(limits);
}

void limits_identify(const struct limits *limits, struct record *record)
{
    if (limits)
        memcpy(record->topology, limits->name, sizeof record->topology);
}

void limits_fill(const struct limits *limits, const struct collective *c,
                 const int *members, struct record *record)
{
    if (!limits)
        return;
    int *gpu_of = xcalloc((size_t)c->ranks, sizeof *gpu_of);
    for (int r = 0; r < c->ranks; r++)
        gpu_of[r] = limits->gpu_of[members[r]];
    held_bound(limits->topology, c, gpu_of, 1, record);
    held_assumed(limits->topology, record->assumed, sizeof record->assumed);
    free(gpu_of);
}
