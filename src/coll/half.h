/* SPDX-License-Identifier: BSD-3-Clause */
/* The two 16-bit floating types, stored as uint16_t, by way of float: float16
 * is IEEE 754 binary16, bfloat16 the upper half of a float. Into 16 bits
 * numbers are rounded to nearest, ties to even; too large ones become infinite,
 * NaN stays NaN (quiet, as the processor's own conversions give it). Subnormal
 * numbers are kept. No branches: compilers make vectors of it. Usable from
 * CUDA.
 *
 * A sum, a product or a quotient of two 16-bit numbers that is rounded to float
 * and then to 16 bits is what rounding once would give: 24 bits are at least
 * twice 11, and 2 more (Figueroa, "When is double rounding innocuous?", 1995).
 */
#ifndef COLL_HALF_H
#define COLL_HALF_H

#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define HALF_FN static inline __host__ __device__
#else
#define HALF_FN static inline
#endif

HALF_FN uint32_t half_bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

HALF_FN float half_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* yes or no, by masks: of a plain choice GCC makes a branch round what is only
 * needed for `yes`, and then no vectors. */
HALF_FN uint32_t half_choose(int which, uint32_t yes, uint32_t no)
{
    uint32_t mask = 0u - (uint32_t)which;
    return (yes & mask) | (no & ~mask);
}

/* float16: 1 sign, 5 exponent (bias 15), 10 mantissa; float: 1, 8 (127), 23. */
HALF_FN float half_f16_to_float(uint16_t element)
{
    const uint32_t bias = (uint32_t)(127 - 15) << 23;
    uint32_t rest = element & 0x7fffu, normal = (rest << 13) + bias;
    uint32_t tiny = half_bits_of((float)(int32_t)rest * 0x1p-24f);
    uint32_t bits = half_choose(rest >= 0x7c00u, normal + bias, normal);
    bits = half_choose(rest < 0x0400u, tiny, bits);
    return half_of_bits(bits | (uint32_t)(element & 0x8000u) << 16);
}

HALF_FN uint16_t half_f16_of_float(float value)
{
    const uint32_t bias = (uint32_t)(127 - 15) << 23;
    uint32_t bits = half_bits_of(value), rest = bits & 0x7fffffffu;
    /* Half of what is cut off, less one if the rest would stay even. */
    uint32_t out = (rest - bias + 0xfffu + (rest >> 13 & 1)) >> 13;
    /* The last bit of numbers around a half is worth what a subnormal's is. */
    uint32_t tiny = half_bits_of(half_of_bits(rest) + 0.5f) - 0x3f000000u;
    uint32_t nan = 0x7e00u | (rest >> 13 & 0x3ffu);
    out = half_choose(rest >= 0x47800000u, 0x7c00u, out);
    out = half_choose(rest < 0x38800000u, tiny, out);
    out = half_choose(rest > 0x7f800000u, nan, out);
    return (uint16_t)(out | (bits >> 16 & 0x8000u));
}

HALF_FN float half_bf16_to_float(uint16_t element)
{
    return half_of_bits((uint32_t)element << 16);
}

HALF_FN uint16_t half_bf16_of_float(float value)
{
    uint32_t bits = half_bits_of(value);
    uint32_t out = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    uint32_t nan = bits >> 16 | 0x40u;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? nan : out);
}

/* Smaller numbers have smaller ranks, in both types: -0 lies below 0, and NaN
 * beyond the infinities. */
HALF_FN int16_t half_rank(uint16_t element)
{
    uint16_t negative = (uint16_t)(0u - (element >> 15));
    return (int16_t)(element ^ (negative & 0x7fffu));
}

#endif
