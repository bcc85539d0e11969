/* SPDX-License-Identifier: BSD-3-Clause */
#include "coll/pattern_type.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "coll/half.h"

/* Elements are read by memcpy: a wrong one is looked at wherever it lies. */
#define INTEGER(T, W, suffix, format, P)                                       \
    static void values_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        T *o = out;                                                            \
        const W *w = words;                                                    \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (T)w[i];                                                    \
    }                                                                          \
    static void powers_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        T *o = out;                                                            \
        const W *w = words;                                                    \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (T)((W)1 << w[i]);                                          \
    }                                                                          \
    static bool to_word_##suffix(const void *element, uint64_t *word)          \
    {                                                                          \
        T value;                                                               \
        memcpy(&value, element, sizeof value);                                 \
        *word = (uint64_t)value & UINT64_MAX >> (64 - 8 * sizeof value);       \
        return true;                                                           \
    }                                                                          \
    static bool to_exponent_##suffix(const void *element, uint64_t *exponent)  \
    {                                                                          \
        uint64_t word;                                                         \
        *exponent = 0;                                                         \
        to_word_##suffix(element, &word);                                      \
        if (word == 0 || word & (word - 1))                                    \
            return false;                                                      \
        while (word >>= 1)                                                     \
            ++*exponent;                                                       \
        return true;                                                           \
    }                                                                          \
    static void print_##suffix(const void *element, char *text,                \
                               size_t capacity)                                \
    {                                                                          \
        T value;                                                               \
        memcpy(&value, element, sizeof value);                                 \
        snprintf(text, capacity, "%" format, (P)value);                        \
    }

INTEGER(int8_t, uint32_t, i8, PRId64, int64_t)
INTEGER(uint8_t, uint32_t, u8, PRIu64, uint64_t)
INTEGER(int32_t, uint32_t, i32, PRId64, int64_t)
INTEGER(uint32_t, uint32_t, u32, PRIu64, uint64_t)
INTEGER(int64_t, uint64_t, i64, PRId64, int64_t)
INTEGER(uint64_t, uint64_t, u64, PRIu64, uint64_t)

/* A power of two is put together from its exponent: ldexp would be called once
 * an element. */
