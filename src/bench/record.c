/* SPDX-License-Identifier: BSD-3-Clause */
/* A row as CSV, and back. Strict when reading: a line that this suite cannot
 * have written is refused, never repaired. Knows no file names and no case. */
#include "bench/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIELD_CAPACITY = 256, /* more than any column holds */
    HEADER_COLUMNS = 256, /* columns a header may name, ours among them */
};

static char *text_of(const struct record *record, const struct column *column)
{
    return (char *)record + column->offset;
}

static double *number_of(const struct record *record,
                         const struct column *column)
{
    return (double *)(void *)((char *)record + column->offset);
}

void record_clear(struct record *record)
{
    memset(record, 0, sizeof *record);
    for (size_t i = 0; i < columns_count; i++)
        if (columns[i].kind == COLUMN_NUMBER)
            *number_of(record, &columns[i]) = NAN;
}

void record_flag(struct record *record, const char *flag)
{
    size_t used = strlen(record->flags);
    snprintf(record->flags + used, sizeof record->flags - used, "%s%s",
             used ? " " : "", flag);
}

/* --- writing -------------------------------------------------------------- */

static void trim_zeros(char *text)
{
    char *end = text + strlen(text);
    if (!strchr(text, '.'))
        return;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        *--end = '\0';
}

char *record_print_number(double value, int digits, char *text, size_t capacity)
{
    const double whole = 9007199254740992.0; /* 2^53: exact up to here */
    double size = fabs(value);

    text[0] = '\0';
    if (!isfinite(value))
        return text;
    if (value == 0)
        snprintf(text, capacity, "0");
    else if (size <= whole && floor(value) == value)
        snprintf(text, capacity, "%.0f", value);
    else if (size < 1e-9 || size >= 1e18)
        snprintf(text, capacity, "%.*g", size < 1 ? digits : 17, value);
    else {
        /* %e rounds to the digits wanted and says the exponent of that. */
        snprintf(text, capacity, "%.*e", digits - 1, value);
        const char *mark = strchr(text, 'e');
        long exponent = mark ? strtol(mark + 1, NULL, 10) : 0;
        long decimals = digits - 1 - exponent;
        snprintf(text, capacity, "%.*f", decimals > 0 ? (int)decimals : 0,
                 value);
        trim_zeros(text);
    }
    return text;
}

static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void record_write_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n"))
        write_quoted(out, text);
    else
        fputs(text, out);
}

void record_write_header(FILE *out)
{
    for (size_t i = 0; i < columns_count; i++)
        fprintf(out, "%s%s", i ? "," : "", columns[i].name);
    fputc('\n', out);
}

void record_write(FILE *out, const struct record *record)
{
    char number[64];
    for (size_t i = 0; i < columns_count; i++) {
        if (i)
            fputc(',', out);
        if (columns[i].kind == COLUMN_TEXT)
            record_write_text(out, text_of(record, &columns[i]));
        else
            fputs(record_print_number(*number_of(record, &columns[i]),
                                      columns[i].digits, number, sizeof number),
                  out);
    }
    fputc('\n', out);
}

/* Appends a byte while there is room for it and the end. */
static void put(char *text, size_t capacity, size_t *used, char byte)
{
    if (*used + 1 < capacity) {
        text[(*used)++] = byte;
        text[*used] = '\0';
    }
}

/* A '|', quote or backslash inside a value is escaped, so that different cases
 * can never share a key. */
void record_key(const struct record *record, char *text, size_t capacity)
{
    size_t used = 0;
    bool first = true;
    char number[64];

    if (capacity)
        text[0] = '\0';
    for (size_t i = 0; i < columns_count; i++) {
        if (!(columns[i].use & COLUMN_KEY))
            continue;
        if (!first)
            put(text, capacity, &used, '|');
        first = false;
        const char *value =
            columns[i].kind == COLUMN_TEXT
                ? text_of(record, &columns[i])
                : record_print_number(*number_of(record, &columns[i]),
                                      columns[i].digits, number, sizeof number);
        for (; *value; value++) {
            if (*value == '|' || *value == '\\')
                put(text, capacity, &used, '\\');
            put(text, capacity, &used, *value);
        }
    }
}

/* --- reading -------------------------------------------------------------- */

