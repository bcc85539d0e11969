/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of a run's folder share: a place to work in, what the suite
 * printed there, rows and runs. */
#ifndef TESTS_FOLDER_PLACE_H
#define TESTS_FOLDER_PLACE_H

#include "bench/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ROWS = 4,
    PATH = 512,
    PLAIN = 100, /* from this number on, rows hold no quotes */
};

/* --- a place to work in, and what the suite prints -------------------------
 */

struct place {
    char root[64], run[128], said[PATH];
    int real_stderr;
};

static inline int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return -1;
    snprintf(place->root, sizeof place->root, "/tmp/test_folder.XXXXXX");
    if (!mkdtemp(place->root))
        return -1;
    snprintf(place->run, sizeof place->run, "%s/deep/er/run", place->root);
    snprintf(place->said, sizeof place->said, "%s/said", place->root);
    place->real_stderr = dup(STDERR_FILENO);
    int fd = open(place->said, O_RDWR | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
    *state = place;
    return 0;
}

/* rm -r, below the folder `parent`. */
static inline void forget(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            forget(fd, entry->d_name);
    unlinkat(parent, name, folder ? AT_REMOVEDIR : 0);
    if (folder)
        closedir(folder);
}

static inline int place_remove(void **state)
{
    struct place *place = *state;
    dup2(place->real_stderr, STDERR_FILENO);
    close(place->real_stderr);
    forget(AT_FDCWD, place->root);
    free(place);
    return 0;
}

static inline char *slurp(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *size = fread(text, 1, (1 << 20) - 1, in);
    fclose(in);
    return text;
}

static inline void spill(const char *path, const char *data, size_t size)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

/* What was printed since the last time must be this, %s being the run. */
static inline void assert_said(const struct place *place, const char *format)
{
    char want[PATH];
    size_t size;
    char *got = slurp(place->said, &size);
    const char *hole = strstr(format, "%s");
    snprintf(want, sizeof want, "%.*s%s%s",
             hole ? (int)(hole - format) : (int)strlen(format), format,
             hole ? place->run : "", hole ? hole + 2 : "");
    assert_string_equal(got, want);
    free(got);
    assert_int_equal(truncate(place->said, 0), 0);
}

static inline void file_in(const struct place *place, const char *name,
                           char *path)
{
    snprintf(path, PATH, "%s/%s", place->run, name);
}

/* --- rows ------------------------------------------------------------------
 */

static inline struct record row(const struct folder *folder, int number)
{
    struct record r;
    record_clear(&r);
    snprintf(r.run_id, sizeof r.run_id, "%s", folder_run_id(folder));
    snprintf(r.benchmark, sizeof r.benchmark, "allreduce");
    if (number < PLAIN)
        snprintf(r.evidence, sizeof r.evidence, "a \"b\",\nc");
    snprintf(r.status, sizeof r.status, "ok");
    r.size_B = 8.0 * number;
    r.time_p50_us = 1.5;
    return r;
}

static inline void append(struct folder *folder, int number)
{
    struct sample samples[3];
    for (int i = 0; i < 3; i++)
        samples[i] = (struct sample){1e-6 * (number + i), NAN, i};
    struct record r = row(folder, number);
    assert_int_equal(folder_append(folder, &r, samples, 3), 0);
}

static inline struct folder *open_well(const struct place *place, bool resume)
{
    int code = -1;
    struct folder *folder = folder_open(place->run, resume, &code);
    if (!folder) {
        size_t size;
        fail_msg("expected it to open, got %d: %s", code,
                 slurp(place->said, &size));
    }
    assert_int_equal(code, 0);
    return folder;
}

static inline void make_run(const struct place *place, int rows)
{
    struct folder *folder = open_well(place, false);
    for (int i = 1; i <= rows; i++)
        append(folder, i);
    folder_close(folder);
}

static inline void assert_refused(const struct place *place, bool resume,
                                  int want)
{
    int code = -1;
    assert_null(folder_open(place->run, resume, &code));
    assert_int_equal(code, want);
}

/* A test in a place of its own. */
#define test(function)                                                         \
    cmocka_unit_test_setup_teardown(function, place_make, place_remove)

#endif
