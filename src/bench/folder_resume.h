/* SPDX-License-Identifier: BSD-3-Clause */
/* What an earlier run left in its folder: the rows that are finished, and where
 * each file's whole lines end. Only reads; prints file:line on what is wrong.
 */
#ifndef BENCH_FOLDER_RESUME_H
#define BENCH_FOLDER_RESUME_H

#include <stdint.h>

#include "bench/folder_disk.h"
#include "bench/record.h"

struct finished {
    unsigned long rows; /* all rows, errors too: they have numbers */
    size_t count;       /* keys of the rows that need not run again */
    struct finished_key {
        uint64_t hash;
        char *text;
    } * keys;
    char run_id[64]; /* of the first row; "" while there is none */
};

void finished_add(struct finished *, const struct record *);
bool finished_has(const struct finished *, const struct record *);
void finished_free(struct finished *);

/* *keep: the length of the part that stays. -1 after printing. */
int resume_summary(const struct disk_file *, const char *header,
                   struct finished *, size_t *keep);
int resume_samples(const struct disk_file *, const char *header,
                   unsigned long rows, size_t *keep);

#endif
