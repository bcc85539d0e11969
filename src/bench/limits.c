/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/held.h"
#include "bench/machine.h"
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

/* Collective: what the nodes say of their NICs; on rank 0 a cluster of it. */
static struct cluster *describe_job(struct job *job, int ranks_per_node)
{
    int ranks = job_size(job), nodes = job_nodes(job), most = 1;
    bool root = job_rank(job) == 0;
    struct nics nics;
    nics_read("", &nics);
    struct nic_wires mine = nics_wires("", &nics), *all = NULL;
    nics_fini(&nics);
    if (root)
        all = xcalloc((size_t)ranks, sizeof *all);
    job_gather(job, &mine, sizeof mine, all);
    if (!root)
        return NULL;
    if (ranks_per_node) {
        error("--topology: 'auto' knows no pretended nodes, expected a file or "
              "no --ranks-per-node");
        free(all);
        return NULL;
    }
    const char **host = xcalloc((size_t)nodes, sizeof *host);
    int *here = xcalloc((size_t)nodes, sizeof *here);
    struct nic_wires *wires = xcalloc((size_t)nodes, sizeof *wires);
    for (int r = 0; r < ranks; r++) {
        int node = job_node(job, r);
        host[node] = job_host(job, r);
        wires[node] = all[r];
        most = ++here[node] > most ? here[node] : most;
    }
    struct cluster *cluster = machine_describe(nodes, most, wires, host);
    free(all);
    free(host);
    free(here);
    free(wires);
    return cluster;
}

/* On rank 0. */
static bool take_cluster(struct limits *limits, struct cluster *cluster)
{
    limits->cluster = cluster;
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
    struct cluster *cluster = NULL;
    bool root = job_rank(job) == 0;
    if (!strcmp(path, "auto"))
        cluster = describe_job(job, ranks_per_node);
    else if (root)
        cluster = cluster_read(path);
    if (root && !(take_cluster(limits, cluster) &&
                  seat_job(limits, job, ranks_per_node)))
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
