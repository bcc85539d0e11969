/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/provenance.h"
#include "host/health.h"
#include "net/transport.h"

/* The facts of each node, in node order, on rank 0: told by its first rank. */
static struct node_facts *gather_facts(struct job *job)
{
    struct node_facts mine;
    if (job_local_rank(job) != 0)
        return NULL;
    health_describe("", &mine);
    if (job_rank(job) != 0) {
        job_send(job, &mine, sizeof mine, 0);
        return NULL;
    }
    struct node_facts *facts = xcalloc((size_t)job_nodes(job), sizeof *facts);
    int known = 0;
    for (int r = 0; r < job_size(job); r++) {
        if (job_node(job, r) != known)
            continue; /* nodes are numbered in order of their first rank */
        if (r == 0)
            facts[known] = mine;
        else
            job_recv(job, &facts[known], sizeof *facts, r);
        known++;
    }
    return facts;
}

static void library_versions(const struct options *options, char *text,
                             size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int t = 0; options->transports[t] && used < capacity; t++) {
        char version[64];
        transport_find(options->transports[t])
            ->version(version, sizeof version);
        if (version[0])
            used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                     used ? ", " : "", version);
    }
}

void inventory_write(struct job *job, struct folder *folder,
                     const struct benchmark *benchmark,
                     const struct options *options,
                     const struct ranks *ranks, const char *run_id, int argc,
                     char **argv)
{
    enum { CAPACITY = 64 };
    struct node_facts *facts = gather_facts(job);
    if (!folder) {
        free(facts);
        return;
    }
    char launcher[64], versions[160], *values[CAPACITY + 1] = {NULL};
    const char *names[CAPACITY + 1] = {NULL};
    int n = options_describe(benchmark, options, names, values, CAPACITY);
    job_version(launcher, sizeof launcher);
    library_versions(options, versions, sizeof versions);
    struct provenance provenance = {.run_id = run_id,
                                    .argc = argc,
                                    .argv = argv,
                                    .launcher_version = launcher,
                                    .transport_version = versions,
                                    .ranks = job_size(job),
                                    .nodes = job_nodes(job),
                                    .option_names = names,
                                    .option_values =
                                        (const char *const *)values,
                                    .facts = facts};
    char *json = provenance_json(&provenance);
    char *csv = provenance_nodes_csv(facts, job_nodes(job));
    char *seats = ranks_csv(ranks, job);
    if (folder_write_file(folder, "run.json", json) ||
        folder_write_file(folder, "nodes.csv", csv) ||
        folder_write_file(folder, "ranks.csv", seats))
        job_abort(EXIT_MACHINE);
    free(json);
    free(csv);
    free(seats);
    free(facts);
    for (int i = 0; i < n; i++)
        free(values[i]);
}
