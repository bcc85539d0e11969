/* SPDX-License-Identifier: BSD-3-Clause */
/* What the topology does not say and a simulation needs: what software and the
 * GPUs themselves cost. Few constants, each with a physical meaning; named sets
 * live in topologies/constants.yaml, each figure with its source. */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

struct model {
    char name[32];
    double start_s;    /* once an operation: launching it, until all GPUs run */
    double scaleup_s;  /* a message inside a node: write, fence, flag, poll */
    double network_s;  /* a message between nodes: post, completion, wake-up;
                          the path's own latency comes on top */
    double reduce_Bps; /* result bytes that one GPU sums in a second */
    double copy_Bps;   /* bytes that one GPU copies in a second */
    double segment_B;  /* in which a message is passed on to the reduction */
};

/* A set that costs nothing but the wires: closed forms are tested with it. */
extern const struct model model_wires_only;

#endif
