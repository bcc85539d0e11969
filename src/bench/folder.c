/* SPDX-License-Identifier: BSD-3-Clause */
/* A run's folder on disk. The rule behind all of it: a file of the folder is
 * always a run of whole lines and at most one half-written last one, and what a
 * reader could have seen is never changed. Knows rows and samples; not what
 * they mean. */
#include "bench/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/folder_disk.h"
#include "bench/folder_resume.h"

static const char samples_header[] =
    "run_id,row,iteration,time_us,entry_skew_us,slowest_rank\n";

struct folder {
    char *path;
    char run_id[64];
    bool resumed;
    struct disk_file summary, samples;
    struct finished finished;
};

static char *summary_header(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        die(EXIT_MACHINE, "out of memory for a header");
    record_write_header(out);
    fclose(out);
    return text;
}

static void new_run_id(char *text, size_t capacity)
{
    char utc[32], stamp[32];
    size_t used = 0;
    for (const char *at = clock_utc(utc, sizeof utc); *at; at++)
        if (*at != '-' && *at != ':' && used + 1 < sizeof stamp)
            stamp[used++] = *at;
    stamp[used] = '\0';
    snprintf(text, capacity, "%s-%ld", stamp, (long)getpid());
}

/* The folder itself: made, or found as it must be. Sets the exit code. */
static int settle_path(const char *path, bool resume, int *code)
{
    *code = EXIT_USAGE;
    if (resume) {
        char *summary = disk_join(path, "summary.csv");
        bool there = access(summary, F_OK) == 0;
        free(summary);
        return there ? 0
                     : error("%s: holds no summary.csv, expected a run to "
                             "resume",
                             path);
    }
    enum disk_made made = disk_make_empty(path);
    if (made == DISK_TAKEN)
        return error("%s: exists and is not empty, expected a new folder (or "
                     "--resume)",
                     path);
    if (made == DISK_FAILED) { /* it said why */
        *code = EXIT_MACHINE;
        return -1;
    }
    return 0;
}

/* One writer a folder. A file system without locks (Lustre mounted without
 * flock) is let through: the lock guards against a slip, not an enemy. */
