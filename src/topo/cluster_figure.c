/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures and the maps that hold them, by the table of cluster_fields.c. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_file.h"

const struct field *cluster_field(const char *path)
{
    for (int i = 0; i < cluster_field_count; i++)
        if (!strcmp(cluster_fields[i].path, path))
            return &cluster_fields[i];
    return NULL;
}

bool cluster_is_section(const char *path)
{
    size_t length = strlen(path);
    for (int i = 0; i < cluster_field_count; i++)
        if (!strncmp(cluster_fields[i].path, path, length) &&
            cluster_fields[i].path[length] == '.')
            return true;
    return false;
}

int reader_wrong_kind(const struct reader *r, const struct yaml_tree *item,
                      const char *what, const char *expected)
{
    return error("%s:%d: %s is %s, expected %s", r->path, item->line, what,
                 yaml_tree_kind_name(item->kind), expected);
}

/* The keys that may stand under `prefix` ("" at the top), as "a, b, c". */
static const char *keys_under(const char *prefix, char *list, size_t capacity)
{
    static const char *const top[] = {"name", "title", "source", "on",
                                      "clos", "graph", "hosts"};
    size_t length = strlen(prefix), used = 0, at = 0;
    const char *last = "";
    list[0] = '\0';
    if (!*prefix)
        for (size_t i = 0; i < sizeof top / sizeof *top; i++)
            used += (size_t)snprintf(list + used, capacity - used, "%s%s",
                                     i ? ", " : "", top[i]);
    if (!strcmp(prefix, "clos.*"))
        used += (size_t)snprintf(list, capacity, "name");
    for (int i = 0; i < cluster_field_count; i++) {
        const char *path = cluster_fields[i].path;
        if (strncmp(path, prefix, length) || (length && path[length] != '.') ||
            (!length && field_of_tier(&cluster_fields[i])))
            continue;
        path += length + (length > 0);
        size_t letters = strcspn(path, ".");
        if (at && letters == at && !strncmp(last, path, letters))
            continue;
        last = path;
        at = letters;
        if (used < capacity)
            used += (size_t)snprintf(list + used, capacity - used, "%s%.*s",
                                     used ? ", " : "", (int)letters, path);
    }
    return list;
}

int reader_unknown_key(const struct reader *r, const struct yaml_tree *item,
                       const char *prefix)
{
    char shown[YAML_TREE_SHOWN], list[400];
    return error("%s:%d: unknown key '%s'%s%s, expected one of: %s", r->path,
                 item->key_line, yaml_tree_show(item->key, shown),
                 *prefix ? " in " : "", prefix,
                 keys_under(prefix, list, sizeof list));
}

/* {value: 8, given: "..."}: which value, and whence. NULL after a fault. */
static const struct yaml_tree *read_origin(const struct reader *r,
                                           const struct yaml_tree *item,
                                           const char *path, struct figure *out)
{
    static const char *const origins[] = {[ORIGIN_GIVEN] = "given",
                                          [ORIGIN_DERIVED] = "derived",
                                          [ORIGIN_ASSUMED] = "assumed"};
    const struct yaml_tree *value = NULL, *source = NULL;
    for (const struct yaml_tree *m = item->first; m; m = m->next) {
        int origin = ORIGIN_ASSUMED;
        if (m->kind != YAML_TREE_TEXT) {
            reader_wrong_kind(r, m, path, "value: and given:, each a text");
            return NULL;
        }
        if (!strcmp(m->key, "value")) {
            value = m;
            continue;
        }
        while (origin > ORIGIN_ABSENT && strcmp(m->key, origins[origin]))
            origin--;
        if (origin == ORIGIN_ABSENT || source) {
            char shown[YAML_TREE_SHOWN];
            error("%s:%d: %s in %s, expected value: and one of given:, "
                  "derived:, assumed:",
                  r->path, m->key_line, yaml_tree_show(m->key, shown), path);
            return NULL;
        }
        source = m;
        out->origin = (enum origin)origin;
    }
    if (!value || !source || !*source->text) {
        error("%s:%d: %s lacks its %s, expected {value: ..., given: \"...\"} "
              "(or derived:, assumed:)",
              r->path, item->line, path, value ? "source" : "value");
        return NULL;
    }
    out->source = cluster_text(r->cluster, source->text);
    return value;
}

int reader_figure(const struct reader *r, const struct yaml_tree *item,
                  const struct field *field, struct figure *out)
{
    struct figure figure = {
        .origin = ORIGIN_GIVEN, .source = r->source, .line = item->key_line};
    const struct yaml_tree *value = item;
    char shown[YAML_TREE_SHOWN];
    if (item->kind == YAML_TREE_LIST)
        return reader_wrong_kind(r, item, field->path,
                                 field_expected(field->unit));
    if (item->kind == YAML_TREE_MAP) {
        value = read_origin(r, item, field->path, &figure);
        if (!value)
            return -1;
    }
    if (!field_parse(field->unit, value->text, &figure.value))
        return error("%s:%d: %s is '%s', expected %s", r->path, value->line,
                     field->path, yaml_tree_show(value->text, shown),
                     field_expected(field->unit));
    if (!figure.source)
        return error("%s:%d: %s has no source, expected {value: %s, given: "
                     "\"...\"} or a source: for the whole file",
                     r->path, item->line, field->path, value->text);
    *out = figure;
    return 0;
}

/* Every key of a map whose figures have paths below `prefix`. */
int reader_section(const struct reader *r, const struct yaml_tree *map,
                   const char *prefix, void *base)
{
    if (map->kind != YAML_TREE_MAP)
        return reader_wrong_kind(r, map, prefix, "a map");
    for (const struct yaml_tree *m = map->first; m; m = m->next) {
        char path[PATH_TEXT];
        int length = snprintf(path, sizeof path, "%s%s%s", prefix,
                              *prefix ? "." : "", m->key);
        const struct field *field = cluster_field(path);
        int status = 0;
        if (length >= PATH_TEXT || strchr(m->key, '.') ||
            (!field && !cluster_is_section(path)))
            status = reader_unknown_key(r, m, prefix);
        else if (field)
            status = reader_figure(r, m, field, field_at(field, base));
        else
            status = reader_section(r, m, path, base);
        if (status)
            return -1;
    }
    return 0;
}
