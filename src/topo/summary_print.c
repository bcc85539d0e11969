/* SPDX-License-Identifier: BSD-3-Clause */
/* A summary as text, and the words that it shares with the drawing. */
#include <string.h>

#include "base/units.h"
#include "topo/summary.h"
#include "topo/summary_words.h"

const char *words_count(double count, char *text, size_t capacity)
{
    char plain[32];
    int digits = snprintf(plain, sizeof plain, "%.0f", count);
    size_t used = 0;
    for (int i = 0; i < digits && used + 2 < capacity; i++) {
        if (i > 0 && (digits - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = plain[i];
    }
    text[used] = '\0';
    return text;
}

/* Four digits and the unit that suits; figures of the file are printed exactly
 * elsewhere, this one is for sums. */
const char *words_rate(double Bps, char *text, size_t capacity)
{
    static const char *const units[] = {"b/s",  "kb/s", "Mb/s",
                                        "Gb/s", "Tb/s", "Pb/s"};
    double bits = 8 * Bps;
    size_t unit = 0;
    while (bits >= 9999.5 && unit + 1 < sizeof units / sizeof *units) {
        bits /= 1000;
        unit++;
    }
    while (bits >= 1000 && unit < 3) {
        bits /= 1000;
        unit++;
    }
    snprintf(text, capacity, "%.4g%s", bits, units[unit]);
    return text;
}

const char *words_taper(const struct summary_tier *tier, char *text,
                        size_t capacity)
{
    text[0] = '\0';
    if (tier->down_up > 0)
        snprintf(text, capacity, "%.3g:1", tier->down_up);
    return text;
}

const char *words_fabric(const struct cluster *c)
{
    static const char *const names[] = {
        [FABRIC_NONE] = "a single node",
        [FABRIC_CLOS] = "Clos",
        [FABRIC_MESH] = "mesh",
        [FABRIC_DRAGONFLY] = "dragonfly",
        [FABRIC_GRAPH] = "explicit links",
    };
    return c->fabric == FABRIC_MESH && figure_or(c->mesh.wrap, 0) != 0
               ? "torus"
               : names[c->fabric];
}

const char *words_routing(const struct cluster *c)
{
    static const char *const names[] = {
        [ROUTING_ECMP] = "ecmp",
        [ROUTING_SPRAY] = "spray",
        [ROUTING_STATIC] = "static",
    };
    return names[c->routing];
}

double words_per_gpu(const struct topology *t, int level)
{
    int gpus = topology_gpus(t), group = topology_level_group(t, level, 0);
    int members = 0;
    for (int gpu = 0; gpu < gpus; gpu++)
        members += topology_level_group(t, level, gpu) == group;
    return topology_level_capacity(t, level, group) / members;
}

/* --- text -------------------------------------------------------------------
 */

static void print_node(const struct summary *s, FILE *out)
{
    const struct node_spec *n = &topology_cluster(s->topology)->node;
    char rate[64], text[64];
    fprintf(out, "  node          %.0f GPUs", n->gpus.value);
    if (n->scaleup_rate.origin != ORIGIN_ABSENT)
        fprintf(out, ", scale-up %s a GPU each way%s",
                units_print_rate(n->scaleup_rate.value, rate, sizeof rate),
                figure_or(n->scaleup_reduces, 0) != 0 ? ", sums in its switch"
                                                      : "");
    if (n->nic_rate.origin != ORIGIN_ABSENT)
        fprintf(out, "; %.0f NICs of %s: %s into the network a GPU",
                n->nics.value,
                units_print_bits(n->nic_rate.value, rate, sizeof rate),
                words_rate(s->injection_Bps, text, sizeof text));
    fprintf(out, "\n");
}

static void print_tiers(const struct summary *s, FILE *out)
{
    char a[32], b[32], c[32], rate[64], taper[32], metres[32];
    if (s->tiers)
        fprintf(out, "  %-14s %8s %9s %6s  %11s %10s %7s %6s\n", "tier",
                "groups", "switches", "ports", "links to it", "rate", "length",
                "taper");
    for (int i = 0; i < s->tiers; i++) {
        const struct summary_tier *t = &s->tier[i];
        char ports[16] = "";
        metres[0] = rate[0] = '\0';
        if (t->ports)
            snprintf(ports, sizeof ports, "%d", t->ports);
        if (t->metres > 0)
            units_print_length(t->metres, metres, sizeof metres);
        if (t->rate_Bps > 0)
            words_rate(t->rate_Bps, rate, sizeof rate);
        fprintf(out, "  %-14s %8s %9s %6s  %11s %10s %7s %6s\n", t->name,
                words_count((double)t->groups, a, sizeof a),
                t->switches ? words_count((double)t->switches, b, sizeof b)
                            : "",
                ports, words_count((double)t->cables, c, sizeof c), rate,
                metres, words_taper(t, taper, sizeof taper));
    }
    if (s->tiers)
        fprintf(out, "  in all         %8s %9s %6s  %11s, %s of them optical\n",
                "", words_count((double)s->switches, a, sizeof a), "",
                words_count((double)s->cables, b, sizeof b),
                words_count((double)s->optical, c, sizeof c));
}

static void print_levels(const struct summary *s, FILE *out)
{
    const struct topology *t = s->topology;
    char a[32], rate[32], each[32];
    fprintf(out, "  %-14s %8s  %s\n", "cut", "groups",
            "out of a group (the first), a GPU of it");
    for (int i = 0; i < topology_levels(t); i++)
        fprintf(out, "  %-14s %8s  %s, %s\n", topology_level_name(t, i),
                words_count(topology_level_groups(t, i), a, sizeof a),
                words_rate(topology_level_capacity(t, i, 0), rate, sizeof rate),
                words_rate(words_per_gpu(t, i), each, sizeof each));
    if (s->bisection_level >= 0)
        fprintf(out,
                "  bisection     at most %s each way, between halves of whole "
                "groups of level '%s'\n",
                words_rate(s->bisection_Bps, rate, sizeof rate),
                topology_level_name(t, s->bisection_level));
}

static void print_distances(const struct summary *s, FILE *out)
{
    char best[32], worst[32];
    if (s->longest == 0)
        return;
    fprintf(out, "  routes        %d to %d links, latency %s to %s (%s)\n",
            s->shortest, s->longest,
            units_print_time(s->best_s, best, sizeof best),
            units_print_time(s->worst_s, worst, sizeof worst),
            s->sources == topology_gpus(s->topology)
                ? "all pairs of GPUs"
                : "from 16 GPUs to all others");
}

void summary_print(const struct summary *s, FILE *out)
{
    const struct topology *t = s->topology;
    const struct cluster *c = topology_cluster(t);
    char gpus[32], nodes[32];
    fprintf(out, "%s: %s\n", c->name, c->title ? c->title : c->name);
    fprintf(out, "  cluster       %s GPUs on %s node%s, %s, %s routing\n",
            words_count(topology_gpus(t), gpus, sizeof gpus),
            words_count(topology_nodes(t), nodes, sizeof nodes),
            topology_nodes(t) == 1 ? "" : "s", words_fabric(c),
            words_routing(c));
    if (c->job.gpus.origin != ORIGIN_ABSENT)
        fprintf(out, "  job           %.0f GPUs from node %.0f on\n",
                c->job.gpus.value, figure_or(c->job.first, 0));
    print_node(s, out);
    print_tiers(s, out);
    print_levels(s, out);
    print_distances(s, out);
    fprintf(out, "  figures       %d given, %d derived, %d assumed\n", s->given,
            s->derived, s->assumed);
}
