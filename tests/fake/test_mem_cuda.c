/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem: what a GPU fills, verifies and reduces is byte by byte what the
 * host does, for every datatype and operation, wherever the elements lie and
 * however many they are. Linked twice: over the fake runtime, and (build/tests/
 * gpu) over CUDA itself, for machines with a GPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "coll/reduce.h"
#include "net/mem.h"

enum { WIDEST_B = 8 };

static const int many_ranks[] = {1, 2, 3, 8, 257, 100352};
#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* Three operands on the GPU and on the host, of `room` bytes each. */
struct bench {
    struct memory *gpu;
    size_t room;
    char *on_gpu[3], *here[3], *back;
};

static struct memory *open_gpu(void)
{
    const struct memory_kind *kind = mem_find("cuda");
    const struct memory_wish wish = {.local_rank = 0};
    char why[160] = "this build has none";
    struct memory *gpu = kind ? kind->open(&wish, why, sizeof why) : NULL;
    if (!gpu) {
        print_message("# no GPU memory: %s\n", why);
        skip();
    }
    return gpu;
}

static struct bench bench_open(size_t room)
{
    struct bench b = {.gpu = open_gpu(), .room = room};
    b.back = malloc(room);
    for (int i = 0; i < 3; i++) {
        b.on_gpu[i] = b.gpu->kind->alloc(b.gpu, room);
        b.here[i] = malloc(room);
    }
    return b;
}

static void bench_close(struct bench *b)
{
    for (int i = 0; i < 3; i++) {
        b->gpu->kind->free(b->gpu, b->on_gpu[i]);
        free(b->here[i]);
    }
    free(b->back);
    b->gpu->kind->close(b->gpu);
}

static void bench_upload(struct bench *b, int operand)
{
    b->gpu->kind->copy(b->gpu, b->on_gpu[operand], b->here[operand], b->room);
}

/* Operand `i` is on the GPU what it is here, bytes around it included. */
static void expect_same(struct bench *b, int i, const char *what)
{
    b->gpu->kind->copy(b->gpu, b->back, b->on_gpu[i], b->room);
    for (size_t at = 0; at < b->room; at++)
        if (b->back[at] != b->here[i][at])
            fail_msg("%s: byte %zu is %02x, expected %02x", what, at,
                     (unsigned char)b->back[at], (unsigned char)b->here[i][at]);
}

/* --- reduce --------------------------------------------------------------
 */

/* Numbers whose bits are all used, none of which is a NaN (of which a GPU makes
 * others than a processor). */
static void fill_random(enum datatype type, char *out, size_t bytes,
                        struct random *random)
{
    size_t count = bytes / datatype_size(type);
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)random_next(random);
    for (size_t i = 0; i < count; i++) {
        double value = (double)(int64_t)random_next(random) * 0x1p-60;
        if (type == TYPE_FLOAT64)
            memcpy(out + i * 8, &value, 8);
        else if (type == TYPE_FLOAT32)
            memcpy(out + i * 4, &(float){(float)value}, 4);
        else if (type == TYPE_FLOAT16)
            out[i * 2 + 1] &= (char)0xbf; /* exponents below 16 of 31 */
        else if (type == TYPE_BFLOAT16)
            out[i * 2 + 1] &= (char)0xbf;
    }
}

/* Element by element in the same order, so rounding is the same. */
static void expect_reduced(struct bench *b, enum datatype type,
                           enum reduce_op op, size_t count, size_t shift[3])
{
    const struct memory_kind *kind = b->gpu->kind;
    size_t size = datatype_size(type);
    char *to = b->here[0] + shift[0] * size, text[96];
    const char *x = b->here[1] + shift[1] * size,
               *y = b->here[2] + shift[2] * size;
    int by = op == OP_AVG && count % 2 ? 3 : 0;
    memset(b->here[0], 0xee, b->room);
    bench_upload(b, 0);
    if (by)
        reduce_average(type, to, x, y, count, by);
    else
        reduce_host(type, op, to, x, y, count, false);
    kind->reduce(b->gpu, type, op, by, b->on_gpu[0] + shift[0] * size,
                 b->on_gpu[1] + shift[1] * size, b->on_gpu[2] + shift[2] * size,
                 count, false);
    mem_wait(b->gpu);
    snprintf(text, sizeof text, "%s %s by %d, %zu elements from %zu %zu %zu",
             datatype_name(type), op_name(op), by, count, shift[0], shift[1],
             shift[2]);
    expect_same(b, 0, text);
}

