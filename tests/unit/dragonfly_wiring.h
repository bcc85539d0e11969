/* SPDX-License-Identifier: BSD-3-Clause */
/* The wiring of a dragonfly as its routes show it. */
#ifndef TESTS_DRAGONFLY_WIRING_H
#define TESTS_DRAGONFLY_WIRING_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "dragonfly_town.h"
#include "topo/topology.h"

struct shape { /* locals: cables of a pair; globals: of a switch */
    int groups, switches, nodes, locals, globals;
};

static inline struct cluster town(const struct shape *s,
                                  enum routing_kind routing)
{
    return town_dragonfly(s->groups, s->switches, s->nodes, s->locals,
                          s->globals, routing);
}

/* GPUs of one switch; ports of a group; whether one of these is empty. */
static inline int gpus_on(const struct shape *s)
{
    return 2 * s->nodes;
}

static inline int ports_of(const struct shape *s)
{
    return s->switches * s->globals;
}

static inline bool has_empty(const struct shape *s)
{
    return s->groups > 1 && s->groups % 2 && ports_of(s) % (s->groups - 1) % 2;
}

static inline const struct link_class *named(const struct topology *t,
                                             const char *name)
{
    const struct link_class *class;
    int n = topology_classes(t, &class);
    for (int i = 0; i < n; i++)
        if (!strcmp(class[i].name, name))
            return &class[i];
    return NULL;
}

static inline bool is_of(const struct link_class *class, uint32_t link)
{
    return class && link - class->first < class->count;
}

struct port { /* where it leads: the group, the switch's place in it */
    int group, at;
};

struct wiring {
    const struct shape *shape;
    const struct link_class *local, *global;
    struct port *port; /* [group * ports + port], group -1: not seen */
};

/* Switch b's place in the group where the local link begins at `a`'s, from the
 * numbers of the pairs; fails when it begins elsewhere. */
static inline int local_end(const struct wiring *w, uint32_t link, int group,
                            int a)
{
    int n = w->shape->switches;
    int pair = (int)(link - w->local->first) / w->shape->locals;
    int to = pair % (n - 1), from = pair / (n - 1);
    if (from != group * n + a)
        fail_msg("a local link starts at switch %d of all, expected %d", from,
                 group * n + a);
    return to < a ? to : to + 1;
}

/* Follows a route between two switches and notes where its global cable ends;
 * a route never has more than one such and a local link at either side. */
static inline void follow(struct wiring *w, const struct topology *t, int from,
                          int to, uint64_t hash)
{
    const struct shape *s = w->shape;
    int a = from / gpus_on(s), b = to / gpus_on(s), i = 1;
    struct port at = {a / s->switches, a % s->switches};
    struct route r;
    topology_route(t, from, to, hash, &r);
    double latency_s = 100e-9; /* the NIC's cable to the switch */
    if (is_of(w->local, r.link[i])) {
        at.at = local_end(w, r.link[i++], at.group, at.at);
        latency_s += 100e-9;
    }
    if (is_of(w->global, r.link[i])) {
        int number = (int)(r.link[i++] - w->global->first);
        assert_int_equal(number / s->globals, at.group * s->switches + at.at);
        int last = b % s->switches;
        if (is_of(w->local, r.link[i])) { /* it begins where the cable ends */
            int pair = (int)(r.link[i] - w->local->first) / s->locals;
            last = pair / (s->switches - 1) % s->switches;
        }
        struct port end = {b / s->switches, last}, *known = &w->port[number];
        if (known->group >= 0 && memcmp(known, &end, sizeof end))
            fail_msg("port %d leads to group %d switch %d and group %d switch "
                     "%d",
                     number, known->group, known->at, end.group, end.at);
        *known = at = end;
        latency_s += 500e-9;
        if (is_of(w->local, r.link[i])) {
            at.at = local_end(w, r.link[i++], at.group, at.at);
            latency_s += 100e-9;
        }
    }
    if (at.group != b / s->switches || at.at != b % s->switches)
        fail_msg("%d to %d: ends at group %d switch %d", from, to, at.group,
                 at.at);
    assert_int_equal(r.links, i + 1);
    assert_true(fabs(r.latency_s - latency_s) < 1e-15);
}

static inline struct wiring wiring_of(const struct shape *s,
                                      const struct topology *t)
{
    int gpus = topology_gpus(t), ports = s->groups * ports_of(s);
    struct wiring w = {s, named(t, "switch to switch in a group"),
                       named(t, "group to group"),
                       calloc((size_t)ports, sizeof *w.port)};
    struct random random = {8};
    for (int i = 0; i < ports; i++)
        w.port[i].group = -1;
    for (int from = 0; from < gpus; from++)
        for (int to = 0; to < gpus; to++)
            for (int k = 0; k < 40 && from / 2 != to / 2; k++)
                follow(&w, t, from, to, random_next(&random));
    return w;
}

/* Cables from switch `a` to switch `b`, both of all, over global ports. */
static inline int cables(const struct wiring *w, int a, int b)
{
    const struct shape *s = w->shape;
    int count = 0;
    for (int k = 0; k < s->globals; k++) {
        struct port p = w->port[a * s->globals + k];
        count += p.group == b / s->switches && p.at == b % s->switches;
    }
    return count;
}

#endif
