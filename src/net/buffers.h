/* SPDX-License-Identifier: BSD-3-Clause */
/* How INPUT, OUTPUT and SCRATCH lie in one stretch of memory: one layout for
 * every transport, so that a rank can compute a neighbour's addresses. */
#ifndef NET_BUFFERS_H
#define NET_BUFFERS_H

#include "coll/schedule.h"

struct layout {
    size_t offset[BUFFERS]; /* by enum buffer, from the start, of this rank */
    size_t total_B;
};

/* Only what this rank has takes room. In place INPUT and OUTPUT of a rank that
 * has both overlap (collective_shares). The algorithm may be NULL (no scratch).
 * Offsets are multiples of 4 KiB, but for the shorter of the two in place. */
struct layout buffers_layout(const struct algorithm *,
                             const struct collective *, int rank);

#endif
