/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/share.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sim/heap.h"

/* What a link's flows could reach is summed in whole parts of its capacity,
 * rounded up: the sum is the same after any number of comings and goings. */
static const uint32_t whole = (uint32_t)1 << 24;

static const double rounding = 1e-13; /* relative; see share.h */

static const uint32_t none = UINT32_MAX;
static const uint32_t lost_a_flow = UINT32_MAX; /* a link's `place` */

struct link {
    uint64_t most;  /* sum of what its flows could reach, in parts */
    uint32_t head;  /* its first node; 0: none */
    uint32_t place; /* 1 + among the touched; 0: not touched; lost_a_flow */
};

/* An occurrence of a link in a route. Node 0 is nobody's. */
struct node {
    uint32_t link, flow, next, prev;
    uint32_t part; /* what the flow could take of the link, at most `whole` */
};

enum state { IDLE, STEADY, OPEN, FIXED }; /* the last two in an update only */

struct flow {
    double rate, most;          /* most: the least capacity on its route */
    uint32_t node, nodes, room; /* its nodes, and how many it may have */
    uint32_t bottleneck;        /* link id, or none */
    enum state state;
};

/* A link that an update has to do with. */
struct touched {
    double spare; /* capacity less the rates of flows that are not open */
    uint32_t link;
    uint32_t open;   /* open flows on it, by occurrence */
    bool opened_all; /* flows that had it as their bottleneck are open */
};

struct list {
    uint32_t *at;
    size_t count, room;
};

struct share {
    const double *capacity;
    struct link *links;
    struct node *nodes;
    size_t nodes_count, nodes_room;
    struct flow *flows;
    size_t flows_count, flows_room;
    struct list dropped; /* flow ids to be given again */

    struct list started, lost; /* since the last update: flows, links */
    struct list opened, changed;
    struct touched *touched;
    size_t touched_count, touched_room;
    struct heap levels; /* of the touched, by index; may lag behind a rise */
};

struct share *share_open(const double *capacity_Bps, size_t links)
{
    struct share *s = xcalloc(1, sizeof *s);
    s->capacity = capacity_Bps;
    s->links = xcalloc(links, sizeof *s->links);
    s->nodes_count = 1;
    return s;
}

void share_close(struct share *s)
{
    free(s->links);
    free(s->nodes);
    free(s->flows);
    free(s->dropped.at);
    free(s->started.at);
    free(s->lost.at);
    free(s->opened.at);
    free(s->changed.at);
    free(s->touched);
    heap_free(&s->levels);
    free(s);
}

/* --- flows and their routes ------------------------------------------------
 */

static void *grown(void *array, size_t *room, size_t count, size_t each)
{
    if (count <= *room)
        return array;
    *room = count + count / 2 + 64;
    return xrealloc(array, *room * each);
}

static void append(struct list *list, uint32_t value)
{
    list->at = grown(list->at, &list->room, list->count + 1, sizeof *list->at);
    list->at[list->count++] = value;
}

static uint32_t new_flow(struct share *s)
{
    if (s->dropped.count)
        return s->dropped.at[--s->dropped.count];
    s->flows =
        grown(s->flows, &s->flows_room, s->flows_count + 1, sizeof *s->flows);
    s->flows[s->flows_count] = (struct flow){0};
    return (uint32_t)s->flows_count++;
}

static uint32_t part_of(double most, double capacity)
{
    if (most == capacity)
        return isinf(capacity) ? 0 : whole;
    return (uint32_t)ceil(most / capacity * whole);
}

uint32_t share_add(struct share *s, const uint32_t *links, size_t count)
{
    uint32_t id = new_flow(s);
    struct flow *flow = &s->flows[id];
    if (count > flow->room) {
        flow->room = (uint32_t)(flow->room ? 2 * count : count);
        flow->node = (uint32_t)s->nodes_count;
        s->nodes_count += flow->room;
        s->nodes =
            grown(s->nodes, &s->nodes_room, s->nodes_count, sizeof *s->nodes);
    }
    flow->nodes = (uint32_t)count;
    flow->most = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double capacity = s->capacity[links[i]];
        flow->most = capacity < flow->most ? capacity : flow->most;
    }
    for (size_t i = 0; i < count; i++)
        s->nodes[flow->node + i] = (struct node){
            .link = links[i],
            .flow = id,
            .part = part_of(flow->most, s->capacity[links[i]]),
        };
    return id;
}

void share_drop(struct share *s, uint32_t flow)
{
    append(&s->dropped, flow);
}

void share_start(struct share *s, uint32_t id)
{
    struct flow *flow = &s->flows[id];
    for (uint32_t n = flow->node; n < flow->node + flow->nodes; n++) {
        struct link *link = &s->links[s->nodes[n].link];
        s->nodes[n].prev = 0;
        s->nodes[n].next = link->head;
        if (link->head)
            s->nodes[link->head].prev = n;
        link->head = n;
        link->most += s->nodes[n].part;
    }
    flow->rate = 0;
    flow->bottleneck = none;
    flow->state = STEADY;
    append(&s->started, id);
}

void share_stop(struct share *s, uint32_t id)
{
    struct flow *flow = &s->flows[id];
    for (uint32_t n = flow->node; n < flow->node + flow->nodes; n++) {
        struct node node = s->nodes[n];
        struct link *link = &s->links[node.link];
        if (link->most > whole && !link->place) {
            link->place = lost_a_flow;
            append(&s->lost, node.link);
        }
        if (node.prev)
            s->nodes[node.prev].next = node.next;
        else
            link->head = node.next;
        if (node.next)
            s->nodes[node.next].prev = node.prev;
        link->most -= node.part;
    }
    flow->rate = 0;
    flow->state = IDLE;
}

