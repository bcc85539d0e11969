/* SPDX-License-Identifier: BSD-3-Clause */
/* Dragonfly (struct dragonfly_spec): nodes on switches, the switches of a group
 * all linked to each other, groups linked to all other groups. Node n is on
 * switch n / nodes with all its NICs; switch s is in group s / switches.
 *
 * Striping of the global links. A group has P = switches x global_links ports,
 * port k on switch k / global_links. With G groups, port k leads to the group
 * that lies offset(k) further (modulo G):
 *   k < q (G-1), where q = P / (G-1):   offset = k mod (G-1) + 1;
 *   of the R = P - q (G-1) ports left:  offset = +1, -1, +2, -2, ... and, where
 *     R is odd, G/2 for the last one; of an odd G the last port stays empty
 *     (an odd number of ports in each of an odd number of groups cannot be
 *     paired).
 * Every offset stands as often as its negative, so each port has a partner: the
 * i-th port to offset d is cabled to the i-th port to offset -d of the group
 * that lies d further. Every pair of groups has q or q + 1 cables, their ports
 * G-1 apart, hence on different switches wherever G-1 >= global_links.
 *
 * Routes are minimal: at most one global hop, local ones where it does not
 * start at the source's switch or end at the destination's. All cables of a
 * pair of groups serve as well as those of the own switch. ECMP picks by hash,
 * static by the destination's NIC.
 *
 * Spray: traffic spreads evenly over all cables that a minimal route may use.
 * The cables of a pair of groups are one link of their sum. Which local links a
 * packet takes depends on its global cable: of n switches 1/n hold it and need
 * no local hop, so all local links of a group are one link of n / (n-1) of
 * their sum, which routes between groups load at both ends. Routes inside a
 * group load it too (by (n-1)/n of what they need of it), beside the cables of
 * their pair of switches. All that leaves or enters a switch for its own nodes
 * loads one link of the sum of its local and global ones, so that no traffic,
 * however uneven, beats the switch's cut. For traffic that is alike on all
 * switches of a group that is exact, for other traffic it is a lower estimate
 * of its time.
 *
 * A NIC's link ends at a switch as a local one does, so its latency to the
 * network has the local one added. Global links are taken to be optical. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "topo/family.h"

struct dragonfly {
    int groups, switches, nodes; /* on a switch */
    int locals, globals;         /* links of a pair; of a switch */
    int ports;                   /* of a group, to others */
    int full, left;              /* q and R */
    bool empty;                  /* the last port of each group */
    /* Classes, -1 without; [1]: of a group's last switch, where its last port
     * is empty; global, sprayed: [1] of pairs with q + 1 cables. */
    int local, spread, out[2], in[2], global[2];
};

/* --- wiring -----------------------------------------------------------------
 */

/* Cables from a group to the one `offset` (1 .. G-1) further. */
static int cables_to(const struct dragonfly *d, int offset)
{
    int either = offset < d->groups - offset ? offset : d->groups - offset;
    bool middle = 2 * offset == d->groups;
    return d->full + (middle ? d->left % 2 : either <= d->left / 2);
}

/* The port of the i-th of them. */
static int port_to(const struct dragonfly *d, int offset, int i)
{
    int others = d->groups - 1;
    if (i < d->full)
        return i * others + offset - 1;
    int either = offset < d->groups - offset ? offset : d->groups - offset;
    if (2 * offset == d->groups)
        return d->full * others + d->left - 1;
    return d->full * others + 2 * (either - 1) + (offset != either);
}

/* Whether a pair of groups has q + 1 cables, and its rank among those that have
 * as many, of one group. */
static bool pair_rank(const struct dragonfly *d, int offset, int *rank)
{
    int pairs = d->left / 2; /* offsets 1 .. pairs and their negatives */
    bool middle = d->left % 2 && !d->empty; /* and the one half way round */
    if (cables_to(d, offset) > d->full) {
        *rank = port_to(d, offset, d->full) - d->full * (d->groups - 1);
        return true;
    }
    *rank = offset - pairs - 1 - (middle && offset > d->groups / 2);
    return false;
}

/* Directed: from switch a of a group to switch b != a. */
static size_t local_number(const struct dragonfly *d, int group, int a, int b,
                           int cable)
{
    size_t pair = (size_t)group * (size_t)d->switches + (size_t)a;
    pair = pair * (size_t)(d->switches - 1) + (size_t)(b < a ? b : b - 1);
    return pair * (size_t)d->locals + (size_t)cable;
}

/* --- building ---------------------------------------------------------------
 */

