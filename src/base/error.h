/* SPDX-License-Identifier: BSD-3-Clause */
/* How a program of this suite fails: one line on stderr, then an exit code that
 * says what kind of failure it was. Knows nothing of ranks except an optional
 * prefix that the caller puts into the message itself. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum exit_code {
    EXIT_GOOD = 0,    /* everything ran and is right */
    EXIT_WRONG = 1,   /* measured, and something is wrong (data, gate) */
    EXIT_USAGE = 2,   /* options or an input file */
    EXIT_MACHINE = 3, /* could not measure (also: every row is a SKIP) */
};

/* Prints "linerate: <message>\n" to stderr in one write, and returns -1, so that
 * the place that knows can say `return error("...")`. */
int error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Same line, but does not return: the whole process ends with `code` (by
 * exit(), so that open files are flushed). */
_Noreturn void die(enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Allocate or die(EXIT_MACHINE). The caller owns the memory; free() it. */
void *xcalloc(unsigned long count, unsigned long size);
void *xrealloc(void *old, unsigned long size);

#endif
