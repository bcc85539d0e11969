/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/maxmin.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Per link id, all bits zero between solves: the sum of what its flows could
 * reach; or, where that does not fit, its place among the contended links with
 * the top bit (a double's sign) set. */
union slot {
    double most;
    uint64_t place;
};

static const uint64_t contended_bit = (uint64_t)1 << 63;

/* A link that may be full. */
struct contended {
    double spare;   /* capacity less what fixed flows take */
    double weight;  /* of its unfixed flows */
    uint32_t first; /* its flows, from here in `crossing`: all unfixed ones */
    uint32_t flows;
    uint32_t open; /* unfixed flows; one that crosses it twice counts twice */
    uint32_t next; /* in its bucket; NONE at the end */
};

struct flow {
    double rate;    /* of an unfixed flow: the most it could reach */
    uint32_t first; /* its contended links, from here in `route` */
    uint32_t links : 31, fixed : 1;
};

struct waiting {
    double level; /* no higher than the link's level now */
    uint32_t link;
};

enum {
    BUCKETS = 4096,
    ARITY = 4,
    AHEAD = 48, /* links, eight flows or so: a trip to memory */
};

static const uint32_t none = UINT32_MAX;

/* An array that grows and is kept from solve to solve. */
struct store {
    void *at;
    size_t bytes;
};

struct maxmin {
    union slot *slots;
    struct store ids_store, links_store, flows_store, route_store,
        crossing_store, heap_store;

    uint32_t *ids; /* of the contended links */
    size_t contended;
    struct contended *links;
    struct flow *flows;
    uint32_t *route;    /* flow -> contended links */
    uint32_t *crossing; /* contended link -> flows */

    /* The queue: links by level, coarsely in buckets of equal width on the
     * scale of a double's bits (nearly logarithmic); those of the current
     * bucket exactly, in a heap. */
    uint32_t bucket[BUCKETS]; /* first link of each */
    uint64_t lowest;          /* bits of the least level at the start */
    int shift;                /* from bits to buckets */
    uint32_t now;
    struct waiting *heap;
    size_t waiting;
};

/* What one solve passes around. */
struct problem {
    const struct maxmin_flows *flows;
    const double *capacity;
};

struct maxmin *maxmin_open(size_t links)
{
    struct maxmin *m = xcalloc(1, sizeof *m);
    m->slots = xcalloc(links, sizeof *m->slots);
    return m;
}

void maxmin_close(struct maxmin *m)
{
    free(m->slots);
    free(m->ids_store.at);
    free(m->links_store.at);
    free(m->flows_store.at);
    free(m->route_store.at);
    free(m->crossing_store.at);
    free(m->heap_store.at);
    free(m);
}

/* Room for `count` things, grown by a quarter more than asked. What was in it
 * is kept. */
static void *room(struct store *store, size_t count, size_t each)
{
    if (count * each > store->bytes) {
        store->bytes = (count + count / 4 + 1) * each;
        store->at = xrealloc(store->at, store->bytes);
    }
    return store->at;
}

/* Slots lie anywhere: asks for one that a walk over `links` will need soon. */
static void look_ahead(const struct maxmin *m, const struct problem *p,
                       size_t i)
{
    if (i + AHEAD < p->flows->first[p->flows->count])
        __builtin_prefetch(&m->slots[p->flows->links[i + AHEAD]], 1);
}

static double weight_of(const struct problem *p, size_t flow)
{
    return p->flows->weight ? p->flows->weight[flow] : 1;
}

/* --- who contends for what -------------------------------------------------
 */

static void add_contended(struct maxmin *m, uint32_t id)
{
    m->ids = room(&m->ids_store, m->contended + 1, sizeof *m->ids);
    m->ids[m->contended++] = id;
}

/* What each flow could reach alone, the sum of that over each link, and the
 * links where the sum does not fit. */
static void bound_flows(struct maxmin *m, const struct problem *p)
{
    const size_t *first = p->flows->first;
    m->contended = 0;
    m->flows = room(&m->flows_store, p->flows->count, sizeof *m->flows);
    for (size_t f = 0; f < p->flows->count; f++) {
        double most = p->flows->cap_Bps ? p->flows->cap_Bps[f] : INFINITY;
        for (size_t i = first[f]; i < first[f + 1]; i++) {
            double capacity = p->capacity[p->flows->links[i]];
            look_ahead(m, p, i);
            most = capacity < most ? capacity : most;
        }
        m->flows[f] = (struct flow){.rate = most};
        for (size_t i = first[f]; i < first[f + 1]; i++) {
            uint32_t id = p->flows->links[i];
            double before = m->slots[id].most, after = before + most;
            m->slots[id].most = after;
            if (after > p->capacity[id] && !(before > p->capacity[id]))
                add_contended(m, id);
        }
    }
    m->links = room(&m->links_store, m->contended, sizeof *m->links);
    for (size_t l = 0; l < m->contended; l++) {
        m->links[l] = (struct contended){.spare = p->capacity[m->ids[l]]};
        m->slots[m->ids[l]].place = contended_bit | l;
    }
}

/* Flows -> contended links. The slots of the others are done with. */
static size_t list_routes(struct maxmin *m, const struct problem *p)
{
    const size_t *first = p->flows->first;
    size_t count = p->flows->count, n = 0;
    m->route = room(&m->route_store, first[count] - first[0], sizeof *m->route);
    for (size_t f = 0; f < count; f++) {
        double weight = weight_of(p, f);
        m->flows[f].first = (uint32_t)n;
        for (size_t i = first[f]; i < first[f + 1]; i++) {
            union slot *slot = &m->slots[p->flows->links[i]];
            look_ahead(m, p, i);
            if (slot->place & contended_bit) {
                uint32_t l = (uint32_t)slot->place;
                m->route[n++] = l;
                m->links[l].open++;
                m->links[l].weight += weight;
            } else {
                slot->place = 0;
            }
        }
        m->flows[f].links = (uint32_t)n - m->flows[f].first;
    }
    for (size_t l = 0; l < m->contended; l++)
        m->slots[m->ids[l]].place = 0;
    return n;
}

/* Contended links -> flows: the same turned round. */
static void list_crossings(struct maxmin *m, size_t flows, size_t n)
{
    m->crossing = room(&m->crossing_store, n, sizeof *m->crossing);
    uint32_t start = 0;
    for (size_t l = 0; l < m->contended; l++) {
        m->links[l].first = start;
        start += m->links[l].open;
    }
    for (size_t f = 0; f < flows; f++)
        for (uint32_t i = 0; i < m->flows[f].links; i++) {
            struct contended *link = &m->links[m->route[m->flows[f].first + i]];
            m->crossing[link->first + link->flows++] = (uint32_t)f;
        }
}

/* --- the queue of links by level -------------------------------------------
 */

static uint64_t bits_of(double level)
{
    uint64_t bits; /* of doubles >= 0: they sort as the doubles do */
    memcpy(&bits, &level, sizeof bits);
    return bits;
}

/* Rounding may leave a spare capacity just below zero; a rate may not be. */
static double level_of(const struct contended *link)
{
    double level = link->spare / link->weight;
    return level > 0 ? level : 0;
}

static uint32_t bucket_of(const struct maxmin *m, double level)
{
    uint64_t bits = bits_of(level);
    uint64_t bucket = bits > m->lowest ? (bits - m->lowest) >> m->shift : 0;
    if (bucket < m->now)
        return m->now;
    return bucket < BUCKETS ? (uint32_t)bucket : BUCKETS - 1;
}

static void put_off(struct maxmin *m, uint32_t l, uint32_t bucket)
{
    m->links[l].next = m->bucket[bucket];
    m->bucket[bucket] = l;
}

static void fill_buckets(struct maxmin *m)
{
    uint64_t highest = 0;
    m->lowest = UINT64_MAX;
    for (size_t l = 0; l < m->contended; l++) {
        uint64_t bits = bits_of(level_of(&m->links[l]));
        m->lowest = bits < m->lowest ? bits : m->lowest;
        highest = bits > highest ? bits : highest;
    }
    /* Levels will rise: two doublings are provided for, beyond them the last
     * bucket serves. */
    highest += (uint64_t)2 << 52;
    for (m->shift = 0; (highest - m->lowest) >> m->shift >= BUCKETS;)
        m->shift++;
    for (size_t b = 0; b < BUCKETS; b++)
        m->bucket[b] = none;
    m->now = 0;
    for (size_t l = m->contended; l-- > 0;)
        put_off(m, (uint32_t)l, bucket_of(m, level_of(&m->links[l])));
    m->waiting = 0;
    m->heap = room(&m->heap_store, m->contended, sizeof *m->heap);
}

static void sift_down(struct maxmin *m, struct waiting moved)
{
    size_t i = 0, child;
    while ((child = ARITY * i + 1) < m->waiting) {
        size_t end = child + ARITY, least = child;
        end = end < m->waiting ? end : m->waiting;
        for (size_t c = child + 1; c < end; c++)
            least = m->heap[c].level < m->heap[least].level ? c : least;
        if (!(m->heap[least].level < moved.level))
            break;
        m->heap[i] = m->heap[least];
        i = least;
    }
    m->heap[i] = moved;
}

static void push(struct maxmin *m, struct waiting moved)
{
    size_t i = m->waiting++;
    while (i > 0 && moved.level < m->heap[(i - 1) / ARITY].level) {
        m->heap[i] = m->heap[(i - 1) / ARITY];
        i = (i - 1) / ARITY;
    }
    m->heap[i] = moved;
}

static void pop(struct maxmin *m)
{
    struct waiting last = m->heap[--m->waiting];
    if (m->waiting)
        sift_down(m, last);
}

/* The links of the current bucket that still have unfixed flows, at their
 * levels of now. */
static void open_bucket(struct maxmin *m)
{
    uint32_t next, l = m->bucket[m->now];
    for (; l != none; l = next) {
        next = m->links[l].next;
        if (!m->links[l].open)
            continue;
        double level = level_of(&m->links[l]);
        uint32_t bucket = bucket_of(m, level);
        if (bucket > m->now)
            put_off(m, l, bucket);
        else
            push(m, (struct waiting){level, l});
    }
}

/* --- filling ---------------------------------------------------------------
 */

static void fix_flow(struct maxmin *m, const struct problem *p, uint32_t f,
                     double rate)
{
    struct flow *flow = &m->flows[f];
    double weight = weight_of(p, f);
    flow->fixed = 1;
    flow->rate = rate;
    for (uint32_t i = 0; i < flow->links; i++) {
        struct contended *link = &m->links[m->route[flow->first + i]];
        link->spare -= rate;
        link->weight -= weight;
        link->open--;
    }
}

/* The flows of `link` that reach their caps below `level` are fixed there: had
 * they been fixed in order, no level below would be another. Fixed flows drop
 * out of the list. True when it found such a flow. */
static bool fix_capped(struct maxmin *m, const struct problem *p,
                       struct contended *link, double level)
{
    uint32_t *crossing = m->crossing + link->first;
    uint32_t kept = 0;
    bool any = false;
    for (uint32_t i = 0; i < link->flows; i++) {
        uint32_t f = crossing[i];
        const struct flow *flow = &m->flows[f];
        if (flow->fixed)
            continue;
        crossing[kept++] = f;
        if (flow->rate <= level * weight_of(p, f)) {
            fix_flow(m, p, f, flow->rate);
            any = true;
        }
    }
    link->flows = kept;
    return any;
}

static void fix_link(struct maxmin *m, const struct problem *p,
                     const struct contended *link, double level)
{
    for (uint32_t i = 0; i < link->flows; i++) {
        uint32_t f = m->crossing[link->first + i];
        if (!m->flows[f].fixed) /* twice here, if it crosses the link twice */
            fix_flow(m, p, f, level * weight_of(p, f));
    }
}

/* Links of the current bucket, tightest first. */
static void fill(struct maxmin *m, const struct problem *p)
{
    while (m->waiting) {
        uint32_t l = m->heap[0].link;
        struct contended *link = &m->links[l];
        if (!link->open) {
            pop(m);
            continue;
        }
        double level = level_of(link);
        if (level > m->heap[0].level) { /* it rose as others were fixed */
            uint32_t bucket = bucket_of(m, level);
            if (bucket > m->now) {
                pop(m);
                put_off(m, l, bucket);
            } else {
                sift_down(m, (struct waiting){level, l});
            }
            continue;
        }
        if (!fix_capped(m, p, link, level))
            fix_link(m, p, link, level);
    }
}

void maxmin_solve(struct maxmin *m, const struct maxmin_flows *flows,
                  const double *capacity_Bps, double *rate_Bps)
{
    struct problem p = {flows, capacity_Bps};
    bound_flows(m, &p);
    size_t n = list_routes(m, &p);
    if (m->contended) {
        list_crossings(m, flows->count, n);
        fill_buckets(m);
        for (; m->now < BUCKETS; m->now++) {
            open_bucket(m);
            fill(m, &p);
        }
    }
    for (size_t f = 0; f < flows->count; f++)
        rate_Bps[f] = m->flows[f].rate;
}
