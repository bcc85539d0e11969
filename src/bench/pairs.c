/* SPDX-License-Identifier: BSD-3-Clause */
/* The circle method. All ranks but one sit around a circle of `seats` (an odd
 * number); in round r those meet whose seats are equally far from seat r, that
 * is, a + b = 2 r (mod seats), and the rank at seat r meets the one in the
 * middle, or nobody when the number of ranks is odd. */
#include "bench/pairs.h"

static int seats_of(int ranks)
{
    return ranks % 2 ? ranks : ranks - 1;
}

int pairs_rounds(int ranks)
{
    return ranks < 2 ? 0 : seats_of(ranks);
}

int pairs_in_round(int ranks)
{
    return ranks / 2;
}

static void in_order(int x, int y, int *a, int *b)
{
    *a = x < y ? x : y;
    *b = x < y ? y : x;
}

void pairs_meeting(int ranks, int round, int k, int *a, int *b)
{
    int seats = seats_of(ranks), far = k + ranks % 2;
    int left = (round + seats - far) % seats;
    int right = far ? (round + far) % seats : seats; /* seats: the middle */
    in_order(left, right, a, b);
}

int pairs_partner(int ranks, int round, int rank)
{
    int seats = seats_of(ranks);
    if (ranks < 2)
        return -1;
    if (rank == seats)
        return round;
    if (rank == round)
        return ranks % 2 ? -1 : seats;
    return (2 * round + seats - rank) % seats;
}

void pairs_halves(int ranks, int k, int *a, int *b)
{
    *a = k;
    *b = k + ranks / 2;
}
