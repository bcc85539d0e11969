/* SPDX-License-Identifier: BSD-3-Clause */
/* libyaml's events made into a tree. Recursion ends at YAML_TREE_DEPTH. */
#include "topo/yaml_tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/error.h"

struct reader {
    yaml_parser_t parser;
    const char *path;
};

static int line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

static bool fault(const struct reader *r, int line, const char *what)
{
    error("%s:%d: %s", r->path, line, what);
    return false;
}

/* The next event, which the caller deletes. */
static bool next(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    const char *problem = r->parser.problem ? r->parser.problem : "unreadable";
    error("%s:%d: %s, expected plain YAML", r->path,
          line_of(r->parser.problem_mark), problem);
    return false;
}

static void tree_release(struct yaml_tree *tree)
{
    while (tree) {
        struct yaml_tree *after = tree->next;
        tree_release(tree->first);
        free(tree->text);
        free(tree->key);
        free(tree);
        tree = after;
    }
}

void yaml_tree_free(struct yaml_tree *tree)
{
    tree_release(tree);
}

const struct yaml_tree *yaml_tree_get(const struct yaml_tree *map,
                                      const char *key)
{
    for (const struct yaml_tree *m = map->first; m; m = m->next)
        if (m->key && !strcmp(m->key, key))
            return m;
    return NULL;
}

const char *yaml_tree_kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {"a text", "a map", "a list"};
    return names[kind];
}

const char *yaml_tree_show(const char *text, char shown[YAML_TREE_SHOWN])
{
    size_t n = 0;
    for (; text[n] && n < 40; n++)
        shown[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
    snprintf(shown + n, YAML_TREE_SHOWN - n, "%s", text[n] ? "..." : "");
    return shown;
}

/* A scalar's bytes as a text of our own; NULL when a NUL is among them. */
static char *text_of(const yaml_event_t *event)
{
    size_t length = event->data.scalar.length;
    if (memchr(event->data.scalar.value, 0, length))
        return NULL;
    char *text = xcalloc(length + 1, 1);
    memcpy(text, event->data.scalar.value, length);
    return text;
}

static bool plain(const struct reader *r, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_ALIAS_EVENT) {
        return fault(r, line_of(event->start_mark),
                     "an alias (*name), expected the thing itself");
    }
    if (anchor)
        return fault(r, line_of(event->start_mark),
                     "an anchor (&name), expected a file without");
    if (tag)
        return fault(r, line_of(event->start_mark),
                     "a tag (!name), expected a file without");
    return true;
}

static bool read_item(struct reader *r, const yaml_event_t *event, int depth,
                      struct yaml_tree **out);

/* A key of `map`, before its value. */
static char *read_key(struct reader *r, const struct yaml_tree *map,
                      const yaml_event_t *event)
{
    int line = line_of(event->start_mark);
    char shown[YAML_TREE_SHOWN];
    if (!plain(r, event))
        return NULL;
    if (event->type != YAML_SCALAR_EVENT) {
        fault(r, line, "a key that is no text, expected a word");
        return NULL;
    }
    char *key = text_of(event);
    const struct yaml_tree *before = key ? yaml_tree_get(map, key) : NULL;
    if (!key)
        fault(r, line, "a key with a NUL in it, expected a word");
    else if (before)
        error("%s:%d: '%s' stands twice (first in line %d), expected once",
              r->path, line, yaml_tree_show(key, shown), before->key_line);
    else if (map->count >= YAML_TREE_KEYS)
        error("%s:%d: more than %d keys in a map, expected fewer", r->path,
              line, YAML_TREE_KEYS);
    else
        return key;
    free(key);
    return NULL;
}

/* Members up to the end of `tree`, a list or map that has just begun. */
static bool read_members(struct reader *r, struct yaml_tree *tree, int depth)
{
    yaml_event_type_t end = tree->kind == YAML_TREE_MAP
                                ? YAML_MAPPING_END_EVENT
                                : YAML_SEQUENCE_END_EVENT;
    struct yaml_tree **tail = &tree->first;
    for (;;) {
        yaml_event_t event;
        char *key = NULL;
        if (!next(r, &event))
            return false;
        if (event.type == end) {
            yaml_event_delete(&event);
            return true;
        }
        int key_line = line_of(event.start_mark);
        if (tree->kind == YAML_TREE_MAP) {
            key = read_key(r, tree, &event);
            yaml_event_delete(&event);
            if (!key)
                return false;
            if (!next(r, &event)) {
                free(key);
                return false;
            }
        }
        bool good = read_item(r, &event, depth + 1, tail);
        yaml_event_delete(&event);
        if (!good) {
            free(key);
            return false;
        }
        (*tail)->key = key;
        (*tail)->key_line = key_line;
        tail = &(*tail)->next;
        tree->count++;
    }
}

/* The thing that begins with `event`. On a fault *out is NULL, and what was
 * read of it freed. */
static bool read_item(struct reader *r, const yaml_event_t *event, int depth,
                      struct yaml_tree **out)
{
    *out = NULL;
    int line = line_of(event->start_mark);
    if (!plain(r, event))
        return false;
    if (depth > YAML_TREE_DEPTH) {
        error("%s:%d: more than %d maps and lists in each other, expected "
              "fewer",
              r->path, line, YAML_TREE_DEPTH);
        return false;
    }
    struct yaml_tree *tree = xcalloc(1, sizeof *tree);
    tree->line = line;
    bool good;
    if (event->type == YAML_SCALAR_EVENT) {
        tree->text = text_of(event);
        good = tree->text != NULL ||
               fault(r, line, "a text with a NUL in it, expected one without");
    } else {
        tree->kind = event->type == YAML_MAPPING_START_EVENT ? YAML_TREE_MAP
                                                             : YAML_TREE_LIST;
        good = read_members(r, tree, depth);
    }
    if (good)
        *out = tree;
    else
        tree_release(tree);
    return good;
}

/* Stream start, document start, the one thing in it, document end, stream
 * end. */
static struct yaml_tree *read_document(struct reader *r)
{
    struct yaml_tree *tree = NULL;
    for (;;) {
        yaml_event_t event;
        bool good = true, over = false;
        if (!next(r, &event)) {
            yaml_tree_free(tree);
            return NULL;
        }
        int line = line_of(event.start_mark);
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            over = true;
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            good = !tree || fault(r, line, "a second document, expected one");
            break;
        default:
            good = read_item(r, &event, 1, &tree);
        }
        yaml_event_delete(&event);
        if (!good) {
            yaml_tree_free(tree);
            return NULL;
        }
        if (over)
            break;
    }
    if (!tree)
        fault(r, 1, "nothing in it, expected keys");
    return tree;
}

struct yaml_tree *yaml_tree_read(const char *text, size_t length,
                                 const char *path)
{
    struct reader r = {.path = path};
    if (length > YAML_TREE_BYTES) {
        error("%s:1: %zu bytes, expected at most %d", path, length,
              YAML_TREE_BYTES);
        return NULL;
    }
    if (!yaml_parser_initialize(&r.parser))
        die(EXIT_MACHINE, "out of memory for a YAML parser");
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text,
                                 length);
    struct yaml_tree *tree = read_document(&r);
    yaml_parser_delete(&r.parser);
    return tree;
}
