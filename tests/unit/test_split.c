/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/split.h"

/* Theorem: the groups of an axis partition the ranks, and the ranks of a group
 * differ by multiples of the product of the axes inside it. */
static void groups_partition_the_ranks(void **state)
{
    static const char *const axes[] = {"tp", "cp", "pp", "dp"};
    static const int strides[] = {1, 4, 12, 24};
    (void)state;
    for (int axis = 0; axis < 4; axis++) {
        struct split s;
        assert_null(split_read("tp=4,cp=3,pp=2,dp=5", axes[axis], &s));
        assert_int_equal(split_ranks(&s), 120);
        assert_int_equal(split_groups(&s) * split_members(&s), 120);
        int seen[120] = {0};
        for (int g = 0; g < split_groups(&s); g++)
            for (int m = 0; m < split_members(&s); m++) {
                int rank = split_rank(&s, g, m);
                assert_in_range(rank, 0, 119);
                seen[rank]++;
                assert_int_equal(rank - split_rank(&s, g, 0),
                                 m * strides[axis]);
            }
        for (int i = 0; i < 120; i++)
            assert_int_equal(seen[i], 1);
    }
}

/* Llama 3's 16,384 GPUs: tensor groups are single nodes of 8, data groups take
 * one rank of every 128. */
static void llama_3_as_in_its_paper(void **state)
{
    struct split s;
    (void)state;
    assert_null(split_read("tp=8,pp=16,dp=128", "dp", &s));
    assert_int_equal(split_ranks(&s), 16384);
    assert_int_equal(split_groups(&s), 128);
    assert_int_equal(split_rank(&s, 5, 3), 3 * 128 + 5);
    assert_null(split_read("tp=8,pp=16,dp=128", "tp", &s));
    assert_int_equal(split_rank(&s, 7, 2), 7 * 8 + 2);
}

static void bad_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "",           "tp",
        "tp=",        "tp=0",
        "=8",         "tp=8,",
        ",tp=8",      "tp=8 dp=2",
        "tp=8,tp=2",  "tp=99999999,dp=9",
        "tp=-1",      "tp=8x",
        "tp=8,,dp=2", "tp=1,a=1,b=1,c=1,d=1,e=1,f=1"};
    struct split s;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!split_read(bad[i], "tp", &s))
            fail_msg("'%s' was taken, expected it to be refused", bad[i]);
    assert_non_null(split_read("tp=8,dp=2", "pp", &s));
    assert_non_null(split_read("tp=8,dp=2", NULL, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_partition_the_ranks),
        cmocka_unit_test(llama_3_as_in_its_paper),
        cmocka_unit_test(bad_texts_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
