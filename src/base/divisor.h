/* SPDX-License-Identifier: BSD-3-Clause */
/* Division of 32-bit numbers by one that is known long before: a
 * multiplication instead of a division, which costs ten times as much. Exact
 * for all n and d >= 1: with m = ceil(2^64 / d), floor(m n / 2^64) = floor(n /
 * d) since m d < 2^64 + d and n d < 2^64 (Granlund and Montgomery, "Division by
 * invariant integers using multiplication", 1994, theorem 4.2 with N = 32). */
#ifndef BASE_DIVISOR_H
#define BASE_DIVISOR_H

#include <stdint.h>

struct divisor {
    uint32_t d;
    uint64_t m; /* 0 for d = 1, whose 2^64 does not fit */
};

static inline struct divisor divisor_of(uint32_t d)
{
    return (struct divisor){d, d > 1 ? UINT64_MAX / d + 1 : 0};
}

static inline uint32_t divide(uint32_t n, struct divisor by)
{
    __extension__ typedef unsigned __int128 wide;
    return by.m ? (uint32_t)(((wide)by.m * n) >> 64) : n;
}

static inline uint32_t remainder_of(uint32_t n, struct divisor by)
{
    return n - divide(n, by) * by.d;
}

#endif
