/* SPDX-License-Identifier: BSD-3-Clause */
/* What differs between nodes, from their findings. Nodes are added one by one
 * and their findings are not kept: only the distinct values of each quantity
 * are, with who has them, so that tens of thousands of nodes fit.
 *
 * Where all GPUs (NICs, ports) of each node agree among themselves, the kind is
 * compared ("NIC firmware"); else each one by its name ("mlx5_0 firmware").
 * `unknown` is a value like any other. Findings of the moment are left out. A
 * device that a node lacks shows in the counts of the node. */
#ifndef HOST_COMPARE_H
#define HOST_COMPARE_H

#include "host/facts.h"

struct difference {
    char what[72];     /* "NIC firmware" */
    const char *value; /* what the odd ones have, "none" where nothing */
    const int *nodes;  /* the odd ones, in the order they were added */
    int count;
    const char *majority; /* what most have; of equals, the first node's */
    const int *others;    /* who has that */
    int others_count;
};

struct compare *compare_new(void);
void compare_free(struct compare *);
void compare_add(struct compare *, const char *host, const struct facts *);

/* All differences, in the order of the findings; they live as long as the
 * comparison and until the next node is added. */
const struct difference *compare_differences(struct compare *, int *count);
const char *compare_host(const struct compare *, int node);

/* "node17: NIC firmware 28.39 where 31 others have 28.43" */
void compare_print(const struct compare *, const struct difference *,
                   FILE *out);

#endif
