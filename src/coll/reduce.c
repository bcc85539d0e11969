/* SPDX-License-Identifier: BSD-3-Clause */
/* One loop, written once, for each datatype and operation; the compiler makes
 * vectors of it. Must not know what is reduced or why. */
#include "coll/reduce.h"

#include <stdint.h>
#include <string.h>

#include "coll/half.h"

#if defined(__AVX512F__) || (defined(__AVX__) && defined(__F16C__))
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { LINE_B = 64 };

/* One line, to an address that is a multiple of it, past the cache. */
static inline void stream_line(void *to, const void *from)
{
#if defined(__AVX512F__)
    _mm512_stream_si512(to, _mm512_loadu_si512(from));
#elif defined(__SSE2__)
    __m128i *out = to;
    const __m128i *in = from;
    __m128i a = _mm_loadu_si128(in), b = _mm_loadu_si128(in + 1),
            c = _mm_loadu_si128(in + 2), d = _mm_loadu_si128(in + 3);
    _mm_stream_si128(out, a);
    _mm_stream_si128(out + 1, b);
    _mm_stream_si128(out + 2, c);
    _mm_stream_si128(out + 3, d);
#else
    memcpy(to, from, LINE_B);
#endif
}

static void stream_end(void)
{
#if defined(__SSE2__)
    _mm_sfence(); /* streamed stores are not ordered by a release store */
#endif
}

/* Unsigned arithmetic wraps; signed overflow would be undefined. */
#define SUM(U, x, y)  (U)((U)(x) + (U)(y))
#define PROD(U, x, y) (U)((U)(x) * (U)(y))
#define MIN(U, x, y)  ((x) < (y) ? (x) : (y))
#define MAX(U, x, y)  ((x) > (y) ? (x) : (y))

/* In place has loops of its own: compilers make vectors only where they can
 * tell that out and operands are apart. */
#define EACH(U, OP, T, x, y)                                                   \
    for (size_t i = 0; i < count; i++)                                         \
        o[i] = (T)OP(U, x[i], y[i]);

/* The second function streams whole lines: each is made in registers and leaves
 * at once. A block made in the first-level cache and copied out from there
 * would cost what streaming saves. */
#define LOOP(name, T, U, OP)                                                   \
    static void name(void *out, const void *left, const void *right,           \
                     size_t count)                                             \
    {                                                                          \
        T *o = out;                                                            \
        const T *a = left, *b = right;                                         \
        if (o == a) {                                                          \
            EACH(U, OP, T, o, b)                                               \
        } else if (o == b) {                                                   \
            EACH(U, OP, T, a, o)                                               \
        } else {                                                               \
            EACH(U, OP, T, a, b)                                               \
        }                                                                      \
    }                                                                          \
    static void name##_lines(void *out, const void *left, const void *right,   \
                             size_t count)                                     \
    {                                                                          \
        enum { PER_LINE = LINE_B / sizeof(T) };                                \
        T *o = out;                                                            \
        const T *a = left, *b = right;                                         \
        for (size_t i = 0; i < count; i += PER_LINE) {                         \
            _Alignas(LINE_B) T line[PER_LINE];                                 \
            for (size_t j = 0; j < PER_LINE; j++)                              \
                line[j] = (T)OP(U, a[i + j], b[i + j]);                        \
            stream_line(o + i, line);                                          \
        }                                                                      \
    }

