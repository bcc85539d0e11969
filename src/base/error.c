/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void say(const char *format, va_list arguments)
{
    char line[2048] = "linerate: ";
    size_t used = 10;
    int written =
        vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    if (written > 0)
        used += (size_t)written < sizeof line - used - 1
                    ? (size_t)written
                    : sizeof line - used - 2;
    line[used++] = '\n';
    fflush(stdout);
    if (write(STDERR_FILENO, line, used) < 0)
        return; /* stderr is gone: there is nobody left to tell */
}

int error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return -1;
}

_Noreturn void die(enum exit_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    exit(code);
}

void *xcalloc(unsigned long count, unsigned long size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        die(EXIT_MACHINE, "out of memory asking for %lu x %lu bytes", count,
            size);
    return memory;
}

void *xrealloc(void *old, unsigned long size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        die(EXIT_MACHINE, "out of memory asking for %lu bytes", size);
    return memory;
}