/* Cables that leave a switch for its group, and for others. */
static double switch_rate(const struct topology *t, const struct dragonfly *d,
                          bool last)
{
    const struct dragonfly_spec *spec = &t->cluster->dragonfly;
    int globals = d->groups > 1 ? d->globals - (last && d->empty) : 0;
    return (d->switches - 1) * d->locals * spec->local_rate.value +
           globals * spec->global_rate.value;
}

static int add_bundle(struct topology *t, const char *name, size_t count,
                      double rate, double latency, size_t cables)
{
    int class = topology_add_class(t, name, count, rate, rate, latency);
    t->class[class].cables = cables;
    return class;
}

static void add_local(struct topology *t, struct dragonfly *d)
{
    const struct dragonfly_spec *spec = &t->cluster->dragonfly;
    double rate = spec->local_rate.value, n = d->switches;
    double latency = figure_or(spec->local_latency, 0);
    size_t pairs =
        (size_t)d->groups * (size_t)d->switches * (size_t)(d->switches - 1);
    size_t cables = pairs * (size_t)d->locals;
    const char *name = "switch to switch in a group";
    t->class[t->nic_out].latency_s += latency;
    if (d->switches == 1)
        return;
    if (t->cluster->routing != ROUTING_SPRAY) {
        d->local = add_bundle(t, name, cables, rate, latency, cables);
        return;
    }
    rate *= d->locals;
    d->local = add_bundle(t, name, pairs, rate, 0, cables);
    d->spread = add_bundle(t, "all local links of a group", (size_t)d->groups,
                           n * n * rate, latency, 0);
}

/* Spray: all links of a switch, as its own nodes load them. */
static void add_switches(struct topology *t, struct dragonfly *d)
{
    static const char *const name[2][2] = {
        {"all links out of a switch", "all links into a switch"},
        {"out of a group's last switch", "into a group's last switch"}};
    size_t groups = (size_t)d->groups;
    size_t count[2] = {groups * (size_t)d->switches, groups};
    for (int last = 0; last <= d->empty; last++) {
        double rate = switch_rate(t, d, last);
        d->out[last] = add_bundle(t, name[last][0], count[last], rate, 0, 0);
        d->in[last] = add_bundle(t, name[last][1], count[last], rate, 0, 0);
    }
}

static void add_global(struct topology *t, struct dragonfly *d)
{
    const struct dragonfly_spec *spec = &t->cluster->dragonfly;
    double rate = spec->global_rate.value;
    double latency = figure_or(spec->global_latency, 0);
    size_t groups = (size_t)d->groups, ports = groups * (size_t)d->ports;
    size_t more = (size_t)(d->left - d->empty); /* pairs of a group */
    size_t fewer = groups - 1 - more, q = (size_t)d->full;
    const char *name = "group to group";
    if (d->groups == 1)
        return;
    if (t->cluster->routing == ROUTING_SPRAY) {
        d->global[0] = add_bundle(t, name, groups * fewer, rate * d->full,
                                  latency, groups * fewer * q);
        d->global[1] =
            add_bundle(t, "group to group, one cable more", groups * more,
                       rate * (d->full + 1), latency, groups * more * (q + 1));
        t->class[d->global[1]].optical = true;
    } else {
        d->global[0] = add_bundle(t, name, ports, rate, latency,
                                  ports - (d->empty ? groups : 0));
    }
    t->class[d->global[0]].optical = true;
}

static void add_cuts(struct topology *t, const struct dragonfly *d)
{
    int gpus = d->nodes * t->per_node, switches = (t->gpus + gpus - 1) / gpus;
    int groups = (switches + d->switches - 1) / d->switches;
    double *capacities = xcalloc((size_t)switches, sizeof *capacities);
    for (int s = 0; s < switches; s++)
        capacities[s] = switch_rate(t, d, s % d->switches == d->switches - 1);
    if (d->switches > 1)
        topology_add_uneven_level(t, "switch", gpus, switches, NULL,
                                  capacities);
    else
        free(capacities);
    topology_add_level(t, "group", gpus * d->switches, groups,
                       (d->ports - d->empty) *
                           t->cluster->dragonfly.global_rate.value);
}

