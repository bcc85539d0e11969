/* SPDX-License-Identifier: BSD-3-Clause */
/* A growing list of findings. Knows nothing of what is looked at. */
#include "host/facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICTS] = {
        [VERDICT_INFO] = "-",    [VERDICT_OK] = "ok",
        [VERDICT_NOTE] = "note", [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_BAD] = "bad",
    };
    return names[verdict];
}

void facts_fini(struct facts *facts)
{
    free(facts->list);
    memset(facts, 0, sizeof *facts);
}

struct fact *facts_add(struct facts *facts, const char *kind,
                       const char *subject, const char *what)
{
    if (facts->count == facts->capacity) {
        facts->capacity = facts->capacity ? 2 * facts->capacity : 64;
        facts->list =
            xrealloc(facts->list, facts->capacity * sizeof *facts->list);
    }
    struct fact *fact = &facts->list[facts->count++];
    memset(fact, 0, sizeof *fact);
    snprintf(fact->kind, sizeof fact->kind, "%s", kind);
    snprintf(fact->subject, sizeof fact->subject, "%s", subject);
    snprintf(fact->what, sizeof fact->what, "%s", what);
    return fact;
}

struct fact *fact_value(struct fact *fact, enum verdict verdict,
                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof fact->value, format, arguments);
    va_end(arguments);
    fact->verdict = verdict;
    return fact;
}

struct fact *fact_expected(struct fact *fact, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->expected, sizeof fact->expected, format, arguments);
    va_end(arguments);
    return fact;
}

struct fact *fact_hint(struct fact *fact, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->hint, sizeof fact->hint, format, arguments);
    va_end(arguments);
    return fact;
}

struct fact *fact_unknown(struct fact *fact, const char *why)
{
    fact_value(fact, VERDICT_UNKNOWN, "unknown");
    return fact_hint(fact, "%s", why);
}

struct fact *facts_add_line(struct facts *facts, const char *root,
                            const char *kind, const char *subject,
                            const char *what, const char *file)
{
    char text[sizeof((struct fact *)0)->value];
    enum tree_answer answer = tree_line(root, file, text, sizeof text);
    struct fact *fact = facts_add(facts, kind, subject, what);
    if (answer == TREE_READ && text[0])
        return fact_value(fact, VERDICT_INFO, "%s", text);
    return fact_unknown(fact, answer == TREE_REFUSED ? "may not be read"
                                                     : "no such file");
}

size_t facts_with(const struct facts *facts, enum verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->count; i++)
        count += facts->list[i].verdict == verdict;
    return count;
}

static bool asked(const struct fact *fact, const char *kind, const char *what)
{
    return strcmp(fact->kind, kind) == 0 && strcmp(fact->what, what) == 0;
}

void facts_join(const struct facts *facts, const char *kind, const char *what,
                char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->list[i];
        bool seen = fact->verdict == VERDICT_UNKNOWN;
        if (!asked(fact, kind, what))
            continue;
        for (size_t k = 0; k < i && !seen; k++)
            seen = asked(&facts->list[k], kind, what) &&
                   strcmp(facts->list[k].value, fact->value) == 0;
        if (!seen && used < capacity)
            used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                     used ? "; " : "", fact->value);
    }
}
