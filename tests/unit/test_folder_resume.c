/* SPDX-License-Identifier: BSD-3-Clause */
/* A run that was killed at any byte resumes, and a folder that cannot be read
 * is left as it is. */
#include "folder_place.h"

static void resuming_keeps_the_run_id_and_knows_the_finished_rows(void **s)
{
    struct place *place = *s;
    struct folder *folder = open_well(place, false);
    char run_id[64];
    snprintf(run_id, sizeof run_id, "%s", folder_run_id(folder));
    assert_true(strlen(run_id) > 10);
    append(folder, 1);
    struct record failed = row(folder, 2);
    snprintf(failed.status, sizeof failed.status, "error");
    assert_int_equal(folder_append(folder, &failed, NULL, 0), 0);
    folder_close(folder);

    folder = open_well(place, true);
    assert_string_equal(folder_run_id(folder), run_id);
    struct record r = row(folder, 1);
    assert_true(folder_has(folder, &r));
    assert_false(folder_has(folder, &failed)); /* to be tried again */
    append(folder, 2);
    assert_true(folder_has(folder, &failed));
    folder_close(folder);
}

/* After a resume and one more row the files must be those of a run that was
 * never killed: same bytes. */
static void assert_heals(const struct place *place, const char *summary,
                         size_t summary_B, const char *samples,
                         size_t samples_B, int rows_left)
{
    char path[PATH];
    size_t size;
    struct folder *folder = open_well(place, true);
    for (int i = 1; i <= ROWS; i++) {
        struct record r = row(folder, i);
        if (folder_has(folder, &r) != (i <= rows_left))
            fail_msg("expected rows 1..%d, row %d is otherwise", rows_left, i);
    }
    for (int i = rows_left + 1; i <= ROWS; i++)
        append(folder, i);
    folder_close(folder);
    file_in(place, "summary.csv", path);
    char *text = slurp(path, &size);
    assert_int_equal(size, summary_B);
    assert_memory_equal(text, summary, size);
    free(text);
    file_in(place, "samples.csv", path);
    text = slurp(path, &size);
    assert_int_equal(size, samples_B);
    assert_memory_equal(text, samples, size);
    free(text);
}

/* Theorem: whatever byte of the last row or its samples was written last, a
 * resumed run ends with the same files. */
static void a_run_killed_at_any_byte_resumes(void **state)
{
    struct place *place = *state;
    char summary_path[PATH], samples_path[PATH];
    size_t summary_B, samples_B, cut = 0;
    struct stat before, samples_before;

    file_in(place, "summary.csv", summary_path);
    file_in(place, "samples.csv", samples_path);
    struct folder *folder = open_well(place, false);
    for (int i = 1; i < ROWS; i++)
        append(folder, i);
    assert_int_equal(stat(summary_path, &before), 0);
    assert_int_equal(stat(samples_path, &samples_before), 0);
    append(folder, ROWS);
    folder_close(folder);
    char *summary = slurp(summary_path, &summary_B);
    char *samples = slurp(samples_path, &samples_B);

    for (size_t end = (size_t)before.st_size; end <= summary_B; end++, cut++) {
        assert_int_equal(truncate(summary_path, (off_t)end), 0);
        assert_heals(place, summary, summary_B, samples, samples_B,
                     end == summary_B ? ROWS : ROWS - 1);
    }
    for (size_t end = (size_t)samples_before.st_size; end < samples_B; end++) {
        assert_int_equal(truncate(summary_path, before.st_size), 0);
        assert_int_equal(truncate(samples_path, (off_t)end), 0);
        assert_heals(place, summary, summary_B, samples, samples_B, ROWS - 1);
        cut++;
    }
    assert_true(cut > 100);
    assert_said(place, "");
    free(summary);
    free(samples);
}

static void a_run_killed_within_its_header_resumes(void **state)
{
    struct place *place = *state;
    char summary[PATH], samples[PATH];
    size_t size, again;
    make_run(place, 0);
    file_in(place, "summary.csv", summary);
    file_in(place, "samples.csv", samples);
    char *whole = slurp(summary, &size);
    for (size_t end = 0; end < size; end += 37) {
        assert_int_equal(truncate(summary, (off_t)end), 0);
        assert_int_equal(truncate(samples, (off_t)(end % 50)), 0);
        folder_close(open_well(place, true));
        char *text = slurp(summary, &again);
        assert_string_equal(text, whole);
        free(text);
    }
    free(whole);
}

/* Each spoils one file in one place and must be refused, untouched. */
static void what_cannot_be_read_is_refused_and_left_alone(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *file, *find, *put, *want;
    } cases[] = {
        {"summary.csv", "run_id,", "run_ix,",
         "linerate: %s/summary.csv:1: another header, expected the columns of "
         "this version\n"},
        {"summary.csv", ",16,", ",1b,",
         "linerate: %s/summary.csv:4: a number was expected, found something "
         "else\n"},
        {"summary.csv", ",16,", ",16\n",
         "linerate: %s/summary.csv:4: fewer fields than the header has\n"},
        {"samples.csv", "run_id,", "run_ix,",
         "linerate: %s/samples.csv:1: another header, expected the columns of "
         "this version\n"},
        {"samples.csv", ",2,0,", ",x,0,",
         "linerate: %s/samples.csv:5: no row number, expected "
         "run_id,row,...\n"},
        {"samples.csv", ",2,0,", ",3,0,",
         "linerate: %s/samples.csv:6: row 2, expected 3 or a later one\n"},
        {"samples.csv", ",4,2,", ",9,2,",
         "linerate: %s/samples.csv:13: samples of row 9, but summary.csv has 4 "
         "rows\n"},
    };
    make_run(place, ROWS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[PATH];
        size_t size, after;
        file_in(place, cases[i].file, path);
        char *good = slurp(path, &size), *bad = slurp(path, &size);
        char *at = strstr(bad, cases[i].find);
        if (!at)
            fail_msg("case %zu spoils nothing: %s", i, bad);
        memcpy(at, cases[i].put, strlen(cases[i].put));
        spill(path, bad, size);
        assert_refused(place, true, 2);
        assert_said(place, cases[i].want);
        char *left = slurp(path, &after);
        assert_int_equal(after, size);
        assert_memory_equal(left, bad, size);
        spill(path, good, size);
        free(good), free(bad), free(left);
    }
    folder_close(open_well(place, true));
}

/* A stray quote makes all that follows one unfinished line: it must not be
 * taken for the half-written end, nor cut off. */
static void a_stray_quote_does_not_swallow_the_rows_after_it(void **state)
{
    struct place *place = *state;
    char path[PATH];
    size_t size, after;
    struct folder *folder = open_well(place, false);
    for (int i = 0; i < ROWS; i++)
        append(folder, PLAIN + i);
    folder_close(folder);
    file_in(place, "summary.csv", path);
    char *bad = slurp(path, &size);
    char *second = strstr(strchr(strchr(bad, '\n') + 1, '\n'), "allreduce,");
    memcpy(second, ",\"", 2);
    spill(path, bad, size);
    assert_refused(place, true, 2);
    assert_said(place, "linerate: %s/summary.csv:3: a quote is not closed, "
                       "expected it closed on this line\n");
    char *left = slurp(path, &after);
    assert_int_equal(after, size);
    free(left);
    free(bad);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        test(resuming_keeps_the_run_id_and_knows_the_finished_rows),
        test(a_run_killed_at_any_byte_resumes),
        test(a_run_killed_within_its_header_resumes),
        test(what_cannot_be_read_is_refused_and_left_alone),
        test(a_stray_quote_does_not_swallow_the_rows_after_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
