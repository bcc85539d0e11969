/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/registry.h"

static void keep(struct choice *choice, size_t *capacity,
                 const struct record *row)
{
    if (strcmp(row->status, "ok") || isnan(row->time_p50_us))
        return;
    if (choice->n == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        choice->rows = xrealloc(choice->rows, *capacity * sizeof *choice->rows);
    }
    choice->rows[choice->n++] = *row;
}

int choice_read(const char *path, struct choice *out)
{
    *out = (struct choice){NULL, 0};
    if (!path)
        return 0;
    FILE *file = fopen(path, "r");
    if (!file) {
        error("%s: %s, expected the summary.csv of a run", path,
              strerror(errno));
        return EXIT_USAGE;
    }
    char *header = NULL, *line = NULL;
    size_t header_B = 0, line_B = 0, capacity = 0;
    int number = 1, code = 0;
    if (getline(&header, &header_B, file) < 0)
        header = NULL;
    while (!code && header && getline(&line, &line_B, file) >= 0) {
        struct record row;
        const char *why;
        number++;
        if (record_parse(header, line, &row, &why)) {
            keep(out, &capacity, &row);
        } else {
            error("%s:%d: %s, expected a row of summary.csv", path, number,
                  why);
            code = EXIT_USAGE;
        }
    }
    if (!header) {
        error("%s:1: empty, expected the summary.csv of a run", path);
        code = EXIT_USAGE;
    }
    free(header);
    free(line);
    fclose(file);
    if (code)
        choice_free(out);
    return code;
}

void choice_free(struct choice *choice)
{
    free(choice->rows);
    *choice = (struct choice){NULL, 0};
}

/* The algorithm of a row without its tuning: "double-tree:segment=1MiB". */
static const struct algorithm *row_algorithm(const struct record *row,
                                             enum collective_kind kind)
{
    char name[sizeof row->algorithm];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(row->algorithm, ":"),
             row->algorithm);
    return registry_find(kind, name);
}

static bool comparable(const struct record *row, const char *transport,
                       const struct collective *c)
{
    return !strcmp(row->benchmark, collective_name(c->kind)) &&
           !strcmp(row->transport, transport) &&
           !strcmp(row->datatype, datatype_name(c->type)) &&
           row->ranks == c->ranks && row->nodes == c->shape.nodes;
}

const struct algorithm *choice_best(const struct choice *choice,
                                    const char *transport,
                                    const struct collective *c)
{
    const struct algorithm *best = NULL;
    double best_distance = INFINITY, best_us = INFINITY;
    double size = log((double)collective_size_B(c) + 1);
    for (size_t i = 0; i < choice->n; i++) {
        const struct record *row = &choice->rows[i];
        if (!comparable(row, transport, c))
            continue;
        const struct algorithm *algorithm = row_algorithm(row, c->kind);
        double distance = fabs(log(row->size_B + 1) - size);
        if (!algorithm || algorithm->inapplicable(c) ||
            distance > best_distance ||
            (distance == best_distance && row->time_p50_us >= best_us))
            continue;
        best = algorithm;
        best_distance = distance;
        best_us = row->time_p50_us;
    }
    return best ? best : registry_auto(c);
}
