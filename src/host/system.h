/* SPDX-License-Identifier: BSD-3-Clause */
/* What the system gives: memory that may be pinned, huge pages, the kernel's
 * part in GPUDirect RDMA, versions. */
#ifndef HOST_SYSTEM_H
#define HOST_SYSTEM_H

#include "host/facts.h"

/* `rdma`: the node has an RDMA device, so that pages must be pinned. */
void system_examine(const char *root, bool rdma, struct facts *);

/* By which way the NICs can reach GPU memory (host/road.h). Called on nodes
 * with both GPUs and RDMA devices. */
void system_examine_gpudirect(const char *root, struct facts *);

#endif