double share_rate(const struct share *s, uint32_t flow)
{
    return s->flows[flow].rate;
}

/* --- an update -------------------------------------------------------------
 */

static struct touched *touch(struct share *s, uint32_t id)
{
    struct link *link = &s->links[id];
    if (link->place)
        return &s->touched[link->place - 1];
    s->touched = grown(s->touched, &s->touched_room, s->touched_count + 1,
                       sizeof *s->touched);
    struct touched *t = &s->touched[s->touched_count++];
    *t = (struct touched){.spare = s->capacity[id], .link = id};
    link->place = (uint32_t)s->touched_count;
    heap_reserve(&s->levels, s->touched_count);
    /* None of its flows is open yet, or it had been touched. */
    for (uint32_t n = link->head; n; n = s->nodes[n].next)
        t->spare -= s->flows[s->nodes[n].flow].rate;
    return t;
}

/* Rounding may leave a spare capacity just below zero; a rate may not be. */
static double level_of(const struct touched *t)
{
    double level = t->spare / t->open;
    return level > 0 ? level : 0;
}

static void open_flow(struct share *s, uint32_t id)
{
    struct flow *flow = &s->flows[id];
    if (flow->state != STEADY)
        return;
    flow->state = OPEN;
    append(&s->opened, id);
    for (uint32_t n = flow->node; n < flow->node + flow->nodes; n++) {
        uint32_t link = s->nodes[n].link;
        if (s->links[link].most <= whole)
            continue;
        struct touched *t = touch(s, link);
        uint32_t i = (uint32_t)(t - s->touched);
        t->spare += flow->rate;
        t->open++;
        double level = level_of(t);
        if (!s->levels.place[i] ||
            level < s->levels.entry[s->levels.place[i] - 1].key)
            heap_set(&s->levels, i, level);
    }
}

/* The flows that have this link as their bottleneck. */
static void open_held(struct share *s, uint32_t link)
{
    for (uint32_t n = s->links[link].head; n; n = s->nodes[n].next)
        if (s->flows[s->nodes[n].flow].bottleneck == link)
            open_flow(s, s->nodes[n].flow);
}

static void fix_flow(struct share *s, uint32_t id, double rate,
                     uint32_t bottleneck)
{
    struct flow *flow = &s->flows[id];
    double old = flow->rate;
    bool same = fabs(rate - old) <= rounding * old || rate == old;
    flow->state = FIXED;
    flow->bottleneck = bottleneck;
    if (same)
        rate = old;
    else
        append(&s->changed, id);
    flow->rate = rate;
    for (uint32_t n = flow->node; n < flow->node + flow->nodes; n++) {
        uint32_t link = s->nodes[n].link, place = s->links[link].place;
        if (!place)
            continue;
        struct touched *t = &s->touched[place - 1];
        t->spare -= rate;
        t->open--;
        if (rate < old && !t->opened_all) {
            t->opened_all = true;
            open_held(s, link); /* may move s->touched */
        }
    }
}

/* Flows that reach the most they can below the level: had they been fixed in
 * order, no level below would be another. */
static bool fix_those_at_most(struct share *s, uint32_t link, double level)
{
    bool any = false;
    for (uint32_t n = s->links[link].head; n; n = s->nodes[n].next) {
        const struct flow *flow = &s->flows[s->nodes[n].flow];
        if (flow->state == OPEN && flow->most <= level) {
            fix_flow(s, s->nodes[n].flow, flow->most, none);
            any = true;
        }
    }
    return any;
}

static bool open_faster(struct share *s, uint32_t link, double level)
{
    bool any = false;
    for (uint32_t n = s->links[link].head; n; n = s->nodes[n].next) {
        const struct flow *flow = &s->flows[s->nodes[n].flow];
        if (flow->state == STEADY && flow->rate > level * (1 + rounding)) {
            open_flow(s, s->nodes[n].flow);
            any = true;
        }
    }
    return any;
}

static void fill(struct share *s)
{
    while (s->levels.count) {
        struct heap_entry top = s->levels.entry[0];
        const struct touched *t = &s->touched[top.id];
        uint32_t link = t->link;
        if (!t->open) {
            heap_remove(&s->levels, top.id);
            continue;
        }
        double level = level_of(t);
        if (level > top.key) { /* it rose as others were fixed */
            heap_set(&s->levels, top.id, level);
            continue;
        }
        if (fix_those_at_most(s, link, level) || open_faster(s, link, level))
            continue;
        heap_remove(&s->levels, top.id);
        for (uint32_t n = s->links[link].head; n; n = s->nodes[n].next)
            if (s->flows[s->nodes[n].flow].state == OPEN)
                fix_flow(s, s->nodes[n].flow, level, link);
    }
}

const uint32_t *share_update(struct share *s, size_t *changed)
{
    s->changed.count = s->opened.count = s->touched_count = 0;
    for (size_t i = 0; i < s->lost.count; i++)
        s->links[s->lost.at[i]].place = 0;
    for (size_t i = 0; i < s->lost.count; i++)
        open_held(s, s->lost.at[i]);
    for (size_t i = 0; i < s->started.count; i++)
        open_flow(s, s->started.at[i]);
    fill(s);
    /* What no link holds takes all that it can. */
    for (size_t i = 0; i < s->opened.count; i++) {
        struct flow *flow = &s->flows[s->opened.at[i]];
        if (flow->state == OPEN)
            fix_flow(s, s->opened.at[i], flow->most, none);
        flow->state = STEADY;
    }
    for (size_t i = 0; i < s->touched_count; i++)
        s->links[s->touched[i].link].place = 0;
    s->lost.count = s->started.count = 0;
    *changed = s->changed.count;
    return s->changed.at;
}
