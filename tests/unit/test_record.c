/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows as CSV: what is written can be read back unchanged, and nothing else can
 * be read at all. */
#include "bench/record.h"

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static const char header_wanted[] =
    "run_id,time_utc,source,benchmark,transport,algorithm,memory,datatype,op,"
    "root,in_place,topology,constants,placement,seed,group,rank_a,rank_b,direction,"
    "window,nodes,ranks,ranks_per_node,size_B,mode,sync,batch,samples,stop,"
    "time_min_us,time_p50_us,time_p50_lo_us,time_p50_hi_us,time_mean_us,"
    "time_p95_us,time_p99_us,time_max_us,time_floor_us,sampling_error,"
    "algbw_GBps,busbw_GBps,wire_GBps,bound_GBps,bound_level,efficiency,"
    "entry_skew_us,open_ms,connections,checked,wrong,gdr,path,evidence,"
    "slowest_rank,slowest_host,assumed,flags,status,reason\n";

/* Memory that a FILE printer filled; the caller frees. */
static char *printed(void (*print)(FILE *, const struct record *),
                     const struct record *record)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out, record);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void set_text(char *field, size_t capacity, const char *text)
{
    assert_true(snprintf(field, capacity, "%s", text) < (int)capacity);
}
#define SET(field, text) set_text(field, sizeof(field), text)

static struct record sample_record(void)
{
    struct record r;
    record_clear(&r);
    SET(r.run_id, "20260102T030405Z-77");
    SET(r.time_utc, "2026-01-02T03:04:05Z");
    SET(r.source, "measured");
    SET(r.benchmark, "allreduce");
    SET(r.transport, "ucx");
    SET(r.algorithm, "double-tree:segment=512KiB");
    SET(r.datatype, "float32");
    SET(r.evidence, "says \"direct\", then\nanother line\r");
    SET(r.status, "ok");
    SET(r.flags, "few-samples outliers");
    r.seed = 4294967295.0;
    r.ranks = 8;
    r.size_B = 1099511627776.0;
    r.time_p50_us = 12.345678912345;
    r.time_p50_lo_us = 12.2;
    r.time_p50_hi_us = 12.6;
    r.time_min_us = 0.000123456789;
    r.algbw_GBps = 123456.7891234;
    r.busbw_GBps = 21.5;
    r.efficiency = 1.0 / 3;
    r.samples = 250;
    r.wrong = 0;
    return r;
}

static struct record parsed(const char *line)
{
    struct record r;
    const char *why;
    if (!record_parse(header_wanted, line, &r, &why))
        fail_msg("expected to read the line, got \"%s\": %s", why, line);
    return r;
}

static void header_is_the_published_order(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    record_write_header(out);
    fclose(out);
    assert_string_equal(text, header_wanted);
    free(text);
}

static void reading_what_was_written_gives_the_same_line(void **state)
{
    (void)state;
    struct record first = sample_record();
    char *line = printed(record_write, &first);
    struct record second = parsed(line);
    char *again = printed(record_write, &second);
    assert_string_equal(again, line);
    assert_string_equal(second.evidence, first.evidence);
    free(line);
    free(again);
}

static void absent_values_are_empty_and_stay_absent(void **state)
{
    (void)state;
    struct record r;
    record_clear(&r);
    char *line = printed(record_write, &r);
    assert_int_equal(strlen(line), columns_count); /* commas and the end */
    assert_int_equal(strspn(line, ","), columns_count - 1);
    struct record back = parsed(line);
    assert_true(isnan(back.wrong) && isnan(back.seed) && isnan(back.ranks));
    assert_string_equal(back.status, "");
    r.wrong = INFINITY; /* a number never means an error */
    char *infinite = printed(record_write, &r);
    assert_string_equal(infinite, line);
    free(line);
    free(infinite);
}

static void numbers_print_without_exponent(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1e15, "1000000000000000"},
        {9007199254740991.0, "9007199254740991"},
        {0.1, "0.1"},
        {12.345678912345, "12.3456789"},
        {9.99999999999, "10"},
        {0.000123456789, "0.000123456789"},
        {1234567890.6, "1234567891"},
        {-2.5, "-2.5"},
        {1e17, "100000000000000000"},
        {NAN, ""},
        {INFINITY, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        record_print_number(cases[i].value, 9, text, sizeof text);
        assert_string_equal(text, cases[i].want);
    }
}

