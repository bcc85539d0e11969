/* SPDX-License-Identifier: BSD-3-Clause */
/* One prediction: simulated once a seed, the row's samples. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "bench/held.h"
#include "bench/predict.h"
#include "bench/stats.h"
#include "sim/simulate.h"

static void text_into(char *to, size_t capacity, const char *text)
{
    snprintf(to, capacity, "%s", text ? text : "");
}

/* --- what the row says of the case
 * -------------------------------------------- */

static void identify(const struct prediction *p, struct record *r)
{
    const struct collective *c = &p->c;
    record_clear(r);
    text_into(r->source, sizeof r->source, "simulated");
    text_into(r->benchmark, sizeof r->benchmark, collective_name(c->kind));
    schedule_name(p->algorithm, c, r->algorithm, sizeof r->algorithm);
    text_into(r->datatype, sizeof r->datatype, datatype_name(c->type));
    if (collective_reduces(c->kind))
        text_into(r->op, sizeof r->op, op_name(c->op));
    if (collective_facts(c->kind)->rooted)
        r->root = c->root;
    text_into(r->in_place, sizeof r->in_place, c->in_place ? "yes" : "no");
    text_into(r->topology, sizeof r->topology,
              topology_cluster(p->topology)->name);
    text_into(r->constants, sizeof r->constants, p->models->value.name);
    text_into(r->placement, sizeof r->placement,
              place_names[p->options->placement]);
    if (p->options->split_text)
        snprintf(r->group, sizeof r->group, "all %d of %s", p->groups,
                 p->options->split.name[p->options->split.axis]);
    else
        text_into(r->group, sizeof r->group, "0 of 1");
    text_into(r->mode, sizeof r->mode, "isolated");
    held_assumed(p->topology, r->assumed, sizeof r->assumed);
    r->seed = (double)p->options->seed;
    r->ranks = c->ranks;
    r->nodes = c->shape.nodes;
    if (shape_uniform(c))
        r->ranks_per_node = shape_uniform(c);
    r->size_B = (double)collective_size_B(c);
}

/* --- what it found
 * ------------------------------------------------------------- */

static void explain_phases(FILE *out, const struct prediction *p,
                           const struct simulation *s)
{
    char time[32], round[32], wire[32], late[32];
    for (int i = 0; i < s->phases; i++) {
        const struct phase_time *e = &s->phase[i];
        const struct link_class *class =
            topology_class_of(p->topology, e->largest.worst_link);
        bool by_latency = e->latency_s > e->seconds / 2;
        fprintf(
            out,
            "# %-28s %8ld rounds %9s %5.1f %%: a round %s, links %s "
            "(%s), latency %s: set by %s\n",
            e->name, e->rounds, units_print_time(e->seconds, time, sizeof time),
            100 * e->seconds / s->time_s,
            units_print_time(e->largest.total_s, round, sizeof round),
            units_print_time(e->largest.transfer_s, wire, sizeof wire),
            class ? class->name : "none",
            units_print_time(e->largest.latency_s, late, sizeof late),
            by_latency                                   ? "latency"
            : e->largest.local_s > e->largest.transfer_s ? "the GPU's own work"
            : class                                      ? class->name
                                                         : "nothing");
    }
}

static void fill_times(struct record *r, const double *times_us, size_t n)
{
    struct stats stats;
    double *scratch = xcalloc(n, sizeof *scratch);
    stats_of(times_us, n, scratch, &stats);
    free(scratch);
    r->samples = (double)n;
    r->time_min_us = stats.min;
    r->time_p50_us = stats.p50;
    r->time_p50_lo_us = stats.p50_lo;
    r->time_p50_hi_us = stats.p50_hi;
    r->time_mean_us = stats.mean;
    r->time_p95_us = stats.p95;
    r->time_p99_us = stats.p99;
    r->time_max_us = stats.max;
}

static void fill_rates(const struct prediction *p, const int *gpu_of,
                       double wire_B, struct record *r)
{
    const struct collective *c = &p->c;
    double factor = collective_bus_factor(c);
    if (!(r->time_p50_us > 0))
        return;
    r->algbw_GBps = r->size_B / r->time_p50_us / 1e3;
    if (factor > 0)
        r->busbw_GBps = r->algbw_GBps * factor;
    r->wire_GBps = wire_B / r->time_p50_us / 1e3;
    held_bound(p->topology, c, gpu_of, p->groups, r);
}

/* GPUs of all ranks of all groups; false when there are not as many. */
static bool place_groups(const struct prediction *p, uint64_t seed, int *gpu_of)
{
    const struct predict_options *o = p->options;
    int ranks = p->c.ranks, all = ranks * p->groups;
    if (!o->split_text)
        return place_ranks(p->topology, o->placement, seed, all, gpu_of);
    int *placed = xcalloc((size_t)all, sizeof *placed);
    bool fits = place_ranks(p->topology, o->placement, seed, all, placed);
    for (int g = 0; fits && g < p->groups; g++)
        for (int m = 0; m < ranks; m++)
            gpu_of[g * ranks + m] = placed[split_rank(&o->split, g, m)];
    free(placed);
    return fits;
}

static struct simulate_options sampling(const struct predict_options *o,
                                        uint64_t seed)
{
    enum { ROUNDS = 128, MESSAGES = 2500000 };
    if (o->sampled == SAMPLED_ITSELF)
        return (struct simulate_options){ROUNDS, MESSAGES, seed};
    return (struct simulate_options){(int)o->sampled, 0, seed};
}

void predict_case(const struct prediction *p, struct record *r, FILE *explain)
{
    const struct predict_options *o = p->options;
    identify(p, r);
    const char *reason = collective_inapplicable(&p->c);
    reason = reason ? reason : p->algorithm->inapplicable(&p->c);
    if (p->algorithm->in_switch && !topology_scaleup_reduces(p->topology))
        reason = "the scale-up switch of this cluster does not reduce";
    int *gpu_of =
        xcalloc((size_t)p->c.ranks * (size_t)p->groups, sizeof *gpu_of);
    if (!reason && !place_groups(p, o->seed, gpu_of))
        reason = "more ranks than GPUs to place them on";
    if (reason) {
        text_into(r->status, sizeof r->status, "skip");
        text_into(r->reason, sizeof r->reason, reason);
        free(gpu_of);
        return;
    }
    double *times_us = xcalloc(o->seeds, sizeof *times_us), wire_B = 0;
    const double ops = collective_ops_per_run(&p->c);
    for (size_t i = 0; i < o->seeds; i++) {
        struct simulation s;
        struct simulate_options how = sampling(o, o->seed + i);
        struct model model = model_draw(p->models, o->seed, i);
        place_groups(p, o->seed + i, gpu_of);
        struct pricer *pricer = pricer_open(p->topology, &model, gpu_of,
                                            p->c.ranks, p->groups, o->seed + i);
        simulate(pricer, &model, p->algorithm, &p->c, &how, &s);
        pricer_close(pricer);
        times_us[i] = s.time_s / ops * 1e6;
        wire_B = fmax(wire_B, s.wire_B / ops);
        if (i == 0 && explain)
            explain_phases(explain, p, &s);
        r->time_floor_us =
            fmin(i ? r->time_floor_us : INFINITY, s.floor_s / ops * 1e6);
        if (s.sampling_error > 0)
            r->sampling_error = i ? fmax(r->sampling_error, s.sampling_error)
                                  : s.sampling_error;
    }
    fill_times(r, times_us, o->seeds);
    fill_rates(p, gpu_of, wire_B, r);
    text_into(r->status, sizeof r->status, "ok");
    free(times_us);
    free(gpu_of);
}
