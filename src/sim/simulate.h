/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual time of a whole schedule on a topology: phase by phase, each at
 * its largest round (schedule.h rule 7 is what allows that).
 *
 * A phase of R rounds takes R times its round. A pipelined phase of R rounds
 * that passes on s segments fills for R - s rounds, each at the full price of a
 * round, then runs at the price of what limits the flow of segments (the links,
 * or the ranks' own work), and drains at the price of what is left in it.
 *
 * Rounds are priced as if a barrier stood between them, which is an upper
 * estimate for ranks that drift apart; floor_s, the load of the busiest link
 * over the whole operation, is a lower one.
 *
 * Of a varied phase (pairwise all-to-all: n - 1 rounds), and of many
 * single-round phases of one name, each round is priced by itself; where there
 * are more than `sampled_most`, a sample of them: stratified, seeded;
 * sampling_error is the relative standard error of their sum. With
 * `sampled_messages` the sample is the smaller, the more messages a round has:
 * about so many messages in all, but not fewer than SAMPLED_LEAST rounds. */
#ifndef SIM_SIMULATE_H
#define SIM_SIMULATE_H

#include "sim/price.h"

enum { SAMPLED_LEAST = 4 };

struct simulate_options {
    int sampled_most; /* rounds of one name that are priced; 0: all of them */
    double sampled_messages; /* 0: however many there are */
    uint64_t seed;           /* of the sampling */
};

struct phase_time { /* phases of one name that follow each other, together */
    const char *name;
    long rounds;
    double seconds;       /* of all its rounds */
    double latency_s;     /* what they would take were the links infinite */
    struct price largest; /* the slowest of its rounds */
};

enum { PHASE_TIMES = 32 };

struct simulation {
    double time_s, floor_s;
    double wire_B;         /* pricer_wire_B */
    double sampling_error; /* 0 when every round was priced or counted */
    long rounds, priced;
    int phases;
    struct phase_time phase[PHASE_TIMES]; /* for --explain */
};

/* The algorithm must apply. The pricer's sums are begun anew. */
void simulate(struct pricer *, const struct model *, const struct algorithm *,
              const struct collective *, const struct simulate_options *,
              struct simulation *out);

#endif
