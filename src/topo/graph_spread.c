/* SPDX-License-Identifier: BSD-3-Clause */
/* Spraying over an explicit graph. Packets spread evenly over all ways of
 * fewest hops, so switches that one flow's packets reach together are one
 * ("whole") switch, and the cables between two whole switches are one arc of
 * their summed rate. That is exact where, of two whole switches, every member
 * has as many equal cables to the other as its fellows have: then equal shares
 * on a whole switch's members stay equal on the next one's. It is checked, and
 * a graph which is not so is refused: a Clos passes, one with a cable missing
 * does not.
 *
 * Switches are joined until nothing changes: for each destination, all that is
 * next after any member of a whole switch becomes one. */
#include <stdlib.h>

#include "base/error.h"
#include "topo/graph.h"

struct whole {
    const struct graph *g;
    int *parent; /* of each switch */
    int *next;   /* of a whole switch, towards the present destination */
    int *size;   /* members, at the root */
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

/* Members must be equally far from everything, and no nodes be on them: their
 * traffic starts and ends at one member. */
static bool members_agree(const struct topology *t, struct whole *w)
{
    const struct graph *g = w->g;
    for (int s = 0; s < g->switches; s++)
        w->size[graph_root(w->parent, s)]++;
    for (int s = 0; s < g->switches; s++) {
        int root = graph_root(w->parent, s);
        bool agree = g->target[s] < 0 || w->size[root] == 1;
        for (int i = 0; i < g->targets && agree; i++)
            agree = row(g, i)[s] == row(g, i)[root];
        if (!agree)
            return graph_refuse(t, s,
                                " is passed by packets of one flow beside "
                                "switches that are not like it",
                                "ecmp or static where not all ways are alike");
    }
    return true;
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
    if (x->whole_to != y->whole_to)
        return x->whole_to < y->whole_to ? -1 : 1;
    return (x->arc->from > y->arc->from) - (x->arc->from < y->arc->from);
}

/* Strands first .. end-1 lie between the same two whole switches: are all
 * alike, and as many at each of `members`? */
static bool is_even(const struct strand *strand, int first, int end,
                    int members)
{
    int each = (end - first) / members;
    if (each * members != end - first)
        return false;
    for (int i = first; i < end; i++) {
        const struct arc *a = strand[i].arc, *b = strand[first].arc;
        if (a->rate_Bps != b->rate_Bps || a->latency_s != b->latency_s ||
            a->from != strand[first + (i - first) / each * each].arc->from)
            return false;
        if (i > first && (i - first) % each == 0 &&
            a->from == strand[i - 1].arc->from)
            return false;
    }
    return true;
}

/* Replaces the arcs by one for each pair of whole switches. */
static bool replace_arcs(const struct topology *t, struct graph *g,
                         const struct whole *w, struct strand *strand)
{
    struct arc *arcs = xcalloc((size_t)g->arcs + 1, sizeof *arcs);
    int *first = xcalloc((size_t)g->switches + 1, sizeof *first);
    int count = 0, begin = 0, uneven = -1;
    while (begin < g->arcs && uneven < 0) {
        int from = strand[begin].whole_from, to = strand[begin].whole_to;
        int end = begin;
        while (end < g->arcs && strand[end].whole_from == from &&
               strand[end].whole_to == to)
            end++;
        if (from != to) { /* inside a whole switch nothing is nearer */
            if (!is_even(strand, begin, end, w->size[from]))
                uneven = from;
            arcs[count] = *strand[begin].arc;
            arcs[count].from = from;
            arcs[count].to = to;
            arcs[count].cables = end - begin;
            arcs[count].rate_Bps *= end - begin;
            count++;
            first[from + 1]++;
        }
        begin = end;
    }
    for (int s = 0; s < g->switches; s++)
        first[s + 1] += first[s];
    free(g->arc);
    free(g->first);
    g->arc = arcs;
    g->first = first;
    g->arcs = count;
    return uneven < 0 ||
           graph_refuse(t, uneven,
                        " and those beside it have unequal cables to the next "
                        "switches",
                        "ecmp or static where not all ways are alike");
}

bool graph_spread(const struct topology *t, struct graph *g)
{
    size_t n = (size_t)g->switches;
    struct whole w = {g, xcalloc(n, sizeof(int)), xcalloc(n, sizeof(int)),
                      xcalloc(n, sizeof(int))};
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
    even = even && replace_arcs(t, g, &w, strand);
    free(strand);
    free(w.parent);
    free(w.next);
    free(w.size);
    return even;
}
