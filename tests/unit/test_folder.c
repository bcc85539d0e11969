/* SPDX-License-Identifier: BSD-3-Clause */
/* A run's folder: who may write to it, and that what is written stands. */
#include "folder_place.h"

static void rows_and_samples_are_on_disk_with_their_numbers(void **state)
{
    struct place *place = *state;
    char path[PATH];
    size_t size, numbered = 0;
    make_run(place, ROWS);
    file_in(place, "samples.csv", path);
    char *text = slurp(path, &size), *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    assert_string_equal(
        line, "run_id,row,iteration,time_us,entry_skew_us,slowest_rank");
    while ((line = strtok_r(NULL, "\n", &rest))) {
        char want[64];
        size_t i = numbered % 3, n = numbered / 3 + 1;
        snprintf(want, sizeof want, ",%zu,%zu,%zu,,%zu", n, i, n + i, i);
        assert_non_null(strchr(line, ','));
        assert_string_equal(strchr(line, ','), want);
        numbered++;
    }
    assert_int_equal(numbered, 3 * ROWS);
    free(text);
}

static void a_folder_that_is_not_empty_is_never_written_to(void **state)
{
    struct place *place = *state;
    make_run(place, 1);
    assert_refused(place, false, 2);
    assert_said(place, "linerate: %s: exists and is not empty, expected a new "
                       "folder (or --resume)\n");
}

static void an_empty_folder_will_do_for_a_new_run(void **state)
{
    struct place *place = *state;
    snprintf(place->run, sizeof place->run, "%s/empty", place->root);
    assert_int_equal(mkdir(place->run, 0700), 0);
    make_run(place, 1);
    assert_said(place, "");
}

static void there_must_be_a_run_to_resume(void **state)
{
    struct place *place = *state;
    assert_refused(place, true, 2);
    assert_said(place, "linerate: %s: holds no summary.csv, expected a run to "
                       "resume\n");
    assert_int_equal(access(place->run, F_OK), -1);
}

static void one_run_has_one_writer(void **state)
{
    struct place *place = *state;
    struct folder *folder = open_well(place, false);
    assert_refused(place, true, 3);
    assert_said(place, "linerate: %s: another process is writing this run\n");
    append(folder, 1);
    folder_close(folder);
    folder_close(open_well(place, true));
}

static void a_write_that_fails_leaves_whole_lines(void **state)
{
    struct place *place = *state;
    char path[PATH];
    size_t size, after;
    struct rlimit old, tight;
    struct folder *folder = open_well(place, false);
    append(folder, 1);
    file_in(place, "summary.csv", path);
    char *before = slurp(path, &size);

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = size + 10; /* the row does not fit, its samples do */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    struct sample sample = {1e-6, NAN, 0};
    struct record r = row(folder, 2);
    int result = folder_append(folder, &r, &sample, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(result, -1);
    assert_said(place,
                "linerate: %s/summary.csv: cannot write: File too large\n");
    assert_false(folder_has(folder, &r));
    char *left = slurp(path, &after);
    assert_string_equal(left, before);
    append(folder, 2);
    folder_close(folder);
    folder = open_well(place, true);
    assert_true(folder_has(folder, &r));
    folder_close(folder);
    free(before);
    free(left);
}

static void whole_files_are_written_once(void **state)
{
    struct place *place = *state;
    char path[PATH];
    size_t size;
    file_in(place, "run.json", path);
    struct folder *folder = open_well(place, false);
    assert_int_equal(folder_write_file(folder, "run.json", "{}\n"), 0);
    folder_close(folder);
    folder = open_well(place, true);
    assert_int_equal(folder_write_file(folder, "run.json", "other\n"), 0);
    assert_int_equal(folder_write_file(folder, "nodes.csv", "host\n"), 0);
    folder_close(folder);
    char *text = slurp(path, &size);
    assert_string_equal(text, "{}\n");
    free(text);
    file_in(place, "nodes.csv", path);
    text = slurp(path, &size);
    assert_string_equal(text, "host\n");
    free(text);
    file_in(place, "run.json.partial", path);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        test(rows_and_samples_are_on_disk_with_their_numbers),
        test(a_folder_that_is_not_empty_is_never_written_to),
        test(an_empty_folder_will_do_for_a_new_run),
        test(there_must_be_a_run_to_resume),
        test(one_run_has_one_writer),
        test(a_write_that_fails_leaves_whole_lines),
        test(whole_files_are_written_once),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
