/* SPDX-License-Identifier: BSD-3-Clause */
/* A run is a folder: summary.csv, samples.csv, run.json,
 * nodes.csv, ranks.csv. Rows and
 * samples are appended and synced one case at a time, samples first: a killed
 * run keeps every row it finished, and a half-written last line is cut off by
 * --resume. Used by rank 0 only. Errors are printed (file:line where there is
 * one) and returned. */
#ifndef BENCH_FOLDER_H
#define BENCH_FOLDER_H

#include <stdbool.h>

#include "bench/measure.h"
#include "bench/record.h"

struct folder;

/* Creates `path` (parents too) for a new run: it must not exist or be empty,
 * else an error (nothing is ever overwritten). With `resume` it must hold a run
 * of this suite with the same columns; the header and every finished row are
 * read. NULL after printing one line; the exit code for it in *code. */
struct folder *folder_open(const char *path, bool resume, int *code);
void folder_close(struct folder *);

/* The run_id: the folder's for a resumed run, else made from time and pid. */
const char *folder_run_id(const struct folder *);

/* Was a row with the same key finished (any status but "error")? */
bool folder_has(const struct folder *, const struct record *);

/* Append the samples (may be NULL, 0) and then the row; both synced to disk
 * before it returns. 0, or -1 after printing. samples.csv columns:
 * run_id, row (1-based row of summary.csv), iteration, time_us, entry_skew_us,
 * slowest_rank. */
int folder_append(struct folder *, const struct record *,
                  const struct sample *samples, unsigned long count);

/* Write a whole file of the folder at once (run.json, nodes.csv): temporary
 * name, sync, rename. What is there stays: each resumption leaves a file of its
 * own, run-2.json, run-3.json, ... 0, or -1 after printing. */
int folder_write_file(struct folder *, const char *name, const char *text);

#endif
