/* SPDX-License-Identifier: BSD-3-Clause */
/* The file system under a run's folder: whole appends, synced, or none. Knows
 * no rows. Every failure is printed once, with the path, and returned as -1. */
#ifndef BENCH_FOLDER_DISK_H
#define BENCH_FOLDER_DISK_H

#include <stddef.h>

struct disk_file {
    int fd; /* opened to append; -1: none */
    char *path;
    size_t size_B;
};

enum disk_made { DISK_MADE, DISK_TAKEN, DISK_FAILED };

/* "folder/name"; the caller frees. */
char *disk_join(const char *folder, const char *name);

/* Make the folder and its parents; an empty one that is there will do. */
enum disk_made disk_make_empty(const char *path);
int disk_sync_folder(const char *path);

/* Open or create folder/name. disk_close may be called after a failure. */
int disk_open(struct disk_file *, const char *folder, const char *name);
void disk_close(struct disk_file *);

/* Append all of it and sync; on failure the file has its old length again. */
int disk_append(struct disk_file *, const char *data, size_t bytes);

/* The whole file, with a '\0' after it; the caller frees. NULL: failed. */
char *disk_read(const struct disk_file *);

/* Shorten to `bytes` and sync; nothing to do when it is that long. */
int disk_cut(struct disk_file *, size_t bytes);

/* folder/name becomes `text`, at once or not at all. */
int disk_replace(const char *folder, const char *name, const char *text);

#endif
