/* SPDX-License-Identifier: BSD-3-Clause */
/* Who measures with whom at the same time. A tournament lets every rank meet
 * every other exactly once in the fewest rounds (circle method: Kirkman, 1847);
 * an odd rank sits out one round each. Pure arithmetic, O(1) per question. */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

/* n - 1 rounds for even n, n for odd n, 0 when there is nobody to meet. */
int pairs_rounds(int ranks);

/* Pairs of any round: floor(n / 2). */
int pairs_in_round(int ranks);

/* Pair `k` of `round`; *a < *b. */
void pairs_meeting(int ranks, int round, int k, int *a, int *b);

/* Whom a rank meets in a round; -1: nobody. */
int pairs_partner(int ranks, int round, int rank);

/* Disjoint pairs at once: k with k + floor(n / 2), for k below floor(n / 2);
 * with odd n the last rank has nobody. */
void pairs_halves(int ranks, int k, int *a, int *b);

#endif
