/* SPDX-License-Identifier: BSD-3-Clause */
/* What Slurm's two topology files say alike. Nothing outside src/topo includes
 * this. */
#ifndef TOPO_IMPORT_SLURM_H
#define TOPO_IMPORT_SLURM_H

#include "topo/import_file.h"

struct slurm_switch { /* or block */
    const char *name;
    const char *nodes, *switches; /* hostlists, or NULL */
    int line;
};

struct slurm {
    struct slurm_switch *item; /* grows by slurm_add; the caller frees it */
    int items;
    bool blocks;
};

struct slurm_switch *slurm_add(struct slurm *, int line);

/* The cluster of it. Names and hostlists that are none are refused. */
int slurm_build(struct import *, const struct slurm *);

#endif