#define LOOPS(T, U, suffix)                                                    \
    LOOP(sum_##suffix, T, U, SUM)                                              \
    LOOP(prod_##suffix, T, U, PROD)                                            \
    LOOP(min_##suffix, T, U, MIN)                                              \
    LOOP(max_##suffix, T, U, MAX)

/* 8-bit and 32-bit products are taken in 32 bits: narrower types would promote
 * to int, whose overflow is undefined. */
LOOPS(int8_t, uint32_t, i8)
LOOPS(uint8_t, uint32_t, u8)
LOOPS(int32_t, uint32_t, i32)
LOOPS(uint32_t, uint32_t, u32)
LOOPS(int64_t, uint64_t, i64)
LOOPS(uint64_t, uint64_t, u64)
LOOPS(float, float, f32)
LOOPS(double, double, f64)

/* Of 16 bits: in float, rounded; min and max need no arithmetic. */
#define SUM_F16(U, x, y)                                                       \
    half_f16_of_float(half_f16_to_float(x) + half_f16_to_float(y))
#define PROD_F16(U, x, y)                                                      \
    half_f16_of_float(half_f16_to_float(x) * half_f16_to_float(y))
#define SUM_BF16(U, x, y)                                                      \
    half_bf16_of_float(half_bf16_to_float(x) + half_bf16_to_float(y))
#define PROD_BF16(U, x, y)                                                     \
    half_bf16_of_float(half_bf16_to_float(x) * half_bf16_to_float(y))
#define MIN_HALF(U, x, y) (half_rank(x) < half_rank(y) ? (x) : (y))
#define MAX_HALF(U, x, y) (half_rank(x) > half_rank(y) ? (x) : (y))

LOOP(sum_bf16, uint16_t, uint16_t, SUM_BF16)
LOOP(prod_bf16, uint16_t, uint16_t, PROD_BF16)
LOOP(min_half, uint16_t, uint16_t, MIN_HALF)
LOOP(max_half, uint16_t, uint16_t, MAX_HALF)

/* Where the processor converts float16 itself, by vectors of its own: eight
 * times as fast as by integers, and the same bit by bit. (Its instruction for
 * bfloat16 is not used: it takes subnormal numbers for 0.) */
#if defined(__AVX512F__)
enum { VECTOR = 16 };
#define F16_LOAD(at) _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(at)))
#define F16_STORE(to, value)                                                   \
    _mm256_storeu_si256((void *)(to), _mm512_cvtps_ph(value, 0))
#elif defined(__AVX__) && defined(__F16C__)
enum { VECTOR = 8 };
#define F16_LOAD(at) _mm256_cvtph_ps(_mm_loadu_si128((const void *)(at)))
#define F16_STORE(to, value)                                                   \
    _mm_storeu_si128((void *)(to), _mm256_cvtps_ph(value, 0))
#endif

#ifdef F16_LOAD
#define VECTORS(name, sign, OP)                                                \
    static void name(void *out, const void *left, const void *right,           \
                     size_t count)                                             \
    {                                                                          \
        uint16_t *o = out;                                                     \
        const uint16_t *a = left, *b = right;                                  \
        size_t i = 0;                                                          \
        for (; i + VECTOR <= count; i += VECTOR)                               \
            F16_STORE(o + i, F16_LOAD(a + i) sign F16_LOAD(b + i));            \
        for (; i < count; i++)                                                 \
            o[i] = OP(uint16_t, a[i], b[i]);                                   \
    }                                                                          \
    static void name##_lines(void *out, const void *left, const void *right,   \
                             size_t count)                                     \
    {                                                                          \
        enum { PER_LINE = LINE_B / sizeof(uint16_t) };                         \
        uint16_t *o = out;                                                     \
        const uint16_t *a = left, *b = right;                                  \
        for (size_t i = 0; i < count; i += PER_LINE) {                         \
            _Alignas(LINE_B) uint16_t line[PER_LINE];                          \
            for (size_t j = 0; j < PER_LINE; j += VECTOR)                      \
                F16_STORE(line + j,                                            \
                          F16_LOAD(a + i + j) sign F16_LOAD(b + i + j));       \
            stream_line(o + i, line);                                          \
        }                                                                      \
    }

VECTORS(sum_f16, +, SUM_F16)
VECTORS(prod_f16, *, PROD_F16)
#else
LOOP(sum_f16, uint16_t, uint16_t, SUM_F16)
LOOP(prod_f16, uint16_t, uint16_t, PROD_F16)
#endif

typedef void loop(void *, const void *, const void *, size_t);

struct loops {
    loop *any, *lines; /* lines: whole ones of `out`, streamed */
};

#define BOTH(name)                                                             \
    {                                                                          \
        name, name##_lines                                                     \
    }
#define ROW(suffix)                                                            \
    {                                                                          \
        [OP_SUM] = BOTH(sum_##suffix), [OP_PROD] = BOTH(prod_##suffix),        \
        [OP_MIN] = BOTH(min_##suffix), [OP_MAX] = BOTH(max_##suffix),          \
        [OP_AVG] = BOTH(sum_##suffix)                                          \
    }

#define HALF_ROW(suffix)                                                       \
    {                                                                          \
        [OP_SUM] = BOTH(sum_##suffix), [OP_PROD] = BOTH(prod_##suffix),        \
        [OP_MIN] = BOTH(min_half), [OP_MAX] = BOTH(max_half),                  \
        [OP_AVG] = BOTH(sum_##suffix)                                          \
    }

static const struct loops loops[TYPE_COUNT][OP_COUNT] = {
    [TYPE_INT8] = ROW(i8),          [TYPE_UINT8] = ROW(u8),
    [TYPE_INT32] = ROW(i32),        [TYPE_UINT32] = ROW(u32),
    [TYPE_INT64] = ROW(i64),        [TYPE_UINT64] = ROW(u64),
    [TYPE_FLOAT16] = HALF_ROW(f16), [TYPE_BFLOAT16] = HALF_ROW(bf16),
    [TYPE_FLOAT32] = ROW(f32),      [TYPE_FLOAT64] = ROW(f64),
};

/* Bytes before the first whole line of `to`. */
static size_t head_of(const void *to, size_t bytes)
{
    size_t head = (LINE_B - (uintptr_t)to % LINE_B) % LINE_B;
    return head < bytes ? head : bytes;
}

void reduce_copy(void *to, const void *from, size_t bytes, bool streaming)
{
    char *out = to;
    const char *in = from;
    if (!streaming) {
        memcpy(to, from, bytes);
        return;
    }
    size_t head = head_of(to, bytes), body = (bytes - head) / LINE_B * LINE_B;
    memcpy(out, in, head);
    for (size_t at = head; at < head + body; at += LINE_B)
        stream_line(out + at, in + at);
    memcpy(out + head + body, in + head + body, bytes - head - body);
    stream_end();
}

static void reduce_streaming(const struct loops *run, size_t size, char *out,
                             const char *a, const char *b, size_t count)
{
    size_t bytes = count * size, head = head_of(out, bytes);
    if (head % size)
        head = bytes; /* elements never line up with cache lines */
    size_t body = (bytes - head) / LINE_B * LINE_B, tail = head + body;
    run->any(out, a, b, head / size);
    run->lines(out + head, a + head, b + head, body / size);
    run->any(out + tail, a + tail, b + tail, (bytes - tail) / size);
    stream_end();
}

void reduce_host(enum datatype type, enum reduce_op op, void *out,
                 const void *a, const void *b, size_t count, bool streaming)
{
    const struct loops *run = &loops[type][op];
    /* In place, each line was read anyway: there is nothing to save. */
    if (streaming && out != a && out != b)
        reduce_streaming(run, datatype_size(type), out, a, b, count);
    else
        run->any(out, a, b, count);
}

/* --- averages ------------------------------------------------------------ */

#define DIVIDE(name, T, F, TO, OF)                                             \
    static void name(void *elements, size_t count, int by)                     \
    {                                                                          \
        T *e = elements;                                                       \
        for (size_t i = 0; i < count; i++)                                     \
            e[i] = OF(TO(e[i]) / (F)by);                                       \
    }
#define AS_IT_IS(x) (x)

#ifdef F16_LOAD
static void divide_f16(void *elements, size_t count, int by)
{
    uint16_t *e = elements;
    size_t i = 0;
    for (; i + VECTOR <= count; i += VECTOR)
        F16_STORE(e + i, F16_LOAD(e + i) / (float)by);
    for (; i < count; i++)
        e[i] = half_f16_of_float(half_f16_to_float(e[i]) / (float)by);
}
#else
DIVIDE(divide_f16, uint16_t, float, half_f16_to_float, half_f16_of_float)
#endif
DIVIDE(divide_bf16, uint16_t, float, half_bf16_to_float, half_bf16_of_float)
DIVIDE(divide_f32, float, float, AS_IT_IS, AS_IT_IS)
DIVIDE(divide_f64, double, double, AS_IT_IS, AS_IT_IS)

void reduce_divide(enum datatype type, void *elements, size_t count, int by)
{
    static void (*const divide[TYPE_COUNT])(void *, size_t, int) = {
        [TYPE_FLOAT16] = divide_f16,
        [TYPE_BFLOAT16] = divide_bf16,
        [TYPE_FLOAT32] = divide_f32,
        [TYPE_FLOAT64] = divide_f64,
    };
    divide[type](elements, count, by);
}

void reduce_average(enum datatype type, void *out, const void *a, const void *b,
                    size_t count, int by)
{
    enum { PIECE = 1024 }; /* divided while in the first-level cache */
    size_t size = datatype_size(type);
    for (size_t at = 0; at < count; at += PIECE) {
        size_t n = count - at < PIECE ? count - at : PIECE;
        char *to = (char *)out + at * size;
        reduce_host(type, OP_AVG, to, (const char *)a + at * size,
                    (const char *)b + at * size, n, false);
        reduce_divide(type, to, n, by);
    }
}
