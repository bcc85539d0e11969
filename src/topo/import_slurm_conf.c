/* SPDX-License-Identifier: BSD-3-Clause */
/* topology.conf: lines of KEY=VALUE, as
 *   SwitchName=leaf1 Nodes=node[001-016]
 *   SwitchName=spine Switches=leaf[1-4] LinkSpeed=400
 *   BlockName=rack1 Nodes=node[001-018]
 * Keys are of any case, '#' begins a comment, a '\' at the end goes on in the
 * next line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "topo/import_slurm.h"

struct conf {
    const struct import *im;
    struct slurm slurm;
    int line;
    bool within; /* the line before went on */
};

enum key { KEY_SWITCH, KEY_BLOCK, KEY_NODES, KEY_SWITCHES, KEY_NOTHING };

static const struct {
    const char *name;
    enum key key;
} keys[] = {
    {"SwitchName", KEY_SWITCH}, {"BlockName", KEY_BLOCK},
    {"Nodes", KEY_NODES},       {"Switches", KEY_SWITCHES},
    {"LinkSpeed", KEY_NOTHING}, {"BlockSizes", KEY_NOTHING},
};

static const char blanks[] = " \t";

static int begin(struct conf *c, bool block, const char *name)
{
    if (c->slurm.items && c->slurm.blocks != block)
        return import_refuse(c->im, c->line,
                             "switches and blocks in one file, expected one "
                             "kind");
    if (c->within)
        return import_refuse(c->im, c->line,
                             "a second name in one line, expected one");
    c->slurm.blocks = block;
    slurm_add(&c->slurm, c->line)->name = name;
    c->within = true;
    return 0;
}

static int put(struct conf *c, const char *key, const char *value)
{
    char shown[YAML_TREE_SHOWN];
    size_t i = 0;
    while (i < sizeof keys / sizeof *keys && strcasecmp(keys[i].name, key))
        i++;
    if (i == sizeof keys / sizeof *keys)
        return import_refuse(c->im, c->line,
                             "key '%s', expected SwitchName, Nodes, Switches, "
                             "LinkSpeed, BlockName or BlockSizes",
                             yaml_tree_show(key, shown));
    if (keys[i].key == KEY_NOTHING)
        return 0;
    if (keys[i].key <= KEY_BLOCK)
        return begin(c, keys[i].key == KEY_BLOCK, value);
    struct slurm_switch *s =
        c->within ? &c->slurm.item[c->slurm.items - 1] : NULL;
    const char **list = !s                         ? NULL
                        : keys[i].key == KEY_NODES ? &s->nodes
                                                   : &s->switches;
    if (!list || *list || (c->slurm.blocks && keys[i].key == KEY_SWITCHES))
        return import_refuse(
            c->im, c->line, "%s %s, expected it once in a line, behind %s",
            keys[i].name, s ? "again" : "of nothing",
            keys[i].key == KEY_NODES ? "SwitchName or BlockName"
                                     : "SwitchName");
    *list = value;
    return 0;
}

/* One KEY=VALUE from *at on. */
static int read_word(struct conf *c, char **at)
{
    char *key = *at, *end = key + strcspn(key, "= \t");
    char *equal = end + strspn(end, blanks);
    if (end == key || *equal != '=')
        return import_refuse(c->im, c->line,
                             "a word without '=', expected KEY=VALUE, as "
                             "SwitchName=leaf1");
    char *value = equal + 1 + strspn(equal + 1, blanks);
    const char *stop = *value == '"' ? "\"" : blanks;
    value += *value == '"';
    char *after = value + strcspn(value, stop);
    if (after == value || (*stop == '"' && !*after))
        return import_refuse(c->im, c->line,
                             "a key without a value, expected KEY=VALUE, as "
                             "SwitchName=leaf1");
    *at = after + (*after != '\0');
    *end = *after = '\0';
    return put(c, key, value);
}

static int read_line(struct conf *c, char *line)
{
    size_t length = strcspn(line, "#");
    line[length] = '\0';
    while (length && strchr(blanks, line[length - 1]))
        line[--length] = '\0';
    bool goes_on = length && line[length - 1] == '\\';
    if (goes_on)
        line[length - 1] = '\0';
    for (char *at = line + strspn(line, blanks); *at; at += strspn(at, blanks))
        if (read_word(c, &at))
            return -1;
    c->within = c->within && goes_on;
    return 0;
}

int import_slurm_conf(struct import *im)
{
    struct conf c = {.im = im};
    char *rest = im->text, *line;
    int status = 0;
    while (!status && (line = import_line(&rest, &c.line)))
        status = read_line(&c, line);
    if (!status)
        status = slurm_build(im, &c.slurm);
    free(c.slurm.item);
    return status;
}
