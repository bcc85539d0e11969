/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a topology file. Figures go by the table of cluster_fields.c; only what
 * is no figure (names, tiers, hosts, routing, `on:`) has code of its own here.
 * A file that stands on another is read into the other's cluster. */
#include "topo/cluster.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "topo/cluster_file.h"
#include "topo/cluster_hosts.h"

enum { ON_MOST = 8 }; /* files that stand on each other */

/* Files being read, the topmost last. */
struct chain {
    dev_t device;
    ino_t inode;
    int depth;
    const struct chain *up;
};

/* --- memory --------------------------------------------------------------- */

struct text {
    struct text *next;
    char letters[];
};

char *cluster_text(struct cluster *cluster, const char *letters)
{
    size_t size = strlen(letters) + 1;
    struct text *text = xcalloc(1, sizeof *text + size);
    memcpy(text->letters, letters, size);
    text->next = cluster->texts;
    cluster->texts = text;
    return text->letters;
}

void cluster_free(struct cluster *cluster)
{
    if (!cluster)
        return;
    for (struct text *text = cluster->texts, *next; text; text = next) {
        next = text->next;
        free(text);
    }
    free(cluster->hosts);
    free(cluster->graph.vertex);
    free(cluster->graph.link);
    free(cluster);
}

/* --- what is no figure ---------------------------------------------------- */

static int read_word(const struct reader *r, const struct yaml_tree *item,
                     size_t most, char **out)
{
    char shown[YAML_TREE_SHOWN];
    if (item->kind != YAML_TREE_TEXT)
        return reader_wrong_kind(r, item, item->key, "a name");
    if (!cluster_is_name(item->text, most))
        return error("%s:%d: %s is '%s', expected a name of at most %zu "
                     "letters, digits, '.', '_', '-'",
                     r->path, item->line, item->key,
                     yaml_tree_show(item->text, shown), most);
    *out = cluster_text(r->cluster, item->text);
    return 0;
}

static int read_title(const struct reader *r, const struct yaml_tree *item)
{
    if (item->kind != YAML_TREE_TEXT)
        return reader_wrong_kind(r, item, "title", "a text");
    r->cluster->title = cluster_text(r->cluster, item->text);
    return 0;
}

static int set_fabric(const struct reader *r, const struct yaml_tree *item,
                      enum fabric_kind kind)
{
    struct cluster *c = r->cluster;
    if (c->fabric != FABRIC_NONE && c->fabric != kind)
        return error("%s:%d: %s beside %s, expected one kind of fabric",
                     r->path, item->key_line, cluster_fabrics[kind],
                     cluster_fabrics[c->fabric]);
    c->fabric = kind;
    return 0;
}

static int read_routing(const struct reader *r, const struct yaml_tree *item)
{
    char shown[YAML_TREE_SHOWN];
    r->cluster->flows = (struct figure){0};
    r->cluster->routing = ROUTING_ECMP;
    if (item->kind == YAML_TREE_MAP && item->count == 1)
        return reader_section(r, item, "routing", r->cluster);
    for (int i = 0; item->text && i < ROUTINGS; i++)
        if (!strcmp(item->text, cluster_routings[i])) {
            r->cluster->routing = (enum routing_kind)i;
            return 0;
        }
    return error("%s:%d: routing is %s, expected ecmp, spray, static or "
                 "{ecmp: {flows: N}}",
                 r->path, item->line,
                 item->text ? yaml_tree_show(item->text, shown)
                            : yaml_tree_kind_name(item->kind));
}

/* The tier that an item of the list describes: of the base by its name, or a
 * new one above the others. NULL after a fault. */
static struct tier *tier_for(const struct reader *r,
                             const struct yaml_tree *item, bool add)
{
    struct clos_spec *clos = &r->cluster->clos;
    const struct yaml_tree *word =
        item->kind == YAML_TREE_MAP ? yaml_tree_get(item, "name") : NULL;
    char *name = NULL;
    if (!word) {
        error("%s:%d: a tier without a name, expected name: ...", r->path,
              item->line);
        return NULL;
    }
    if (read_word(r, word, NAME_MOST, &name))
        return NULL;
    for (int k = 0; k < clos->tiers; k++)
        if (!strcmp(clos->tier[k].name, name)) {
            if (!add)
                return &clos->tier[k];
            error("%s:%d: a second tier '%s', expected a name of its own",
                  r->path, word->line, name);
            return NULL;
        }
    if (!add || clos->tiers == TIERS_MOST) {
        error("%s:%d: a new tier '%s', expected %s", r->path, word->line, name,
              add ? "at most 4" : "one of those of the file that this is on");
        return NULL;
    }
    struct tier *tier = &clos->tier[clos->tiers++];
    tier->name = name;
    return tier;
}

