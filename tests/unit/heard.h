/* SPDX-License-Identifier: BSD-3-Clause */
/* What a test's code says on stderr, for tests of messages. */
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct heard {
    FILE *file;
    int before; /* stderr as it was */
    char text[4096];
};

static inline void heard_begin(struct heard *h)
{
    fflush(stderr);
    h->file = tmpfile();
    h->before = dup(STDERR_FILENO);
    if (!h->file || h->before < 0 || dup2(fileno(h->file), STDERR_FILENO) < 0)
        fail_msg("cannot turn stderr aside");
}

/* Puts stderr back. The first bytes of what was said are in `text`; returns how
 * many lines it was. */
static inline long heard_end(struct heard *h)
{
    long lines = 0;
    fflush(stderr);
    dup2(h->before, STDERR_FILENO);
    close(h->before);
    rewind(h->file);
    size_t got = fread(h->text, 1, sizeof h->text - 1, h->file);
    h->text[got] = '\0';
    for (size_t i = 0; i < got; i++)
        lines += h->text[i] == '\n';
    for (int c = fgetc(h->file); c != EOF; c = fgetc(h->file))
        lines += c == '\n';
    fclose(h->file);
    return lines;
}

#endif
