/* SPDX-License-Identifier: BSD-3-Clause */
/* Spraying over an explicit graph. Packets spread over all ways of fewest hops,
 * so switches that one flow's packets reach together are one ("whole") switch,
 * and the cables between two whole switches are one arc of their summed rate.
 * Switches are joined until nothing changes: for each destination, all that is
 * next after any member of a whole switch becomes one.
 *
 * That is what even spreading gives where the members of a whole switch are
 * alike: equally far from everything, with equal rates to the switches above,
 * beside and below in sum. It is exact where they are alike towards each of
 * their neighbours, and for traffic that is alike on all of these where they
 * are only so in sum (64 uplinks over 49 spines). A graph whose members are not
 * alike is refused: a Clos passes, one with a cable missing does not. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "topo/graph.h"

struct whole {
    const struct graph *g;
    int *parent; /* of each switch */
    int *next;   /* of a whole switch, towards the present destination */
};

static const uint8_t *row(const struct graph *g, int target)
{
    return g->hops + (size_t)target * (size_t)g->switches;
}

/* One round for one destination: did anything change? */
static bool join_next(struct whole *w, const uint8_t *hops)
{
    const struct graph *g = w->g;
    bool changed = false;
    for (int s = 0; s < g->switches; s++)
        w->next[s] = -1;
    for (int i = 0; i < g->arcs; i++) {
        const struct arc *arc = &g->arc[i];
        if (hops[arc->to] >= hops[arc->from])
            continue;
        int from = graph_root(w->parent, arc->from);
        int to = graph_root(w->parent, arc->to);
        int with =
            w->next[from] < 0 ? to : graph_root(w->parent, w->next[from]);
        changed |= with != to;
        w->parent[to] = with;
        w->next[from] = with;
    }
    return changed;
}

/* Rates from each switch to layers below, its own, and above. */
static void add_sums(const struct graph *g, double (*sum)[3])
{
    for (int i = 0; i < g->arcs; i++) {
        const struct arc *arc = &g->arc[i];
        int by = g->layer[arc->to] - g->layer[arc->from];
        sum[arc->from][1 + (by > 0) - (by < 0)] += arc->rate_Bps;
    }
}

/* No nodes may be on members: their traffic starts and ends at one of them. */
static bool is_alike(const struct graph *g, const double (*sum)[3], int s,
                     int root)
{
    bool alike = g->target[s] < 0 && g->target[root] < 0;
    for (int i = 0; i < 3; i++)
        alike &= fabs(sum[s][i] - sum[root][i]) <= 1e-9 * sum[root][i];
    for (int i = 0; i < g->targets && alike; i++)
        alike = row(g, i)[s] == row(g, i)[root];
    return alike;
}

static bool members_agree(const struct topology *t, struct whole *w)
{
    const struct graph *g = w->g;
    double(*sum)[3] = xcalloc((size_t)g->switches, sizeof *sum);
    bool agree = true;
    add_sums(g, sum);
    for (int s = 0; s < g->switches && agree; s++) {
        int root = graph_root(w->parent, s);
        agree = s == root || is_alike(g, (const double(*)[3])sum, s, root);
        if (!agree)
            graph_refuse(t, s,
                         " is passed by packets of one flow beside others that "
                         "it is not like",
                         "routing ecmp or static where ways differ");
    }
    free(sum);
    return agree;
}

struct strand { /* an arc, by the whole switches at its ends */
    int whole_from, whole_to;
    const struct arc *arc;
};

static int by_ends(const void *a, const void *b)
{
    const struct strand *x = a, *y = b;
    if (x->whole_from != y->whole_from)
        return x->whole_from < y->whole_from ? -1 : 1;
    return (x->whole_to > y->whole_to) - (x->whole_to < y->whole_to);
}

/* Replaces the arcs by one for each pair of whole switches. */
static bool replace_arcs(const struct topology *t, struct graph *g,
                         const struct strand *strand)
{
    struct arc *arcs = xcalloc((size_t)g->arcs + 1, sizeof *arcs), *last = arcs;
    int *first = xcalloc((size_t)g->switches + 1, sizeof *first);
    const struct arc *like = NULL;
    int uneven = -1, count = 0;
    for (int i = 0; i < g->arcs; i++) {
        const struct strand *s = &strand[i];
        if (s->whole_from == s->whole_to)
            continue; /* nothing is nearer there */
        if (!count || by_ends(s, &strand[i - 1])) {
            last = &arcs[count++];
            *last = *s->arc;
            last->from = s->whole_from;
            last->to = s->whole_to;
            first[last->from + 1]++;
            like = s->arc;
        } else {
            last->rate_Bps = ++last->cables * like->rate_Bps;
            if (like->rate_Bps != s->arc->rate_Bps ||
                like->latency_s != s->arc->latency_s)
                uneven = s->arc->from;
        }
    }
    for (int s = 0; s < g->switches; s++)
        first[s + 1] += first[s];
    free(g->arc);
    free(g->first);
    g->arc = arcs;
    g->first = first;
    g->arcs = count;
    return uneven < 0 ||
           graph_refuse(t, uneven, " has unequal cables to spread packets over",
                        "routing ecmp or static where ways differ");
}

bool graph_spread(const struct topology *t, struct graph *g)
{
    size_t n = (size_t)g->switches;
    struct whole w = {g, xcalloc(n, sizeof(int)), xcalloc(n, sizeof(int))};
    struct strand *strand = xcalloc((size_t)g->arcs + 1, sizeof *strand);
    for (int s = 0; s < g->switches; s++)
        w.parent[s] = s;
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < g->targets; i++)
            changed |= join_next(&w, row(g, i));
    }
    bool even = members_agree(t, &w);
    for (int i = 0; i < g->arcs && even; i++)
        strand[i] =
            (struct strand){graph_root(w.parent, g->arc[i].from),
                            graph_root(w.parent, g->arc[i].to), &g->arc[i]};
    if (even)
        qsort(strand, (size_t)g->arcs, sizeof *strand, by_ends);
    even = even && replace_arcs(t, g, strand);
    free(strand);
    free(w.parent);
    free(w.next);
    return even;
}
