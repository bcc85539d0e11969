/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates and lengths as text, and prints that lose nothing. */
#include "base/units.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static const double untouched_s = -12345.5;

/* A bit is an eighth of a byte; k, M, G, T are powers of 1000. */
static void rates_and_lengths_are_read_in_every_unit(void **state)
{
    (void)state;
    const struct {
        const char *text;
        double value;
    } rates[] =
        {
            {"400Gb/s", 50e9},  {"50GB/s", 50e9},    {"1.8TB/s", 1.8e12},
            {"1.6Tb/s", 200e9}, {"100Mb/s", 12.5e6}, {"8kb/s", 1000},
            {"8b/s", 1},        {"1B/s", 1},         {"1.5kB/s", 1500},
            {"370MB/s", 370e6}, {"0Gb/s", 0},        {"48.4GB/s", 48.4e9},
        },
      lengths[] = {
          {"3m", 3}, {"50cm", 0.5}, {"1.5km", 1500}, {"2mm", 0.002}, {"0m", 0},
      };
    double got;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (!units_parse_rate(rates[i].text, &got) ||
            fabs(got - rates[i].value) > 1e-15 * rates[i].value)
            fail_msg("\"%s\": expected %g B/s, got %g", rates[i].text,
                     rates[i].value, got);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (!units_parse_length(lengths[i].text, &got) ||
            fabs(got - lengths[i].value) > 1e-15 * lengths[i].value)
            fail_msg("\"%s\": expected %g m, got %g", lengths[i].text,
                     lengths[i].value, got);
}

/* Neither has a unit that could be guessed. */
static void no_rate_or_length_is_refused_untouched(void **state)
{
    (void)state;
    const char *const texts[] = {
        "",          "400",     "400G",   "400Gb",  "400Gbps",
        "400GiB/s",  "Gb/s",    "-1Gb/s", "1 Gb/s", "1e3Gb/s",
        "1.2.3Gb/s", "400gb/s", "1Gb/s ", "30M",    "30 m",
        "3ft",       "m",       "-3m",    "3mm2",   "inf",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double rate = untouched_s, length = untouched_s;
        if (units_parse_rate(texts[i], &rate) ||
            units_parse_length(texts[i], &length))
            fail_msg("\"%s\": expected neither, got %g B/s or %g m", texts[i],
                     rate, length);
        if (rate != untouched_s || length != untouched_s)
            fail_msg("\"%s\": refused, but wrote", texts[i]);
    }
}

typedef char *print_function(double, char *, size_t);

static void exact_prints_are_short_where_they_can_be(void **state)
{
    (void)state;
    const struct {
        print_function *print;
        double value;
        const char *want;
    } rows[] = {
        {units_print_rate, 450e9, "450GB/s"},
        {units_print_rate, 1.8e12, "1.8TB/s"},
        {units_print_rate, 1, "1B/s"},
        {units_print_rate, 999, "999B/s"},
        {units_print_bits, 50e9, "400Gb/s"},
        {units_print_bits, 12.5e9, "100Gb/s"},
        {units_print_bits, 200e9, "1.6Tb/s"},
        {units_print_bits, 1, "8b/s"},
        {units_print_length, 30, "30m"},
        {units_print_length, 0.5, "0.5m"},
        {units_print_length, 1500, "1.5km"},
        {units_print_length, 0, "0m"},
        {units_print_exact_time, 600 * 1e-9, "600ns"},
        {units_print_exact_time, 4.9 * 1e-9, "4.9ns"},
        {units_print_exact_time, 1.3 * 1e-6, "1.3us"},
        {units_print_exact_time, 90, "90s"},
        {units_print_exact_time, 0, "0s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        rows[i].print(rows[i].value, text, sizeof text);
        if (strcmp(text, rows[i].want))
            fail_msg("%.17g: expected \"%s\", got \"%s\"", rows[i].value,
                     rows[i].want, text);
    }
}

/* Any double from 1e-12 to 1e18, in 64 bytes. */
static void an_exact_print_reads_back_as_the_same_double(void **state)
{
    (void)state;
    static const struct {
        print_function *print;
        bool (*parse)(const char *, double *);
    } kinds[] = {{units_print_rate, units_parse_rate},
                 {units_print_bits, units_parse_rate},
                 {units_print_length, units_parse_length},
                 {units_print_exact_time, units_parse_time}};
    struct random random = {5};
    for (int i = 0; i < 40000; i++) {
        double value = pow(
            10, -12 + 30 * (double)random_below(&random, 1 << 30) * 0x1p-30);
        char text[64];
        double got = untouched_s;
        kinds[i % 4].print(value, text, sizeof text);
        if (strlen(text) > 62 || !kinds[i % 4].parse(text, &got) ||
            got != value)
            fail_msg("%.17g: \"%s\" reads as %.17g", value, text, got);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_and_lengths_are_read_in_every_unit),
        cmocka_unit_test(no_rate_or_length_is_refused_untouched),
        cmocka_unit_test(exact_prints_are_short_where_they_can_be),
        cmocka_unit_test(an_exact_print_reads_back_as_the_same_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
