/* SPDX-License-Identifier: BSD-3-Clause */
/* Classes of an explicit graph's links: those between the same two layers (of
 * nodes, of switches with nodes, of switches next to such ones, ...) of one
 * rate and latency. Each direction is a class of its own; between switches of
 * one layer both are the same. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/units.h"
#include "topo/graph.h"

struct kind {
    int from, to; /* layers */
    double rate_Bps, latency_s;
    uint32_t count;
    size_t cables;
};

enum { KINDS_MOST = CLASSES_MOST - 4 }; /* less scale-up's and the NICs' */

struct kinds {
    int count;
    struct kind kind[KINDS_MOST];
};

/* Counts a link; *index is its number among its kind. The kind, or -1 when
 * there are too many. */
static int take(struct kinds *kinds, struct kind like, int cables,
                uint32_t *index)
{
    int i = 0;
    while (i < kinds->count &&
           !(kinds->kind[i].from == like.from && kinds->kind[i].to == like.to &&
             kinds->kind[i].rate_Bps == like.rate_Bps &&
             kinds->kind[i].latency_s == like.latency_s))
        i++;
    if (i == KINDS_MOST)
        return -1;
    if (i == kinds->count)
        kinds->kind[kinds->count++] = like;
    *index = kinds->kind[i].count++;
    kinds->kind[i].cables += (size_t)cables;
    return i;
}

static void name_layer(int layer, char text[16])
{
    if (layer)
        snprintf(text, 16, "layer %u", (unsigned)layer % 256);
    else
        snprintf(text, 16, "node");
}

static void add_kind(struct topology *t, const struct kind *kind)
{
    char from[16], to[16], rate[16], name[sizeof t->class->name + 8];
    name_layer(kind->from, from);
    name_layer(kind->to, to);
    units_print_bits(kind->rate_Bps, rate, sizeof rate);
    snprintf(name, sizeof name, "%s to %s (%s)", from, to, rate);
    int class = topology_add_class(t, name, kind->count, kind->rate_Bps,
                                   kind->rate_Bps, kind->latency_s);
    t->class[class].cables = kind->cables;
}

static bool take_all(const struct topology *t, struct graph *g,
                     struct kinds *kinds)
{
    size_t ends = (size_t)t->nodes * (size_t)t->nics * (size_t)t->ports;
    for (size_t i = 0; i < ends; i++) {
        struct graph_end *end = &g->end[i];
        if (end->leaf < 0)
            continue;
        struct kind up = {
            .to = 1, .rate_Bps = end->rate_Bps, .latency_s = end->latency_s};
        struct kind down = up;
        down.from = 1;
        down.to = 0;
        end->out = take(kinds, up, 1, &end->index);
        end->in = take(kinds, down, 1, &end->index);
        if (end->out < 0 || end->in < 0)
            return false;
    }
    for (int i = 0; i < g->arcs; i++) {
        struct arc *arc = &g->arc[i];
        struct kind like = {.from = g->layer[arc->from],
                            .to = g->layer[arc->to],
                            .rate_Bps = arc->rate_Bps,
                            .latency_s = arc->latency_s};
        arc->class = take(kinds, like, arc->cables, &arc->index);
        if (arc->class < 0)
            return false;
    }
    return true;
}

bool graph_add_classes(struct topology *t, struct graph *g)
{
    struct kinds *kinds = xcalloc(1, sizeof *kinds);
    bool fits = take_all(t, g, kinds);
    int base = t->classes;
    size_t ends = (size_t)t->nodes * (size_t)t->nics * (size_t)t->ports;
    if (!fits)
        graph_refuse(t, -1, "has links of too many rates and latencies",
                     "at most 60 kinds, by layers, rate and latency");
    for (int i = 0; fits && i < kinds->count; i++)
        add_kind(t, &kinds->kind[i]);
    for (size_t i = 0; fits && i < ends; i++) {
        g->end[i].out += base;
        g->end[i].in += base;
    }
    for (int i = 0; fits && i < g->arcs; i++)
        g->arc[i].class += base;
    /* The ports' own links are no cables: those are the graph's. */
    t->class[t->nic_out].cables = t->class[t->nic_in].cables = 0;
    free(kinds);
    return fits;
}
