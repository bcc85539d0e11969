/* SPDX-License-Identifier: BSD-3-Clause */
/* Gathers what a reader needs to repeat the run and writes run.json, nodes.csv
 * and ranks.csv into its folder. */
#ifndef BENCH_INVENTORY_H
#define BENCH_INVENTORY_H

#include "bench/folder.h"
#include "bench/options.h"
#include "bench/ranks.h"

/* Collective over the job; `folder` is NULL on all ranks but the writer, and
 * there too when no folder was asked for (nothing is written then). */
void inventory_write(struct job *, struct folder *folder,
                     const struct benchmark *, const struct options *,
                     const struct ranks *, const char *run_id, int argc, char **argv);

#endif
