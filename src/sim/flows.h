/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows in virtual time: each starts at its time (after its latency), moves its
 * bytes over its route at the max-min fair rate of every instant (share.h),
 * ends and leaves its share to the others. From event to event: between them
 * rates are constant.
 *
 * Flows may be added while others run, so that a schedule can start a message
 * when the one it waits for has come:
 *
 *     struct flows *flows = flows_open(capacity_Bps, links);
 *     flows_add(flows, 0, 1e6, route, 6);
 *     while (flows_next(flows, &time_s, &flow))
 *         ...flows_add(flows, time_s + latency_s, ...);
 *     flows_close(flows);
 *
 * Times are exact to rounding (1e-13 of a rate, share.h). What starts and ends
 * at the same time is taken together. Knows nothing of ranks or topologies. */
#ifndef SIM_FLOWS_H
#define SIM_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flows; /* one thread at a time */

/* Capacities by link id, >= 0, perhaps INFINITY; the caller's array, which must
 * outlive the flows and not change. */
struct flows *flows_open(const double *capacity_Bps, size_t links);
void flows_close(struct flows *);

/* Exactness for speed: events within `share` (relative; 0 at first) of the time
 * of the first of them are taken as one, so that rates are solved once for all.
 * Each flow still ends at its own time, but one that starts, or a share that
 * becomes free, does so up to that much late. Such delays add up: 16,000 flows
 * of sizes up to 3 : 1 into one link end 2e-4 late with a tolerance of 1e-4. */
void flows_tolerate(struct flows *, double share);

/* Returns the flow's id: 0, 1, 2, ... in order, except that an id that
 * flows_next has given out is used again. The route is copied; a link that
 * occurs twice takes the rate twice; without links it takes no time. A time
 * that is past means now. bytes >= 0; a flow of none ends when it starts. */
size_t flows_add(struct flows *, double at_s, double bytes,
                 const uint32_t *links, size_t count);

/* The next flow to end, and when; times never fall, and flows that end together
 * come by id. False when no flow will end: none is left, or (flows_left) those
 * that are cross links of capacity 0. */
bool flows_next(struct flows *, double *time_s, size_t *flow);

/* Added, and not given out by flows_next. */
size_t flows_left(const struct flows *);

#endif
