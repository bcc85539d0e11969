/* SPDX-License-Identifier: BSD-3-Clause */
/* One loop, written once, for each datatype and operation; the compiler makes
 * vectors of it. Must not know what is reduced or why. */
#include "coll/reduce.h"

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { BLOCK_B = 4096, LINE_B = 64 };

/* Unsigned arithmetic wraps; signed overflow would be undefined. */
#define SUM(U, x, y)  (U)((U)(x) + (U)(y))
#define PROD(U, x, y) (U)((U)(x) * (U)(y))
#define MIN(U, x, y)  ((x) < (y) ? (x) : (y))
#define MAX(U, x, y)  ((x) > (y) ? (x) : (y))

#define LOOP(name, T, U, OP)                                                   \
    static void name(void *out, const void *left, const void *right,           \
                     size_t count)                                             \
    {                                                                          \
        T *o = out;                                                            \
        const T *a = left, *b = right;                                         \
        for (size_t i = 0; i < count; i++)                                     \
            o[i] = (T)OP(U, a[i], b[i]);                                       \
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

typedef void loop(void *, const void *, const void *, size_t);

#define ROW(suffix)                                                            \
    {                                                                          \
        [OP_SUM] = sum_##suffix, [OP_PROD] = prod_##suffix,                    \
        [OP_MIN] = min_##suffix, [OP_MAX] = max_##suffix                       \
    }

static loop *const loops[TYPE_COUNT][OP_COUNT] = {
    [TYPE_INT8] = ROW(i8),     [TYPE_UINT8] = ROW(u8),
    [TYPE_INT32] = ROW(i32),   [TYPE_UINT32] = ROW(u32),
    [TYPE_INT64] = ROW(i64),   [TYPE_UINT64] = ROW(u64),
    [TYPE_FLOAT32] = ROW(f32), [TYPE_FLOAT64] = ROW(f64),
};

#if defined(__SSE2__)
/* `to` and `bytes` are multiples of a cache line. */
static void stream_lines(void *to, const void *from, size_t bytes)
{
    __m128i *out = to;
    const __m128i *in = from;
    for (size_t i = 0; i < bytes / sizeof *out; i += 4) {
        __m128i a = _mm_loadu_si128(in + i), b = _mm_loadu_si128(in + i + 1),
                c = _mm_loadu_si128(in + i + 2),
                d = _mm_loadu_si128(in + i + 3);
        _mm_stream_si128(out + i, a);
        _mm_stream_si128(out + i + 1, b);
        _mm_stream_si128(out + i + 2, c);
        _mm_stream_si128(out + i + 3, d);
    }
}

static void stream_end(void)
{
    _mm_sfence(); /* streamed stores are not ordered by a release store */
}
#else
static void stream_lines(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

static void stream_end(void)
{
}
#endif

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
    stream_lines(out + head, in + head, body);
    memcpy(out + head + body, in + head + body, bytes - head - body);
    stream_end();
}

/* Reduce a block into a buffer that stays in the first-level cache, stream it
 * out from there: one loop serves every type, and the detour costs nothing
 * beside memory. */
static void reduce_streaming(loop *run, size_t size, char *out, const char *a,
                             const char *b, size_t count)
{
    _Alignas(LINE_B) char block[BLOCK_B];
    size_t bytes = count * size, at = head_of(out, bytes);
    if (at % size)
        at = bytes; /* elements never line up with cache lines */
    run(out, a, b, at / size);
    for (; at + LINE_B <= bytes;) {
        size_t piece =
            bytes - at < BLOCK_B ? (bytes - at) / LINE_B * LINE_B : BLOCK_B;
        run(block, a + at, b + at, piece / size);
        stream_lines(out + at, block, piece);
        at += piece;
    }
    run(out + at, a + at, b + at, (bytes - at) / size);
    stream_end();
}

void reduce_host(enum datatype type, enum reduce_op op, void *out,
                 const void *a, const void *b, size_t count, bool streaming)
{
    loop *run = loops[type][op];
    if (streaming)
        reduce_streaming(run, datatype_size(type), out, a, b, count);
    else
        run(out, a, b, count);
}
