/* SPDX-License-Identifier: BSD-3-Clause */
/* The time of one round of a schedule on a topology: all messages of all ranks
 * at once, each on its route.
 *
 * A message takes overhead + latency of its path + what the links allow. Where
 * all messages of a round are of equal length (to one block's rounding) the
 * last of them ends, under max-min fair sharing, when the most loaded link is
 * done: load / capacity, which counting answers exactly; and a message is taken
 * to end when the most loaded link of its own route is done, which is never too
 * early for the last one. Rounds of unequal messages are solved event by event
 * (flows.h).
 *
 * Where a node's switch reduces, each contribution loads its GPU's link to the
 * switch and the result the owner's link from it; a multicast the other way
 * round.
 *
 * A receive-reduce overlaps receipt: the slower of wire and reduction, plus the
 * reduction of one segment, which nothing hides. */
#ifndef SIM_PRICE_H
#define SIM_PRICE_H

#include "coll/schedule.h"
#include "sim/model.h"
#include "topo/topology.h"

struct pricer;

struct price {
    double total_s;    /* of the round: all parts below, overlapped */
    double latency_s;  /* largest overhead and path latency of any message */
    double transfer_s; /* the most loaded link's load / capacity */
    double local_s;    /* the longest copy or reduction of any rank */
    double bytes;      /* of all messages */
    size_t messages;
    int busiest_rank_messages; /* most that one rank sends */
    uint32_t worst_link;       /* UINT32_MAX: none was used */
    bool counted;              /* equal messages: counting is exact */
};

/* `groups` groups of `ranks` run the same collective at once: gpu_of[g * ranks
 * + r] is the GPU of rank r of group g; seed picks the ECMP paths. The pricer
 * keeps pointers to all of them. */
struct pricer *pricer_open(const struct topology *, const struct model *,
                           const int *gpu_of, int ranks, int groups,
                           uint64_t seed);
void pricer_close(struct pricer *);

/* How a round of unequal messages is priced. */
enum price_unequal {
    PRICE_SOLVED,  /* event by event, where there are at most SOLVED_MOST */
    PRICE_COUNTED, /* like equal ones: for rounds of a pipeline, whose messages
                      run into those of the rounds before and after anyway */
};

enum { SOLVED_MOST = 262144 }; /* messages; more would take many seconds */

/* Prices a round; `times` is how often it happens, for the totals. */
void pricer_round(struct pricer *, const struct algorithm *,
                  const struct collective *, int round, double times,
                  enum price_unequal, struct price *out);

/* Seconds for which the busiest link has been loaded by all rounds so far, each
 * as often as it happens: no timing of the same schedule can be shorter. */
double pricer_floor_s(const struct pricer *);
void pricer_forget(struct pricer *); /* begins a new sum */

/* Bytes that the busiest rank sent to other nodes (on one node: to other ranks)
 * in all rounds so far. */
double pricer_wire_B(const struct pricer *);

#endif
