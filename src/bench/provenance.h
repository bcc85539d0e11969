/* SPDX-License-Identifier: BSD-3-Clause */
/* What a reader needs to repeat a run: run.json and nodes.csv. */
#ifndef BENCH_PROVENANCE_H
#define BENCH_PROVENANCE_H

#include "bench/record.h"
#include "host/node.h"

struct provenance {
    const char *run_id;
    int argc;
    char *const *argv;
    const char *launcher_version; /* Open MPI ... */
    const char *transport_version;
    int ranks, nodes;
    /* name/value pairs of the options that apply, defaults included; NULL-
     * terminated names. */
    const char *const *option_names, *const *option_values;
    const struct node_facts *facts; /* one a node */
};

/* JSON text (format version, suite version, build: compiler, flags, what was
 * found; environment by allow-list: UCX_*, OMPI_MCA_*, OMP_*, CUDA_*, NCCL_*,
 * SLURM_JOB_ID, SLURM_NNODES, SLURM_NTASKS, LD_LIBRARY_PATH; what differs
 * between nodes). Caller frees. */
char *provenance_json(const struct provenance *);

/* CSV of the nodes, one row each. Caller frees. */
char *provenance_nodes_csv(const struct node_facts *, int nodes);

#endif
