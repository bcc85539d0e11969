/* SPDX-License-Identifier: BSD-3-Clause */
/* The data that is moved, and what must come out: pure functions of (seed, rank,
 * element, iteration), exact in every datatype and any order of association,
 * O(1) per element for any number of ranks. Usable from CUDA.
 *
 * SUM. Element i has an answer y, `bits` hashed bits that the datatype holds
 * exactly (24 for float32, 8 for bfloat16). Bit b of y is contributed by role
 * b mod n; rank r plays role p = (r + i + shift) mod n, and contributes
 * y & mask(p), where mask(p) has the bits b with b mod n == p. The contributions
 * of all ranks are disjoint bits of y, so every partial sum is a whole number
 * below 2^bits, exact in any order, and the total is y. When rank r is missing
 * the result is short by y & mask(p), when doubled it is over by as much; which
 * names p and so r. With n > bits most contributions of an element are 0, but
 * the roles rotate with i: a missing rank is seen within about 2n/bits elements
 * on average, and certainly differs in any n consecutive elements but for
 * probability 2^-bits.
 *
 * PROD. The same in the exponent: the answer is 2^e with e of `prod_bits` bits.
 * MIN, MAX. Role 0 alone holds the extreme; all others hold values strictly on
 * the other side of it: a missing rank is seen once in n elements, a doubled
 * one never (min and max are idempotent).
 *
 * Gathered and p2p data: every element is a hash of (rank, element, iteration).
 */
#ifndef COLL_PATTERN_H
#define COLL_PATTERN_H

#include <stdint.h>

#include "coll/collective.h"

struct pattern {
    uint64_t seed;      /* --seed, mixed with the iteration by pattern_at */
    uint64_t iteration; /* sample number */
    int ranks;
};

/* Write what `rank` contributes: INPUT of the collective, all of it. */
void pattern_fill(const struct pattern *, const struct collective *, int rank,
                  void *input);

struct wrong_element {
    size_t element;         /* index into OUTPUT, in elements */
    char got[40], want[40]; /* as text */
    int rank;               /* whose contribution is wrong, or -1 */
    const char *how;        /* "missing", "doubled", "corrupt": rank's fault */
};

struct verdict {
    size_t checked, wrong;
    struct wrong_element first[4]; /* min(wrong, 4) of them */
};

/* Compare OUTPUT of `rank` with what must be there, every element; ranks that
 * receive nothing (p2p) check nothing. Adds nothing to *out: sets it. */
void pattern_verify(const struct pattern *, const struct collective *,
                    int rank, const void *output, struct verdict *out);

/* Spoil the contribution of `rank` for --inject corrupt: in `input` already
 * filled, the contribution to `element` is dropped (set to 0) or, where it is 0
 * anyway, altered. element SIZE_MAX: the first element whose contribution is
 * not 0. Returns the element spoilt. */
size_t pattern_spoil(const struct collective *, void *input, size_t element);

#endif
