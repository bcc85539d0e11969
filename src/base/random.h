/* SPDX-License-Identifier: BSD-3-Clause */
/* The suite's only source of "random": a mixing function and a seeded generator,
 * the same on every machine. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* splitmix64's finaliser (Steele, Lea, Flood: Fast Splittable Pseudorandom
 * Number Generators, OOPSLA 2014): a bijection of 64-bit words. */
static inline uint64_t random_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    return random_mix(random->state += 0x9e3779b97f4a7c15u);
}

/* Uniform in 0 .. below-1 up to 2^-32 bias; below in 1 .. 2^32. */
static inline uint64_t random_below(struct random *random, uint64_t below)
{
    return (random_next(random) >> 32) * below >> 32;
}

#endif
