/* SPDX-License-Identifier: BSD-3-Clause */
/* Max-min fair rates (maxmin.h) kept up to date while flows come and go, at a
 * cost that follows the rates that change and not the flows that there are.
 *
 * Every flow knows its bottleneck: the full link on which nobody is faster, or
 * none when it has all that its links could ever give it. An update opens the
 * flows that have just started and those whose bottleneck has lost a flow, and
 * fills progressively among the open ones alone, all others keeping their
 * rates. Two things open further flows on the way:
 *   - a link would be full at a level below the rate of a flow on it that is
 *     not open: that flow is too fast now, and opens;
 *   - an open flow is fixed at less than it had: the flows that have one of its
 *     links as their bottleneck open, for that link is not full any more.
 * Both are at a rate above the level reached so far: a flow slows another only
 * at a link where the other is at least as fast. So the order of filling holds,
 * and at the end each flow, opened or not, has a bottleneck again, which is the
 * definition.
 *
 * Rates are exact to rounding, with one tolerance: a new rate within 1e-13 of
 * the old one is taken to be the old one, so that rounding does not spread.
 *
 * Links that can never be full (the sum of what their flows could reach at most
 * fits) are never looked at. Where all rates change with each event, as when
 * many flows of unequal size end at one link, an update costs what a solution
 * from nothing does. */
#ifndef SIM_SHARE_H
#define SIM_SHARE_H

#include <stddef.h>
#include <stdint.h>

struct share; /* one thread at a time */

/* Capacities by link id, >= 0, perhaps INFINITY; the array stays the caller's
 * and must outlive the share and not change. 16 bytes a link, of which only
 * those of links in use are touched. */
struct share *share_open(const double *capacity_Bps, size_t links);
void share_close(struct share *);

/* A flow that has not started: it keeps a copy of the route. The id is that of
 * a dropped flow if there is one (the latest first), else the next number from
 * 0. A link that occurs twice in the route takes the rate twice. */
uint32_t share_add(struct share *, const uint32_t *links, size_t count);
void share_drop(struct share *, uint32_t flow); /* neither started yet, nor
                                                   still running */

/* The flow takes its share from, and until, the next update. */
void share_start(struct share *, uint32_t flow);
void share_stop(struct share *, uint32_t flow);

/* Brings all rates up to date; returns the flows whose rate is another now, in
 * an array that is valid until the next call. */
const uint32_t *share_update(struct share *, size_t *changed);

/* INFINITY when nothing limits it; 0 unless it runs. */
double share_rate(const struct share *, uint32_t flow);

#endif
