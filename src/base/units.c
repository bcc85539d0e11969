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

/* Rates and lengths: from small to large those that are printed. A bit is an
 * eighth of a byte, exactly. */
static const struct unit bit_units[] = {
    {"b/s", 0.125},    {"kb/s", 1.25e2}, {"Mb/s", 1.25e5}, {"Gb/s", 1.25e8},
    {"Tb/s", 1.25e11}, {"B/s", 1},       {"kB/s", 1e3},    {"MB/s", 1e6},
    {"GB/s", 1e9},     {"TB/s", 1e12},
};

enum { PRINTED_BITS = 5, RATES = sizeof bit_units / sizeof *bit_units };

static const struct unit length_units[] = {
    {"mm", 1e-3},
    {"cm", 1e-2},
    {"m", 1},
    {"km", 1e3},
};

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

bool units_parse_rate(const char *text, double *out_Bps)
{
    double value, scale;
    if (!parse(text, bit_units, RATES, &value, &scale) ||
        !isfinite(value * scale))
        return false;
    *out_Bps = value * scale;
    return true;
}

bool units_parse_length(const char *text, double *out_m)
{
    double value, scale;
    if (!parse(text, length_units, sizeof length_units / sizeof *length_units,
               &value, &scale) ||
        !isfinite(value * scale))
        return false;
    *out_m = value * scale;
    return true;
}

/* The fewest digits in the largest unit below `value` that read back as
 * `value`; where none do (the product of digits and unit may skip a double), in
 * a smaller unit; at last as digits of the unit that is 1 (`base`). */
static char *print_exact(double value, const struct unit *units, int count,
                         const char *base, char *text, size_t capacity)
{
    char digits[64];
    int unit = count - 1;
    while (unit > 0 && value < units[unit].scale)
        unit--;
    for (; unit >= 0 && value > 0; unit--)
        for (int precision = 1; precision <= 17; precision++) {
            snprintf(digits, sizeof digits, "%.*g", precision,
                     value / units[unit].scale);
            if (strchr(digits, 'e') ||
                strtod(digits, NULL) * units[unit].scale != value)
                continue;
            snprintf(text, capacity, "%s%s", digits, units[unit].name);
            return text;
        }
    int places = value > 0 ? 17 - (int)floor(log10(value)) : 0;
    places = places < 0 ? 0 : places > 340 ? 340 : places;
    snprintf(text, capacity, "%.*f%s", places, value, base);
    return text;
}

char *units_print_rate(double Bps, char *text, size_t capacity)
{
    return print_exact(Bps, bit_units + PRINTED_BITS, RATES - PRINTED_BITS,
                       "B/s", text, capacity);
}

char *units_print_bits(double Bps, char *text, size_t capacity)
{
    return print_exact(Bps, bit_units, PRINTED_BITS, "B/s", text, capacity);
}

char *units_print_length(double metres, char *text, size_t capacity)
{
    /* From "m" on: nobody says 3000 cm. */
    return print_exact(metres, length_units + 2, 2, "m", text, capacity);
}

char *units_print_exact_time(double seconds, char *text, size_t capacity)
{
    return print_exact(seconds, time_units, PRINTED_TIMES, "s", text, capacity);
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
