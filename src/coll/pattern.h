/* SPDX-License-Identifier: BSD-3-Clause */
/* The data that is moved, and what must come out: pure functions of (seed,
 * rank, element, iteration), exact in every datatype and any order of
 * association, O(1) per element for any number of ranks. What is of one element
 * alone is in pattern_element.h, usable from CUDA. Probabilities take the hash
 * for random.
 *
 * SUM. Element i has an answer y, hashed bits that the datatype holds exactly:
 *   int8 uint8 int32 uint32 int64 uint64 float16 bfloat16 float32 float64
 *      7     8    31     32    63     64      11        8      24      53
 * Bit b of y is contributed by role b mod n; of n ranks, rank r plays role
 * p = (r + i stride + shift) mod n and contributes y & mask(p), where mask(p)
 * has the bits b with b mod n == p. Contributions are disjoint bits of y, so
 * every partial sum is a whole number below 2^bits, exact in any order, and the
 * total is y. The shift is hashed from the iteration; the stride has no divisor
 * in common with n, so in any n consecutive elements a rank plays each role
 * once.
 *
 * PROD. The same in the exponent: the answer is 2^e, e of
 *      2     2     4      4     5      5       3        6       6       9 bits.
 * What follows holds for sum and prod, with these `bits`:
 *
 * - A missing or doubled rank changes element i when y & mask(p) is not 0. It
 *   goes unseen in n consecutive elements with probability 2^-bits; with n up
 *   to `bits` ranks, in one element with 2^-floor(bits / n) or less.
 * - With n > bits, a rank contributes to `bits` of n consecutive elements. The
 *   stride spreads them: neighbours are at most 3 n / bits elements apart (for
 *   the n that test_pattern_deal.c tries). It is first seen after some
 *   1.6 n / bits elements on average, where n is large. In m elements, m < n, a
 * rank changes m bits / (2 n) on average over iterations: whatever m is, a
 * fault that stays is seen in time.
 * - One rank in place of another (one missing, the other doubled) is seen where
 *   either alone would be.
 * - An element out of its place, and an old result, are right by accident with
 *   probability 2^-bits.
 * - A sum that a doubled rank makes too large wraps or is rounded, never to y.
 *
 * MIN, MAX. Role 0 alone holds the extreme, all others one and the same value
 * on the other side: a missing rank is seen once, and surely, in n consecutive
 * elements (n > 1); a doubled one never, as it changes nothing.
 *
 * AVG, of floating types: role 0 alone contributes 2^e, with e of 7 .. 14, all
 * others 0, so the sum is 2^e in any order and the answer 2^e / n, rounded (to
 * float, if it has 64 bits to double, and then to the type). It is the same bit
 * by bit whether the sum is divided or, as in NCCL, contributions are
 * multiplied by 1/n rounded alike: a power of two changes no mantissa. (In
 * float16 beyond 16,384 ranks it does: 1/n is subnormal there.) Hence no sum's
 * dense bits here, whose products with 1/n would be rounded in as many ways as
 * there are orders. A missing or doubled rank is seen once, and surely, in n
 * consecutive elements; one in place of another twice; an old result is right
 * by accident with probability 1/8.
 *
 * Elements of one and two bytes share hashed words of four (pattern_element.h):
 * the bits of neighbours are different ones, which is all that is used.
 *
 * Data that is not reduced: every element is `bits` hashed bits of (rank,
 * element, iteration), where `element` counts through all of the rank's INPUT.
 *
 * Elements are compared byte by byte: whatever differs is seen. Who is to blame
 * is inferred from one element at a time: what came is short or over by exactly
 * the contribution of one rank, and of no other. A flipped bit can look the
 * same, in one element; a rank named by several is the one. */
#ifndef COLL_PATTERN_H
#define COLL_PATTERN_H

#include <stdint.h>

#include "coll/collective.h"

struct pattern {
    uint64_t seed;      /* --seed */
    uint64_t iteration; /* sample number */
    int ranks;
};

/* Write what `rank` contributes: INPUT of the collective, all of it; nothing on
 * a rank that has none (collective_has_input). */
void pattern_fill(const struct pattern *, const struct collective *, int rank,
                  void *input);

/* how, of the rank's contribution or data: "missing", "doubled", or "missing or
 * doubled" (half the range of an unsigned type, more or less, is the same);
 * "stale": right for the iteration before; "misplaced": what exactly one other
 * rank sent as this element, or the same rank as this element of another block,
 * in types of 24 bits and more; else "corrupt". */
struct wrong_element {
    size_t element;         /* index into OUTPUT, in elements */
    char got[40], want[40]; /* as text */
    int rank;               /* whose fault, or -1: no one rank's */
    const char *how;
};

struct verdict {
    size_t checked, wrong;
    struct wrong_element first[4]; /* min(wrong, 4) of them */
};

/* Compare OUTPUT of `rank` with what must be there (collective_wanted), every
 * element; ranks that receive nothing check nothing. Adds nothing to *out: sets
 * it. */
void pattern_verify(const struct pattern *, const struct collective *, int rank,
                    const void *output, struct verdict *out);

/* What pattern_verify says of one element of OUTPUT that is wrong, and holds
 * `got`: for verifiers of memory that this one cannot read. */
void pattern_explain(const struct pattern *, const struct collective *,
                     int rank, size_t element, const void *got,
                     struct wrong_element *out);

/* Spoil a rank's contribution for --inject corrupt, in `input` already filled,
 * of a rank that has one:
 * the contribution to `element` is dropped or, where it makes no difference,
 * altered (min and max: to the extreme of all answers; avg: to 2^14; data that
 * is not reduced: by one bit). element SIZE_MAX, or beyond the end: the first
 * one where it makes a difference, else 0. Returns the element spoilt. */
size_t pattern_spoil(const struct collective *, void *input, size_t element);

#endif
