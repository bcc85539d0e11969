/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a Clos can be wired as struct tier says: ports for all links, planes
 * that divide, a link between any two switches of a plane. Only nodes that
 * there are count: a last group may be partly filled. */
#include <stdio.h>

#include "topo/cluster_file.h"

/* One tier in whole numbers. */
struct level {
    const struct tier *tier;
    long nodes;    /* that a group holds */
    long groups;   /* of it that there are */
    long below;    /* groups of the tier below in the fullest one; first tier:
                      nodes */
    long switches; /* in a group */
    long planes, uplinks;
};

static int check_sizes(const struct cluster *c, struct level *level)
{
    long count = (long)c->node.count.value, nodes = 1, lower = count;
    for (int k = 0; k < c->clos.tiers; k++) {
        const struct tier *tier = &c->clos.tier[k];
        long group = (long)tier->group.value;
        if (nodes > GPUS_MOST / group)
            return cluster_refuse(c, tier->group.line,
                                  "%s: %ld groups of %ld nodes, expected at "
                                  "most %d in all",
                                  tier->name, group, nodes, GPUS_MOST);
        nodes *= group;
        level[k] = (struct level){
            .tier = tier,
            .nodes = nodes,
            .groups = (count + nodes - 1) / nodes,
            .below = group < lower ? group : lower,
            .switches = (long)tier->switches.value,
            .planes = (long)figure_or(tier->planes, 1),
            .uplinks = (long)figure_or(tier->uplinks, 0),
        };
        lower = level[k].groups;
    }
    if (nodes < count)
        return cluster_refuse(c, c->clos.tier[c->clos.tiers - 1].group.line,
                              "the groups of all tiers hold %ld nodes, "
                              "expected at least node.count: %ld",
                              nodes, count);
    return 0;
}

/* What a tier may and must have by its place. */
static int check_keys(const struct cluster *c, int k)
{
    const struct tier *tier = &c->clos.tier[k];
    int line = tier->group.line;
    if (k == 0) {
        const char *which = tier->uplinks.origin             ? "uplinks"
                            : tier->rate.origin              ? "rate"
                            : figure_or(tier->planes, 1) > 1 ? "planes"
                                                             : NULL;
        if (which)
            return cluster_refuse(c, line,
                                  "%s, the first tier, has %s, expected none: "
                                  "its links are the NICs' ports",
                                  tier->name, which);
        return 0;
    }
    if (!tier->uplinks.origin || !tier->rate.origin)
        return cluster_refuse(c, line,
                              "%s lacks %s, expected it of every tier but the "
                              "first",
                              tier->name,
                              tier->uplinks.origin ? "rate" : "uplinks");
    if (tier->wiring.origin)
        return cluster_refuse(c, tier->wiring.line,
                              "%s has wiring, expected it on the first tier "
                              "only",
                              tier->name);
    return 0;
}

/* Where NIC ports land. */
static int check_first(const struct cluster *c, const struct level *leaf)
{
    long nics = (long)c->node.nics.value;
    long ports = (long)figure_or(c->node.nic_ports, 1);
    long group = (long)leaf->tier->group.value;
    int line = leaf->tier->switches.line;
    if (figure_or(leaf->tier->wiring, 1) == 0) {
        if (ports > 1)
            return cluster_refuse(c, leaf->tier->wiring.line,
                                  "rack wiring puts all %ld ports of a NIC on "
                                  "one switch, expected node.nic.ports: 1",
                                  ports);
        if (leaf->switches > group)
            return cluster_refuse(c, line,
                                  "%s: %ld switches for %ld nodes in racks, "
                                  "expected no switch without a node",
                                  leaf->tier->name, leaf->switches, group);
        return 0;
    }
    if (leaf->switches > nics * ports)
        return cluster_refuse(c, line,
                              "%s: %ld NICs x %ld ports = %ld rails on %ld "
                              "switches, expected no switch without a rail",
                              leaf->tier->name, nics, ports, nics * ports,
                              leaf->switches);
    if (leaf->switches < ports)
        return cluster_refuse(c, line,
                              "%s: %ld switches for the %ld ports of a NIC, "
                              "expected one for each",
                              leaf->tier->name, leaf->switches, ports);
    return 0;
}

