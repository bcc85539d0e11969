/* SPDX-License-Identifier: BSD-3-Clause */
/* Hostlists. An expression is scanned by one cursor; expansion is recursion
 * over the brackets of one name, whose number is bounded. */
#include "topo/cluster_hosts.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BRACKETS_MOST = 4, /* in one name */
    DIGITS_MOST = 9,   /* of a number: fits a long everywhere */
};

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* Reads "001" or "001-064"; false when it is neither. */
static bool read_range(const char **at, long *low, long *high, int *width)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits < 1 || digits > DIGITS_MOST)
        return false;
    *low = *high = strtol(*at, NULL, 10);
    *width = (int)digits;
    *at += digits;
    if (**at != '-')
        return true;
    ++*at;
    digits = strspn(*at, "0123456789");
    if (digits < 1 || digits > DIGITS_MOST)
        return false;
    bool padded = **at == '0' && digits > 1;
    *high = strtol(*at, NULL, 10);
    *at += digits;
    return *high >= *low && (int)digits >= *width &&
           (!padded || (int)digits == *width);
}

/* Names that one name with brackets stands for; *at ends on ',' or the end.
 * *longest is the length of the longest. */
static long count_name(const char **at, long most, size_t *longest,
                       const char **why)
{
    long names = 1;
    int brackets = 0;
    const char *begin = *at;
    *longest = 0;
    while (**at && **at != ',') {
        if (is_letter(**at)) {
            ++*longest;
            ++*at;
            continue;
        }
        *why = "names of letters, digits, '.', '_', '-' and [ranges]";
        if (**at != '[')
            return -1;
        *why = "at most 4 brackets in a name";
        if (++brackets > BRACKETS_MOST)
            return -1;
        long inside = 0;
        do {
            long low, high;
            int width;
            ++*at;
            *why = "ranges as [001-064,070], low to high, of one width";
            if (!read_range(at, &low, &high, &width))
                return -1;
            inside += high - low + 1;
        } while (**at == ',');
        if (**at != ']')
            return -1;
        ++*at;
        *longest += DIGITS_MOST;
        names = inside > most / names ? most + 1 : names * inside;
        names = names > most ? most + 1 : names;
    }
    *why = "a name";
    return *at == begin ? -1 : names;
}

long hosts_count(const char *expression, long most, const char **why)
{
    long total = 0;
    for (const char *at = expression;; at++) {
        size_t longest;
        long names = count_name(&at, most, &longest, why);
        if (names < 0)
            return -1;
        *why = "names of at most 253 letters";
        if (longest > HOST_NAME_MOST)
            return -1;
        total = total + names > most ? most + 1 : total + names;
        if (!*at)
            return total;
    }
}

struct expansion {
    char name[HOST_NAME_MOST + 1];
    void (*see)(const char *, void *);
    void *state;
};

/* The rest of one name from `at` on, `used` letters of it being there. */
static void expand(struct expansion *e, const char *at, size_t used)
{
    while (is_letter(*at))
        e->name[used++] = *at++;
    if (*at != '[') {
        e->name[used] = '\0';
        e->see(e->name, e->state);
        return;
    }
    const char *after = strchr(at, ']') + 1;
    while (*at != ']') {
        long low = 0, high = -1;
        int width = 0;
        at++;
        read_range(&at, &low, &high, &width);
        for (long n = low; n <= high; n++) {
            int digits = snprintf(e->name + used, sizeof e->name - used,
                                  "%0*ld", width, n);
            expand(e, after, used + (size_t)digits);
        }
    }
}

void hosts_each(const char *expression, void (*see)(const char *, void *state),
                void *state)
{
    struct expansion e = {.see = see, .state = state};
    for (const char *at = expression;; at++) {
        expand(&e, at, 0);
        int depth = 0;
        for (; *at && (depth || *at != ','); at++)
            depth += (*at == '[') - (*at == ']');
        if (!*at)
            return;
    }
}

/* Letters before the digits that end a name. */
static size_t stem_of(const char *name)
{
    size_t length = strlen(name), stem = length;
    while (stem > 0 && length - stem < DIGITS_MOST &&
           isdigit((unsigned char)name[stem - 1]))
        stem--;
    return stem;
}

int hosts_run(char *const *names, int count, char *text, size_t capacity)
{
    const char *first = names[0];
    size_t stem = stem_of(first);
    int width = (int)strlen(first + stem), run = 1;
    long low = width ? strtol(first + stem, NULL, 10) : 0;
    for (; width && run < count; run++) {
        char digits[24];
        int length = snprintf(digits, sizeof digits, "%0*ld", width, low + run);
        if (length > DIGITS_MOST || strncmp(names[run], first, stem) ||
            strcmp(names[run] + stem, digits))
            break;
    }
    if (run == 1)
        snprintf(text, capacity, "%s", first);
    else
        snprintf(text, capacity, "%.*s[%s-%s]", (int)stem, first, first + stem,
                 names[run - 1] + stem);
    return run;
}