static void reductions_are_the_hosts(void **state)
{
    const size_t counts[] = {0, 1, 2, 7, 15, 16, 17, 129, 1000, 40001};
    size_t shifts[][3] = {{0, 0, 0}, {3, 3, 3}, {1, 2, 5}};
    struct bench b = bench_open(40100 * WIDEST_B);
    struct random random = {7};
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++) {
        for (int i = 1; i < 3; i++) {
            fill_random((enum datatype)type, b.here[i], b.room, &random);
            bench_upload(&b, i);
        }
        for (int op = 0; op < OP_COUNT; op++)
            for (size_t k = 0; k < LENGTH(counts); k++)
                for (size_t s = 0; s < LENGTH(shifts); s++)
                    if (op != OP_AVG || type >= TYPE_FLOAT16)
                        expect_reduced(&b, (enum datatype)type,
                                       (enum reduce_op)op, counts[k],
                                       shifts[s]);
    }
    bench_close(&b);
}

static void quotients_are_the_hosts(void **state)
{
    struct bench b = bench_open(5000 * WIDEST_B);
    struct random random = {8};
    (void)state;
    for (int type = TYPE_FLOAT16; type < TYPE_COUNT; type++)
        for (int by = 1; by < 100000; by = by * 3 + 1) {
            size_t size = datatype_size((enum datatype)type);
            fill_random((enum datatype)type, b.here[0], b.room, &random);
            bench_upload(&b, 0);
            reduce_divide((enum datatype)type, b.here[0] + size, 4001, by);
            b.gpu->kind->divide(b.gpu, (enum datatype)type, b.on_gpu[0] + size,
                                4001, by);
            mem_wait(b.gpu);
            expect_same(&b, 0, datatype_name((enum datatype)type));
        }
    bench_close(&b);
}

/* --- the pattern ---------------------------------------------------------
 */

static struct collective case_of(enum collective_kind kind, int type, int op,
                                 int ranks, size_t count)
{
    return (struct collective){.kind = kind,
                               .count = count,
                               .type = (enum datatype)type,
                               .op = (enum reduce_op)op,
                               .ranks = ranks,
                               .shape = {1, ranks, NULL}};
}

/* What `rank` contributes, filled by both. */
static void expect_filled(struct bench *b, const struct collective *c, int rank,
                          uint64_t iteration)
{
    struct pattern pattern = {11, iteration, c->ranks};
    char text[96];
    memset(b->here[0], 0xee, b->room);
    bench_upload(b, 0);
    pattern_fill(&pattern, c, rank, b->here[0]);
    b->gpu->kind->fill(b->gpu, &pattern, c, rank, b->on_gpu[0]);
    snprintf(text, sizeof text, "%s of %s %s, rank %d of %d",
             collective_name(c->kind), datatype_name(c->type), op_name(c->op),
             rank, c->ranks);
    expect_same(b, 0, text);
}

static void fills_are_the_hosts(void **state)
{
    struct bench b = bench_open(20000 * WIDEST_B);
    int tried = 0;
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (size_t r = 0; r < LENGTH(many_ranks); r++) {
            int ranks = many_ranks[r];
            for (int op = 0; op < OP_COUNT; op++) {
                struct collective c =
                    case_of(COLL_ALLREDUCE, type, op, ranks, 3001);
                if (collective_inapplicable(&c))
                    continue;
                for (int rank = 0; rank < ranks; rank += 1 + ranks / 3, tried++)
                    expect_filled(&b, &c, rank, (uint64_t)tried);
            }
            struct collective own =
                case_of(COLL_ALLGATHER, type, OP_SUM, ranks, 1001);
            expect_filled(&b, &own, ranks / 2, (uint64_t)tried);
        }
    assert_true(tried > 500);
    bench_close(&b);
}

/* Elements 0, `count` - 1 and some between are spoiled: the verdicts agree. */
static void expect_judged(struct bench *b, const struct collective *c,
                          uint64_t iteration, int faults)
{
    struct pattern pattern = {12, iteration, c->ranks};
    struct verdict want, got;
    size_t size = datatype_size(c->type), each = collective_part_count(c),
           count = each * (size_t)collective_parts(c, 0);
    assert_true(count * size <= b->room && faults <= (int)count);
    for (int part = 0; part < collective_parts(c, 0); part++) {
        struct wanted wanted = collective_wanted(c, 0, part);
        if (wanted.rank >= 0) /* else the caller has added it up */
            pattern_fill(&pattern, c, wanted.rank,
                         b->here[0] + (size_t)part * each * size);
    }
    for (int i = 0; i < faults; i++) {
        size_t at = faults == 1
                        ? count / 2
                        : (size_t)i * (count - 1) / (size_t)(faults - 1);
        b->here[0][at * size + size - 1] ^= 0x11;
    }
    bench_upload(b, 0);
    pattern_verify(&pattern, c, 0, b->here[0], &want);
    b->gpu->kind->verify(b->gpu, &pattern, c, 0, b->on_gpu[0], &got);
    if (got.checked != want.checked || got.wrong != want.wrong)
        fail_msg("%s %s %s, %d ranks: %zu of %zu wrong, expected %zu of %zu",
                 collective_name(c->kind), datatype_name(c->type),
                 op_name(c->op), c->ranks, got.wrong, got.checked, want.wrong,
                 want.checked);
    for (size_t i = 0; i < LENGTH(want.first) && i < want.wrong; i++) {
        assert_int_equal(got.first[i].element, want.first[i].element);
        assert_string_equal(got.first[i].got, want.first[i].got);
        assert_string_equal(got.first[i].want, want.first[i].want);
        assert_int_equal(got.first[i].rank, want.first[i].rank);
        assert_string_equal(got.first[i].how, want.first[i].how);
    }
}

