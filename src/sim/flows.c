/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/flows.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "sim/heap.h"
#include "sim/share.h"

struct body {
    double bytes; /* left at `since_s` */
    double since_s;
    double rate_Bps; /* since then */
    bool running;
};

struct flows {
    struct share *share;
    struct body *body; /* by id */
    size_t bodies, left;
    struct heap events; /* of flows: when each starts, or would end at its rate;
                           none for those that stand still */
    double now_s, until_s; /* events up to until_s belong to now */
    double tolerance;
    bool stale; /* flows have come or gone since rates were solved */

    struct heap_entry *ended; /* to be given out */
    size_t ended_count, ended_room, given;
};

struct flows *flows_open(const double *capacity_Bps, size_t links)
{
    struct flows *f = xcalloc(1, sizeof *f);
    f->share = share_open(capacity_Bps, links);
    f->now_s = f->until_s = -INFINITY;
    return f;
}

void flows_close(struct flows *f)
{
    share_close(f->share);
    heap_free(&f->events);
    free(f->body);
    free(f->ended);
    free(f);
}

void flows_tolerate(struct flows *f, double share)
{
    f->tolerance = share;
}

size_t flows_left(const struct flows *f)
{
    return f->left;
}

size_t flows_add(struct flows *f, double at_s, double bytes,
                 const uint32_t *links, size_t count)
{
    uint32_t id = share_add(f->share, links, count);
    if (id >= f->bodies) {
        f->bodies = id + id / 2 + 64;
        f->body = xrealloc(f->body, f->bodies * sizeof *f->body);
        heap_reserve(&f->events, f->bodies);
    }
    f->body[id] = (struct body){.bytes = bytes};
    f->left++;
    heap_set(&f->events, id, at_s > f->now_s ? at_s : f->now_s);
    return id;
}

static void end_flow(struct flows *f, struct heap_entry event)
{
    if (f->ended_count == f->ended_room) {
        f->ended_room = 2 * f->ended_room + 64;
        f->ended = xrealloc(f->ended, f->ended_room * sizeof *f->ended);
    }
    f->ended[f->ended_count++] = event;
}

/* One flow starts or ends. */
static void take_event(struct flows *f)
{
    struct heap_entry event = f->events.entry[0];
    struct body *body = &f->body[event.id];
    heap_remove(&f->events, event.id);
    f->now_s = event.key;
    if (body->running) {
        share_stop(f->share, event.id);
        f->stale = true;
        end_flow(f, event);
    } else if (!(body->bytes > 0)) {
        end_flow(f, event);
    } else {
        share_start(f->share, event.id);
        f->stale = true;
        body->running = true;
    }
}

/* New rates from now on, and new ends of those flows whose rate is another. */
static void solve(struct flows *f)
{
    size_t changed;
    const uint32_t *flow = share_update(f->share, &changed);
    for (size_t i = 0; i < changed; i++) {
        struct body *body = &f->body[flow[i]];
        if (body->rate_Bps > 0)
            body->bytes -= body->rate_Bps * (f->now_s - body->since_s);
        if (body->bytes < 0)
            body->bytes = 0; /* it was about to end */
        body->since_s = f->now_s;
        body->rate_Bps = share_rate(f->share, flow[i]);
        if (body->rate_Bps > 0)
            heap_set(&f->events, flow[i],
                     f->now_s + body->bytes / body->rate_Bps);
        else
            heap_remove(&f->events, flow[i]);
    }
    f->stale = false;
}

bool flows_next(struct flows *f, double *time_s, size_t *flow)
{
    while (f->given == f->ended_count) {
        f->given = f->ended_count = 0;
        bool due = f->events.count && f->events.entry[0].key <= f->until_s;
        if (f->stale && !due) {
            solve(f);
        } else if (!f->events.count) {
            return false;
        } else {
            if (!due)
                f->until_s = f->events.entry[0].key +
                             f->tolerance * fabs(f->events.entry[0].key);
            while (f->events.count && f->events.entry[0].key <= f->until_s)
                take_event(f);
        }
    }
    struct heap_entry ended = f->ended[f->given++];
    share_drop(f->share, ended.id);
    f->left--;
    *time_s = ended.key;
    *flow = ended.id;
    return true;
}