static int read_tiers(const struct reader *r, const struct yaml_tree *list)
{
    bool add = r->cluster->clos.tiers == 0;
    unsigned seen = 0;
    if (list->kind != YAML_TREE_LIST || !list->count)
        return error("%s:%d: clos is no list of tiers, expected - name: ... "
                     "for each, from the bottom",
                     r->path, list->line);
    for (const struct yaml_tree *m = list->first; m; m = m->next) {
        struct tier *tier = tier_for(r, m, add);
        if (!tier)
            return -1;
        unsigned bit = 1u << (tier - r->cluster->clos.tier);
        if (seen & bit)
            return error("%s:%d: tier '%s' again, expected it once", r->path,
                         m->line, tier->name);
        seen |= bit;
        for (const struct yaml_tree *f = m->first; f; f = f->next) {
            char path[PATH_TEXT] = "";
            snprintf(path, sizeof path, "clos.*.%s", f->key);
            const struct field *field = cluster_field(path);
            if (!strcmp(f->key, "name"))
                continue;
            if (!field)
                return reader_unknown_key(r, f, "clos.*");
            if (reader_figure(r, f, field, field_at(field, tier)))
                return -1;
        }
    }
    return 0;
}

static void take_host(const char *name, void *state)
{
    struct cluster *c = state;
    c->hosts[c->host_count++] = cluster_text(c, name);
}

static int read_hosts(const struct reader *r, const struct yaml_tree *list)
{
    struct cluster *c = r->cluster;
    long total = 0;
    if (list->kind != YAML_TREE_LIST || !list->count)
        return error("%s:%d: hosts is no list, expected - node[001-064] for "
                     "each rack or leaf",
                     r->path, list->line);
    for (const struct yaml_tree *m = list->first; m; m = m->next) {
        const char *why = "a text";
        char shown[YAML_TREE_SHOWN] = "a list or map";
        long names = m->kind == YAML_TREE_TEXT
                         ? hosts_count(m->text, HOSTS_MOST, &why)
                         : -1;
        if (names < 0)
            return error("%s:%d: hosts has '%s', expected %s", r->path, m->line,
                         m->text ? yaml_tree_show(m->text, shown) : shown, why);
        total += names;
        if (total > HOSTS_MOST)
            return error("%s:%d: more than %d hosts, expected fewer", r->path,
                         m->line, HOSTS_MOST);
    }
    /* Before many names are made in vain. */
    if ((double)total != figure_or(c->node.count, 0))
        return error("%s:%d: %ld hosts, expected one for each of %.0f nodes",
                     r->path, list->line, total, figure_or(c->node.count, 0));
    free(c->hosts);
    c->hosts = xcalloc((size_t)total, sizeof *c->hosts);
    c->host_count = 0;
    for (const struct yaml_tree *m = list->first; m; m = m->next)
        hosts_each(m->text, take_host, c);
    return 0;
}

/* --- files ---------------------------------------------------------------- */

static int read_text(struct cluster *, const char *text, size_t length,
                     const char *path, const struct chain *);

/* A whole regular file; NULL after a fault. `at` is "file:line", where it was
 * asked for. */
static char *load(const char *path, const char *at, struct stat *stat,
                  size_t *length)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || fstat(file, stat) || !S_ISREG(stat->st_mode) ||
        stat->st_size > YAML_TREE_BYTES) {
        error("%s: cannot read %s, expected a topology file", at, path);
        if (file >= 0)
            close(file);
        return NULL;
    }
    size_t room = (size_t)stat->st_size + 1;
    char *text = xcalloc(room, 1);
    ssize_t got = 0;
    *length = 0;
    while ((got = read(file, text + *length, room - *length)) > 0) {
        *length += (size_t)got;
        if (*length == room && room <= YAML_TREE_BYTES)
            text = xrealloc(text, room *= 2);
    }
    close(file);
    if (got == 0)
        return text;
    error("%s: cannot read %s, expected a topology file", at, path);
    free(text);
    return NULL;
}

static int read_file(struct cluster *cluster, const char *path, const char *at,
                     const struct chain *up)
{
    struct stat stat;
    size_t length;
    char *text = load(path, at, &stat, &length);
    if (!text)
        return -1;
    struct chain chain = {stat.st_dev, stat.st_ino, up ? up->depth + 1 : 1, up};
    int status = 0;
    for (; up && !status; up = up->up)
        if (up->device == stat.st_dev && up->inode == stat.st_ino)
            status =
                error("%s: %s stands on itself, expected no circle", at, path);
    if (!status && chain.depth > ON_MOST)
        status = error("%s: more than %d files on each other, expected fewer",
                       at, ON_MOST);
    if (!status)
        status = read_text(cluster, text, length, path, &chain);
    free(text);
    return status;
}

