/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/price.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"
#include "sim/flows.h"

struct message {  /* one connection of it */
    int from, to; /* ranks */
    double bytes, latency_s;
    size_t first; /* in routes */
};

struct pricer {
    const struct topology *topology;
    const struct model *model;
    const int *gpu_of;
    int *node_of; /* of a rank of any group */
    int ranks, groups, connections;
    double switch_s; /* to a node's switch and on */
    double jitter_s; /* until the last of all ranks is there */
    uint64_t seed;
    double *rate;         /* by link: what the protocol reaches of its usable */
    double *load, *total; /* bytes by link: this round, all rounds */
    double *seconds;      /* by link: load / rate */
    uint32_t *touched;    /* links with load in this round */
    size_t touched_n;
    double *sent_B; /* by rank, to other nodes or other ranks */
    bool one_node;
    struct message *messages;
    size_t messages_n, messages_capacity;
    uint32_t *routes;
    size_t routes_n, routes_capacity;
    struct step *steps;
    size_t steps_capacity;
};

/* fmax is a call, for the sake of NaN. */
static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* What the model's protocol reaches of each link. */
static void fill_rates(struct pricer *p)
{
    const struct link_class *class;
    const double *usable = topology_capacities(p->topology);
    int classes = topology_classes(p->topology, &class);
    uint32_t out = UINT32_MAX, in = UINT32_MAX;
    if (topology_scaleup(p->topology, 0, &out, &in))
        p->switch_s = p->model->scaleup_s +
                      topology_class_of(p->topology, out)->latency_s +
                      topology_class_of(p->topology, in)->latency_s;
    for (int i = 0; i < classes; i++) {
        bool scaleup = out - class[i].first < class[i].count ||
                       in - class[i].first < class[i].count;
        double share = scaleup ? 1 : p->model->network_share;
        for (size_t k = 0; k < class[i].count; k++)
            p->rate[class[i].first + k] = usable[class[i].first + k] * share;
    }
}

struct pricer *pricer_open(const struct topology *topology,
                           const struct model *model, const int *gpu_of,
                           int ranks, int groups, uint64_t seed)
{
    int all = ranks * groups;
    struct pricer *p = xcalloc(1, sizeof *p);
    size_t links = topology_links(topology);
    *p = (struct pricer){.topology = topology,
                         .model = model,
                         .gpu_of = gpu_of,
                         .ranks = ranks,
                         .groups = groups,
                         .connections = topology_flows(topology),
                         .seed = seed,
                         .one_node = true};
    p->rate = xcalloc(links + 1, sizeof *p->rate);
    fill_rates(p);
    p->load = xcalloc(links + 1, sizeof *p->load);
    p->total = xcalloc(links + 1, sizeof *p->total);
    p->seconds = xcalloc(links + 1, sizeof *p->seconds);
    p->touched = xcalloc(links + 1, sizeof *p->touched);
    p->sent_B = xcalloc((size_t)all, sizeof *p->sent_B);
    int per_node = topology_gpus_per_node(topology);
    /* H(n) to 1e-4 from n = 2 on: ln n + gamma + 1/2n. */
    p->jitter_s =
        all < 2 ? 0 : model->jitter_s * (log(all) + 0.5772157 + 0.5 / all);
    p->node_of = xcalloc((size_t)all, sizeof *p->node_of);
    for (int i = 0; i < all; i++) {
        p->node_of[i] = gpu_of[i] / per_node;
        p->one_node &= p->node_of[i] == p->node_of[0];
    }
    return p;
}

void pricer_close(struct pricer *p)
{
    if (!p)
        return;
    free(p->rate);
    free(p->load);
    free(p->total);
    free(p->seconds);
    free(p->node_of);
    free(p->touched);
    free(p->sent_B);
    free(p->messages);
    free(p->routes);
    free(p->steps);
    free(p);
}

/* --- gathering the messages of a round
 * ---------------------------------------- */

