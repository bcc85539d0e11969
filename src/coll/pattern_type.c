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

#define POWERS(W, suffix)                                                      \
    static void powers_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        W *o = out;                                                            \
        const W *w = words;                                                    \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (W)1 << w[i];                                               \
    }

/* Of words of two bits, in arithmetic of bytes: no processor shifts each byte
 * by another number. */
static void powers_8(void *out, const void *words, size_t n)
{
    uint8_t *o = out;
    const uint8_t *w = words;
    for (size_t i = 0; i < n; i++) {
        uint8_t one_or_two = (uint8_t)(1 + (w[i] & 1)),
                thrice = (uint8_t)(one_or_two + one_or_two + one_or_two);
        o[i] = (uint8_t)(one_or_two + (w[i] & 2 ? thrice : 0));
    }
}

POWERS(uint32_t, 32)
POWERS(uint64_t, 64)

INTEGER(int8_t, uint8_t, i8, PRId64, int64_t)
INTEGER(uint8_t, uint8_t, u8, PRIu64, uint64_t)
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
    static void scaled_##suffix(void *out, const void *words, size_t n,        \
                                const void *base)                              \
    {                                                                          \
        const W *w = words;                                                    \
        W once;                                                                \
        memcpy(&once, base, sizeof once);                                      \
        for (size_t i = 0; i < n; i++) {                                       \
            W bits = once + (w[i] << mantissa);                                \
            memcpy((T *)out + i, &bits, sizeof bits);                          \
        }                                                                      \
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
 * subnormal: of their floats the bits only move, once they are scaled so that
 * the exponent counts from the type's bias. */
#define HALF(suffix, mantissa, bias, scale, digits)                            \
    static void values_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        uint16_t *o = out;                                                     \
        const pattern_word16 *w = words;                                       \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (uint16_t)(half_bits_of((float)(int32_t)w[i] * scale) >>    \
                              (23 - mantissa));                                \
    }                                                                          \
    static void powers_##suffix(void *out, const void *words, size_t n)        \
    {                                                                          \
        uint16_t *o = out;                                                     \
        const pattern_word16 *w = words;                                       \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (uint16_t)((w[i] + bias) << mantissa);                      \
    }                                                                          \
    static void scaled_##suffix(void *out, const void *words, size_t n,        \
                                const void *base)                              \
    {                                                                          \
        uint16_t *o = out, once;                                               \
        const pattern_word16 *w = words;                                       \
        memcpy(&once, base, sizeof once);                                      \
        for (size_t i = 0; i < n; i++)                                         \
            o[i] = (uint16_t)(once + (w[i] << mantissa));                      \
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

HALF(f16, 10, 15, 0x1p-112f, 5)
HALF(bf16, 7, 127, 1, 4)

#define ROW(T, W, suffix, exact, exponents, modulo, powers, division, scaling) \
    {                                                                          \
        sizeof(T), exact, exponents, sizeof(W), modulo, values_##suffix,       \
            powers, to_word_##suffix, to_exponent_##suffix, division, scaling, \
            print_##suffix                                                     \
    }
#define WHOLE(bits, sign, suffix, exact, exponents)                            \
    ROW(sign##int##bits##_t, uint##bits##_t, suffix, exact, exponents, true,   \
        powers_##bits, NULL, NULL)
#define REAL(T, W, suffix, exact, exponents)                                   \
    ROW(T, W, suffix, exact, exponents, false, powers_##suffix,                \
        divide_##suffix, scaled_##suffix)

const struct pattern_type *pattern_type(enum datatype type)
{
    static const struct pattern_type types[TYPE_COUNT] = {
        [TYPE_INT8] = WHOLE(8, , i8, 7, 2),
        [TYPE_UINT8] = WHOLE(8, u, u8, 8, 2),
        [TYPE_INT32] = WHOLE(32, , i32, 31, 4),
        [TYPE_UINT32] = WHOLE(32, u, u32, 32, 4),
        [TYPE_INT64] = WHOLE(64, , i64, 63, 5),
        [TYPE_UINT64] = WHOLE(64, u, u64, 64, 5),
        [TYPE_FLOAT16] = REAL(uint16_t, uint16_t, f16, 11, 3),
        [TYPE_BFLOAT16] = REAL(uint16_t, uint16_t, bf16, 8, 6),
        [TYPE_FLOAT32] = REAL(float, uint32_t, f32, 24, 6),
        [TYPE_FLOAT64] = REAL(double, uint64_t, f64, 53, 9),
    };
    return &types[type];
}

void pattern_store_word(const struct pattern_type *type, uint64_t word,
                        void *out)
{
    uint8_t one = (uint8_t)word;
    uint16_t two = (uint16_t)word;
    uint32_t four = (uint32_t)word;
    const void *const from[] = {
        [1] = &one, [2] = &two, [4] = &four, [8] = &word};
    memcpy(out, from[type->word_B], (size_t)type->word_B);
}
