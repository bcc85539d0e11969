/* SPDX-License-Identifier: BSD-3-Clause */
/* The datatypes as kernels know them: a line of TYPES each. Element by element
 * what coll/reduce.c and coll/pattern_type.c do. C++, for mem_kernels.cu only.
 *
 * T: an element in memory. W: the word behind it. Unsigned arithmetic wraps;
 * narrow types are reckoned in 32 bits. */
#ifndef NET_MEM_TYPES_H
#define NET_MEM_TYPES_H

#include <cuda_runtime.h>
#include <stdint.h>
#include <string.h>

#include "coll/half.h"

#define DEVICE static __host__ __device__ inline

template <class Type, class Word> struct whole {
    typedef Type T;
    typedef Word W;
    DEVICE T value(W word) { return (T)word; }
    DEVICE T power(W word) { return (T)((W)1 << word); }
    DEVICE T sum(T a, T b) { return (T)((W)a + (W)b); }
    DEVICE T prod(T a, T b) { return (T)((W)a * (W)b); }
    DEVICE T min(T a, T b) { return a < b ? a : b; }
    DEVICE T max(T a, T b) { return a > b ? a : b; }
    DEVICE T divide(T a, int) { return a; } /* has no average */
};

template <class Type, class Word, int mantissa, int bias> struct real {
    typedef Type T;
    typedef Word W;
    DEVICE T value(W word) { return (T)word; }
    DEVICE T power(W word)
    {
        T value;
        W bits = (word + bias) << mantissa;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    DEVICE T sum(T a, T b) { return a + b; }
    DEVICE T prod(T a, T b) { return a * b; }
    DEVICE T min(T a, T b) { return a < b ? a : b; }
    DEVICE T max(T a, T b) { return a > b ? a : b; }
    DEVICE T divide(T a, int by) { return a / (T)by; }
};

/* The GPU's own conversions of float16 give what half.h gives, but for the bits
 * of a NaN. */
DEVICE float f16_to_float(uint16_t element)
{
#ifdef __CUDA_ARCH__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(element));
    return value;
#else
    return half_f16_to_float(element);
#endif
}

DEVICE uint16_t f16_of_float(float value)
{
#ifdef __CUDA_ARCH__
    uint16_t element;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(element) : "f"(value));
    return element;
#else
    return half_f16_of_float(value);
#endif
}

DEVICE float bf16_to_float(uint16_t element)
{
    return half_bf16_to_float(element);
}

DEVICE uint16_t bf16_of_float(float value)
{
    return half_bf16_of_float(value);
}

template <float to(uint16_t), uint16_t of(float), int mantissa, int bias>
struct half {
    typedef uint16_t T;
    typedef uint32_t W;
    DEVICE T value(W word) { return of((float)word); }
    DEVICE T power(W word) { return (T)((word + bias) << mantissa); }
    DEVICE T sum(T a, T b) { return of(to(a) + to(b)); }
    DEVICE T prod(T a, T b) { return of(to(a) * to(b)); }
    DEVICE T min(T a, T b) { return half_rank(a) < half_rank(b) ? a : b; }
    DEVICE T max(T a, T b) { return half_rank(a) > half_rank(b) ? a : b; }
    DEVICE T divide(T a, int by) { return of(to(a) / (float)by); }
};

typedef whole<int8_t, uint32_t> i8;
typedef whole<uint8_t, uint32_t> u8;
typedef whole<int32_t, uint32_t> i32;
typedef whole<uint32_t, uint32_t> u32;
typedef whole<int64_t, uint64_t> i64;
typedef whole<uint64_t, uint64_t> u64;
typedef half<f16_to_float, f16_of_float, 10, 15> f16;
typedef half<bf16_to_float, bf16_of_float, 7, 127> bf16;
typedef real<float, uint32_t, 23, 127> f32;
typedef real<double, uint64_t, 52, 1023> f64;

/* In the order of enum datatype. */
#define TYPES(ROW)                                                             \
    ROW(i8), ROW(u8), ROW(i32), ROW(u32), ROW(i64), ROW(u64), ROW(f16),        \
        ROW(bf16), ROW(f32), ROW(f64)

#endif