/* The sum of all contributions, added by the host. */
static void add_up(struct bench *b, const struct collective *c,
                   uint64_t iteration)
{
    struct pattern pattern = {12, iteration, c->ranks};
    for (int rank = 0; rank < c->ranks; rank++) {
        pattern_fill(&pattern, c, rank, b->here[rank ? 1 : 0]);
        if (rank)
            reduce_host(c->type, c->op, b->here[0], b->here[0], b->here[1],
                        c->count, false);
    }
    if (c->op == OP_AVG)
        reduce_divide(c->type, b->here[0], c->count, c->ranks);
}

static void verdicts_are_the_hosts(void **state)
{
    const int ranks[] = {1, 2, 3, 8, 257};
    struct bench b = bench_open(30000 * WIDEST_B);
    (void)state;
    for (int type = 0; type < TYPE_COUNT; type++)
        for (size_t r = 0; r < LENGTH(ranks); r++) {
            for (int op = 0; op < OP_COUNT; op++) {
                struct collective c =
                    case_of(COLL_ALLREDUCE, type, op, ranks[r], 2003);
                for (int faults = 0; faults < 8; faults += 3) {
                    if (collective_inapplicable(&c))
                        continue;
                    add_up(&b, &c, (uint64_t)faults);
                    expect_judged(&b, &c, (uint64_t)faults, faults);
                }
            }
            struct collective own =
                case_of(COLL_ALLGATHER, type, OP_SUM, ranks[r], 101);
            for (int faults = 0; faults < 8; faults += 3)
                expect_judged(&b, &own, 5, faults);
        }
    bench_close(&b);
}

/* More than all threads of the largest GPU take at a time. */
static void large_buffers_are_gone_through_to_the_end(void **state)
{
    const struct {
        enum datatype type;
        size_t count;
    } large[] = {{TYPE_INT8, 5000011}, {TYPE_FLOAT32, 2200007}};
    struct bench b = bench_open(9000000);
    (void)state;
    for (size_t i = 0; i < LENGTH(large); i++) {
        struct collective c =
            case_of(COLL_ALLREDUCE, large[i].type, OP_SUM, 3, large[i].count);
        expect_filled(&b, &c, 1, 9);
        add_up(&b, &c, 9);
        expect_judged(&b, &c, 9, 3);
    }
    bench_close(&b);
}

/* --- waiting -------------------------------------------------------------
 */

/* Theorem: what was queued before a ticket is done when the ticket is reached,
 * tickets are reached in order, and more may be out than there are events. */
static void tickets_are_reached_in_order(void **state)
{
    enum { TICKETS = 600 };
    struct bench b = bench_open(4096);
    uint64_t tickets[TICKETS];
    (void)state;
    for (int i = 0; i < TICKETS; i++) {
        b.gpu->kind->move(b.gpu, b.on_gpu[0], b.on_gpu[1], 4096, false);
        tickets[i] = b.gpu->kind->mark(b.gpu);
        assert_true(i == 0 || tickets[i] > tickets[i - 1]);
    }
    while (!b.gpu->kind->reached(b.gpu, tickets[TICKETS - 1]))
        ;
    for (int i = TICKETS; i-- > 0;)
        assert_true(b.gpu->kind->reached(b.gpu, tickets[i]));
    memset(b.here[1], 0x5a, 4096);
    bench_upload(&b, 1);
    b.gpu->kind->move(b.gpu, b.on_gpu[0], b.on_gpu[1], 4096, false);
    uint64_t last = b.gpu->kind->mark(b.gpu);
    while (!b.gpu->kind->reached(b.gpu, last))
        ;
    memcpy(b.here[0], b.here[1], 4096);
    expect_same(&b, 0, "moved before the ticket");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reductions_are_the_hosts),
        cmocka_unit_test(quotients_are_the_hosts),
        cmocka_unit_test(fills_are_the_hosts),
        cmocka_unit_test(verdicts_are_the_hosts),
        cmocka_unit_test(large_buffers_are_gone_through_to_the_end),
        cmocka_unit_test(tickets_are_reached_in_order),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