static void reserve(struct pricer *p, size_t messages, size_t routes)
{
    if (p->messages_n + messages > p->messages_capacity) {
        p->messages_capacity = (p->messages_n + messages) * 3 / 2 + 1024;
        p->messages =
            xrealloc(p->messages, p->messages_capacity * sizeof *p->messages);
    }
    if (p->routes_n + routes > p->routes_capacity) {
        p->routes_capacity = (p->routes_n + routes) * 3 / 2 + 8192;
        p->routes = xrealloc(p->routes, p->routes_capacity * sizeof *p->routes);
    }
}

static void add_load(struct pricer *p, uint32_t link, double bytes)
{
    if (p->load[link] == 0)
        p->touched[p->touched_n++] = link;
    p->load[link] += bytes;
}

static void add_message(struct pricer *p, int from, int to, double bytes)
{
    int a = p->gpu_of[from], b = p->gpu_of[to];
    bool local = p->node_of[from] == p->node_of[to];
    int connections = local ? 1 : p->connections;
    double overhead = local ? p->model->scaleup_s : p->model->network_s;
    struct route route;
    for (int i = 0; i < connections; i++) {
        uint64_t pair = ((uint64_t)(unsigned)a << 32 | (unsigned)b) ^
                        (uint64_t)i * 0xd1342543de82ef95u;
        topology_route(p->topology, a, b, random_mix(pair ^ p->seed), &route);
        reserve(p, 1, (size_t)route.links);
        p->messages[p->messages_n++] =
            (struct message){from, to, bytes / connections,
                             overhead + route.latency_s, p->routes_n};
        for (int k = 0; k < route.links; k++) {
            p->routes[p->routes_n++] = route.link[k];
            add_load(p, route.link[k], bytes / connections);
        }
    }
}

/* Half of what a node's switch does: bytes from a GPU to it, or from it to a
 * GPU. Both halves run at once and pay the whole way's latency. */
static void add_switch(struct pricer *p, int rank, bool outwards, double bytes)
{
    uint32_t out, in;
    if (bytes <= 0 ||
        !topology_scaleup(p->topology, p->gpu_of[rank], &out, &in))
        return;
    reserve(p, 1, 1);
    p->messages[p->messages_n++] =
        (struct message){rank, rank, bytes, p->switch_s, p->routes_n};
    p->routes[p->routes_n++] = outwards ? out : in;
    add_load(p, outwards ? out : in, bytes / p->model->switch_share);
}

/* A rank's part of a round: its messages, and how long its own work takes. */
static double add_rank(struct pricer *p, const struct algorithm *algorithm,
                       const struct collective *c, int group, int rank,
                       int round, struct price *out)
{
    int base = group * p->ranks;
    size_t n = algorithm->round(c, rank, round, p->steps, p->steps_capacity);
    if (n > p->steps_capacity) {
        p->steps_capacity = n * 2;
        p->steps = xrealloc(p->steps, p->steps_capacity * sizeof *p->steps);
        algorithm->round(c, rank, round, p->steps, p->steps_capacity);
    }
    double local = 0;
    int sends = 0;
    for (size_t i = 0; i < n; i++) {
        const struct step *s = &p->steps[i];
        double bytes = (double)span_B(&s->from);
        switch (s->kind) {
        case STEP_SEND:
            add_message(p, base + rank, base + s->peer, bytes);
            out->bytes += bytes;
            sends++;
            break;
        case STEP_RECV_REDUCE:
            local += (double)span_B(&s->to) / p->model->reduce_Bps;
            break;
        case STEP_REDUCE:
            local += bytes / p->model->reduce_Bps;
            break;
        case STEP_SWITCH_REDUCE:
        case STEP_SWITCH_MULTICAST:
            add_switch(p, base + rank, true, bytes);
            add_switch(p, base + rank, false, (double)span_B(&s->to));
            break;
        case STEP_COPY:
            local += bytes / p->model->copy_Bps;
            break;
        default:
            break;
        }
    }
    if (sends > out->busiest_rank_messages)
        out->busiest_rank_messages = sends;
    return local;
}

static void gather(struct pricer *p, const struct algorithm *algorithm,
                   const struct collective *c, int round, struct price *out)
{
    p->messages_n = p->routes_n = 0;
    for (int group = 0; group < p->groups; group++)
        for (int rank = 0; rank < p->ranks; rank++) {
            double local = add_rank(p, algorithm, c, group, rank, round, out);
            out->local_s = larger(out->local_s, local);
        }
    reserve(p, 1, 0);
    p->messages[p->messages_n].first = p->routes_n; /* the end of the last */
    out->messages = p->messages_n;
}