/* For 9 digits, decimal -> double -> decimal is the identity (15 are safe). */
static void a_printed_number_reads_back_to_the_same_print(void **state)
{
    (void)state;
    struct random random = {2026};
    for (int i = 0; i < 100000; i++) {
        char first[64], second[64];
        double value = ldexp((double)(random_next(&random) >> 11),
                             -(int)random_below(&random, 90));
        record_print_number(value, 9, first, sizeof first);
        record_print_number(strtod(first, NULL), 9, second, sizeof second);
        assert_true(strlen(first) < 40);
        assert_string_equal(second, first);
    }
}

static void malformed_lines_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"allreduce,8", "fewer fields than the header has"},
        {"", "fewer fields than the header has"},
        {"allreduce,8,ok,more", "more fields than the header has"},
        {"allreduce,eight,ok", "a number was expected, found something else"},
        {"allreduce,nan,ok", "a number was expected, found something else"},
        {"allreduce,inf,ok", "a number was expected, found something else"},
        {"allreduce,0x8,ok", "a number was expected, found something else"},
        {"allreduce, 8,ok", "a number was expected, found something else"},
        {"allreduce,1e999,ok", "a number was expected, found something else"},
        {"allreduce,8 ,ok", "a number was expected, found something else"},
        {"\"allreduce,8,ok", "a quote is not closed"},
        {"allreduce,8,\"ok", "a quote is not closed"},
        {"all\"reduce,8,ok",
         "a quote stands inside a field that is not quoted"},
        {"\"allreduce\"x,8,ok",
         "text follows a closing quote, expected a comma"},
        {"allreduce,8,o\rk", "a carriage return stands outside quotes"},
        {"allreduce,8,ok\nallreduce,8,ok\n", "more than one line"},
        {"allreduce,8,statuses", "a text is longer than its column holds"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record r;
        const char *why = NULL;
        if (record_parse("benchmark,ranks,status\n", cases[i].line, &r, &why))
            fail_msg("expected \"%s\", but it was read: %s", cases[i].want,
                     cases[i].line);
        assert_string_equal(why, cases[i].want);
    }
}

static void columns_may_come_in_any_order_with_strangers_among_them(void **s)
{
    (void)s;
    struct record r;
    const char *why;
    assert_true(record_parse("ranks,future,benchmark\r\n", "8,\"a, b\",p2p\r\n",
                             &r, &why));
    assert_true(r.ranks == 8);
    assert_string_equal(r.benchmark, "p2p");
    assert_false(record_parse("ranks,ranks", "8,8", &r, &why));
    assert_string_equal(why, "the header names a column twice");
}

static void the_key_tells_cases_apart_and_nothing_else(void **state)
{
    (void)state;
    char first[1024], second[1024];
    struct record a = sample_record(), b = sample_record();
    SET(b.run_id, "another");
    SET(b.status, "skip");
    b.time_p50_us = 1;
    record_key(&a, first, sizeof first);
    record_key(&b, second, sizeof second);
    assert_string_equal(first, second);
    b.size_B = 8;
    record_key(&b, second, sizeof second);
    assert_string_not_equal(first, second);
    /* A separator inside a value must not make two cases one. */
    record_clear(&a);
    record_clear(&b);
    SET(a.source, "x|y");
    SET(b.source, "x");
    SET(b.benchmark, "y");
    record_key(&a, first, sizeof first);
    record_key(&b, second, sizeof second);
    assert_string_not_equal(first, second);
}

/* Theorem: any line that is read at all is written as a line that reads to the
 * same record. 200,000 mutations of a good line; the sanitisers watch. */
