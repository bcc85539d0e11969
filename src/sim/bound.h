/* SPDX-License-Identifier: BSD-3-Clause */
/* The least time that any algorithm could take for a collective on a topology.
 *
 * At each level the topology's groups cut the ranks into G groups of n_g each
 * (groups without ranks do not count); C_g is the line rate of all links that
 * leave group g, and as much enters it. S is the collective's size (bytes as in
 * collective_size_B), n the ranks.
 *
 *   all-reduce       max(2 (G-1) S / sum C, S / min C); where the switch that
 *                    joins the groups can reduce: S / min C only
 *   all-gather       max over g of max(n - n_g, n_g)/n S / C_g: what must enter
 *                    and what must leave
 *   reduce-scatter   the same, what must leave and what must enter
 *   all-to-all       max over g of n_g (n - n_g)/n S / C_g
 *   broadcast        S / min C: out of the root's group, into each other;
 *                    reduce the same, the other way
 *   scatter, gather  (n - n_root)/n S / C_root, n_g/n S / C_g for the others
 *   sendrecv         max over g of k_g S / C_g, where k_g ranks of g send to
 *                    another group (as many receive)
 *   p2p              S over the smaller of the two ends' cuts
 *   barrier          0
 *
 * Each is proved in docs/method.md. The largest over all levels is the bound.
 * What leaves and what enters a group are kept apart: of several collectives at
 * once one may need the one, another the other. */
#ifndef SIM_BOUND_H
#define SIM_BOUND_H

#include "coll/collective.h"
#include "topo/topology.h"

struct bound {
    double seconds; /* of one operation; 0: nothing need be moved, or nothing is known */
    int level;      /* of the cut, -1 for none */
};

/* For `groups` groups of c->ranks that run it at once: gpu_of[g * ranks + r] is
 * the GPU of rank r of group g. What each of them must move through a cut adds
 * up. */
struct bound bound_of(const struct topology *, const struct collective *c,
                      const int *gpu_of, int groups);

#endif
