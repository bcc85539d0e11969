/* SPDX-License-Identifier: BSD-3-Clause */
/* Talk on stderr while a run goes: on a terminal one line that is rewritten,
 * with the share done and an estimate of the time left; else a line a row.
 * Nothing when quiet. Rank 0 only. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    size_t cases, done, skipped; /* skipped: done by an earlier run */
    double start_s, shown_s;     /* shown_s: when the line was last written */
    bool quiet, terminal, shown;
};

void progress_start(struct progress *, size_t cases, bool quiet);
/* Before a case, and within it (samples > 0). */
void progress_show(struct progress *, const char *label, size_t samples);
void progress_done(struct progress *, const char *label, const char *outcome);
void progress_clear(struct progress *); /* before anything prints on stdout */

#endif
