/* SPDX-License-Identifier: BSD-3-Clause */
/* Folded Clos of up to four tiers (struct tier in cluster.h says how they are
 * wired). Routes go up to the lowest tier that both ends share, then down; all
 * such paths are equal, and the routing picks one (ECMP by hash, static by
 * destination) or spreads evenly over all (spray).
 *
 * Positions. A switch of tier k has a position in its group, 0 .. switches-1,
 * and belongs to plane `position mod planes(k+1)` towards the tier above. From
 * the leaf at position p one reaches at tier k the positions that equal p
 * modulo reach(k), where reach(1) = switches(1), reach(2) = planes(2) and
 * reach(k) = gcd(reach(k-1), planes(k)). Each planes count divides the one
 * before or is a multiple of it (cluster_read refuses others), so the positions
 * on the way down are one residue class as well. NICs on leaves that do not
 * reach each other (rails in planes of their own) are joined inside the first
 * node: its GPU on the right rail forwards.
 *
 * Spray: the links over which a leaf's traffic spreads evenly are one link of
 * the summed rate: tier by tier, those that leave a group's switches of one
 * residue modulo reach. Exact for perfectly even spreading. */
#include <stdio.h>
#include <stdlib.h>

#include "base/divisor.h"
#include "base/error.h"
#include "topo/family.h"

struct stage {       /* one tier */
    int group_nodes; /* nodes in a group of it */
    int groups, switches, planes, reach;
    int uplinks;  /* of each switch of the tier below */
    int up, down; /* classes of the links to the tier below */
    /* For routes, which would else spend half their time dividing: */
    struct divisor within;    /* groups of the tier below in one of this */
    struct divisor by_planes; /* planes */
    struct divisor each;      /* switches in a plane; first tier: switches */
    int lower;                /* of the switches below in a group, in a plane */
    bool fine;              /* on the way down, residues are those of planes */
    struct divisor residue; /* ... or of the reach below */
    int choices;            /* switches below of one residue */
};

struct clos {
    int tiers, rail;
    struct stage stage[TIERS_MOST];
};

/* Where an end is attached, and its number among the ends of its leaf position
 * (rails) or of the whole cluster (racks): the digits of static routing. */
struct end {
    int node, nic, port;
    int group[TIERS_MOST]; /* that the node is in, by tier */
    int leaf;              /* position */
    uint32_t number;
};

static int gcd(int a, int b)
{
    return b ? gcd(b, a % b) : a;
}

static struct stage stage_of(const struct topology *t, const struct clos *clos,
                             int k)
{
    const struct tier *tier = &t->cluster->clos.tier[k];
    const struct stage *below = k ? &clos->stage[k - 1] : NULL;
    struct stage s = {
        .group_nodes =
            (int)tier->group.value * (below ? below->group_nodes : 1),
        .switches = (int)tier->switches.value,
        .planes = (int)figure_or(tier->planes, 1),
        .uplinks = (int)figure_or(tier->uplinks, 0),
        .up = -1,
        .down = -1,
    };
    s.groups = (t->nodes + s.group_nodes - 1) / s.group_nodes;
    s.reach = k == 0   ? s.switches
              : k == 1 ? s.planes
                       : gcd(below->reach, s.planes);
    s.within = divisor_of((uint32_t)tier->group.value);
    s.by_planes = divisor_of((uint32_t)s.planes);
    s.each = divisor_of((uint32_t)(below ? s.switches / s.planes : s.switches));
    if (below) {
        s.lower = below->switches / s.planes;
        s.fine = s.planes % below->reach == 0;
        s.residue = divisor_of((uint32_t)(s.fine ? s.planes : below->reach));
        s.choices = below->switches / (int)s.residue.d;
    }
    return s;
}

/* The links between a tier and the one below it, up and down. */
static void add_tier_links(struct topology *t, struct clos *clos, int k)
{
    const struct tier *tier = &t->cluster->clos.tier[k], *low = tier - 1;
    struct stage *s = &clos->stage[k], *below = s - 1;
    size_t physical =
        (size_t)below->groups * (size_t)below->switches * (size_t)s->uplinks;
    size_t count = physical;
    double rate = tier->rate.value;
    if (t->cluster->routing == ROUTING_SPRAY) {
        count = (size_t)below->groups * (size_t)below->reach;
        rate *= (double)physical / (double)count;
    }
    double cable = figure_or(tier->cable, 0);
    double wire = cable * figure_or(t->cluster->metre_s, 4.9e-9);
    char name[sizeof t->class->name];
    snprintf(name, sizeof name, "%s to %s", low->name, tier->name);
    s->up = topology_add_class(t, name, count, rate, rate,
                               wire + figure_or(tier->latency, 0));
    snprintf(name, sizeof name, "%s to %s", tier->name, low->name);
    s->down = topology_add_class(t, name, count, rate, rate,
                                 wire + figure_or(low->latency, 0));
    for (int c = s->up; c <= s->down; c++) {
        t->class[c].cables = physical;
        t->class[c].optical = cable > 3;
    }
}

