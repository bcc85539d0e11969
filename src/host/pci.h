/* SPDX-License-Identifier: BSD-3-Clause */
/* PCI devices as sysfs shows them: where they hang, how their links trained
 * against what both ends support, and what stands between a GPU and a NIC. */
#ifndef HOST_PCI_H
#define HOST_PCI_H

#include "host/facts.h"

enum {
    PCI_NVIDIA = 0x10de,
    PCI_DEPTH = 16, /* bridges above a device; PCI's own limit is 256 buses */
};

struct pci_device {
    char address[24];          /* "0000:18:00.0" */
    long type, vendor, device; /* class code, or -1 */
    long numa;                 /* -1: not told */
    int depth;                 /* entries of `above`; 0: not told */
    char above[PCI_DEPTH][24]; /* "pci0000:16", "0000:16:01.0", ..., itself */
};

struct pci {
    struct pci_device *list; /* by address */
    int count;
    long numa_nodes; /* -1: not told */
    enum tree_answer answer;
};

void pci_read(const char *root, struct pci *out);
void pci_fini(struct pci *);
const struct pci_device *pci_find(const struct pci *, const char *address);
bool pci_is_gpu(const struct pci_device *); /* NVIDIA's display controllers */
bool pci_has_gpu(const struct pci *);

/* What the path between two devices crosses, by the names that `nvidia-smi
 * topo -m` uses: PIX one switch at most, PXB several switches, PHB the host
 * bridge, NODE host bridges of one NUMA node, SYS the link between nodes. */
enum pci_distance { PCI_PIX, PCI_PXB, PCI_PHB, PCI_NODE, PCI_SYS, PCI_UNKNOWN };
const char *pci_distance_name(enum pci_distance);
enum pci_distance pci_distance(const struct pci *, const struct pci_device *,
                               const struct pci_device *);

/* Facts of a device: generation and width against what it and the port above it
 * support, NUMA node, IOMMU. `idles`: it may lower its speed when idle, so a
 * low one is not known to be a fault. */
void pci_examine(const char *root, const struct pci *,
                 const struct pci_device *, const char *kind,
                 const char *subject, bool idles, struct facts *);

/* Bytes per second each way of the link as it trained; 0 when not told. Line
 * coding is taken off (8b/10b to 5 GT/s, 128b/130b to 32, flits above), packet
 * headers are not. */
double pci_link_Bps(const char *root, const char *address);

/* One fact a bridge above any of the devices: whether it sends what one device
 * writes to another up to the root complex (access control services). */
void pci_examine_bridges(const char *root, const struct pci *,
                         const struct pci_device *const *devices, int count,
                         struct facts *);

#endif
