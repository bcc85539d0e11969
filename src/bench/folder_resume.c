/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/folder_resume.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { KEY_CAPACITY = 2048 }; /* all KEY columns, each byte escaped, and more */

/* --- rows that are finished ----------------------------------------------- */

/* FNV-1a, 64 bits: compared before the texts, which share long beginnings. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

void finished_add(struct finished *finished, const struct record *record)
{
    char key[KEY_CAPACITY];
    if (finished->rows++ == 0)
        memcpy(finished->run_id, record->run_id, sizeof finished->run_id);
    if (strcmp(record->status, "error") == 0)
        return;
    record_key(record, key, sizeof key);
    finished->keys = xrealloc(finished->keys,
                              (finished->count + 1) * sizeof *finished->keys);
    struct finished_key *added = &finished->keys[finished->count++];
    added->hash = hash_of(key);
    added->text = xcalloc(strlen(key) + 1, 1);
    memcpy(added->text, key, strlen(key));
}

bool finished_has(const struct finished *finished, const struct record *record)
{
    char key[KEY_CAPACITY];
    record_key(record, key, sizeof key);
    uint64_t hash = hash_of(key);
    for (size_t i = 0; i < finished->count; i++)
        if (finished->keys[i].hash == hash &&
            strcmp(finished->keys[i].text, key) == 0)
            return true;
    return false;
}

void finished_free(struct finished *finished)
{
    for (size_t i = 0; i < finished->count; i++)
        free(finished->keys[i].text);
    free(finished->keys);
}

/* --- lines ---------------------------------------------------------------- */

/* Where the line (a CSV record: quotes may hold line breaks) that starts at
 * `at` ends, one past its "\n"; NULL when it does not. */
static char *line_end(char *at)
{
    bool field_start = true;
    for (; *at; at++) {
        if (field_start && *at == '"') {
            for (at++; *at && (*at != '"' || *++at == '"'); at++)
                ;
            if (!*at)
                return NULL;
        }
        if (*at == '\n')
            return at + 1;
        field_start = *at == ',';
    }
    return NULL;
}

static unsigned long breaks_in(const char *from, const char *to)
{
    unsigned long breaks = 0;
    for (; from < to; from++)
        breaks += *from == '\n';
    return breaks;
}

/* Lines of a file, one at a time, each cut out by a '\0' after it. */
struct lines {
    char *text, *at, *end; /* end: of the line at hand */
    unsigned long number, next_number;
    char held; /* the byte under the '\0' */
};

static bool lines_next(struct lines *lines)
{
    if (lines->end) {
        *lines->end = lines->held;
        lines->at = lines->end;
    }
    lines->number = lines->next_number;
    char *end = line_end(lines->at);
    if (!end)
        return false;
    lines->end = end;
    lines->next_number += breaks_in(lines->at, end);
    lines->held = *end;
    *end = '\0';
    return true;
}

/* A '\0' in the file would end the reading there, and what follows be lost. */
static int check_text(const struct disk_file *file, const struct lines *lines)
{
    size_t before = (size_t)(lines->at - lines->text);
    if (before + strlen(lines->at) == file->size_B)
        return 0;
    return error("%s:%lu: a zero byte, expected text", file->path,
                 lines->number);
}

/* The header, byte by byte. 1: right; 0: the file ends within it, nothing of
 * worth is there; -1: printed. */
static int check_header(const struct disk_file *file, struct lines *lines,
                        const char *header)
{
    if (strncmp(lines->text, header, strlen(lines->text)) == 0 &&
        strlen(lines->text) < strlen(header) &&
        strlen(lines->text) == file->size_B)
        return 0;
    if (lines_next(lines) && strcmp(lines->at, header) == 0)
        return 1;
    return error("%s:1: another header, expected the columns of this version",
                 file->path);
}

/* --- summary.csv ---------------------------------------------------------- */

/* A stray quote would make all that follows look like one unfinished line, and
 * be cut off: what is left must not hold a line that reads well on its own. */
static bool tail_holds_row(char *tail, const char *header)
{
    struct record row;
    const char *why;
    for (char *at = strchr(tail, '\n'); at; at = strchr(at, '\n')) {
        char *end = strchr(++at, '\n');
        if (!end)
            return false;
        char held = end[1];
        end[1] = '\0';
        bool whole = record_parse(header, at, &row, &why);
        end[1] = held;
        if (whole)
            return true;
    }
    return false;
}

static int read_rows(const struct disk_file *file, struct lines *lines,
                     const char *header, struct finished *finished)
{
    struct record row;
    const char *why;
    while (lines_next(lines)) {
        if (!record_parse(header, lines->at, &row, &why))
            return error("%s:%lu: %s", file->path, lines->number, why);
        finished_add(finished, &row);
    }
    if (check_text(file, lines) != 0)
        return -1;
    if (tail_holds_row(lines->at, header))
        return error("%s:%lu: a quote is not closed, expected it closed on "
                     "this line",
                     file->path, lines->number);
    return 0;
}

int resume_summary(const struct disk_file *file, const char *header,
                   struct finished *finished, size_t *keep)
{
    char *text = disk_read(file);
    if (!text)
        return -1;
    struct lines lines = {.text = text, .at = text, .next_number = 1};
    int result = check_header(file, &lines, header);
    *keep = 0;
    if (result > 0) {
        result = read_rows(file, &lines, header, finished);
        *keep = (size_t)(lines.at - text);
    }
    free(text);
    return result;
}

/* --- samples.csv ---------------------------------------------------------- */

/* The row number, second field of "run_id,row,...", of a line with 5 commas;
 * 0 when it is no such line. */
static unsigned long row_of(const char *line)
{
    const char *at = strchr(line, ',');
    unsigned commas = 0;
    for (const char *comma = line; (comma = strchr(comma, ',')); comma++)
        commas++;
    if (!at || commas != 5 || at[1] < '1' || at[1] > '9')
        return 0;
    char *end;
    unsigned long row = strtoul(at + 1, &end, 10);
    return *end == ',' ? row : 0;
}

static int read_samples(const struct disk_file *file, struct lines *lines,
                        unsigned long rows, size_t *keep)
{
    unsigned long last = 0;
    while (lines_next(lines)) {
        unsigned long row = row_of(lines->at);
        if (row == 0)
            return error("%s:%lu: no row number, expected run_id,row,...",
                         file->path, lines->number);
        if (row < last)
            return error("%s:%lu: row %lu, expected %lu or a later one",
                         file->path, lines->number, row, last);
        if (row <= rows)
            *keep = (size_t)(lines->end - lines->text);
        last = row;
    }
    if (check_text(file, lines) != 0)
        return -1;
    if (last > rows + 1)
        return error("%s:%lu: samples of row %lu, but summary.csv has %lu rows",
                     file->path, lines->number - 1, last, rows);
    return 0;
}

int resume_samples(const struct disk_file *file, const char *header,
                   unsigned long rows, size_t *keep)
{
    char *text = disk_read(file);
    if (!text)
        return -1;
    struct lines lines = {.text = text, .at = text, .next_number = 1};
    int result = check_header(file, &lines, header);
    *keep = 0;
    if (result == 0 && rows > 0)
        result = error("%s: no header, expected the samples of %lu rows",
                       file->path, rows);
    if (result > 0) {
        *keep = strlen(header);
        result = read_samples(file, &lines, rows, keep);
    }
    free(text);
    return result;
}