/* --- time
 * ----------------------------------------------------------------------- */

static bool equal_lengths(const struct pricer *p, const struct collective *c)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < p->messages_n; i++) {
        if (p->messages[i].bytes < least)
            least = p->messages[i].bytes;
        most = larger(most, p->messages[i].bytes);
    }
    /* One element's rounding in each block that a message may carry. */
    return most - least <=
           fmax(4.0 * (double)datatype_size(c->type), 1e-3 * most);
}

/* By counting: the most loaded link of each message's own route. */
static double count_times(struct pricer *p, struct price *out)
{
    double last = 0;
    for (size_t i = 0; i < p->touched_n; i++) {
        uint32_t link = p->touched[i];
        p->seconds[link] = p->load[link] / p->rate[link];
        if (p->seconds[link] > out->transfer_s) {
            out->transfer_s = p->seconds[link];
            out->worst_link = link;
        }
    }
    for (size_t i = 0; i < p->messages_n; i++) {
        const struct message *m = &p->messages[i];
        double slowest = 0;
        for (size_t k = m->first; k < m[1].first; k++)
            slowest = larger(slowest, p->seconds[p->routes[k]]);
        out->latency_s = larger(out->latency_s, m->latency_s);
        last = larger(last, m->latency_s + slowest);
    }
    return last;
}

/* Event by event, for messages of unequal length. */
static double solve_times(struct pricer *p)
{
    double last = 0;
    size_t flow;
    struct flows *flows = flows_open(p->rate, topology_links(p->topology));
    flows_tolerate(flows, 1e-6);
    for (size_t i = 0; i < p->messages_n; i++) {
        const struct message *m = &p->messages[i];
        flows_add(flows, m->latency_s, m->bytes, p->routes + m->first,
                  m[1].first - m->first);
    }
    while (flows_next(flows, &last, &flow))
        ;
    flows_close(flows);
    return last;
}

static void keep_totals(struct pricer *p, double times)
{
    for (size_t i = 0; i < p->touched_n; i++) {
        uint32_t link = p->touched[i];
        p->total[link] += p->load[link] * times;
        p->load[link] = 0;
    }
    p->touched_n = 0;
    for (size_t i = 0; i < p->messages_n; i++) {
        const struct message *m = &p->messages[i];
        if (p->one_node || p->node_of[m->from] != p->node_of[m->to])
            p->sent_B[m->from] += m->bytes * times;
    }
}

void pricer_round(struct pricer *p, const struct algorithm *algorithm,
                  const struct collective *c, int round, double times,
                  enum price_unequal unequal, struct price *out)
{
    *out = (struct price){.worst_link = UINT32_MAX, .counted = true};
    gather(p, algorithm, c, round, out);
    double wire = count_times(p, out);
    out->counted = equal_lengths(p, c);
    if (!out->counted && unequal == PRICE_SOLVED &&
        p->messages_n <= SOLVED_MOST)
        wire = solve_times(p);
    if (p->messages_n > 0)
        wire += p->jitter_s;
    double tail =
        fmin(out->local_s, p->model->segment_B / p->model->reduce_Bps);
    out->total_s = fmax(wire, out->local_s) + (wire > 0 ? tail : 0);
    keep_totals(p, times);
}

double pricer_floor_s(const struct pricer *p)
{
    double worst = 0;
    for (size_t i = 0; i < topology_links(p->topology); i++)
        worst = fmax(worst, p->total[i] / p->rate[i]);
    return worst;
}

void pricer_forget(struct pricer *p)
{
    for (size_t i = 0; i < topology_links(p->topology); i++)
        p->total[i] = 0;
    for (int i = 0; i < p->ranks * p->groups; i++)
        p->sent_B[i] = 0;
}

double pricer_wire_B(const struct pricer *p)
{
    double most = 0;
    for (int i = 0; i < p->ranks * p->groups; i++)
        most = fmax(most, p->sent_B[i]);
    return most;
}
