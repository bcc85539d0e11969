/* SPDX-License-Identifier: BSD-3-Clause */
/* NICs: RDMA devices from /sys/class/infiniband, their ports, firmware and
 * error counters, and the plain network devices beside them. */
#ifndef HOST_NICS_H
#define HOST_NICS_H

#include "host/pci.h"

struct nic {
    char name[32];    /* "mlx5_0" */
    char address[24]; /* on PCI; "" for one that is not (rxe, siw) */
};

struct nics {
    struct nic *list; /* by name */
    int count;
    enum tree_answer answer; /* TREE_ABSENT: no RDMA stack, hence none */
};

void nics_read(const char *root, struct nics *out);
void nics_fini(struct nics *);

/* Active ports of all of them, and what they carry together each way, in 1e9
 * bits per second of data; a port that does not say its rate is not counted. */
struct nic_wires {
    int ports;
    double Gbps;
};
struct nic_wires nics_wires(const char *root, const struct nics *);

/* Facts of all of them. The rate that is expected of a port is the best that an
 * active port of a NIC of the same type has on this node: sysfs does not say
 * what a port supports. */
void nics_examine(const char *root, const struct pci *, const struct nics *,
                  struct facts *);

/* Facts of network devices on PCI that no RDMA device belongs to. */
void nics_examine_plain(const char *root, const struct nics *, struct facts *);

#endif
