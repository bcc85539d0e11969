/* SPDX-License-Identifier: BSD-3-Clause */
/* How the bits of an answer are dealt to ranks: fairly, and so that a fault of
 * one among many is found within the number of elements that the header says.
 */
#include "coll/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coll/pattern_element.h"

enum { MANY = 100352 };

/* Roles are dealt fairly: each element has every role once; each rank plays
 * every role once in n elements. */
static void each_role_is_played_once_by_each_rank(void **state)
{
    (void)state;
    for (int n = 1; n < 300; n += 1 + n / 8) {
        struct pattern_deal deal = {(uint64_t)n, 0, (uint64_t)n / 3};
        deal.stride = pattern_stride(deal.ranks, 8);
        for (int fixed = 0; fixed < n; fixed += 1 + n / 5) {
            char by_rank[300] = {0}, by_element[300] = {0};
            for (int k = 0; k < n; k++) {
                uint64_t role = pattern_role(&deal, k, 1000 + (size_t)fixed);
                by_rank[role]++;
                assert_int_equal(
                    pattern_rank(&deal, role, 1000 + (size_t)fixed), k);
                by_element[pattern_role(&deal, fixed, (size_t)k)]++;
            }
            for (int k = 0; k < n; k++)
                if (by_rank[k] != 1 || by_element[k] != 1)
                    fail_msg("n=%d: role %d is played %d times by ranks, %d by "
                             "elements, expected once",
                             n, k, by_rank[k], by_element[k]);
        }
    }
}

/* The header's claim: elements to which a rank contributes are at most
 * 3 n / bits apart, for every n > bits. */
static void contributions_of_a_rank_lie_spread(void **state)
{
    const int bits[] = {2, 3, 4, 5, 6, 7, 8, 9, 11, 24, 31, 32, 53, 63, 64};
    const uint64_t large[] = {1000,  1540,   2268,   4096,  65536,
                              99999, 100352, 131072, 200000};
    (void)state;
    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++)
        for (uint64_t i = 0; i < 500 + sizeof large / sizeof *large; i++) {
            uint64_t n = i < 500 ? (uint64_t)bits[k] + 1 + i : large[i - 500];
            uint64_t step = pattern_stride(n, bits[k]), role = 0, gap = 0;
            for (uint64_t element = 0; element < n; element++) {
                role = (role + step) % n;
                gap++;
                if (role >= (uint64_t)bits[k])
                    continue;
                if (gap * (uint64_t)bits[k] > 3 * n)
                    fail_msg("n=%llu bits %d: %llu elements apart",
                             (unsigned long long)n, bits[k],
                             (unsigned long long)gap);
                gap = 0;
            }
            assert_int_equal(role, 0); /* ends where it began */
            assert_int_equal(gap, 0);
        }
}

/* The answers are what a single rank would contribute. One of 100,352 is left
 * out or taken twice: each of a hundred ranks is found within n elements, on
 * average within the header's 1.6 n / bits and a fifth (three deviations of a
 * mean of 100), and named, if not by a sum above 2^24, which is rounded. */
static void one_of_a_hundred_thousand_is_found_soon(void **state)
{
    enum { STEP = 1009, BITS = 24 };
    static float answer[MANY], out[MANY];
    struct collective c = {.kind = COLL_ALLREDUCE,
                           .count = MANY,
                           .type = TYPE_FLOAT32,
                           .op = OP_SUM,
                           .ranks = 1,
                           .shape = {1, MANY, NULL}};
    struct pattern pattern = {42, 9, MANY};
    double waited = 0, ranks = 0;
    (void)state;
    pattern_fill(&pattern, &c, 0, answer);
    c.ranks = MANY;
    for (int rank = 0; rank < MANY; rank += STEP, ranks++) {
        bool missing = rank % 2;
        struct verdict v;
        pattern_fill(&pattern, &c, rank, out);
        for (size_t i = 0; i < MANY; i++)
            out[i] = missing ? answer[i] - out[i] : answer[i] + out[i];
        pattern_verify(&pattern, &c, 0, out, &v);
        assert_in_range(v.wrong, 1, BITS);
        bool named = false;
        for (size_t i = 0; i < 4 && i < v.wrong; i++)
            named |= v.first[i].rank == rank &&
                     !strcmp(v.first[i].how, missing ? "missing" : "doubled");
        if (!named)
            fail_msg("rank %d %s is not named, but rank %d %s", rank,
                     missing ? "missing" : "doubled", v.first[0].rank,
                     v.first[0].how);
        waited += (double)v.first[0].element + 1;
    }
    if (waited / ranks > 1.2 * 1.6 * MANY / BITS)
        fail_msg("seen after %.0f elements on average, expected %.0f",
                 waited / ranks, 1.6 * MANY / BITS);
}

/* Streams told apart by either half of the key share no word at one element:
 * for each key the hash is a bijection of what the other half made of it. */
static void both_halves_of_a_key_tell_streams_apart(void **state)
{
    (void)state;
    for (uint64_t bit = 0; bit < 64; bit++)
        for (uint32_t i = 0; i < 1000; i++) {
            uint64_t key = 0x0123456789abcdefu;
            assert_int_not_equal(pattern_hash32(key, i),
                                 pattern_hash32(key ^ (uint64_t)1 << bit, i));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_is_played_once_by_each_rank),
        cmocka_unit_test(contributions_of_a_rank_lie_spread),
        cmocka_unit_test(one_of_a_hundred_thousand_is_found_soon),
        cmocka_unit_test(both_halves_of_a_key_tell_streams_apart),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
