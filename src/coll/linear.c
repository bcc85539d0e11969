/* SPDX-License-Identifier: BSD-3-Clause */
#include "coll/linear.h"

#include <stdio.h>

int linear_half(const struct collective *c)
{
    const int usual = 32;
    int window = c->tuning.window ? c->tuning.window : usual;

    return window > 1 ? window / 2 : 1;
}

int linear_rounds(const struct collective *c)
{
    int half = linear_half(c), others = c->ranks - 1;

    return others / half + (others % half != 0);
}

struct linear_turn linear_turn(const struct collective *c, int round)
{
    int half = linear_half(c), left = c->ranks - 1 - round * half;
    int first = 1 + round * half;

    return (struct linear_turn){first, first + (left < half ? left : half)};
}

void linear_tuning(const struct collective *c, char *text, size_t capacity)
{
    snprintf(text, capacity, "window=%d", 2 * linear_half(c));
}
