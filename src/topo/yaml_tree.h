/* SPDX-License-Identifier: BSD-3-Clause */
/* A YAML text as a tree of maps, lists and texts with their lines: the only
 * file that knows libyaml. One document of plain YAML is taken; anchors,
 * aliases and tags (which can make a small text a huge tree) are refused, and
 * so are keys that stand twice in a map. Knows nothing of what keys mean. */
#ifndef TOPO_YAML_TREE_H
#define TOPO_YAML_TREE_H

#include <stddef.h>

enum yaml_kind { YAML_TREE_TEXT, YAML_TREE_MAP, YAML_TREE_LIST };

enum {
    YAML_TREE_DEPTH = 12,     /* lists and maps in each other */
    YAML_TREE_KEYS = 64,      /* in one map */
    YAML_TREE_BYTES = 1 << 26 /* of a file */
};

struct yaml_tree {
    enum yaml_kind kind;
    int line;   /* where it begins, from 1 */
    char *text; /* of a text, without NUL inside; else NULL */
    char *key;  /* in a map: its key; else NULL */
    int key_line;
    int count;                      /* members of a map or list */
    struct yaml_tree *first, *next; /* members in the order of the file */
};

/* The tree of `text`, or NULL after one line `path:line: what, expected what`
 * on stderr. yaml_tree_free frees it. */
struct yaml_tree *yaml_tree_read(const char *text, size_t length,
                                 const char *path);
void yaml_tree_free(struct yaml_tree *);

/* Member of a map, or NULL. */
const struct yaml_tree *yaml_tree_get(const struct yaml_tree *,
                                      const char *key);

/* "a map", "a list" or "a text", for messages. */
const char *yaml_tree_kind_name(enum yaml_kind);

/* A text of the file as a message may show it: at most 40 bytes, what is not
 * printable ASCII as '?'. Returns `shown`. */
enum { YAML_TREE_SHOWN = 48 };
const char *yaml_tree_show(const char *text, char shown[YAML_TREE_SHOWN]);

#endif
