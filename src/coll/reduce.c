/* SPDX-License-Identifier: BSD-3-Clause */
/* One loop, written once, for each datatype and operation; the compiler makes
 * vectors of it. Must not know what is reduced or why. */
#include "coll/reduce.h"

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
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
        [OP_MIN] = BOTH(min_##suffix), [OP_MAX] = BOTH(max_##suffix)           \
    }

static const struct loops loops[TYPE_COUNT][OP_COUNT] = {
    [TYPE_INT8] = ROW(i8),     [TYPE_UINT8] = ROW(u8),
    [TYPE_INT32] = ROW(i32),   [TYPE_UINT32] = ROW(u32),
    [TYPE_INT64] = ROW(i64),   [TYPE_UINT64] = ROW(u64),
    [TYPE_FLOAT32] = ROW(f32), [TYPE_FLOAT64] = ROW(f64),
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
