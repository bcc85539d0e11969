/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/constants.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/units.h"
#include "topo/yaml_tree.h"

enum unit { TIME, RATE, SHARE, SIZE };

static const struct {
    const char *key;
    enum unit unit;
    size_t offset;
} rows[] = {
    {"start", TIME, offsetof(struct model, start_s)},
    {"scaleup", TIME, offsetof(struct model, scaleup_s)},
    {"network", TIME, offsetof(struct model, network_s)},
    {"jitter", TIME, offsetof(struct model, jitter_s)},
    {"reduce", RATE, offsetof(struct model, reduce_Bps)},
    {"copy", RATE, offsetof(struct model, copy_Bps)},
    {"switch-share", SHARE, offsetof(struct model, switch_share)},
    {"network-share", SHARE, offsetof(struct model, network_share)},
    {"segment", SIZE, offsetof(struct model, segment_B)},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const char *const expected[] = {
    [TIME] = "a time such as 1.5us",
    [RATE] = "a rate such as 400GB/s",
    [SHARE] = "a number above 0 and at most 1",
    [SIZE] = "a size such as 256KiB",
};

static bool parse(enum unit unit, const char *text, double *out)
{
    size_t bytes;
    char *end;
    switch (unit) {
    case TIME:
        return units_parse_time(text, out);
    case RATE:
        return units_parse_rate(text, out) && *out > 0;
    case SIZE:
        if (!units_parse_size(text, &bytes))
            return false;
        *out = (double)bytes;
        return true;
    default:
        *out = strtod(text, &end);
        return *text && !*end && *out > 0 && *out <= 1;
    }
}

static double *constant(struct model *model, int row)
{
    return (double *)(void *)((char *)model + rows[row].offset);
}

struct place {
    const char *path;
    const struct yaml_tree *figure;
    int row;
};

/* `key` of a figure into a model; the figure's value where it has none. */
static bool read_one(const struct place *p, const char *key, double otherwise,
                     struct model *out)
{
    const struct yaml_tree *item = yaml_tree_get(p->figure, key);
    double value = otherwise;
    if (item && (item->kind != YAML_TREE_TEXT ||
                 !parse(rows[p->row].unit, item->text, &value))) {
        error("%s:%d: %s of %s is '%s', expected %s", p->path, item->line, key,
              rows[p->row].key, item->text ? item->text : "",
              expected[rows[p->row].unit]);
        return false;
    }
    *constant(out, p->row) = value;
    return true;
}

/* Nothing but value, low, high and one of the three origins. */
static bool check_keys(const struct place *p)
{
    static const char *const origins[] = {"given", "derived", "assumed"};
    int sources = 0;
    for (const struct yaml_tree *k = p->figure->first; k; k = k->next) {
        bool origin = false;
        for (int i = 0; i < 3; i++)
            origin |= !strcmp(k->key, origins[i]);
        sources += origin;
        if (!origin && strcmp(k->key, "value") && strcmp(k->key, "low") &&
            strcmp(k->key, "high")) {
            error("%s:%d: unknown key '%s' in %s, expected value, low, high "
                  "and one of given, derived, assumed",
                  p->path, k->key_line, k->key, rows[p->row].key);
            return false;
        }
    }
    if (sources == 1 && yaml_tree_get(p->figure, "value"))
        return true;
    error("%s:%d: %s has %d sources%s, expected a value and one of given, "
          "derived, assumed",
          p->path, p->figure->line, rows[p->row].key, sources,
          yaml_tree_get(p->figure, "value") ? "" : " and no value");
    return false;
}

static bool read_figure(const struct place *p, struct model_set *out)
{
    double value;
    if (p->figure->kind != YAML_TREE_MAP) {
        error("%s:%d: %s is %s, expected {value: ..., given: \"...\"}", p->path,
              p->figure->line, rows[p->row].key,
              yaml_tree_kind_name(p->figure->kind));
        return false;
    }
    if (!check_keys(p) || !read_one(p, "value", 0, &out->value))
        return false;
    value = *constant(&out->value, p->row);
    if (!read_one(p, "low", value, &out->low) ||
        !read_one(p, "high", value, &out->high))
        return false;
    if (*constant(&out->low, p->row) <= value &&
        value <= *constant(&out->high, p->row))
        return true;
    error("%s:%d: %s has a range without its value in it, expected low <= "
          "value <= high",
          p->path, p->figure->line, rows[p->row].key);
    return false;
}

static int row_of(const char *key)
{
    for (int i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].key, key))
            return i;
    return -1;
}

