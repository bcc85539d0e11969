/* SPDX-License-Identifier: BSD-3-Clause */
/* What ibnetdiscover says: devices, and the cables between their ports. Nothing
 * outside src/topo includes this. */
#ifndef TOPO_IMPORT_IB_H
#define TOPO_IMPORT_IB_H

#include "topo/import_file.h"

enum ib_kind { IB_SWITCH, IB_ADAPTER, IB_ROUTER };

struct ib_device {
    enum ib_kind kind;
    char *id, *description; /* in the text of the import */
    int line, ports;
};

struct ib_end {
    int device, port;
};

/* Ends in order: that of the lower device, of its lower port, first. */
struct ib_cable {
    struct ib_end a, b;
    double rate_Bps; /* of data, each way */
    int line;
};

struct ib_fabric {
    struct ib_device *device;
    struct ib_cable *cable; /* in the order of their ends */
    int devices, cables;
};

/* Cuts up the text of the import. 0, or -1 after one line; in both cases
 * ib_free frees what there is. */
int ib_read(struct import *, struct ib_fabric *out);
void ib_free(struct ib_fabric *);

/* import_ib_names.c: a vertex for each switch, behind the nodes that there are,
 * in the order of their names; vertex[device] is its number. */
void ib_add_switches(struct import *, const struct ib_fabric *, int *vertex);

#endif
