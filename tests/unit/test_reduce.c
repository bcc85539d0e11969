/* SPDX-License-Identifier: BSD-3-Clause */
/* Every loop against the plainest one, streaming or not, aligned or not, into
 * one of its operands or not; and nothing beside the result is touched. */
#include "coll/reduce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { MOST = 9000, ROOM = MOST + 64 };

static _Alignas(64) unsigned char a[ROOM * 8], b[ROOM * 8], out[ROOM * 8],
    want[ROOM * 8];

#define PLAIN(T, W)                                                            \
    do {                                                                       \
        T x, y, z;                                                             \
        memcpy(&x, p, sizeof x);                                               \
        memcpy(&y, q, sizeof y);                                               \
        W s = (W)((W)x + (W)y), m = (W)((W)x * (W)y);                          \
        z = op == OP_SUM    ? (T)s                                             \
            : op == OP_PROD ? (T)m                                             \
            : op == OP_MIN  ? (x < y ? x : y)                                  \
                            : (x > y ? x : y);                                  \
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
        const void *from = type == TYPE_FLOAT32   ? (void *)&f
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loop_is_the_plain_one),
        cmocka_unit_test(short_vectors_are_reduced_to_their_end),
        cmocka_unit_test(copies_are_exact_and_stay_inside),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
