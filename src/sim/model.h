/* SPDX-License-Identifier: BSD-3-Clause */
/* What the topology does not say and a simulation needs: what software and the
 * GPUs themselves cost. Few constants, each with a physical meaning; named sets
 * live in topologies/constants.yaml, each figure with its source. */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdint.h>

struct model {
    char name[32];
    double start_s;    /* once an operation: launching it, until all GPUs run */
    double scaleup_s;  /* a message inside a node: write, fence, flag, poll */
    double network_s;  /* a message between nodes: post, completion, wake-up;
                          the path's own latency comes on top */
    double jitter_s;   /* mean delay of a rank in a round, exponentially
                          distributed: n ranks wait jitter_s * H(n) for the
                          last of them (H: harmonic number) */
    double reduce_Bps; /* result bytes that one GPU sums in a second */
    double copy_Bps;   /* bytes that one GPU copies in a second */
    double switch_share;  /* of a scale-up link's usable rate, that what the
                             switch reduces and copies reaches */
    double network_share; /* of a network link's, that the protocol reaches */
    double segment_B;     /* in which a message is passed on to the reduction */
};

/* A set of constants with their uncertainty: each lies between low and high. */
struct model_set {
    struct model value, low, high;
};

/* A set that costs nothing but the wires: closed forms are tested with it. */
extern const struct model model_wires_only;

/* Draw 0 is the set's values; any other number draws each constant uniformly
 * between its low and high, the same for the same seed and draw. */
struct model model_draw(const struct model_set *, uint64_t seed, uint64_t draw);

#endif
