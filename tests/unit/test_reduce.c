/* SPDX-License-Identifier: BSD-3-Clause */
/* Every loop against the plainest one, streaming or not, aligned or not, into
 * one of its operands or not; and nothing beside the result is touched. */
#include "coll/reduce.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "coll/half.h"

enum { MOST = 9000, ROOM = MOST + 64 };

static _Alignas(64) unsigned char a[ROOM * 8], b[ROOM * 8], out[ROOM * 8],
    want[ROOM * 8];

/* The 16-bit number nearest to `exact`, of equally near ones the even, found
 * without rounding: by halving the range of all from 0 to infinity, which are
 * in order of their bits. `top`: what would be the next one after the largest
 * finite. */
#define NEAREST(suffix, infinity, top)                                         \
    static uint16_t nearest_##suffix(double exact)                             \
    {                                                                          \
        double size = fabs(exact), next;                                       \
        uint16_t low = 0, high = infinity;                                     \
        while (high - low > 1) {                                               \
            uint16_t middle = (uint16_t)((low + high) / 2);                    \
            if ((double)half_##suffix##_to_float(middle) <= size)              \
                low = middle;                                                  \
            else                                                               \
                high = middle;                                                 \
        }                                                                      \
        next =                                                                 \
            high == infinity ? top : (double)half_##suffix##_to_float(high);   \
        double below = size - (double)half_##suffix##_to_float(low),           \
               above = next - size;                                            \
        if (above < below || (above == below && low % 2))                      \
            low = high;                                                        \
        return (uint16_t)(low | (signbit(exact) ? 0x8000 : 0));                \
    }

NEAREST(f16, 0x7c00, 0x1p16)
NEAREST(bf16, 0x7f80, 0x1p128)

#define PLAIN(T, W)                                                            \
    do {                                                                       \
        T x, y, z;                                                             \
        memcpy(&x, p, sizeof x);                                               \
        memcpy(&y, q, sizeof y);                                               \
        W s = (W)((W)x + (W)y), m = (W)((W)x * (W)y);                          \
        z = op == OP_SUM || op == OP_AVG ? (T)s                                \
            : op == OP_PROD              ? (T)m                                \
            : op == OP_MIN               ? (x < y ? x : y)                     \
                                         : (x > y ? x : y);                                  \
        memcpy(r, &z, sizeof z);                                               \
    } while (0)

/* By the definition: in double, which holds every sum and product of two, and
 * rounded once. Min and max take one operand's bits. */
#define PLAIN_HALF(suffix)                                                     \
    do {                                                                       \
        uint16_t i, j, z;                                                      \
        memcpy(&i, p, sizeof i);                                               \
        memcpy(&j, q, sizeof j);                                               \
        double x = (double)half_##suffix##_to_float(i),                        \
               y = (double)half_##suffix##_to_float(j);                        \
        z = op == OP_SUM || op == OP_AVG ? nearest_##suffix(x + y)             \
            : op == OP_PROD              ? nearest_##suffix(x * y)             \
            : op == OP_MIN               ? (x < y ? i : j)                     \
                                         : (x > y ? i : j);                                  \
        memcpy(r, &z, sizeof z);                                               \
    } while (0)

static void plain(int type, int op, unsigned char *r, const unsigned char *p,
                  const unsigned char *q)
{
    switch (type) {
    case TYPE_INT8:
        PLAIN(int8_t, uint32_t);
        break;
    case TYPE_UINT8:
        PLAIN(uint8_t, uint32_t);
        break;
    case TYPE_INT32:
        PLAIN(int32_t, uint32_t);
        break;
    case TYPE_UINT32:
        PLAIN(uint32_t, uint32_t);
        break;
    case TYPE_INT64:
        PLAIN(int64_t, uint64_t);
        break;
    case TYPE_UINT64:
        PLAIN(uint64_t, uint64_t);
        break;
    case TYPE_FLOAT16:
        PLAIN_HALF(f16);
        break;
    case TYPE_BFLOAT16:
        PLAIN_HALF(bf16);
        break;
    case TYPE_FLOAT32:
        PLAIN(float, float);
        break;
    case TYPE_FLOAT64:
        PLAIN(double, double);
        break;
    }
}

/* Numbers that are numbers in every type: small ones for the floating types. */
static void fill(int type, unsigned char *at, struct random *random)
{
    size_t size = datatype_size((enum datatype)type);
    for (size_t i = 0; i < ROOM; i++) {
        int64_t whole = (int64_t)random_below(random, 2000) - 1000;
        float f = (float)whole;
        double d = (double)whole;
        uint64_t any = random_next(random);
        uint16_t half = (uint16_t)any;
        if ((half & 0x7f80) == 0x7f80 ||
            (type == TYPE_FLOAT16 && (half & 0x7c00) == 0x7c00))
            half = (uint16_t)(half & 0x83ff); /* a NaN or infinite */
        const void *from = type == TYPE_FLOAT16 || type == TYPE_BFLOAT16
                               ? (void *)&half
                           : type == TYPE_FLOAT32 ? (void *)&f
                           : type == TYPE_FLOAT64 ? (void *)&d
                                                  : (void *)&any;
        memcpy(at + i * size, from, size);
    }
}

static void compare(int type, int op, size_t count, size_t shift,
                    bool streaming, int alias)
{
    size_t size = datatype_size((enum datatype)type);
    unsigned char *result = alias == 1 ? a : alias == 2 ? b : out;
    unsigned char *x = a + shift * size, *y = b + shift * size,
                  *z = result + shift * size;
    memcpy(want, result, sizeof want);
    for (size_t i = 0; i < count; i++)
        plain(type, op, want + (shift + i) * size, x + i * size, y + i * size);
    reduce_host((enum datatype)type, (enum reduce_op)op, z, x, y, count,
                streaming);
    if (memcmp(result, want, ROOM * size))
        fail_msg("%s %s count %zu shift %zu streaming %d alias %d differs",
                 datatype_name((enum datatype)type),
                 op_name((enum reduce_op)op), count, shift, streaming, alias);
}

static void every_loop_is_the_plain_one(void **state)
{
    const size_t counts[] = {0,  1,  2,   3,   7,   15,   16,   17,  63,
                             64, 65, 127, 511, 513, 1024, 4097, MOST};
    struct random random = {5};
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++)
            for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
                for (int alias = 0; alias < 3; alias++) {
                    fill(type, a, &random);
                    fill(type, b, &random);
                    compare(type, op, counts[k], k % 5, alias != 0, alias);
                    fill(type, a, &random);
                    fill(type, b, &random);
                    compare(type, op, counts[k], k % 3, alias == 0, alias);
                }
}