static void mutated_lines_never_crash_and_keep_their_key(void **state)
{
    (void)state;
    static const char bytes[] = "\",\n\r0123456789.e+-|\\aZ\xff";
    struct random random = {1};
    struct record good = sample_record();
    char *line = printed(record_write, &good);
    size_t length = strlen(line), accepted = 0, refused = 0;
    char *mutant = malloc(length + 1);
    assert_non_null(mutant);
    for (int i = 0; i < 200000; i++) {
        memcpy(mutant, line, length + 1);
        for (uint64_t edits = 1 + random_below(&random, 3); edits; edits--)
            mutant[random_below(&random, length)] =
                bytes[random_below(&random, sizeof bytes - 1)];
        if (random_below(&random, 4) == 0)
            mutant[random_below(&random, length)] = '\0';
        struct record r;
        const char *why;
        if (!record_parse(header_wanted, mutant, &r, &why)) {
            assert_non_null(why);
            refused++;
            continue;
        }
        char *again = printed(record_write, &r);
        struct record back = parsed(again);
        char key[1024], key_back[1024];
        record_key(&r, key, sizeof key);
        record_key(&back, key_back, sizeof key_back);
        assert_string_equal(key_back, key);
        free(again);
        accepted++;
    }
    free(mutant);
    free(line);
    if (accepted < 10000 || refused < 10000)
        fail_msg("expected both kinds, got %zu read and %zu refused", accepted,
                 refused);
}

static char *screen(const struct record *r)
{
    return printed(record_print, r);
}

static void a_good_row_shows_its_figures(void **state)
{
    (void)state;
    struct record r = sample_record();
    SET(r.algorithm, "ring");
    r.size_B = 65536;
    char *text = screen(&r);
    assert_string_equal(
        text, "   64KiB      8  ring                       ucx      12.35   2.1"
              "         -   123457    21.50  33.3     250     0"
              " few-samples outliers\n");
    free(text);
    r.rank_a = 0;
    r.rank_b = 12;
    SET(r.direction, "bi");
    text = screen(&r);
    assert_non_null(strstr(text, "  0<>12  ring "));
    free(text);
    SET(r.group, "0 of 1"); /* nobody beside it: not worth a note */
    text = screen(&r);
    assert_null(strstr(text, "group"));
    free(text);
    SET(r.group, "3 of 8");
    SET(r.direction, "latency");
    text = screen(&r);
    assert_non_null(strstr(text, "   0-12  ring "));
    assert_non_null(strstr(text, " group 3 of 8, few-samples outliers\n"));
    free(text);
}

static void a_row_that_is_not_ok_shows_why_instead_of_figures(void **state)
{
    (void)state;
    struct record r = sample_record();
    SET(r.status, "skip");
    SET(r.reason, "ranks is 6, needs a\npower of two");
    r.size_B = 65536;
    SET(r.algorithm, "ring");
    char *text = screen(&r);
    assert_string_equal(text, "   64KiB      8  ring                       ucx "
                              "  skip: ranks is 6, needs a power of two\n");
    free(text);
}

static void heading(FILE *out, const struct record *unused)
{
    (void)unused;
    record_print_heading(out);
}

static void every_screen_column_has_its_heading_on_the_screen(void **state)
{
    (void)state;
    char *text = printed(heading, NULL);
    size_t seen = 0;
    assert_true(strlen(text) <= 120);
    for (size_t i = 0; i < columns_count; i++)
        if ((columns[i].use & COLUMN_SCREEN) && columns[i].heading) {
            if (!strstr(text, columns[i].heading))
                fail_msg("expected \"%s\" in: %s", columns[i].heading, text);
            seen++;
        }
    assert_int_equal(seen, 13);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_the_published_order),
        cmocka_unit_test(reading_what_was_written_gives_the_same_line),
        cmocka_unit_test(absent_values_are_empty_and_stay_absent),
        cmocka_unit_test(numbers_print_without_exponent),
        cmocka_unit_test(a_printed_number_reads_back_to_the_same_print),
        cmocka_unit_test(malformed_lines_are_refused_with_a_reason),
        cmocka_unit_test(
            columns_may_come_in_any_order_with_strangers_among_them),
        cmocka_unit_test(the_key_tells_cases_apart_and_nothing_else),
        cmocka_unit_test(mutated_lines_never_crash_and_keep_their_key),
        cmocka_unit_test(a_good_row_shows_its_figures),
        cmocka_unit_test(a_row_that_is_not_ok_shows_why_instead_of_figures),
        cmocka_unit_test(every_screen_column_has_its_heading_on_the_screen),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
