/* SPDX-License-Identifier: BSD-3-Clause */
/* Max-min fair rates of flows over links, all flows at once.
 *
 * An allocation is max-min fair when it is feasible and every flow has a
 * bottleneck: its own cap, or a link that is full and on which no flow has a
 * higher level (rate / weight). Exactly one allocation is so (Bertsekas and
 * Gallager, Data Networks, 6.5.2).
 *
 * The method is their progressive filling: of all links, the one whose spare
 * capacity is least per unfixed flow is full first; its flows are fixed at that
 * level; the others go on. A level can only rise as flows are fixed, so the
 * levels wait in a queue and are brought up to date when they come to its head.
 * Links that can never be full (the sum of what their flows could reach at most
 * fits) take no part. No tolerance anywhere: rates are exact to rounding,
 * about 1e-16 times the flows on a link.
 *
 * Links are ids 0 .. links-1; knows nothing of topologies, bytes or time. */
#ifndef SIM_MAXMIN_H
#define SIM_MAXMIN_H

#include <stddef.h>
#include <stdint.h>

struct maxmin; /* working memory, reused: one thread at a time */

/* All arrays are the caller's. Flow f crosses links[first[f]] ..
 * links[first[f + 1] - 1]; each occurrence of a link takes the flow's rate
 * once, so a flow that crosses a link twice takes twice its rate there. At most
 * 2^32 - 1 occurrences in all. */
struct maxmin_flows {
    size_t count;
    const size_t *first; /* count + 1 */
    const uint32_t *links;
    const double *cap_Bps; /* most that a flow can take; NULL: no caps */
    const double *weight;  /* > 0, finite; NULL: all 1 */
};

/* For link ids below `links`: 8 bytes each. Solving costs nothing for links
 * that no flow crosses, and allocates nothing once it has seen a problem as
 * large. */
struct maxmin *maxmin_open(size_t links);
void maxmin_close(struct maxmin *);

/* Sets rate_Bps[0 .. count-1]. Capacities, by link id, and caps are >= 0 and
 * may be INFINITY; a flow that nothing limits, as one without links, gets
 * INFINITY. The same input gives the same bits; another order of flows the same
 * rates to rounding. */
void maxmin_solve(struct maxmin *, const struct maxmin_flows *,
                  const double *capacity_Bps, double *rate_Bps);

#endif