/* Every length around one and two cache lines of any type, from every element
 * of a line on. */
static void short_vectors_are_reduced_to_their_end(void **state)
{
    struct random random = {7};
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            fill(type, a, &random);
            fill(type, b, &random);
            for (size_t count = 0; count <= 130; count++)
                for (int streaming = 0; streaming < 2; streaming++)
                    compare(type, op, count, count * 5 % 17, streaming, 0);
        }
}

static void copies_are_exact_and_stay_inside(void **state)
{
    struct random random = {6};
    (void)state;
    fill(TYPE_UINT8, a, &random);
    for (size_t bytes = 0; bytes < 700; bytes += 1 + bytes / 9)
        for (size_t shift = 0; shift < 70; shift += 3)
            for (int streaming = 0; streaming < 2; streaming++) {
                memset(out, 0xee, sizeof out);
                memset(want, 0xee, sizeof want);
                memcpy(want + shift, a + 1, bytes);
                reduce_copy(out + shift, a + 1, bytes, streaming);
                assert_memory_equal(out, want, 1024);
            }
}

/* Every 16-bit number comes back as it went, NaN as NaN; numbers between two
 * neighbours go to the nearer one, those halfway to the even one. */
#define EXPECT_ROUNDED(suffix, infinity)                                       \
    for (uint32_t i = 0; i <= 0xffff; i++) {                                   \
        uint16_t element = (uint16_t)i, size = element & 0x7fff;               \
        float value = half_##suffix##_to_float(element);                       \
        if (size > infinity) {                                                 \
            assert_true(isnan(value));                                         \
            assert_true((half_##suffix##_of_float(value) & 0x7fff) >           \
                        infinity);                                             \
            continue;                                                          \
        }                                                                      \
        assert_int_equal(half_##suffix##_of_float(value), element);            \
        if (size + 1 >= infinity)                                              \
            continue;                                                          \
        float next = half_##suffix##_to_float((uint16_t)(element + 1));        \
        float half = value + (next - value) / 2;                               \
        uint16_t even = (uint16_t)(element + element % 2);                     \
        assert_int_equal(half_##suffix##_of_float(half), even);                \
        assert_int_equal(half_##suffix##_of_float(nextafterf(half, value)),    \
                         element);                                             \
        assert_int_equal(half_##suffix##_of_float(nextafterf(half, next)),     \
                         element + 1);                                         \
    }

static void conversions_round_to_nearest_even(void **state)
{
    (void)state;
    EXPECT_ROUNDED(f16, 0x7c00)
    EXPECT_ROUNDED(bf16, 0x7f80)
    assert_int_equal(half_f16_of_float(65519.996f), 0x7bff);
    assert_int_equal(half_f16_of_float(65520), 0x7c00);
    assert_int_equal(half_f16_of_float(-INFINITY), 0xfc00);
    assert_int_equal(half_bf16_of_float(0x1.fep127f), 0x7f7f);
    assert_int_equal(half_bf16_of_float(0x1.ffp127f), 0x7f80);
    assert_int_equal(half_bf16_of_float(-INFINITY), 0xff80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loop_is_the_plain_one),
        cmocka_unit_test(short_vectors_are_reduced_to_their_end),
        cmocka_unit_test(conversions_round_to_nearest_even),
        cmocka_unit_test(copies_are_exact_and_stay_inside),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
