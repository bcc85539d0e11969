/* SPDX-License-Identifier: BSD-3-Clause */
/* All that is looked at on a node, in seconds and without root where that is
 * possible: system, GPUs, NICs and their ports, the bridges above them, and how
 * far GPUs are from NICs. What may not be looked at is unknown, never right. */
#ifndef HOST_HEALTH_H
#define HOST_HEALTH_H

#include "host/facts.h"
#include "host/node.h"
#include "host/nvml.h"

/* `root` as in tree.h; `nvml` NULL: not asked, what only it knows is left out.
 * Adds to *facts. */
void health_examine(const char *root, const struct nvml *nvml, struct facts *);

/* node_describe, and the columns that come from the findings. The management
 * library is not asked: it may take seconds to start, and a benchmark writes
 * its inventory at every run. */
void health_describe(const char *root, struct node_facts *out);

#endif
