/* SPDX-License-Identifier: BSD-3-Clause */
/* Talk on stderr: a line in place on a terminal, else a line a row. */
#include "bench/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

/* Rewriting costs a system call between two blocks of samples: 5 a second are
 * smooth for an eye and nothing for a run. */
static const double REWRITE_S = 0.2;

enum { LINE = 512 };

void progress_start(struct progress *progress, size_t cases, bool quiet)
{
    *progress = (struct progress){.cases = cases,
                                  .start_s = clock_now_s(),
                                  .quiet = quiet,
                                  .terminal = isatty(STDERR_FILENO) == 1};
}

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* stderr is gone: there is nobody left to tell */
}

/* Cases of this run alone tell how long the rest will take. */
static void print_left(const struct progress *progress, char *text,
                       size_t capacity)
{
    char time[32];
    size_t over = progress->done + progress->skipped;
    text[0] = '\0';
    if (progress->done == 0 || over >= progress->cases)
        return;
    double each_s =
        (clock_now_s() - progress->start_s) / (double)progress->done;
    units_print_time(each_s * (double)(progress->cases - over), time,
                     sizeof time);
    snprintf(text, capacity, ", about %s left", time);
}

void progress_show(struct progress *progress, const char *label, size_t samples)
{
    char line[LINE], left[64], taken[32] = "";
    size_t over = progress->done + progress->skipped;
    double now_s = clock_now_s();

    if (progress->quiet || !progress->terminal)
        return;
    if (samples > 0 && progress->shown && now_s - progress->shown_s < REWRITE_S)
        return;
    if (samples > 0)
        snprintf(taken, sizeof taken, ", %zu samples", samples);
    print_left(progress, left, sizeof left);
    snprintf(line, sizeof line, "\r\033[K[%zu/%zu, %zu %%] %s%s%s", over + 1,
             progress->cases,
             progress->cases ? 100 * over / progress->cases : 0, label, taken,
             left);
    say(line);
    progress->shown = true;
    progress->shown_s = now_s;
}

void progress_done(struct progress *progress, const char *label,
                   const char *outcome)
{
    char line[LINE];
    progress->done++;
    progress_clear(progress);
    if (progress->quiet || progress->terminal)
        return;
    snprintf(line, sizeof line, "linerate: [%zu/%zu] %s: %s\n",
             progress->done + progress->skipped, progress->cases, label,
             outcome);
    say(line);
}

void progress_clear(struct progress *progress)
{
    if (progress->shown)
        say("\r\033[K");
    progress->shown = false;
}
