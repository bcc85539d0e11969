/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedules as text, against text written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "coll/print.h"
#include "coll/registry.h"

/* Written by hand. 10 elements of 4 bytes in blocks of 4, 3, 3. */
static const char golden[] =
    "# allreduce ring: 3 ranks, 10 float32, sum, out of place\n"
    "phase 0 reduce-scatter: rounds 0..1\n"
    "round 0\n"
    "rank 0  send         to 1    input[0+16]\n"
    "rank 0  recv-reduce  from 2  input[28+12] op -> output[28+12]\n"
    "rank 1  send         to 2    input[16+12]\n"
    "rank 1  recv-reduce  from 0  input[0+16] op -> output[0+16]\n"
    "rank 2  send         to 0    input[28+12]\n"
    "rank 2  recv-reduce  from 1  input[16+12] op -> output[16+12]\n"
    "round 1\n"
    "rank 0  send         to 1    output[28+12]\n"
    "rank 0  recv-reduce  from 2  input[16+12] op -> output[16+12]\n"
    "rank 1  send         to 2    output[0+16]\n"
    "rank 1  recv-reduce  from 0  input[28+12] op -> output[28+12]\n"
    "rank 2  send         to 0    output[16+12]\n"
    "rank 2  recv-reduce  from 1  input[0+16] op -> output[0+16]\n"
    "phase 1 all-gather: rounds 2..3\n"
    "round 2\n"
    "rank 0  send         to 1    output[16+12]\n"
    "rank 0  recv         from 2  -> output[0+16]\n"
    "rank 1  send         to 2    output[28+12]\n"
    "rank 1  recv         from 0  -> output[16+12]\n"
    "rank 2  send         to 0    output[0+16]\n"
    "rank 2  recv         from 1  -> output[28+12]\n"
    "round 3\n"
    "rank 0  send         to 1    output[0+16]\n"
    "rank 0  recv         from 2  -> output[28+12]\n"
    "rank 1  send         to 2    output[16+12]\n"
    "rank 1  recv         from 0  -> output[0+16]\n"
    "rank 2  send         to 0    output[28+12]\n"
    "rank 2  recv         from 1  -> output[16+12]\n";

/* The caller frees the text. */
static char *printed(const char *name, const struct collective *c, int rank)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    schedule_print(out, registry_find(c->kind, name), c, rank);
    fclose(out);
    return text;
}

static void a_printed_schedule_reads_as_written_by_hand(void **state)
{
    struct collective c = {
        .kind = COLL_ALLREDUCE, .ranks = 3, .count = 10, .type = TYPE_FLOAT32};
    char *text = printed("ring", &c, -1);

    (void)state;
    assert_string_equal(text, golden);
    free(text);
}

static void a_strided_span_prints_its_stride(void **state)
{
    struct collective c = {.kind = COLL_ALLGATHER,
                           .ranks = 4,
                           .count = 5,
                           .type = TYPE_INT8,
                           .in_place = true,
                           .shape = {.nodes = 2, .per_node = 2}};
    char *text = printed("hierarchical", &c, 1);

    (void)state;
    assert_string_equal(
        text, "# allgather hierarchical: 4 ranks, 5 int8, in place\n"
              "phase 0 all-gather across nodes: rounds 0..0\n"
              "round 0\n"
              "rank 1  send         to 3    input[0+5]\n"
              "rank 1  recv         from 3  -> output[15+5]\n"
              "phase 1 all-gather in the node: rounds 1..1\n"
              "round 1\n"
              "rank 1  send         to 0    output[5+5 x 2 / 10]\n"
              "rank 1  recv         from 0  -> output[0+5 x 2 / 10]\n");
    free(text);
}

/* Theorem: each kind of line has its form. */
static void a_barrier_prints_no_bytes(void **state)
{
    struct collective c = {.kind = COLL_BARRIER, .ranks = 12};
    char *text = printed("dissemination", &c, 10);

    (void)state;
    assert_string_equal(text, "# barrier dissemination: 12 ranks\n"
                              "phase 0 signal: rounds 0..0\n"
                              "round 0\n"
                              "rank 10  send         to 11\n"
                              "rank 10  recv         from 9\n"
                              "phase 1 signal: rounds 1..1\n"
                              "round 1\n"
                              "rank 10  send         to 0\n"
                              "rank 10  recv         from 8\n"
                              "phase 2 signal: rounds 2..2\n"
                              "round 2\n"
                              "rank 10  send         to 2\n"
                              "rank 10  recv         from 6\n"
                              "phase 3 signal: rounds 3..3\n"
                              "round 3\n"
                              "rank 10  send         to 6\n"
                              "rank 10  recv         from 2\n");
    free(text);
}

static void one_rank_prints_a_copy(void **state)
{
    struct collective c = {.kind = COLL_ALLREDUCE,
                           .ranks = 1,
                           .count = 2,
                           .type = TYPE_FLOAT64,
                           .op = OP_MAX};
    char *text = printed("ring", &c, -1);

    (void)state;
    assert_string_equal(text, "# allreduce ring: 1 rank, 2 float64, max, out "
                              "of place\n"
                              "phase 0 copy: rounds 0..0\n"
                              "round 0\n"
                              "rank 0  copy                 input[0+16] -> "
                              "output[0+16]\n");
    free(text);
}

/* Where the last contribution arrives: of 3 ranks in a ring in the second round
 * of four, where two exchange all they have at once. */
static void an_average_shows_where_it_is_divided(void **state)
{
    struct collective c = {.kind = COLL_ALLREDUCE,
                           .ranks = 2,
                           .count = 2,
                           .type = TYPE_BFLOAT16,
                           .op = OP_AVG};
    char *text = printed("recursive-doubling", &c, 1);

    (void)state;
    assert_string_equal(text, "# allreduce recursive-doubling: 2 ranks, 2 "
                              "bfloat16, avg, out of place\n"
                              "phase 0 exchange: rounds 0..0\n"
                              "round 0\n"
                              "rank 1  send         to 0    input[0+4]\n"
                              "rank 1  recv-reduce  from 0  input[0+4] op -> "
                              "output[0+4] / 2\n");
    free(text);
    c.ranks = c.count = 3;
    text = printed("ring", &c, 1);
    assert_string_equal(text, "# allreduce ring: 3 ranks, 3 bfloat16, avg, out "
                              "of place\n"
                              "phase 0 reduce-scatter: rounds 0..1\n"
                              "round 0\n"
                              "rank 1  send         to 2    input[2+2]\n"
                              "rank 1  recv-reduce  from 0  input[0+2] op -> "
                              "output[0+2]\n"
                              "round 1\n"
                              "rank 1  send         to 2    output[0+2]\n"
                              "rank 1  recv-reduce  from 0  input[4+2] op -> "
                              "output[4+2] / 3\n"
                              "phase 1 all-gather: rounds 2..3\n"
                              "round 2\n"
                              "rank 1  send         to 2    output[4+2]\n"
                              "rank 1  recv         from 0  -> output[2+2]\n"
                              "round 3\n"
                              "rank 1  send         to 2    output[2+2]\n"
                              "rank 1  recv         from 0  -> output[0+2]\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_printed_schedule_reads_as_written_by_hand),
        cmocka_unit_test(a_strided_span_prints_its_stride),
        cmocka_unit_test(a_barrier_prints_no_bytes),
        cmocka_unit_test(one_rank_prints_a_copy),
        cmocka_unit_test(an_average_shows_where_it_is_divided),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
