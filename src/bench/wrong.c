/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/wrong.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

static int world_of(struct job *team)
{
    return job_world_rank(team, job_rank(team));
}

static size_t shown_of(const struct verdict *verdict)
{
    const size_t most = sizeof verdict->first / sizeof *verdict->first;
    return verdict->wrong < most ? verdict->wrong : most;
}

void wrong_note(struct wrong *wrong, const struct verdict *verdict,
                unsigned long iteration, struct job *team)
{
    if (!verdict->wrong || wrong->verdict.wrong)
        return;
    *wrong = (struct wrong){*verdict, iteration};
    for (size_t i = 0; i < shown_of(verdict); i++) {
        int *rank = &wrong->verdict.first[i].rank;
        *rank = *rank < 0 ? -1 : job_world_rank(team, *rank);
    }
}

/* " (missing: rank 3)", or nothing. */
static const char *whose(const struct wrong_element *w, char *text,
                         size_t capacity)
{
    text[0] = '\0';
    if (w->rank >= 0)
        snprintf(text, capacity, " (%s: rank %d)", w->how, w->rank);
    return text;
}

void wrong_complain(const struct wrong *wrong, const char *label,
                    struct job *team)
{
    const struct verdict *v = &wrong->verdict;
    size_t shown = shown_of(v);
    char text[48];
    for (size_t i = 0; i < shown; i++) {
        const struct wrong_element *w = &v->first[i];
        error("rank %d: %s: iteration %lu: element %zu is %s, expected %s%s",
              world_of(team), label, wrong->iteration, w->element, w->got,
              w->want, whose(w, text, sizeof text));
    }
    if (v->wrong > shown)
        error("rank %d: ... %zu wrong of %zu elements", world_of(team),
              v->wrong, v->checked);
}

void wrong_share(const struct wrong *wrong, struct job *team,
                 struct record *record)
{
    const struct wrong_element *w = &wrong->verdict.first[0];
    int ranks = job_size(team);
    char mine[RECORD_TEXT] = "", text[48];
    if (wrong->verdict.wrong)
        snprintf(mine, sizeof mine, "rank %d: element %zu is %s, expected %s%s",
                 world_of(team), w->element, w->got, w->want,
                 whose(w, text, sizeof text));
    char *all =
        job_rank(team) == 0 ? xcalloc((size_t)ranks, sizeof mine) : NULL;
    job_gather(team, mine, sizeof mine, all);
    for (int r = 0; all && r < ranks && !record->reason[0]; r++)
        snprintf(record->reason, sizeof record->reason, "%s",
                 all + (size_t)r * sizeof mine);
    free(all);
}
