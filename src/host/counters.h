/* SPDX-License-Identifier: BSD-3-Clause */
/* What the NICs of this node count, from /sys/class/infiniband: bytes, and what
 * a clean fabric does not do. Read before and after something, the difference
 * says what happened meanwhile, to all traffic of the node.
 *
 * Names as in the kernel's Documentation/ABI/stable/sysfs-class-infiniband and,
 * for hw_counters, of the mlx5 driver; a NIC that lacks one is not asked for
 * it. Pause frames of Ethernet are among a network device's statistics
 * (ethtool.h), by the names of the mlx5 and bnxt drivers. */
#ifndef HOST_COUNTERS_H
#define HOST_COUNTERS_H

#include <stdbool.h>

enum count_kind {
    COUNT_SENT_B,
    COUNT_RECEIVED_B,
    COUNT_ERRORS,      /* of links, packets and requests */
    COUNT_RETRANSMITS, /* packets lost, late or out of order */
    COUNT_ECN,         /* marks seen and notifications sent or obeyed (RoCE) */
    COUNT_WAITS,       /* ticks in which data waited for credits (InfiniBand) */
    COUNT_PAUSES,      /* pause frames sent and received (Ethernet) */
    COUNTS
};

/* Sums over all ports; an overflow of one counter makes its sum fall. */
struct nic_counts {
    double value[COUNTS];
    bool known[COUNTS]; /* some port has such a counter */
};

struct counters;

/* The counters that may be read below `root` ("": this machine). Never NULL:
 * there may be none. */
struct counters *counters_open(const char *root);
void counters_close(struct counters *);
void counters_read(const struct counters *, struct nic_counts *out);

/* The flag of a row during which that kind moved: "nic-errors", ...; NULL for
 * bytes, which are to move. */
const char *counters_flag(enum count_kind);

#endif
