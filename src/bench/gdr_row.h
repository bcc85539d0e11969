/* SPDX-License-Identifier: BSD-3-Clause */
/* The columns gdr, path and evidence of a row: which way its bytes went. What
 * they rest on, and how it is weighed, stands in net/gdr.h. */
#ifndef BENCH_GDR_ROW_H
#define BENCH_GDR_ROW_H

#include "bench/measure.h"
#include "bench/run_case.h"

/* Does this rank read what the NICs of its node count? */
bool gdr_row_reads(const struct stage *);

/* After the samples: asks the transport in a run of its own, and where GPU
 * memory went to other nodes runs some more under the eyes of the NICs'
 * counters. Collective over the team; the row is that of its rank 0. */
void gdr_row_fill(const struct stage *, struct plan *, const struct plan_view *,
                  const struct measurement *, double ops_per_run,
                  struct record *);

#endif