/* A leaf's own latency and the NIC's cable count with the links to it. */
static void add_leaf_latency(struct topology *t)
{
    const struct tier *leaf = &t->cluster->clos.tier[0];
    double cable = figure_or(leaf->cable, 0);
    double wire = cable * figure_or(t->cluster->metre_s, 4.9e-9);
    t->class[t->nic_out].latency_s += wire + figure_or(leaf->latency, 0);
    t->class[t->nic_in].latency_s += wire;
    t->class[t->nic_out].optical = t->class[t->nic_in].optical = cable > 3;
}

static bool build(struct topology *t)
{
    struct clos *clos = xcalloc(1, sizeof *clos);
    t->state = clos;
    clos->tiers = t->cluster->clos.tiers;
    clos->rail = figure_or(t->cluster->clos.tier[0].wiring, 1) != 0;
    add_leaf_latency(t);
    for (int k = 0; k < clos->tiers; k++) {
        clos->stage[k] = stage_of(t, clos, k);
        if (k)
            add_tier_links(t, clos, k);
    }
    for (int k = 0; k + 1 < clos->tiers; k++) {
        const struct stage *s = &clos->stage[k], *above = s + 1;
        topology_add_level(t, t->cluster->clos.tier[k].name,
                           s->group_nodes * t->per_node, s->groups,
                           (double)s->switches * above->uplinks *
                               t->cluster->clos.tier[k + 1].rate.value);
    }
    return true;
}

static struct end end_of(const struct topology *t, const struct clos *clos,
                         int node, int nic, int port)
{
    const struct stage *leaf = &clos->stage[0];
    struct end end = {.node = node, .nic = nic, .port = port};
    uint32_t group = (uint32_t)node;
    for (int k = 0; k < clos->tiers; k++) {
        group = divide(group, clos->stage[k].within);
        end.group[k] = (int)group;
    }
    int in_group = node - end.group[0] * leaf->group_nodes;
    if (clos->rail) {
        end.leaf =
            (int)remainder_of((uint32_t)(nic * t->ports + port), leaf->each);
        end.number = (uint32_t)node;
    } else {
        end.leaf = (int)((long)in_group * leaf->switches / leaf->group_nodes);
        end.number = (uint32_t)node * (uint32_t)t->nics + (uint32_t)nic;
    }
    return end;
}

/* The lowest tier whose group holds both: 0 when they are on one leaf. */
static int meeting_tier(const struct clos *clos, const struct end *a,
                        const struct end *b)
{
    int k = 0;
    while (k < clos->tiers && a->group[k] != b->group[k])
        k++;
    return k == 0 && a->leaf != b->leaf ? 1 : k;
}

static bool reachable(const struct clos *clos, const struct end *a,
                      const struct end *b, int top)
{
    int reach = clos->stage[top].reach;
    return top == 0 || a->leaf % reach == b->leaf % reach;
}

/* --- one path ----------------------------------------------------------------
 */

/* Number of a lower switch, at `place` of its group, among those of its plane
 * in the upper group. */
static uint32_t index_in_plane(const struct stage *s, int group, int place)
{
    return remainder_of((uint32_t)group, s->within) * (uint32_t)s->lower +
           divide((uint32_t)place, s->by_planes);
}

static size_t link_of(const struct stage *s, const struct stage *below,
                      int group, int place, int link)
{
    return ((size_t)group * (size_t)below->switches + (size_t)place) *
               (size_t)s->uplinks +
           (size_t)link;
}

/* A link up from the switch at *place, which becomes the upper one's. */
static void hop_up(const struct topology *t, const struct stage *s, int group,
                   int *place, struct chooser *chooser, struct route *out)
{
    uint32_t index = index_in_plane(s, group, *place);
    int link = chooser_pick(chooser, s->uplinks);
    uint32_t striped = (uint32_t)link + index * (uint32_t)s->uplinks;
    route_add(t, out, s->up, link_of(s, s - 1, group, *place, link));
    *place = (int)(remainder_of((uint32_t)*place, s->by_planes) +
                   (uint32_t)s->planes * remainder_of(striped, s->each));
}

