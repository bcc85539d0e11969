/* SPDX-License-Identifier: BSD-3-Clause */
/* The arithmetic of one element of the pattern (see pattern.h), free of memory
 * and of loops over ranks, so that host loops and device kernels share it. */
#ifndef COLL_PATTERN_ELEMENT_H
#define COLL_PATTERN_ELEMENT_H

#include <stdint.h>

#ifdef __CUDACC__
#define PATTERN_FN static inline __host__ __device__
#else
#define PATTERN_FN static inline
#endif

/* For each key a bijection of 32-bit words with little bias (Wellons,
 * "lowbias32"): cheap enough to be vectorised. All 64 bits of the key count: of
 * 100,000 streams told apart by 32 bits two would be the same. */
PATTERN_FN uint32_t pattern_hash32(uint64_t key, uint32_t i)
{
    uint32_t x = i * 0x9e3779b1u + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (x >> 15) ^ (uint32_t)(key >> 32);
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

/* The same for 64-bit words: splitmix64's finaliser. */
PATTERN_FN uint64_t pattern_hash64(uint64_t key, uint64_t i)
{
    uint64_t x = i * 0x9e3779b97f4a7c15u + key;
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Elements of one or two bytes share a 32-bit word, 4 or 2 of them: which word
 * that is, and by how much it is shifted for one of them. In memory the words
 * one after the other are the elements' parts one after the other, least byte
 * first. (`share` is 4, 2 or 1.) */
PATTERN_FN uint64_t pattern_shared(uint64_t element, unsigned share)
{
    return element / share;
}

PATTERN_FN uint32_t pattern_part(uint32_t word, uint64_t element,
                                 unsigned share)
{
    return word >> (uint32_t)(element % share) * (32 / share);
}

/* The lowest `bits` bits, 0 .. 64. */
PATTERN_FN uint64_t pattern_low(int bits)
{
    return bits >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << bits) - 1;
}

/* The bits of an answer that role 0 contributes: every `ranks`-th. */
PATTERN_FN uint64_t pattern_comb(int ranks, int bits)
{
    uint64_t comb = 0;
    for (int64_t b = 0; b < bits; b += ranks)
        comb |= (uint64_t)1 << b;
    return comb;
}

/* The bits that `role` contributes: the comb moved up, as far as it goes. */
PATTERN_FN uint64_t pattern_mask(uint64_t role, uint64_t comb, int bits)
{
    return role < (uint64_t)bits ? comb << role & pattern_low(bits) : 0;
}

/* Averages: role 0 contributes 2^e, with e from PATTERN_LEAST on, all others 0:
 * e of as many hashed bits. Divided by 2^18 ranks the least is still a normal
 * number in float16, and the greatest, doubled, is not yet infinite. */
enum { PATTERN_LEAST = 7, PATTERN_POWER_BITS = 3 };

/* As a whole number; `hashed` below 2^PATTERN_POWER_BITS. */
PATTERN_FN uint32_t pattern_power(uint32_t role, uint32_t hashed)
{
    uint32_t power = (uint32_t)1 << (PATTERN_LEAST + hashed);
    return role == 0 ? power : 0;
}

/* How roles are dealt to ranks: by how much a rank's role grows from element to
 * element, and where it starts. All below `ranks`. */
struct pattern_deal {
    uint64_t ranks, stride, shift;
};

PATTERN_FN uint64_t pattern_role(const struct pattern_deal *deal, int rank,
                                 uint64_t element)
{
    uint64_t n = deal->ranks;
    return ((uint64_t)rank + element % n * deal->stride + deal->shift) % n;
}

/* The rank that plays `role`. */
PATTERN_FN int pattern_rank(const struct pattern_deal *deal, uint64_t role,
                            uint64_t element)
{
    uint64_t n = deal->ranks;
    return (int)((role + n - (element % n * deal->stride + deal->shift) % n) %
                 n);
}

/* The largest partial quotient of stride / ranks as a continued fraction, 0 if
 * they have a common divisor. */
PATTERN_FN uint64_t pattern_quotient(uint64_t stride, uint64_t ranks)
{
    uint64_t most = 0;
    while (stride) {
        uint64_t quotient = ranks / stride, rest = ranks % stride;
        most = quotient > most ? quotient : most;
        ranks = stride;
        stride = rest;
    }
    return ranks == 1 ? most : 0;
}

/* By how much roles grow. With up to `bits` ranks each contributes to every
 * element: 1. With more, a rank contributes to `bits` of `ranks` elements, and
 * they should lie apart: multiples of a stride fall evenly when all quotients
 * of stride / ranks are small (Knuth, The Art of Computer Programming 3, 6.4),
 * so the best of 64 strides from ranks / golden ratio on. Among 64 whole
 * numbers one always has no common divisor with `ranks` < 2^31. */
PATTERN_FN uint64_t pattern_stride(uint64_t ranks, int bits)
{
    uint64_t best = 1, least = 0;
    if (ranks <= (uint64_t)bits)
        return 1;
    uint64_t first = ranks * 40503 >> 16;
    for (uint64_t s = first ? first : 1; s < first + 64 && s < ranks; s++) {
        uint64_t quotient = pattern_quotient(s, ranks);
        if (quotient && (!least || quotient < least)) {
            least = quotient;
            best = s;
        }
    }
    return best;
}

#endif
