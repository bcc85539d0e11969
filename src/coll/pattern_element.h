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

/* A bijection of 32-bit words with little bias (Wellons, "lowbias32"): cheap
 * enough to be vectorised. `key` tells streams apart. */
PATTERN_FN uint32_t pattern_hash32(uint32_t key, uint32_t i)
{
    uint32_t x = i * 0x9e3779b1u + key;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
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

/* The lowest `bits` bits, 0 .. 64. */
PATTERN_FN uint64_t pattern_low(int bits)
{
    return bits >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << bits) - 1;
}

/* The bits of an answer that role `role` of `ranks` contributes: b with b mod
 * ranks == role, below `bits`. */
PATTERN_FN uint64_t pattern_mask(int role, int ranks, int bits)
{
    uint64_t mask = 0;
    for (int b = role; b < bits; b += ranks)
        mask |= (uint64_t)1 << b;
    return mask;
}

/* The role that a rank plays at an element, and back. */
PATTERN_FN int pattern_role(int rank, uint64_t element, uint64_t shift,
                            int ranks)
{
    uint64_t n = (uint64_t)ranks;
    return (int)(((uint64_t)rank + element % n + shift % n) % n);
}

PATTERN_FN int pattern_rank(int role, uint64_t element, uint64_t shift,
                            int ranks)
{
    uint64_t n = (uint64_t)ranks;
    return (int)(((uint64_t)role + 2 * n - element % n - shift % n) % n);
}

#endif
