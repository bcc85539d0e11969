/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/inject.h"

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const struct form {
    const char *prefix;
    enum inject_kind kind;
} forms[] = {
    {"corrupt=", INJECT_CORRUPT},
    {"slow=", INJECT_SLOW},
    {"hang=", INJECT_HANG},
    {"die=", INJECT_DIE},
};

static bool parse_whole(const char **at, unsigned long most,
                        unsigned long *value)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    *value = strtoul(*at, &end, 10);
    *at = end;
    return *value <= most;
}

/* What may follow the rank: an element, a factor, nothing. */
static bool parse_rest(const char *at, struct inject *inject)
{
    unsigned long element;
    char *end;
    if (inject->kind == INJECT_SLOW) {
        inject->factor = *at == ':' ? strtod(at + 1, &end) : 0;
        return inject->factor >= 1 && inject->factor <= 1e6 && *end == '\0' &&
               end != at + 1;
    }
    if (inject->kind == INJECT_CORRUPT && *at == ':') {
        at++;
        if (!parse_whole(&at, ULONG_MAX - 1, &element))
            return false;
        inject->element = element;
    }
    return *at == '\0';
}

bool inject_parse(const char *text, struct inject *out)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = strlen(forms[i].prefix);
        if (strncmp(text, forms[i].prefix, length))
            continue;
        struct inject inject = {.kind = forms[i].kind, .element = SIZE_MAX};
        const char *at = text + length;
        unsigned long rank;
        if (!parse_whole(&at, INT_MAX, &rank))
            return false;
        inject.rank = (int)rank;
        if (!parse_rest(at, &inject))
            return false;
        *out = inject;
        return true;
    }
    return false;
}

void inject_before(const struct inject *inject, long case_number, long run)
{
    enum { BAD_RUN = 3 };
    if (run != BAD_RUN)
        return;
    if (inject->kind == INJECT_HANG)
        for (;;)
            pause();
    if (inject->kind == INJECT_DIE && case_number == inject->deadly_case)
        raise(SIGKILL);
}

void inject_after(const struct inject *inject, double seconds)
{
    if (inject->kind != INJECT_SLOW)
        return;
    double until = clock_now_s() + seconds * (inject->factor - 1);
    while (clock_now_s() < until)
        ; /* a busy rank, not a sleeping one: the core stays taken */
}
