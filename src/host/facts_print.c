/* SPDX-License-Identifier: BSD-3-Clause */
/* The human table of findings. */
#include "host/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { SUBJECTS = 40 }; /* columns of the names of one row */

static bool same_but_subject(const struct fact *a, const struct fact *b)
{
    return a->verdict == b->verdict && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->what, b->what) == 0 && strcmp(a->value, b->value) == 0 &&
           strcmp(a->expected, b->expected) == 0 &&
           strcmp(a->hint, b->hint) == 0;
}

/* Subjects of a kind of which this was asked. */
static size_t asked_of(const struct facts *facts, const struct fact *like)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->count; i++)
        count += strcmp(facts->list[i].kind, like->kind) == 0 &&
                 strcmp(facts->list[i].what, like->what) == 0;
    return count;
}

/* "node", "mlx5_3", "all 8 NICs", "mlx5_0 mlx5_1", "mlx5_0 and 5 more". */
static void name_subjects(const struct facts *facts, size_t first,
                          const bool *member, char *text)
{
    const struct fact *like = &facts->list[first];
    size_t members = 0, named = 0, used = 0;
    for (size_t i = first; i < facts->count; i++)
        members += member[i];
    if (members == 1) {
        snprintf(text, SUBJECTS, "%s",
                 like->subject[0] ? like->subject : like->kind);
        return;
    }
    if (members == asked_of(facts, like)) {
        snprintf(text, SUBJECTS, "all %zu %ss", members, like->kind);
        return;
    }
    for (size_t i = first; i < facts->count; i++) {
        size_t length = strlen(facts->list[i].subject);
        if (!member[i])
            continue;
        if (named && used + length + sizeof " and 1000 more" > SUBJECTS)
            break;
        used += (size_t)snprintf(text + used, SUBJECTS - used, "%s%s",
                                 named ? " " : "", facts->list[i].subject);
        named++;
    }
    if (named < members && used < SUBJECTS)
        snprintf(text + used, SUBJECTS - used, " and %zu more",
                 members - named);
}

static void print_row(const struct fact *fact, const char *names, FILE *out)
{
    fprintf(out, "  %-7s  %-20s %-22s %s", verdict_name(fact->verdict), names,
            fact->what, fact->value);
    if (fact->expected[0] && fact->verdict != VERDICT_OK)
        fprintf(out, ", expected %s", fact->expected);
    if (fact->hint[0])
        fprintf(out, " (%s)", fact->hint);
    fputc('\n', out);
}

void facts_print(const struct facts *facts, enum verdict from, FILE *out)
{
    bool *done = xcalloc(facts->count, sizeof *done);
    bool *member = xcalloc(facts->count, sizeof *member);
    for (size_t i = 0; i < facts->count; i++) {
        char names[SUBJECTS];
        const struct fact *fact = &facts->list[i];
        if (done[i] || fact->verdict < from)
            continue;
        for (size_t k = i; k < facts->count; k++) {
            member[k] = !done[k] && same_but_subject(fact, &facts->list[k]);
            done[k] = done[k] || member[k];
        }
        name_subjects(facts, i, member, names);
        print_row(fact, names, out);
    }
    free(done);
    free(member);
}
