/* SPDX-License-Identifier: BSD-3-Clause */
/* What a cluster amounts to: counts, rates and distances by tier. All of it is
 * computed from the links, levels and routes that the simulator uses; only how
 * many switches there are comes from the cluster's own words. */
#ifndef TOPO_SUMMARY_H
#define TOPO_SUMMARY_H

#include <stdio.h>

#include "topo/topology.h"

enum { SUMMARY_TIERS_MOST = 8 };

/* Switches, and the links from what is below up to them. */
struct summary_tier {
    char name[32];
    size_t groups;   /* separate sets of them */
    size_t switches; /* in all groups; 0: dies or nodes are joined directly */
    int ports;       /* of one switch; 0: the file does not say */
    size_t cables;   /* up to this tier, in all */
    double rate_Bps; /* of one of them; 0: they differ */
    double metres;   /* of one; 0: the file does not say */
    double down_up;  /* into a switch of the tier below over out of it upwards:
                        1 for no taper; 0: has no meaning here */
    bool assumed;    /* one of these figures is, or the wiring */
    int level;       /* of the cuts: groups of this tier; -1 for none */
};

struct summary {
    const struct topology *topology;
    int tiers; /* from the bottom */
    struct summary_tier tier[SUMMARY_TIERS_MOST];
    size_t switches, cables, optical; /* cables: without scale-up links */
    double injection_Bps;             /* of a GPU into the network, all NICs */
    /* Two halves of whole groups can exchange at most this, each way, at the
     * tightest of the levels; its number. 0 and -1 for one GPU. */
    double bisection_Bps;
    int bisection_level;
    int sources;           /* GPUs from which routes were followed to all */
    int shortest, longest; /* links */
    double best_s, worst_s;
    int given, derived, assumed; /* figures */
};

void summary_of(const struct topology *, struct summary *out);

/* The text of `topology summary`. */
void summary_print(const struct summary *, FILE *out);

#endif
