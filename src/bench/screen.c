/* SPDX-License-Identifier: BSD-3-Clause */
/* The table that a person reads: one line a row, the same places for every
 * benchmark. Only lays out; computes nothing but the width of the interval. */
#include "bench/record.h"

#include <math.h>
#include <string.h>

#include "base/units.h"

enum { CELL = 256 }; /* bytes of one cell's text */

/* Four significant digits, no exponent: "0.9876", "12.34", "12345". */
static void print_short(double value, char *text)
{
    double size = fabs(value);
    int decimals = size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
    if (isfinite(value))
        snprintf(text, CELL, "%.*f", decimals, value);
    else
        snprintf(text, CELL, "-");
}

static void print_count(double value, char *text)
{
    if (isfinite(value))
        snprintf(text, CELL, "%.0f", value);
    else
        snprintf(text, CELL, "-");
}

static void cell_size(const struct record *r, char *text)
{
    if (isfinite(r->size_B) && r->size_B >= 0 && r->size_B < 1e18)
        units_print_size((size_t)r->size_B, text, CELL);
    else
        snprintf(text, CELL, "-");
}

/* p2p shows its pair: "0>1", "0<>1" when both send at once, "0-1" when they
 * take turns. */
static void cell_ranks(const struct record *r, char *text)
{
    const char *between = strcmp(r->direction, "bi") == 0    ? "<>"
                          : strcmp(r->direction, "uni") == 0 ? ">"
                                                             : "-";
    if (isfinite(r->rank_a) && isfinite(r->rank_b))
        snprintf(text, CELL, "%.0f%s%.0f", r->rank_a, between, r->rank_b);
    else
        print_count(r->ranks, text);
}

static void cell_algorithm(const struct record *r, char *text)
{
    snprintf(text, CELL, "%s", r->algorithm[0] ? r->algorithm : "-");
}

static void cell_transport(const struct record *r, char *text)
{
    snprintf(text, CELL, "%s", r->transport[0] ? r->transport : "-");
}

static void cell_median(const struct record *r, char *text)
{
    print_short(r->time_p50_us, text);
}

/* The farther end of the median's interval, as a share of the median. */
static void cell_interval(const struct record *r, char *text)
{
    double up = r->time_p50_hi_us - r->time_p50_us;
    double down = r->time_p50_us - r->time_p50_lo_us;
    double percent = 100 * (up > down ? up : down) / r->time_p50_us;
    if (isfinite(percent))
        snprintf(text, CELL, "%.1f", percent);
    else
        snprintf(text, CELL, "-");
}

static void cell_p99(const struct record *r, char *text)
{
    print_short(r->time_p99_us, text);
}

static void cell_algbw(const struct record *r, char *text)
{
    print_short(r->algbw_GBps, text);
}

static void cell_busbw(const struct record *r, char *text)
{
    print_short(r->busbw_GBps, text);
}

static void cell_efficiency(const struct record *r, char *text)
{
    if (isfinite(r->efficiency))
        snprintf(text, CELL, "%.1f", 100 * r->efficiency);
    else
        snprintf(text, CELL, "-");
}

static void cell_samples(const struct record *r, char *text)
{
    print_count(r->samples, text);
}

static void cell_wrong(const struct record *r, char *text)
{
    print_count(r->wrong, text);
}

/* The sub-group, when there are others beside it, and the flags. */
static void cell_notes(const struct record *r, char *text)
{
    const char *group = strcmp(r->group, "0 of 1") == 0 ? "" : r->group;
    snprintf(text, CELL, "%s%s%s%s", group[0] ? "group " : "", group,
             group[0] && r->flags[0] ? ", " : "", r->flags);
}

/* In the order of the screen; the heading is the column's. Negative widths are
 * flush left, 0 the last one. The first `WHAT` cells say what ran. */
enum { WHAT = 4 };
static const struct cell {
    size_t offset; /* of the column */
    int width;
    void (*print)(const struct record *, char *text);
} cells[] = {
    {offsetof(struct record, size_B), 8, cell_size},
    {offsetof(struct record, ranks), 6, cell_ranks},
    {offsetof(struct record, algorithm), -26, cell_algorithm},
    {offsetof(struct record, transport), -4, cell_transport},
    {offsetof(struct record, time_p50_us), 9, cell_median},
    {offsetof(struct record, time_p50_lo_us), 5, cell_interval},
    {offsetof(struct record, time_p99_us), 9, cell_p99},
    {offsetof(struct record, algbw_GBps), 8, cell_algbw},
    {offsetof(struct record, busbw_GBps), 8, cell_busbw},
    {offsetof(struct record, efficiency), 5, cell_efficiency},
    {offsetof(struct record, samples), 7, cell_samples},
    {offsetof(struct record, wrong), 5, cell_wrong},
    {offsetof(struct record, flags), 0, cell_notes},
};
static const size_t cells_count = sizeof cells / sizeof cells[0];

static const char *heading_of(size_t offset)
{
    for (size_t i = 0; i < columns_count; i++)
        if (columns[i].offset == offset)
            return columns[i].heading ? columns[i].heading : columns[i].name;
    return "";
}

static void print_cell(FILE *out, size_t index, const char *text)
{
    if (index > 0 && text[0])
        fputs(index == WHAT - 2 ? "  " : " ", out);
    if (cells[index].width)
        fprintf(out, "%*s", cells[index].width, text);
    else
        fputs(text, out);
}

void record_print_heading(FILE *out)
{
    for (size_t i = 0; i < cells_count; i++)
        print_cell(out, i, heading_of(cells[i].offset));
    fputc('\n', out);
}

/* A row without figures: the status and why, on one line. */
static void print_failure(FILE *out, const struct record *r)
{
    fprintf(out, "  %s", r->status);
    if (r->reason[0])
        fputs(": ", out);
    for (const char *at = r->reason; *at; at++)
        fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out);
    if (!r->reason[0] && r->wrong > 0)
        fprintf(out, ": %.0f elements", r->wrong);
    fputc('\n', out);
}

void record_print(FILE *out, const struct record *record)
{
    char text[CELL];
    bool good = strcmp(record->status, "ok") == 0;
    for (size_t i = 0; i < (good ? cells_count : WHAT); i++) {
        cells[i].print(record, text);
        print_cell(out, i, text);
    }
    if (good)
        fputc('\n', out);
    else
        print_failure(out, record);
}
