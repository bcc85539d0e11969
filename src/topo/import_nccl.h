/* SPDX-License-Identifier: BSD-3-Clause */
/* What NCCL's topology file says of a node. Nothing outside src/topo includes
 * this. */
#ifndef TOPO_IMPORT_NCCL_H
#define TOPO_IMPORT_NCCL_H

#include "topo/import_xml.h"

enum { NCCL_GPUS_MOST = 1024 };

/* Where something is plugged in: the numbers of the elements around it, from
 * the outermost, and its own. */
struct nccl_place {
    int path[XML_DEPTH_MOST];
    int depth;
};

struct nccl_gpu {
    struct nccl_place place;
    int host, dev, sm, line;
    int nvlinks;
    bool direct;     /* NVLinks to other GPUs, not to a switch */
    double pci_Bps;  /* data, each way; 0: not said */
    const char *pci; /* "32.0 GT/s PCIe x 16", in the text of the import */
    const char *width;
};

struct nccl_nic {
    struct nccl_place place;
    const char *name;
    double rate_Bps;
    int line;
};

struct nccl_node {
    struct nccl_gpu *gpu;
    struct nccl_nic *nic;
    int gpus, nics;
};

/* 0, or -1 after one line; nccl_free frees it in both cases. GPUs in the order
 * of their hosts and devices, NICs as in the file. */
int nccl_read(struct import *, struct nccl_node *out);
void nccl_free(struct nccl_node *);

/* How many elements two places share: 1 only the system, 2 the processor, more:
 * a PCI switch. */
int nccl_shared(const struct nccl_place *, const struct nccl_place *);

/* Puts the NICs in the order in which GPU g's is number g * nics / gpus: each
 * GPU with the nearest one where that can be, pairs that are nearest first. */
void nccl_order(struct nccl_node *);

#endif