static bool read_set(const char *path, const struct yaml_tree *set,
                     struct model_set *out)
{
    if (set->kind != YAML_TREE_MAP) {
        error("%s:%d: set '%s' is %s, expected a map of constants", path,
              set->line, set->key, yaml_tree_kind_name(set->kind));
        return false;
    }
    for (const struct yaml_tree *item = set->first; item; item = item->next) {
        struct place place = {path, item, row_of(item->key)};
        if (!strcmp(item->key, "about"))
            continue;
        if (place.row < 0) {
            error("%s:%d: unknown constant '%s', expected start, scaleup, "
                  "network, jitter, reduce, copy, switch-share, "
                  "network-share or segment",
                  path, item->key_line, item->key);
            return false;
        }
        if (!read_figure(&place, out))
            return false;
    }
    return true;
}

/* The whole file; NULL after one line. The caller frees. */
static char *slurp(const char *path, size_t *length)
{
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    size_t used = 0, got = 1;
    if (!in) {
        error("%s:0: cannot be read, expected a file of model constants", path);
        return NULL;
    }
    while (got > 0 && used < YAML_TREE_BYTES) {
        text = xrealloc(text, used + 65536);
        got = fread(text + used, 1, 65536, in);
        used += got;
    }
    fclose(in);
    *length = used;
    return text;
}

static const char own_file[] = "topologies/constants.yaml";

/* Of an installed program: PREFIX/bin/x has PREFIX/share/linerate/. */
static bool installed_file(char *path, size_t capacity)
{
    static const char beside[] = "/share/linerate/";
    ssize_t n = readlink("/proc/self/exe", path, capacity - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    size_t used = strlen(path);
    return (size_t)snprintf(path + used, capacity - used, "%s%s", beside,
                            own_file) < capacity - used &&
           access(path, R_OK) == 0;
}

bool constants_parse(const char *text, size_t length, const char *path,
                     const char *name, struct model_set *out)
{
    *out = (struct model_set){model_wires_only, model_wires_only,
                              model_wires_only};
    struct yaml_tree *tree = yaml_tree_read(text, length, path);
    const struct yaml_tree *set =
        tree && tree->kind == YAML_TREE_MAP ? yaml_tree_get(tree, name) : NULL;
    bool good = set && read_set(path, set, out);
    if (tree && !set)
        error("%s:1: no set '%s', expected one of the file's or wires-only",
              path, name);
    snprintf(out->value.name, sizeof out->value.name, "%s", name);
    yaml_tree_free(tree);
    return good;
}

bool constants_read(const char *path, const char *name, struct model_set *out)
{
    char installed[4096];
    *out = (struct model_set){model_wires_only, model_wires_only,
                              model_wires_only};
    if (!strcmp(name, model_wires_only.name))
        return true;
    if (!path)
        path = access(own_file, F_OK) &&
                       installed_file(installed, sizeof installed)
                   ? installed
                   : own_file;
    size_t length = 0;
    char *text = slurp(path, &length);
    bool good = text && constants_parse(text, length, path, name, out);
    free(text);
    return good;
}

int constants_count(const char *path)
{
    size_t length = 0;
    char *text = slurp(path, &length);
    struct yaml_tree *tree = text ? yaml_tree_read(text, length, path) : NULL;
    int count = 0;
    if (tree && tree->kind == YAML_TREE_MAP)
        for (const struct yaml_tree *set = tree->first; set && count >= 0;
             set = set->next) {
            struct model_set model = {model_wires_only, model_wires_only,
                                      model_wires_only};
            count = read_set(path, set, &model) ? count + 1 : -1;
        }
    else if (tree)
        error("%s:1: no sets, expected a map of them", path);
    if (!tree || tree->kind != YAML_TREE_MAP)
        count = -1;
    yaml_tree_free(tree);
    free(text);
    return count;
}
