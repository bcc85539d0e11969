/* SPDX-License-Identifier: BSD-3-Clause */
/* One table a quantity serves both reading and printing. Knows nothing of where
 * a text came from: the caller says what was expected. */
#include "base/units.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    double scale;
};

/* Sizes: the long binary names first, from small to large, for printing. */
static const struct unit size_units[] = {
    {"B", 1},
    {"KiB", 1024.0},
    {"MiB", 1048576.0},
    {"GiB", 1073741824.0},
    {"TiB", 1099511627776.0},
    {"", 1},
    {"K", 1024.0},
    {"M", 1048576.0},
    {"G", 1073741824.0},
    {"T", 1099511627776.0},
    {"k", 1024.0},
    {"m", 1048576.0},
    {"g", 1073741824.0},
    {"t", 1099511627776.0},
    {"kB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"TB", 1e12},
};

enum { PRINTED_SIZES = 5 };

static const struct unit time_units[] = {
    {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1},
    {"", 1},      {"min", 60},  {"h", 3600},
};

enum { PRINTED_TIMES = 4 };

/* "12.5" digits with at most one point, then a unit of the table. */
static bool parse(const char *text, const struct unit *units, size_t count,
                  double *value, double *scale)
{
    size_t digits = strspn(text, "0123456789."), numerals = 0, points = 0;
    for (size_t i = 0; i < digits; i++) {
        numerals += text[i] != '.';
        points += text[i] == '.';
    }
    if (numerals == 0 || points > 1)
        return false;
    *value = strtod(text, NULL);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(text + digits, units[i].name)) {
            *scale = units[i].scale;
            return isfinite(*value);
        }
    return false;
}

bool units_parse_size(const char *text, size_t *out_B)
{
    double value, scale;
    if (!parse(text, size_units, sizeof size_units / sizeof *size_units, &value,
               &scale))
        return false;
    double bytes = value * scale;
    /* 2^53: beyond it a double no longer tells whole bytes apart. */
    if (bytes != floor(bytes) || bytes > 9007199254740992.0 ||
        bytes > (double)(SIZE_MAX / 2))
        return false;
    *out_B = (size_t)bytes;
    return true;
}

bool units_parse_time(const char *text, double *out_s)
{
    double value, scale;
    if (!parse(text, time_units, sizeof time_units / sizeof *time_units, &value,
               &scale) ||
        !isfinite(value * scale))
        return false;
    *out_s = value * scale;
    return true;
}

char *units_print_size(size_t bytes, char *text, size_t capacity)
{
    int best = 0;
    for (int i = 1; i < PRINTED_SIZES; i++)
        if (bytes && bytes % (size_t)size_units[i].scale == 0)
            best = i;
    snprintf(text, capacity, "%zu%s", bytes / (size_t)size_units[best].scale,
             size_units[best].name);
    return text;
}

char *units_print_time(double seconds, char *text, size_t capacity)
{
    int best = 0;
    for (int i = 1; i < PRINTED_TIMES; i++)
        if (seconds >= 0.9995 * time_units[i].scale)
            best = i;
    double value = seconds / time_units[best].scale;
    int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, capacity, "%.*f%s", digits, value, time_units[best].name);
    return text;
}
