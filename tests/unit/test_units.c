/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and times as text: what is printed reads back, and what is not a
 * quantity is refused with the target untouched. */
#include "base/units.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static const size_t untouched_B = 0xdeadbeef;
static const double untouched_s = -12345.5;

static void expect_size(const char *text, size_t want)
{
    size_t got = untouched_B;
    if (!units_parse_size(text, &got))
        fail_msg("\"%s\": expected %zu B, was refused", text, want);
    if (got != want)
        fail_msg("\"%s\": expected %zu B, got %zu B", text, want, got);
}

static void expect_time(const char *text, double want)
{
    double got = untouched_s;
    if (!units_parse_time(text, &got))
        fail_msg("\"%s\": expected %g s, was refused", text, want);
    if (!(fabs(got - want) <= 1e-15 * want))
        fail_msg("\"%s\": expected %.17g s, got %.17g s", text, want, got);
}

static void sizes_are_read_in_every_unit(void **state)
{
    (void)state;
    const size_t K = 1024, M = K * K, G = M * K, T = G * K;
    const struct {
        const char *text;
        size_t bytes;
    } rows[] = {
        {"0", 0},
        {"1", 1},
        {"1000", 1000},
        {"7B", 7},
        {"64K", 64 * K},
        {"64k", 64 * K},
        {"64KiB", 64 * K},
        {"64kB", 64000},
        {"1.5MiB", 3 * M / 2},
        {"1M", M},
        {"1m", M},
        {"1MB", 1000000},
        {"2G", 2 * G},
        {"2g", 2 * G},
        {"2GiB", 2 * G},
        {"2GB", 2000000000},
        {"1T", T},
        {"1t", T},
        {"1TiB", T},
        {"1TB", 1000000000000},
        {"0.5K", 512},
        {".5K", 512},
        {"5.K", 5 * K},
        {"1.0", 1},
        {"0007", 7},
        {"9007199254740992", (size_t)1 << 53},
        {"8192TiB", (size_t)1 << 53},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_size(rows[i].text, rows[i].bytes);
}

static void times_are_read_in_every_unit(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double seconds;
    } rows[] = {
        {"0", 0},     {"0s", 0},          {"1.5us", 1.5e-6}, {"20ms", 0.02},
        {"3s", 3},    {"3", 3},           {"0.25", 0.25},    {"2min", 120},
        {"1h", 3600}, {"1.5h", 5400},     {"7ns", 7e-9},     {".5s", 0.5},
        {"5.s", 5},   {"100000h", 3.6e8},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_time(rows[i].text, rows[i].seconds);
}

/* A number of 400 digits, which is infinite in a double, and such with a point
 * and a unit. */
static const char *endless(char *text, size_t capacity, const char *unit)
{
    memset(text, '9', 400);
    snprintf(text + 400, capacity - 400, "%s", unit);
    return text;
}

static void no_size_is_refused_untouched(void **state)
{
    (void)state;
    char nines[420];
    const char *const texts[] = {
        "",
        "x",
        "K",
        "KiB",
        "B",
        ".",
        "..",
        ".K",
        "1..2",
        "1.2.3",
        "1.3B",
        "0.3K",
        "1.3",
        "-1",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1 K",
        "\t1",
        "1\n",
        "1e3",
        "1e999",
        "1e",
        "0x10",
        "64KiBx",
        "64Ki",
        "64KB",
        "64kib",
        "64KIB",
        "64kiB",
        "64mb",
        "1P",
        "1E",
        "1KK",
        "1b",
        "1s",
        "1us",
        "inf",
        "nan",
        "NaN",
        "infinity",
        "1,000",
        "1'000",
        "12345K6",
        /* above 2^53, where a double no longer tells bytes apart */
        "9007199254740994",
        "8193TiB",
        "16777216T",
        "18446744073709551616",
        endless(nines, sizeof nines, "T"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t got = untouched_B;
        if (units_parse_size(texts[i], &got))
            fail_msg("\"%s\": expected no size, got %zu B", texts[i], got);
        if (got != untouched_B)
            fail_msg("\"%s\": refused, but wrote %zu", texts[i], got);
    }
}

static void no_time_is_refused_untouched(void **state)
{
    (void)state;
    char nines[420];
    const char *const texts[] = {
        "",      "x",     "s",      "us",   ".",
        ".s",    "1..2s", "1.2.3s", "-1s",  "-0",
        "+1s",   " 1s",   "1s ",    "1 s",  "1e3",
        "1e999", "0x10",  "1S",     "1US",  "1sec",
        "1m",    "1mins", "1d",     "1hh",  "1K",
        "1us2",  "inf",   "nan",    "1,5s", endless(nines, sizeof nines, "s"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double got = untouched_s;
        if (units_parse_time(texts[i], &got))
            fail_msg("\"%s\": expected no time, got %g s", texts[i], got);
        if (got != untouched_s)
            fail_msg("\"%s\": refused, but wrote %g", texts[i], got);
    }
}

/* Finite by itself, but not in seconds. */
static void a_time_that_overflows_in_seconds_is_refused(void **state)
{
    (void)state;
    char text[420] = "";
    double got = untouched_s;
    memset(text, '9', 307);
    snprintf(text + 307, sizeof text - 307, "h");
    assert_false(units_parse_time(text, &got));
    assert_true(got == untouched_s);
    snprintf(text + 307, sizeof text - 307, "s");
    assert_true(units_parse_time(text, &got));
    assert_true(got > 9e306);
}

static void expect_printed_size(size_t bytes, const char *want)
{
    char text[40];
    assert_ptr_equal(units_print_size(bytes, text, sizeof text), text);
    if (strcmp(text, want))
        fail_msg("%zu B: expected \"%s\", got \"%s\"", bytes, want, text);
}

static void sizes_are_printed_in_the_largest_unit_that_is_whole(void **state)
{
    (void)state;
    expect_printed_size(0, "0B");
    expect_printed_size(1, "1B");
    expect_printed_size(1000, "1000B");
    expect_printed_size(1023, "1023B");
    expect_printed_size(1024, "1KiB");
    expect_printed_size(1025, "1025B");
    expect_printed_size(1536, "1536B");
    expect_printed_size(65536, "64KiB");
    expect_printed_size(3 << 19, "1536KiB");
    expect_printed_size(1 << 20, "1MiB");
    expect_printed_size((size_t)1 << 30, "1GiB");
    expect_printed_size((size_t)1 << 40, "1TiB");
    expect_printed_size((size_t)1 << 53, "8192TiB");
}

static void expect_round_trip(size_t bytes)
{
    char text[40];
    expect_size(units_print_size(bytes, text, sizeof text), bytes);
}

/* Every size to 70000, neighbours of powers of two to 2^53, and 100k others. */
static void a_printed_size_reads_back_the_same(void **state)
{
    (void)state;
    struct random random = {1};
    for (size_t bytes = 0; bytes <= 70000; bytes++)
        expect_round_trip(bytes);
    for (int bit = 0; bit < 53; bit++) {
        expect_round_trip(((size_t)1 << bit) - 1);
        expect_round_trip((size_t)1 << bit);
        expect_round_trip(((size_t)1 << bit) + 1);
    }
    for (int i = 0; i < 100000; i++)
        expect_round_trip(
            (size_t)(random_next(&random) >> 11 >> random_below(&random, 53)));
}

static void expect_printed_time(double seconds, const char *want)
{
    char text[40];
    assert_ptr_equal(units_print_time(seconds, text, sizeof text), text);
    if (strcmp(text, want))
        fail_msg("%.17g s: expected \"%s\", got \"%s\"", seconds, want, text);
}

static void times_are_printed_with_three_digits(void **state)
{
    (void)state;
    expect_printed_time(12.34e-6, "12.3us");
    expect_printed_time(1.5, "1.50s");
    expect_printed_time(1e-9, "1.00ns");
    expect_printed_time(0, "0.00ns");
    expect_printed_time(9.994e-3, "9.99ms");
    expect_printed_time(9.996e-3, "10.0ms");
    expect_printed_time(99.94e-3, "99.9ms");
    expect_printed_time(99.96e-3, "100ms");
    expect_printed_time(999.4e-6, "999us");
    expect_printed_time(999.6e-6, "1.00ms");
    expect_printed_time(123.4, "123s");
}

/* Three digits: half of the last one, and a rounding. */
static void a_printed_time_reads_back_to_three_digits(void **state)
{
    (void)state;
    for (double seconds = 1e-9; seconds < 900; seconds *= 1.0137) {
        char text[40];
        double got = untouched_s;
        units_print_time(seconds, text, sizeof text);
        if (!units_parse_time(text, &got) ||
            fabs(got - seconds) > 0.00501 * seconds)
            fail_msg("%.17g s: \"%s\" reads as %g s", seconds, text, got);
    }
}

static void printing_stays_within_the_capacity(void **state)
{
    (void)state;
    char text[8];
    memset(text, '#', sizeof text);
    units_print_size(123456789, text, 5);
    assert_string_equal(text, "1234");
    assert_memory_equal(text + 5, "###", 3);
    memset(text, '#', sizeof text);
    units_print_time(12.34e-6, text, 5);
    assert_string_equal(text, "12.3");
    assert_memory_equal(text + 5, "###", 3);
}

/* 100k strings of the letters that occur in quantities: some parse, none
 * crashes, and a size that parses survives being printed. */
static void random_texts_are_refused_or_round_trip(void **state)
{
    (void)state;
    static const char letters[] = "0123456789001122..KMGTkmgtiBbusnhe-+ x";
    struct random random = {7};
    int sizes = 0, times = 0;
    for (int i = 0; i < 100000; i++) {
        char text[16];
        size_t length = (size_t)random_below(&random, 10), bytes = untouched_B;
        for (size_t j = 0; j < length; j++)
            text[j] = letters[random_below(&random, sizeof letters - 1)];
        text[length] = '\0';
        double seconds = untouched_s;
        if (units_parse_size(text, &bytes)) {
            expect_round_trip(bytes);
            sizes++;
        } else if (bytes != untouched_B) {
            fail_msg("\"%s\": refused, but wrote %zu", text, bytes);
        }
        if (units_parse_time(text, &seconds)) {
            assert_true(isfinite(seconds) && seconds >= 0);
            times++;
        } else if (seconds != untouched_s) {
            fail_msg("\"%s\": refused, but wrote %g", text, seconds);
        }
    }
    if (sizes < 1000 || times < 1000)
        fail_msg("only %d sizes and %d times among the texts", sizes, times);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_in_every_unit),
        cmocka_unit_test(times_are_read_in_every_unit),
        cmocka_unit_test(no_size_is_refused_untouched),
        cmocka_unit_test(no_time_is_refused_untouched),
        cmocka_unit_test(a_time_that_overflows_in_seconds_is_refused),
        cmocka_unit_test(sizes_are_printed_in_the_largest_unit_that_is_whole),
        cmocka_unit_test(a_printed_size_reads_back_the_same),
        cmocka_unit_test(times_are_printed_with_three_digits),
        cmocka_unit_test(a_printed_time_reads_back_to_three_digits),
        cmocka_unit_test(printing_stays_within_the_capacity),
        cmocka_unit_test(random_texts_are_refused_or_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