static int lock(struct folder *folder, int *code)
{
    *code = EXIT_MACHINE;
    if (flock(folder->summary.fd, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK)
        return error("%s: another process is writing this run", folder->path);
    return 0;
}

/* Reads what is there, judges all of it, and only then cuts anything off. */
static int take_over(struct folder *folder, const char *header, int *code)
{
    size_t summary_keep, samples_keep;
    *code = EXIT_USAGE;
    if (resume_summary(&folder->summary, header, &folder->finished,
                       &summary_keep) != 0 ||
        resume_samples(&folder->samples, samples_header, folder->finished.rows,
                       &samples_keep) != 0)
        return -1;
    *code = EXIT_MACHINE;
    if (disk_cut(&folder->samples, samples_keep) != 0 ||
        disk_cut(&folder->summary, summary_keep) != 0)
        return -1;
    return 0;
}

/* A file that has no header yet (a new run, or one killed at its birth). */
static int ensure_header(struct disk_file *file, const char *header)
{
    if (file->size_B > 0)
        return 0;
    return disk_append(file, header, strlen(header));
}

static int open_files(struct folder *folder, const char *header, int *code)
{
    *code = EXIT_MACHINE;
    if (disk_open(&folder->summary, folder->path, "summary.csv") != 0)
        return -1;
    if (lock(folder, code) != 0)
        return -1;
    if (disk_open(&folder->samples, folder->path, "samples.csv") != 0)
        return -1;
    if (!folder->resumed && folder->summary.size_B > 0) {
        *code = EXIT_USAGE; /* somebody was faster by a hair */
        return error("%s: another run began here, expected a new folder",
                     folder->path);
    }
    if (take_over(folder, header, code) != 0)
        return -1;
    *code = EXIT_MACHINE;
    if (ensure_header(&folder->samples, samples_header) != 0 ||
        ensure_header(&folder->summary, header) != 0)
        return -1;
    return disk_sync_folder(folder->path);
}

struct folder *folder_open(const char *path, bool resume, int *code)
{
    if (settle_path(path, resume, code) != 0)
        return NULL;
    struct folder *folder = xcalloc(1, sizeof *folder);
    char *header = summary_header();
    folder->path = xcalloc(strlen(path) + 1, 1);
    memcpy(folder->path, path, strlen(path));
    folder->resumed = resume;
    folder->summary.fd = folder->samples.fd = -1;
    int result = open_files(folder, header, code);
    free(header);
    if (result != 0) {
        folder_close(folder);
        return NULL;
    }
    if (folder->finished.run_id[0])
        memcpy(folder->run_id, folder->finished.run_id, sizeof folder->run_id);
    else
        new_run_id(folder->run_id, sizeof folder->run_id);
    *code = EXIT_GOOD;
    return folder;
}

void folder_close(struct folder *folder)
{
    if (!folder)
        return;
    disk_close(&folder->samples);
    disk_close(&folder->summary); /* the lock goes with it */
    finished_free(&folder->finished);
    free(folder->path);
    free(folder);
}

const char *folder_run_id(const struct folder *folder)
{
    return folder->run_id;
}

bool folder_has(const struct folder *folder, const struct record *record)
{
    return finished_has(&folder->finished, record);
}

static char *samples_text(const struct folder *folder,
                          const struct sample *samples, unsigned long count,
                          size_t *size)
{
    char *text = NULL, time[64], skew[64];
    FILE *out = open_memstream(&text, size);
    if (!out)
        die(EXIT_MACHINE, "out of memory for %lu samples", count);
    for (unsigned long i = 0; i < count; i++) {
        record_write_text(out, folder->run_id);
        fprintf(
            out, ",%lu,%lu,%s,%s,%d\n", folder->finished.rows + 1, i,
            record_print_number(samples[i].time_s * 1e6, 9, time, sizeof time),
            record_print_number(samples[i].entry_skew_s * 1e6, 9, skew,
                                sizeof skew),
            samples[i].slowest);
    }
    if (fclose(out) != 0)
        die(EXIT_MACHINE, "out of memory for %lu samples", count);
    return text;
}

static char *row_text(const struct record *record, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out)
        die(EXIT_MACHINE, "out of memory for a row");
    record_write(out, record);
    if (fclose(out) != 0)
        die(EXIT_MACHINE, "out of memory for a row");
    return text;
}

int folder_append(struct folder *folder, const struct record *record,
                  const struct sample *samples, unsigned long count)
{
    size_t samples_B = 0, row_B = 0, before = folder->samples.size_B;
    char *lines =
        samples_text(folder, samples, samples ? count : 0, &samples_B);
    char *row = row_text(record, &row_B);
    int result = 0;

    if (samples_B)
        result = disk_append(&folder->samples, lines, samples_B);
    if (result == 0) {
        result = disk_append(&folder->summary, row, row_B);
        if (result != 0) /* samples without their row would be orphans */
            disk_cut(&folder->samples, before);
    }
    if (result == 0)
        finished_add(&folder->finished, record);
    free(lines);
    free(row);
    return result;
}

/* run.json -> run-2.json, run-3.json, ...: the first that is free. */
static void next_name(const struct folder *folder, const char *name, char *text,
                      size_t capacity)
{
    const char *dot = strrchr(name, '.');
    int stem = dot ? (int)(dot - name) : (int)strlen(name);
    snprintf(text, capacity, "%s", name);
    for (int number = 2;; number++) {
        char *path = disk_join(folder->path, text);
        bool taken = access(path, F_OK) == 0;
        free(path);
        if (!taken)
            return;
        snprintf(text, capacity, "%.*s-%d%s", stem, name, number,
                 dot ? dot : "");
    }
}

int folder_write_file(struct folder *folder, const char *name, const char *text)
{
    char free_name[128];
    next_name(folder, name, free_name, sizeof free_name);
    return disk_replace(folder->path, free_name, text);
}
