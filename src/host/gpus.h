/* SPDX-License-Identifier: BSD-3-Clause */
/* GPUs: those that PCI shows, with what the management library says of each,
 * and how far each is from the NICs. */
#ifndef HOST_GPUS_H
#define HOST_GPUS_H

#include "host/nics.h"
#include "host/nvml.h"

/* GPUs are numbered by PCI address, as nvidia-smi does. `nvml` NULL: it was not
 * asked, and what only it knows is left out rather than unknown. */
void gpus_examine(const char *root, const struct pci *, const struct nvml *,
                  struct facts *);

/* The nearest NIC of each GPU, and the distance of every pair. */
void gpus_examine_distances(const struct pci *, const struct nics *,
                            struct facts *);

#endif
