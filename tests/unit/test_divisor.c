/* SPDX-License-Identifier: BSD-3-Clause */
/* Division by multiplication is division, for every 32-bit number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/divisor.h"
#include "base/random.h"

static void expect(uint32_t n, uint32_t d)
{
    struct divisor by = divisor_of(d);
    if (divide(n, by) != n / d || remainder_of(n, by) != n % d)
        fail_msg("%u by %u: expected %u rest %u, got %u rest %u", n, d, n / d,
                 n % d, divide(n, by), remainder_of(n, by));
}

/* Where a wrong rounding of m would show: at multiples of d and beside them. */
static void edges_divide_exactly(void **state)
{
    (void)state;
    const uint32_t most = UINT32_MAX;
    for (uint32_t d = 1; d < 3000; d++)
        for (uint32_t i = 0; i < 40; i++) {
            uint32_t multiple = most / d * d - i * d;
            expect(multiple, d);
            expect(multiple - 1, d);
            expect(i * d, d);
            expect(i * d + d - 1, d);
        }
    const uint32_t large[] = {most, most - 1, most / 2, most / 2 + 1, 1u << 31};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++)
            expect(large[i], large[k]);
    expect(0, most);
}

static void random_numbers_divide_exactly(void **state)
{
    (void)state;
    struct random random = {3};
    for (int i = 0; i < 1000000; i++) {
        uint32_t n = (uint32_t)random_below(&random, (uint64_t)1 << 32);
        uint32_t d = (uint32_t)random_below(&random, UINT32_MAX) + 1;
        expect(n, d >> (i % 32) ? d >> (i % 32) : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_divide_exactly),
        cmocka_unit_test(random_numbers_divide_exactly),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