struct reader {
    const char *at;
    bool ended;                 /* the line's last field was read */
    char field[FIELD_CAPACITY]; /* cut when longer; `length` tells */
    size_t length;
};

static void keep(struct reader *reader, char byte)
{
    if (reader->length + 1 < sizeof reader->field) {
        reader->field[reader->length] = byte;
        reader->field[reader->length + 1] = '\0';
    }
    reader->length++;
}

static const char *read_quoted(struct reader *reader)
{
    for (reader->at++;; reader->at++) {
        if (!*reader->at)
            return "a quote is not closed";
        if (*reader->at == '"' && *++reader->at != '"')
            return NULL;
        keep(reader, *reader->at);
    }
}

static bool at_line_end(const char *at)
{
    return !*at || *at == '\n' || (*at == '\r' && (!at[1] || at[1] == '\n'));
}

/* Reads one field and what ends it. NULL, or why not. */
static const char *read_field(struct reader *reader)
{
    const char *why = NULL;
    reader->length = 0;
    reader->field[0] = '\0';
    if (*reader->at == '"') {
        if ((why = read_quoted(reader)))
            return why;
        if (*reader->at != ',' && !at_line_end(reader->at))
            return "text follows a closing quote, expected a comma";
    }
    for (; *reader->at != ',' && !at_line_end(reader->at); reader->at++) {
        if (*reader->at == '"')
            return "a quote stands inside a field that is not quoted";
        if (*reader->at == '\r')
            return "a carriage return stands outside quotes";
        keep(reader, *reader->at);
    }
    if (*reader->at == ',') {
        reader->at++;
        return NULL;
    }
    reader->ended = true;
    reader->at += *reader->at == '\r';
    reader->at += *reader->at == '\n';
    return *reader->at ? "more than one line" : NULL;
}

static const struct column *find_column(const char *name, size_t likely)
{
    for (size_t i = 0; i < columns_count; i++) {
        const struct column *column = &columns[(likely + i) % columns_count];
        if (strcmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

/* Which column each field is; NULL for a column we do not know. */
static const char *read_header(const char *header, const struct column **map,
                               size_t *fields)
{
    struct reader reader = {.at = header};
    bool seen[HEADER_COLUMNS] = {false};
    const char *why;

    *fields = 0;
    while (!reader.ended) {
        if ((why = read_field(&reader)))
            return why;
        if (*fields == HEADER_COLUMNS)
            return "the header names more columns than this program can read";
        map[*fields] = find_column(reader.field, *fields);
        if (map[*fields]) {
            size_t index = (size_t)(map[*fields] - columns);
            if (seen[index])
                return "the header names a column twice";
            seen[index] = true;
        }
        ++*fields;
    }
    return NULL;
}

static const char *store(struct record *record, const struct column *column,
                         const struct reader *reader)
{
    if (column->kind == COLUMN_TEXT) {
        if (reader->length >= column->capacity)
            return "a text is longer than its column holds";
        memcpy(text_of(record, column), reader->field, reader->length + 1);
        return NULL;
    }
    if (reader->length == 0)
        return NULL;
    char *end;
    double value = strtod(reader->field, &end);
    /* strtod also knows "nan", "inf", "0x10" and leading blanks. */
    if (reader->length >= sizeof reader->field || *end ||
        strspn(reader->field, "0123456789+-.eE") != reader->length ||
        !isfinite(value))
        return "a number was expected, found something else";
    *number_of(record, column) = value;
    return NULL;
}

static const char *parse(const char *header, const char *line,
                         struct record *out)
{
    const struct column *map[HEADER_COLUMNS];
    struct reader reader = {.at = line};
    size_t fields, i;
    const char *why;

    if ((why = read_header(header, map, &fields)))
        return why;
    for (i = 0; i < fields && !reader.ended; i++) {
        if ((why = read_field(&reader)))
            return why;
        if (map[i] && (why = store(out, map[i], &reader)))
            return why;
    }
    if (i < fields)
        return "fewer fields than the header has";
    return reader.ended ? NULL : "more fields than the header has";
}

bool record_parse(const char *header, const char *line, struct record *out,
                  const char **why)
{
    record_clear(out);
    *why = parse(header, line, out);
    return *why == NULL;
}
