/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be said of any schedule: how many rounds, and under what name. */
#include "coll/schedule.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

int schedule_rounds(const struct algorithm *algorithm,
                    const struct collective *c)
{
    size_t count = algorithm->phases(c, NULL, 0);
    if (count == 0)
        return 0;

    struct phase *phases = xcalloc(count, sizeof *phases);
    algorithm->phases(c, phases, count);
    int rounds = phases[count - 1].first + phases[count - 1].rounds;
    free(phases);
    return rounds;
}

void schedule_name(const struct algorithm *algorithm,
                   const struct collective *c, char *text, size_t capacity)
{
    char tuning[96] = "";

    if (algorithm->tuning)
        algorithm->tuning(c, tuning, sizeof tuning);
    snprintf(text, capacity, "%s%s%s", algorithm->name, tuning[0] ? ":" : "",
             tuning);
}
