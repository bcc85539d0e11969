/* SPDX-License-Identifier: BSD-3-Clause */
/* Learning one clock for the job, top down a binomial tree of nodes. Relies on
 * the job's out-of-band messages only; must not know what is timed by it. */
#include "bench/clocksync.h"

#include <math.h>

/* Ping-pongs per edge, of which the quickest counts. */
enum { PINGS = 50 };

/* The most that two clocks are taken to drift apart: crystals of servers keep
 * to 50 parts in a million each. */
static const double drift_most = 100e-6;

/* Where this rank stands in the tree. Nodes are counted from the root's. */
struct place {
    int nodes, node; /* node 0 holds rank 0 */
    int leader;      /* rank that learns for this node: its first */
    bool every_rank;
};

/* A parent's answer to a ping. */
struct reply {
    double global_s, error_s;
};

static int node_of(struct job *job, const struct place *place, int rank)
{
    if (place->every_rank)
        return rank;
    return (job_node(job, rank) - job_node(job, 0) + place->nodes) %
           place->nodes;
}

static int leader_of(struct job *job, const struct place *place, int node)
{
    int rank = 0;
    while (rank < job_size(job) - 1 && node_of(job, place, rank) != node)
        rank++;
    return rank;
}

static struct place place_find(struct job *job, bool every_rank)
{
    struct place place = {.every_rank = every_rank};
    place.nodes = every_rank ? job_size(job) : job_nodes(job);
    place.node = node_of(job, &place, job_rank(job));
    place.leader = leader_of(job, &place, place.node);
    return place;
}

/* What the model may be wrong by at this local time. A drift that was learnt is
 * itself within drift_most of the truth's range, hence twice. */
static double error_at(const struct clocksync *sync, double local_s)
{
    return sync->error_s + 2 * drift_most * fabs(local_s - sync->at_s);
}

static void edge_answer(struct job *job, struct clock local, int child,
                        const struct clocksync *sync)
{
    for (int i = 0; i < PINGS; i++) {
        char ping;
        job_recv(job, &ping, 1, child);
        double now_s = local.now_s(local.state);
        struct reply reply = {clocksync_global(sync, now_s),
                              error_at(sync, now_s)};
        job_send(job, &reply, sizeof reply, child);
    }
}

/* The parent's stamp was taken at some moment of the round trip, so taking it
 * for the middle errs by at most half of it (on a clock that may itself be
 * drift_most fast or slow). */
static void edge_ask(struct job *job, struct clock local, int parent,
                     struct clocksync *out)
{
    double shortest_s = HUGE_VAL;
    for (int i = 0; i < PINGS; i++) {
        char ping = 0;
        struct reply reply;
        double sent_s = local.now_s(local.state);
        job_send(job, &ping, 1, parent);
        job_recv(job, &reply, sizeof reply, parent);
        double trip_s = local.now_s(local.state) - sent_s;
        if (trip_s < shortest_s) {
            shortest_s = trip_s;
            out->at_s = sent_s + trip_s / 2;
            out->offset_s = reply.global_s - out->at_s;
            out->error_s = reply.error_s + trip_s / 2 * (1 + drift_most);
        }
    }
    out->drift = 0;
}

/* Drift is the change of the offset over the time between the two looks. With
 * looks too close together errors would pass for drift, so that it is cut to
 * what clocks can do: which never takes it farther from the truth. */
static void line_draw(const struct clocksync *before, struct clocksync *now)
{
    double apart_s = now->at_s - before->at_s;
    if (!(apart_s > 0))
        return;
    double drift = (now->offset_s - before->offset_s) / apart_s;
    now->drift = fmin(fmax(drift, -drift_most), drift_most);
}

/* Leaders: the parent of node v is v without its highest bit, its children
 * v + 2^k for every 2^k > v. A parent knows its own model before it answers. */
static void leader_learn(struct job *job, struct clock local,
                         const struct place *place,
                         const struct clocksync *before, struct clocksync *out)
{
    int above = 1; /* the least power of two above this node's number */
    while (above <= place->node)
        above *= 2;
    if (place->node > 0) {
        int parent = leader_of(job, place, place->node - above / 2);
        edge_ask(job, local, parent, out);
        if (before)
            line_draw(before, out);
    }
    for (; above < place->nodes - place->node; above *= 2)
        edge_answer(job, local, leader_of(job, place, place->node + above),
                    out);
}

static void all_learn(struct job *job, struct clock local, bool every_rank,
                      const struct clocksync *before, struct clocksync *out)
{
    struct place place = place_find(job, every_rank);
    *out = (struct clocksync){.at_s = local.now_s(local.state)};
    if (job_rank(job) != place.leader) {
        job_recv(job, out, sizeof *out, place.leader);
        return;
    }
    leader_learn(job, local, &place, before, out);
    for (int rank = place.leader + 1; rank < job_size(job); rank++)
        if (node_of(job, &place, rank) == place.node)
            job_send(job, out, sizeof *out, rank);
}

void clocksync_learn(struct job *job, struct clock local, bool every_rank,
                     struct clocksync *out)
{
    all_learn(job, local, every_rank, NULL, out);
}

void clocksync_refine(struct job *job, struct clock local, bool every_rank,
                      struct clocksync *sync)
{
    struct clocksync before = *sync;
    all_learn(job, local, every_rank, &before, sync);
}

double clocksync_global(const struct clocksync *sync, double local_s)
{
    return local_s + sync->offset_s + sync->drift * (local_s - sync->at_s);
}