static bool build(struct topology *t)
{
    const struct dragonfly_spec *spec = &t->cluster->dragonfly;
    struct dragonfly *d = xcalloc(1, sizeof *d);
    t->state = d;
    *d = (struct dragonfly){.groups = (int)spec->groups.value,
                            .switches = (int)spec->switches.value,
                            .nodes = (int)spec->nodes.value,
                            .locals = (int)spec->local_links.value,
                            .globals = (int)spec->global_links.value,
                            .local = -1,
                            .spread = -1};
    d->ports = d->switches * d->globals;
    if (d->groups > 1) {
        d->full = d->ports / (d->groups - 1);
        d->left = d->ports % (d->groups - 1);
        d->empty = d->left % 2 && d->groups % 2;
    }
    add_local(t, d);
    if (t->cluster->routing == ROUTING_SPRAY)
        add_switches(t, d);
    add_global(t, d);
    add_cuts(t, d);
    return true;
}

/* --- routes -----------------------------------------------------------------
 */

/* A switch, by its group and its place in it. */
struct place {
    int group, at;
};

static struct place place_of(const struct topology *t,
                             const struct dragonfly *d, int gpu)
{
    int number = gpu / t->per_node / d->nodes;
    return (struct place){number / d->switches, number % d->switches};
}

static void hop(const struct topology *t, const struct dragonfly *d, int group,
                int a, int b, struct chooser *chooser, struct route *out)
{
    if (a == b)
        return;
    int cable = d->locals > 1 ? chooser_pick(chooser, d->locals) : 0;
    route_add(t, out, d->local, local_number(d, group, a, b, cable));
}

static void path_one(const struct topology *t, const struct dragonfly *d,
                     struct place a, struct place b, struct chooser *chooser,
                     struct route *out)
{
    if (a.group != b.group) {
        int offset = (b.group - a.group + d->groups) % d->groups;
        int cables = cables_to(d, offset);
        int i = cables > 1 ? chooser_pick(chooser, cables) : 0;
        int leave = port_to(d, offset, i);
        int enter = port_to(d, d->groups - offset, i);
        hop(t, d, a.group, a.at, leave / d->globals, chooser, out);
        route_add(t, out, d->global[0],
                  (size_t)a.group * (size_t)d->ports + (size_t)leave);
        a = (struct place){b.group, enter / d->globals};
    }
    hop(t, d, a.group, a.at, b.at, chooser, out);
}

/* All links of a switch, in one direction. */
static void add_switch(const struct topology *t, const struct dragonfly *d,
                       struct place s, const int class[2], struct route *out)
{
    bool last = d->empty && s.at == d->switches - 1;
    size_t number = (size_t)s.group * (size_t)d->switches + (size_t)s.at;
    route_add(t, out, class[last], last ? (size_t)s.group : number);
}

static void path_spread(const struct topology *t, const struct dragonfly *d,
                        struct place a, struct place b, struct route *out)
{
    bool inside = a.group == b.group;
    if (inside && a.at == b.at)
        return;
    add_switch(t, d, a, d->out, out);
    if (d->spread >= 0)
        route_add(t, out, d->spread, (size_t)a.group);
    if (inside) {
        size_t pair = local_number(d, a.group, a.at, b.at, 0);
        route_add(t, out, d->local, pair / (size_t)d->locals);
    } else {
        int offset = (b.group - a.group + d->groups) % d->groups, rank;
        bool more = pair_rank(d, offset, &rank);
        int pairs = d->left - d->empty;
        pairs = more ? pairs : d->groups - 1 - pairs;
        route_add(t, out, d->global[more],
                  (size_t)a.group * (size_t)pairs + (size_t)rank);
        if (d->spread >= 0)
            route_add(t, out, d->spread, (size_t)b.group);
    }
    add_switch(t, d, b, d->in, out);
}

static void route(const struct topology *t, int from, int to, uint64_t hash,
                  struct route *out)
{
    const struct dragonfly *d = t->state;
    struct place a = place_of(t, d, from), b = place_of(t, d, to);
    int port = t->ports > 1 ? (int)choose(hash, 0, (uint32_t)t->ports) : 0;
    int nic = topology_nic_of(t, from, hash);
    int nic_to = topology_nic_of(t, to, hash), node_to = to / t->per_node;
    route_add(t, out, t->nic_out,
              port_number(t, from / t->per_node, nic, port));
    if (t->cluster->routing == ROUTING_SPRAY) {
        path_spread(t, d, a, b, out);
    } else {
        struct chooser chooser = {t->cluster->routing == ROUTING_STATIC, hash,
                                  1, (uint32_t)(node_to * t->nics + nic_to)};
        path_one(t, d, a, b, &chooser, out);
    }
    route_add(t, out, t->nic_in, port_number(t, node_to, nic_to, port));
}

const struct family family_dragonfly = {build, route, free};
