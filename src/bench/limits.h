/* SPDX-License-Identifier: BSD-3-Clause */
/* The topology that a measured run is held against (--topology FILE): read on
 * rank 0, which maps the job's ranks to its GPUs and fills what each row says
 * of the bound. */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include "bench/record.h"
#include "coll/collective.h"
#include "net/job.h"

struct limits;

/* Collective over the job. `path` "auto": what the nodes say (machine.h).
 * `ranks_per_node` > 0: nodes are pretended, so many
 * ranks each. On rank 0 gives the limits, elsewhere what limits_identify needs.
 * NULL when `path` is NULL, and, with *code set to the exit code, when file or
 * job will not do (one line from rank 0). Free with limits_close. */
struct limits *limits_open(const char *path, struct job *, int ranks_per_node,
                           int *code);
void limits_close(struct limits *);

/* The topology's name into a row (part of its key). NULL: leaves it empty. */
void limits_identify(const struct limits *, struct record *);

/* On rank 0: bound, efficiency and assumed figures of a measured row of these
 * job ranks (member r is rank r of `c`), alone on the cluster: with several
 * groups at once the bound of each is what it could reach by itself. */
void limits_fill(const struct limits *, const struct collective *,
                 const int *members, struct record *);

#endif
