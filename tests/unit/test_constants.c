/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of model constants: what is read, what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/constants.h"

static bool parse(const char *text, struct model_set *out)
{
    return constants_parse(text, strlen(text), "file.yaml", "set", out);
}

static void expect_near(double got, double expected, const char *what)
{
    if (!(fabs(got - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%s: expected %.15g, got %.15g", what, expected, got);
}

/* A range that is not given is the value; a constant that is not given costs
 * nothing. */
static void figures_have_value_and_range(void **state)
{
    struct model_set set;
    (void)state;
    assert_true(
        parse("other: {start: {value: 9s, given: x}}\n"
              "set:\n"
              "  about: words\n"
              "  start: {value: 2us, low: 1us, high: 4us, derived: a fit}\n"
              "  reduce: {value: 100GB/s, given: a book}\n"
              "  switch-share: {value: 0.5, low: 0.25, assumed: nobody knows}\n"
              "  segment: {value: 256KiB, given: a book}\n",
              &set));
    assert_string_equal(set.value.name, "set");
    expect_near(set.value.start_s, 2e-6, "start");
    expect_near(set.low.start_s, 1e-6, "low start");
    expect_near(set.high.start_s, 4e-6, "high start");
    expect_near(set.value.reduce_Bps, 100e9, "reduce");
    expect_near(set.low.reduce_Bps, 100e9, "low reduce");
    expect_near(set.low.switch_share, 0.25, "low share");
    expect_near(set.high.switch_share, 0.5, "high share");
    expect_near(set.value.segment_B, 262144, "segment");
    assert_true(set.value.network_s == 0);
    assert_true(isinf(set.value.copy_Bps));
}

static void bad_sets_are_refused(void **state)
{
    static const char *const bad[] = {
        "", /* no map */
        "other: {}\n",
        "set: 5\n",
        "set: {speed: {value: 1us, given: x}}\n",
        "set: {start: 1us}\n",
        "set: {start: {value: 1us}}\n", /* no source */
        "set: {start: {value: 1us, given: x, assumed: y}}\n",
        "set: {start: {given: x}}\n", /* no value */
        "set: {start: {value: -1us, given: x}}\n",
        "set: {start: {value: 1GB/s, given: x}}\n",
        "set: {start: {value: 1us, low: 2us, given: x}}\n",
        "set: {start: {value: 3us, high: 2us, given: x}}\n",
        "set: {reduce: {value: 0GB/s, given: x}}\n",
        "set: {switch-share: {value: 1.5, given: x}}\n",
        "set: {switch-share: {value: 0, given: x}}\n",
        "set: {segment: {value: big, given: x}}\n",
        "set: {start: {value: 1us, given: x, middle: 2us}}\n",
    };
    struct model_set set;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], &set))
            fail_msg("taken: %s", bad[i]);
}

/* Draw 0 is the values; others lie in the ranges, differ, and come again. */
static void draws_lie_in_the_range(void **state)
{
    struct model_set set;
    (void)state;
    assert_true(parse(
        "set: {start: {value: 2us, low: 1us, high: 4us, derived: a fit}}\n",
        &set));
    expect_near(model_draw(&set, 7, 0).start_s, 2e-6, "draw 0");
    double least = 1, most = 0;
    for (uint64_t i = 1; i <= 200; i++) {
        double drawn = model_draw(&set, 7, i).start_s;
        assert_true(drawn >= 1e-6 && drawn <= 4e-6);
        expect_near(model_draw(&set, 7, i).start_s, drawn, "the same again");
        least = fmin(least, drawn);
        most = fmax(most, drawn);
    }
    print_message("200 draws of 1 to 4 us: %g to %g\n", least, most);
    assert_true(least < 1.2e-6 && most > 3.8e-6);
}

static void the_sets_of_the_project_are_good(void **state)
{
    static const char *const names[] = {"nccl-h100", "ucx", "wires-only"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct model_set set;
        assert_true(
            constants_read("topologies/constants.yaml", names[i], &set));
        assert_string_equal(set.value.name, names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_have_value_and_range),
        cmocka_unit_test(bad_sets_are_refused),
        cmocka_unit_test(draws_lie_in_the_range),
        cmocka_unit_test(the_sets_of_the_project_are_good),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