/* A link down to a switch from which `leaf` can be reached. */
static void hop_down(const struct topology *t, const struct clos *clos, int k,
                     int group, int leaf, int *place, struct chooser *chooser,
                     struct route *out)
{
    const struct stage *s = &clos->stage[k];
    int next = leaf, each = (int)s->each.d;
    if (k > 1) { /* any switch of the right residue leads to the leaf */
        uint32_t of = (uint32_t)(s->fine ? *place : leaf);
        next =
            (int)(remainder_of(of, s->residue) +
                  s->residue.d * (uint32_t)chooser_pick(chooser, s->choices));
    }
    /* Of its uplinks, those striped to this switch: first, first + each, ... */
    uint32_t before = index_in_plane(s, group, next) * (uint32_t)s->uplinks;
    int first = (int)divide((uint32_t)*place, s->by_planes) -
                (int)remainder_of(before, s->each);
    first = first < 0 ? first + each : first;
    int links = 1, span = s->uplinks - first;
    if (span > each)
        links = (int)divide((uint32_t)(span + each - 1), s->each);
    int link = first + each * (links > 1 ? chooser_pick(chooser, links) : 0);
    route_add(t, out, s->down, link_of(s, s - 1, group, next, link));
    *place = next;
}

static void path_one(const struct topology *t, const struct clos *clos,
                     const struct end *a, const struct end *b, int top,
                     struct chooser *chooser, struct route *out)
{
    int place = a->leaf;
    for (int k = 1; k <= top; k++)
        hop_up(t, &clos->stage[k], a->group[k - 1], &place, chooser, out);
    for (int k = top; k >= 1; k--)
        hop_down(t, clos, k, b->group[k - 1], b->leaf, &place, chooser, out);
}

/* --- all paths
 * ---------------------------------------------------------------- */

static void path_spread(const struct topology *t, const struct clos *clos,
                        const struct end *a, const struct end *b, int top,
                        struct route *out)
{
    for (int k = 1; k <= top; k++) {
        const struct stage *s = &clos->stage[k], *below = s - 1;
        size_t group = (size_t)a->group[k - 1];
        route_add(t, out, s->up,
                  group * (size_t)below->reach +
                      (size_t)(a->leaf % below->reach));
    }
    for (int k = top; k >= 1; k--) {
        const struct stage *s = &clos->stage[k], *below = s - 1;
        size_t group = (size_t)b->group[k - 1];
        route_add(t, out, s->down,
                  group * (size_t)below->reach +
                      (size_t)(b->leaf % below->reach));
    }
}

static void route(const struct topology *t, int from, int to, uint64_t hash,
                  struct route *out)
{
    const struct clos *clos = t->state;
    int port = t->ports > 1 ? (int)choose(hash, 0, (uint32_t)t->ports) : 0;
    int nic = topology_nic_of(t, from, hash),
        nic_to = topology_nic_of(t, to, hash);
    int node = topology_node_of(t, from);
    struct end b = end_of(t, clos, topology_node_of(t, to), nic_to, port);
    struct end a = end_of(t, clos, node, nic, port);
    int top = meeting_tier(clos, &a, &b);

    if (top >= clos->tiers || !reachable(clos, &a, &b, top)) {
        /* Forwarded in the first node, by its GPU on the other end's rail. */
        int forwarder = node * t->per_node + to - b.node * t->per_node;
        if (t->scaleup_out >= 0) {
            route_add(t, out, t->scaleup_out, (size_t)from);
            route_add(t, out, t->scaleup_in, (size_t)forwarder);
        }
        a = end_of(t, clos, node, nic_to, port);
        top = meeting_tier(clos, &a, &b);
    }
    route_add(t, out, t->nic_out, port_number(t, a.node, a.nic, port));
    if (t->cluster->routing == ROUTING_SPRAY) {
        path_spread(t, clos, &a, &b, top, out);
    } else {
        struct chooser chooser = {t->cluster->routing == ROUTING_STATIC, hash,
                                  1, b.number};
        path_one(t, clos, &a, &b, top, &chooser, out);
    }
    route_add(t, out, t->nic_in, port_number(t, b.node, b.nic, port));
}

const struct family family_clos = {build, route, free};
