/* SPDX-License-Identifier: BSD-3-Clause */
/* Where each rank of the job sits: its host, and the GPU whose memory it
 * measures on. Written as ranks.csv: a row that blames a rank names a part of a
 * machine by it. */
#ifndef BENCH_RANKS_H
#define BENCH_RANKS_H

#include "net/job.h"

struct memory;          /* net/mem.h */
struct memory_identity; /* there too */

struct ranks {
    struct memory_identity *seat; /* of each rank; NULL but on rank 0 */
    const char *flag; /* of every row, on every rank: "gpu-shared" when some
                         GPU has several ranks, which share its time in slices,
                         "gpu-shared-mps" when at once; else NULL */
};

/* Collective over the job. */
void ranks_learn(struct job *, struct memory *, struct ranks *out);
void ranks_free(struct ranks *);

/* rank,node,host,gpu,pci_address,versions: a line a rank, on rank 0. Caller
 * frees. */
char *ranks_csv(const struct ranks *, const struct job *);

#endif