/* Reads the file that `on:` names; its figures get the line of `on:`. */
static int read_base(const struct reader *r, const struct yaml_tree *on)
{
    struct cluster *c = r->cluster;
    if (on->kind != YAML_TREE_TEXT || !*on->text)
        return reader_wrong_kind(r, on, "on", "a file name");
    const char *slash = strrchr(r->path, '/');
    size_t folder =
        slash && *on->text != '/' ? (size_t)(slash - r->path) + 1 : 0;
    size_t size = folder + strlen(on->text) + 1, room = strlen(r->path) + 24;
    char *path = xcalloc(size, 1), *at = xcalloc(room, 1);
    snprintf(path, size, "%.*s%s", (int)folder, r->path, on->text);
    snprintf(at, room, "%s:%d", r->path, on->line);
    int status = read_file(c, path, at, r->chain);
    free(path);
    free(at);
    for (int i = 0; i < cluster_field_count; i++) {
        const struct field *field = &cluster_fields[i];
        if (!field_of_tier(field))
            field_at(field, c)->line = on->key_line;
        for (int k = 0; field_of_tier(field) && k < c->clos.tiers; k++)
            field_at(field, &c->clos.tier[k])->line = on->key_line;
    }
    for (int i = 0; i < c->graph.vertices; i++)
        c->graph.vertex[i].line = on->key_line;
    for (int i = 0; i < c->graph.links; i++)
        c->graph.link[i].line = on->key_line;
    return status;
}

static int read_key(const struct reader *r, const struct yaml_tree *item)
{
    struct cluster *c = r->cluster;
    const char *key = item->key;
    if (!strcmp(key, "name"))
        return read_word(r, item, 64, &c->name);
    if (!strcmp(key, "title"))
        return read_title(r, item);
    if (!strcmp(key, "source") || !strcmp(key, "on"))
        return 0; /* before all others */
    if (!strcmp(key, "routing"))
        return read_routing(r, item);
    for (int kind = FABRIC_CLOS; kind < FABRICS; kind++)
        if (!strcmp(key, cluster_fabrics[kind]) &&
            set_fabric(r, item, (enum fabric_kind)kind))
            return -1;
    if (!strcmp(key, "clos"))
        return read_tiers(r, item);
    if (!strcmp(key, "graph"))
        return graph_read(r, item);
    if (strchr(key, '.'))
        return reader_unknown_key(r, item, "");
    const struct field *field = cluster_field(key);
    if (field)
        return reader_figure(r, item, field, field_at(field, c));
    return cluster_is_section(key) ? reader_section(r, item, key, c)
                                   : reader_unknown_key(r, item, "");
}

static int read_top(struct reader *r, const struct yaml_tree *top)
{
    if (top->kind != YAML_TREE_MAP)
        return reader_wrong_kind(r, top, "the file",
                                 "a map: name: ..., node: ...");
    const struct yaml_tree *source = yaml_tree_get(top, "source");
    const struct yaml_tree *on = yaml_tree_get(top, "on");
    if (source && (source->kind != YAML_TREE_TEXT || !*source->text))
        return reader_wrong_kind(r, source, "source", "who says so");
    if (source)
        r->source = cluster_text(r->cluster, source->text);
    if (on && read_base(r, on))
        return -1;
    if (!yaml_tree_get(top, "name"))
        return error("%s:1: no name, expected name: ...", r->path);
    const struct yaml_tree *hosts = yaml_tree_get(top, "hosts");
    for (const struct yaml_tree *m = top->first; m; m = m->next)
        if (m != hosts && read_key(r, m))
            return -1;
    return hosts ? read_hosts(r, hosts) : 0;
}

static int read_text(struct cluster *cluster, const char *text, size_t length,
                     const char *path, const struct chain *chain)
{
    struct reader r = {.cluster = cluster, .path = path, .chain = chain};
    struct yaml_tree *top = yaml_tree_read(text, length, path);
    int status = top ? read_top(&r, top) : -1;
    yaml_tree_free(top);
    return status;
}

static struct cluster *finish(struct cluster *cluster, const char *path,
                              int status)
{
    cluster->path = cluster_text(cluster, path);
    if (!status && !cluster_check(cluster))
        return cluster;
    cluster_free(cluster);
    return NULL;
}

struct cluster *cluster_read(const char *path)
{
    struct cluster *cluster = xcalloc(1, sizeof *cluster);
    size_t room = strlen(path) + 3;
    char *at = xcalloc(room, 1);
    snprintf(at, room, "%s:1", path);
    int status = read_file(cluster, path, at, NULL);
    free(at);
    return finish(cluster, path, status);
}

struct cluster *cluster_parse(const char *text, size_t length, const char *path)
{
    struct cluster *cluster = xcalloc(1, sizeof *cluster);
    return finish(cluster, path, read_text(cluster, text, length, path, NULL));
}