#define FLOATING(T, W, S, suffix, mantissa, bias, digits)                      \
    static void values_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        T *o = out;                                                            \
        const S *w = words;                                                    \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (T)w[i]; /* signed: quicker, and words are small */         \
    }                                                                          \
    static void powers_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        const W *w = words;                                                    \
        for (size_t i = 0; i < n; i++) {                                       \
            W bits = (w[i] + bias) << mantissa;                                \
            memcpy((T *)out + i, &bits, sizeof bits);                          \
        }                                                                      \
    }                                                                          \
    static bool to_word_##suffix(const void *element, uint64_t *word)          \
    {                                                                          \
        T value;                                                               \
        memcpy(&value, element, sizeof value);                                 \
        *word = 0;                                                             \
        if (!(value >= 0 && value < (T)0x1p62) || value != floor(value))       \
            return false;                                                      \
        *word = (uint64_t)value;                                               \
        return true;                                                           \
    }                                                                          \
    static bool to_exponent_##suffix(const void *element, uint64_t *exponent)  \
    {                                                                          \
        T value;                                                               \
        int power;                                                             \
        memcpy(&value, element, sizeof value);                                 \
        *exponent = 0;                                                         \
        if (!(value >= 1) || !isfinite(value) ||                               \
            frexp((double)value, &power) != 0.5)                               \
            return false;                                                      \
        *exponent = (uint64_t)power - 1;                                       \
        return true;                                                           \
    }                                                                          \
    static void divide_##suffix(void *elements, int ranks, size_t n)           \
    {                                                                          \
        T *e = elements;                                                       \
        for (size_t i = 0; i < n; i++)                                         \
            e[i] /= (T)ranks;                                                  \
    }                                                                          \
    static void print_##suffix(const void *element, char *text,                \
                               size_t capacity)                                \
    {                                                                          \
        T value;                                                               \
        memcpy(&value, element, sizeof value);                                 \
        snprintf(text, capacity, "%." #digits "g", (double)value);             \
    }

FLOATING(float, uint32_t, int32_t, f32, 23, 127, 9)
FLOATING(double, uint64_t, int64_t, f64, 52, 1023, 17)

/* 16-bit floating types, by way of float (half.h). Words are exact, and never
 * subnormal: of their floats exponent and mantissa only move. */
#define HALF(suffix, mantissa, bias, digits)                                   \
    static void values_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        uint16_t *o = out;                                                     \
        const int32_t *w = words;                                              \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (uint16_t)half_choose(w[i] != 0,                            \
                                         (half_bits_of((float)w[i]) -          \
                                          ((uint32_t)(127 - bias) << 23)) >>   \
                                             (23 - mantissa),                  \
                                         0);                                   \
    }                                                                          \
    static void powers_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        uint16_t *o = out;                                                     \
        const uint32_t *w = words;                                             \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (uint16_t)((w[i] + bias) << mantissa);                      \
    }                                                                          \
    static float number_##suffix(const void *element)                          \
    {                                                                          \
        uint16_t bits;                                                         \
        memcpy(&bits, element, sizeof bits);                                   \
        return half_##suffix##_to_float(bits);                                 \
    }                                                                          \
    static bool to_word_##suffix(const void *element, uint64_t *word)          \
    {                                                                          \
        float value = number_##suffix(element);                                \
        return to_word_f32(&value, word);                                      \
    }                                                                          \
    static bool to_exponent_##suffix(const void *element, uint64_t *exponent)  \
    {                                                                          \
        float value = number_##suffix(element);                                \
        return to_exponent_f32(&value, exponent);                              \
    }                                                                          \
    static void divide_##suffix(void *elements, int ranks, size_t n)           \
    {                                                                          \
        uint16_t *e = elements;                                                \
        for (size_t i = 0; i < n; i++)                                         \
            e[i] = half_##suffix##_of_float(half_##suffix##_to_float(e[i]) /   \
                                            (float)ranks);                     \
    }                                                                          \
    static void print_##suffix(const void *element, char *text,                \
                               size_t capacity)                                \
    {                                                                          \
        snprintf(text, capacity, "%." #digits "g",                             \
                 (double)number_##suffix(element));                            \
    }

HALF(f16, 10, 15, 5)
HALF(bf16, 7, 127, 4)

#define ROW(T, suffix, exact, exponents, words64, modulo, division)            \
    {                                                                          \
        sizeof(T), exact, exponents, words64, modulo, values_##suffix,         \
            powers_##suffix, to_word_##suffix, to_exponent_##suffix, division, \
            print_##suffix                                                     \
    }
#define WHOLE(T, suffix, exact, exponents, words64)                            \
    ROW(T, suffix, exact, exponents, words64, true, NULL)
#define REAL(T, suffix, exact, exponents, words64)                             \
    ROW(T, suffix, exact, exponents, words64, false, divide_##suffix)

const struct pattern_type *pattern_type(enum datatype type)
{
    static const struct pattern_type types[TYPE_COUNT] = {
        [TYPE_INT8] = WHOLE(int8_t, i8, 7, 2, false),
        [TYPE_UINT8] = WHOLE(uint8_t, u8, 8, 2, false),
        [TYPE_INT32] = WHOLE(int32_t, i32, 31, 4, false),
        [TYPE_UINT32] = WHOLE(uint32_t, u32, 32, 4, false),
        [TYPE_INT64] = WHOLE(int64_t, i64, 63, 5, true),
        [TYPE_UINT64] = WHOLE(uint64_t, u64, 64, 5, true),
        [TYPE_FLOAT16] = REAL(uint16_t, f16, 11, 3, false),
        [TYPE_BFLOAT16] = REAL(uint16_t, bf16, 8, 6, false),
        [TYPE_FLOAT32] = REAL(float, f32, 24, 6, false),
        [TYPE_FLOAT64] = REAL(double, f64, 53, 9, true),
    };
    return &types[type];
}
