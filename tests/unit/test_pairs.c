/* SPDX-License-Identifier: BSD-3-Clause */
/* The tournament: proved by counting, for every number of ranks up to 65. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/pairs.h"

enum { RANKS_MOST = 65 };

/* Theorem: over all rounds each of the n (n-1) / 2 pairs meets exactly once;
 * the number of rounds is the least possible; in a round nobody is in two
 * pairs. */
static void everyone_meets_everyone(void **state)
{
    (void)state;
    for (int n = 2; n <= RANKS_MOST; n++) {
        static int met[RANKS_MOST][RANKS_MOST];
        memset(met, 0, sizeof met);
        assert_int_equal(pairs_rounds(n), n % 2 ? n : n - 1);
        assert_int_equal(pairs_in_round(n), n / 2);
        for (int round = 0; round < pairs_rounds(n); round++) {
            int busy[RANKS_MOST] = {0};
            for (int k = 0; k < pairs_in_round(n); k++) {
                int a = -1, b = -1;
                pairs_meeting(n, round, k, &a, &b);
                if (!(0 <= a && a < b && b < n))
                    fail_msg("n=%d round=%d pair=%d: %d, %d", n, round, k, a,
                             b);
                if (busy[a]++ || busy[b]++)
                    fail_msg("n=%d round=%d: %d or %d twice", n, round, a, b);
                met[a][b]++;
            }
        }
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++)
                if (met[a][b] != 1)
                    fail_msg("n=%d: %d and %d: expected 1 meeting, got %d", n,
                             a, b, met[a][b]);
    }
}

/* pairs_partner says of each rank what pairs_meeting says of all; who is in no
 * pair has no partner. With odd n each rank sits out exactly once. */
static void partner_agrees(void **state)
{
    (void)state;
    for (int n = 2; n <= RANKS_MOST; n++) {
        int alone[RANKS_MOST] = {0};
        for (int round = 0; round < pairs_rounds(n); round++) {
            int partner[RANKS_MOST];
            for (int r = 0; r < n; r++)
                partner[r] = -1;
            for (int k = 0; k < pairs_in_round(n); k++) {
                int a, b;
                pairs_meeting(n, round, k, &a, &b);
                partner[a] = b;
                partner[b] = a;
            }
            for (int r = 0; r < n; r++) {
                int got = pairs_partner(n, round, r);
                if (got != partner[r])
                    fail_msg("n=%d round=%d rank=%d: expected %d, got %d", n,
                             round, r, partner[r], got);
                alone[r] += got < 0;
            }
        }
        for (int r = 0; r < n; r++)
            assert_int_equal(alone[r], n % 2);
    }
}

/* Rank k with rank k + n/2: all are different, and only an odd one is left. */
static void halves_are_disjoint(void **state)
{
    (void)state;
    for (int n = 2; n <= RANKS_MOST; n++) {
        int busy[RANKS_MOST] = {0}, taken = 0;
        for (int k = 0; k < pairs_in_round(n); k++) {
            int a, b;
            pairs_halves(n, k, &a, &b);
            assert_int_equal(a, k);
            assert_int_equal(b, k + n / 2);
            assert_in_range(b, 0, n - 1);
            assert_int_equal(busy[a]++, 0);
            assert_int_equal(busy[b]++, 0);
            taken += 2;
        }
        assert_int_equal(taken, n - n % 2);
    }
}

static void alone_meets_nobody(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        assert_int_equal(pairs_rounds(n), 0);
        assert_int_equal(pairs_in_round(n), 0);
    }
    assert_int_equal(pairs_partner(1, 0, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"everyone meets everyone exactly once", everyone_meets_everyone, 0, 0,
         0},
        {"a rank's partner is the one of its pair", partner_agrees, 0, 0, 0},
        {"halves are disjoint pairs", halves_are_disjoint, 0, 0, 0},
        {"one rank meets nobody", alone_meets_nobody, 0, 0, 0},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
