/* SPDX-License-Identifier: BSD-3-Clause */
#include "coll/rooted.h"

int rooted_place(const struct collective *c, int rank)
{
    return wrap(rank - c->root, c->ranks);
}

int rooted_rank(const struct collective *c, int place)
{
    return wrap(c->root + place, c->ranks);
}

struct edge rooted_edge(const struct collective *c, int rank, int width)
{
    int place = rooted_place(c, rank), low = place % (2 * width);

    if (low == width)
        return (struct edge){rooted_rank(c, place - width), true};
    if (low == 0 && place + width < c->ranks)
        return (struct edge){rooted_rank(c, place + width), false};
    return (struct edge){-1, false};
}

int rooted_below(const struct collective *c, int place)
{
    int bit = place & -place, left = c->ranks - place;

    return place == 0 || left < bit ? left : bit;
}

int rooted_below_most(const struct collective *c)
{
    int half = 1 << (log2_ceil(c->ranks) - 1);
    int last = c->ranks - half, before = half / 2;

    return last > before ? last : before;
}

void rooted_runs(const struct collective *c, int place, int count,
                 struct rooted_run out[2])
{
    int rank = rooted_rank(c, place), before = c->ranks - rank;
    int first = count < before ? count : before;

    out[0] = (struct rooted_run){place, first, rank};
    out[1] = (struct rooted_run){place + first, count - first, 0};
}