static int check_planes(const struct cluster *c, const struct level *s)
{
    const struct level *below = s - 1;
    const char *name = s->tier->name;
    int line =
        s->tier->planes.origin ? s->tier->planes.line : s->tier->switches.line;
    if (s->switches % s->planes || below->switches % s->planes)
        return cluster_refuse(c, line,
                              "%s: %ld planes of %ld switches over %ld of %s, "
                              "expected a divisor of both",
                              name, s->planes, s->switches, below->switches,
                              below->tier->name);
    if (below->uplinks && s->planes % below->planes &&
        below->planes % s->planes)
        return cluster_refuse(c, line,
                              "%s: %ld planes above %ld of %s, expected one to "
                              "be a multiple of the other",
                              name, s->planes, below->planes,
                              below->tier->name);
    if (s->uplinks < s->switches / s->planes)
        return cluster_refuse(c, s->tier->uplinks.line,
                              "%s: %ld uplinks to %ld switches / %ld planes = "
                              "%ld, expected at least one to each",
                              name, s->uplinks, s->switches, s->planes,
                              s->switches / s->planes);
    double cables =
        (double)below->groups * (double)below->switches * (double)s->uplinks;
    if (cables > CABLES_MOST)
        return cluster_refuse(c, s->tier->uplinks.line,
                              "%s: %.0f links, expected at most %d", name,
                              cables, CABLES_MOST);
    return 0;
}

/* Links down from the fullest switch: NIC ports, or lower switches' uplinks
 * (striped, so that two switches differ by one at most). `sum` shows how. */
static long down_links(const struct cluster *c, const struct level *s, int k,
                       char *sum, size_t capacity)
{
    if (k > 0) {
        long lower = s[-1].switches * s->below;
        snprintf(sum, capacity, "%ld %s switches x %ld uplinks / %ld", lower,
                 s[-1].tier->name, s->uplinks, s->switches);
        return (lower * s->uplinks + s->switches - 1) / s->switches;
    }
    long ports = (long)(c->node.nics.value * figure_or(c->node.nic_ports, 1));
    if (figure_or(s->tier->wiring, 1) != 0) {
        long rails = (ports + s->switches - 1) / s->switches;
        snprintf(sum, capacity, "%ld nodes x %ld rails", s->below, rails);
        return s->below * rails;
    }
    long group = (long)s->tier->group.value;
    long nodes = (group + s->switches - 1) / s->switches;
    nodes = nodes < s->below ? nodes : s->below;
    snprintf(sum, capacity, "%ld nodes x %ld NICs", nodes, ports);
    return nodes * ports;
}

static int check_ports(const struct cluster *c, const struct level *s, int k)
{
    char sum[128];
    long down = down_links(c, s, k, sum, sizeof sum);
    long up = k + 1 < c->clos.tiers ? s[1].uplinks : 0;
    if (!s->tier->ports.origin || down + up <= (long)s->tier->ports.value)
        return 0;
    return cluster_refuse(c, s->tier->ports.line,
                          "%s: %s = %ld links down + %ld up = %ld on a "
                          "switch, expected at most ports: %.0f",
                          s->tier->name, sum, down, up, down + up,
                          s->tier->ports.value);
}

int cluster_check_clos(const struct cluster *c)
{
    struct level level[TIERS_MOST];
    if (!c->clos.tiers)
        return cluster_refuse(c, 1, "a Clos of no tiers, expected 1 to %d",
                              TIERS_MOST);
    for (int k = 0; k < c->clos.tiers; k++)
        if (check_keys(c, k))
            return -1;
    if (check_sizes(c, level) || check_first(c, level))
        return -1;
    for (int k = 1; k < c->clos.tiers; k++)
        if (check_planes(c, &level[k]))
            return -1;
    for (int k = 0; k < c->clos.tiers; k++)
        if (check_ports(c, &level[k], k))
            return -1;
    return 0;
}
