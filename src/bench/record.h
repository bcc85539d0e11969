/* SPDX-License-Identifier: BSD-3-Clause */
/* One row of summary.csv. The table `columns` is the only list of columns: the
 * CSV header and rows, the keys of --resume, the screen and results/README.md
 * all come from it. Absent numbers are NAN here and empty in a CSV; absent
 * texts are "". */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define RECORD_TEXT 160

struct record {
    char run_id[64], time_utc[24], source[16], benchmark[24], transport[16],
        algorithm[64], memory[16], datatype[16], op[8], in_place[8],
        topology[64], constants[32], placement[16], group[96], direction[16],
        mode[16], sync[16], stop[16], bound_level[32], gdr[16], path[64],
        evidence[RECORD_TEXT], slowest_host[64], assumed[64], flags[64],
        status[8], reason[RECORD_TEXT];
    double root, seed, rank_a, rank_b, window, nodes, ranks, ranks_per_node, size_B,
        batch, samples, time_min_us, time_p50_us, time_p50_lo_us,
        time_p50_hi_us, time_mean_us, time_p95_us, time_p99_us, time_max_us,
        time_floor_us, sampling_error, algbw_GBps, busbw_GBps, wire_GBps,
        bound_GBps, efficiency, entry_skew_us, open_ms, connections, checked,
        wrong, slowest_rank;
};

enum column_kind { COLUMN_TEXT, COLUMN_NUMBER };
enum column_use {
    COLUMN_KEY = 1,    /* part of what makes a case this case (--resume) */
    COLUMN_SCREEN = 2, /* shown in the table on stdout */
};

struct column {
    const char *name; /* as in the CSV, unit included */
    enum column_kind kind;
    size_t offset, capacity; /* into struct record; capacity of a text */
    int digits;              /* significant, for numbers */
    int use;                 /* enum column_use, or'ed */
    const char *heading;     /* on the screen, NULL: name */
    const char *meaning;     /* one sentence, for results/README.md */
};

extern const struct column columns[];
extern const size_t columns_count;

void record_clear(struct record *); /* all absent */

/* One more word in `flags`, which words are parted by blanks. */
void record_flag(struct record *, const char *flag);

/* RFC 4180: fields with comma, quote or line break are quoted; lines end in
 * "\n" (gnuplot and every reader here take it; said in results/README.md). */
void record_write_header(FILE *);
void record_write(FILE *, const struct record *);

/* One text as a CSV field: quoted where it must be. */
void record_write_text(FILE *, const char *text);

/* A number as every CSV here holds it: `digits` significant, whole numbers
 * whole, without an exponent from 1e-9 to 1e18; absent (NAN, and any infinity)
 * is "". Capacity >= 40. Returns `text`. */
char *record_print_number(double value, int digits, char *text,
                          size_t capacity);

/* Parses one CSV line by the header line of its file (columns in any order;
 * unknown columns are kept out). False and *why a static text when malformed.
 */
bool record_parse(const char *header, const char *line, struct record *out,
                  const char **why);

/* The KEY columns joined by '|': equal for the same case of two runs. */
void record_key(const struct record *, char *text, size_t capacity);

/* The human table: a heading (also when a text column changes), a row. */
void record_print_heading(FILE *);
void record_print(FILE *, const struct record *);

/* results/README.md's table of columns, as Markdown. */
void record_print_columns(FILE *);

#endif
