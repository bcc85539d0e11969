/* SPDX-License-Identifier: BSD-3-Clause */
/* `graph:`, explicit vertices and links. Names are looked up in a sorted list,
 * so that a fabric of a million links is read in seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "topo/cluster_file.h"
#include "topo/cluster_hosts.h"

enum { VERTICES_MOST = 1048576, LINKS_MOST = 4194304 };

struct vertex_name {
    const char *name;
    int number;
};

struct graph_reader {
    const struct reader *r;
    struct graph_spec *graph;
    struct vertex_name *sorted; /* as many as vertices */
    bool is_node;               /* while taking vertices */
    int line;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct vertex_name *)a)->name,
                  ((const struct vertex_name *)b)->name);
}

static void take_vertex(const char *name, void *state)
{
    struct graph_reader *g = state;
    g->graph->vertex[g->graph->vertices++] =
        (struct graph_vertex){.name = cluster_text(g->r->cluster, name),
                              .is_node = g->is_node,
                              .line = g->line};
}

/* nodes: or switches:, a list of hostlists. */
static int read_vertices(struct graph_reader *g, const struct yaml_tree *list,
                         bool is_node, int links)
{
    struct graph_spec *graph = g->graph;
    const char *why = "a hostlist, as leaf-[1-8]";
    if (list->kind != YAML_TREE_LIST)
        return reader_wrong_kind(g->r, list, list->key, "a list of names");
    g->is_node = is_node;
    for (const struct yaml_tree *m = list->first; m; m = m->next) {
        char shown[YAML_TREE_SHOWN] = "a list or map";
        long names = m->kind == YAML_TREE_TEXT
                         ? hosts_count(m->text, VERTICES_MOST, &why)
                         : -1;
        if (names < 0)
            return error("%s:%d: %s has '%s', expected %s", g->r->path, m->line,
                         list->key,
                         m->text ? yaml_tree_show(m->text, shown) : shown, why);
        if (graph->vertices + names > (long)links + 1)
            return error("%s:%d: more than %d vertices and %d links, expected "
                         "links enough to join them",
                         g->r->path, m->line, links + 1, links);
        graph->vertex =
            xrealloc(graph->vertex, (unsigned long)(graph->vertices + names) *
                                        sizeof *graph->vertex);
        g->line = m->line;
        hosts_each(m->text, take_vertex, g);
    }
    return 0;
}

static int sort_vertices(struct graph_reader *g)
{
    const struct graph_spec *graph = g->graph;
    g->sorted = xcalloc((unsigned long)graph->vertices, sizeof *g->sorted);
    for (int i = 0; i < graph->vertices; i++)
        g->sorted[i] = (struct vertex_name){graph->vertex[i].name, i};
    qsort(g->sorted, (size_t)graph->vertices, sizeof *g->sorted, by_name);
    for (int i = 1; i < graph->vertices; i++)
        if (!by_name(&g->sorted[i - 1], &g->sorted[i]))
            return error("%s:%d: two vertices are called %.64s, expected "
                         "names of their own",
                         g->r->path, graph->vertex[g->sorted[i].number].line,
                         g->sorted[i].name);
    return 0;
}

static int read_end(const struct graph_reader *g, const struct yaml_tree *item,
                    int *out)
{
    struct vertex_name key = {.name = item->text};
    const struct vertex_name *found = NULL;
    char shown[YAML_TREE_SHOWN];
    if (item->kind != YAML_TREE_TEXT)
        return reader_wrong_kind(g->r, item, item->key, "a vertex");
    if (g->graph->vertices)
        found = bsearch(&key, g->sorted, (size_t)g->graph->vertices,
                        sizeof *g->sorted, by_name);
    if (!found)
        return error("%s:%d: %s is '%s', expected one of nodes: or switches:",
                     g->r->path, item->line, item->key,
                     yaml_tree_show(item->text, shown));
    *out = found->number;
    return 0;
}

static int read_value(const struct graph_reader *g,
                      const struct yaml_tree *item, enum field_unit unit,
                      double *out)
{
    char shown[YAML_TREE_SHOWN];
    if (item->kind != YAML_TREE_TEXT)
        return reader_wrong_kind(g->r, item, item->key, field_expected(unit));
    if (!field_parse(unit, item->text, out))
        return error("%s:%d: %s is '%s', expected %s", g->r->path, item->line,
                     item->key, yaml_tree_show(item->text, shown),
                     field_expected(unit));
    return 0;
}

/* {a: node-1, nic: 0, b: leaf-1, rate: 400Gb/s, latency: 300ns} */
static int read_link(const struct graph_reader *g, const struct yaml_tree *item,
                     struct graph_link *out)
{
    double nic = -1;
    *out = (struct graph_link){.a = -1, .b = -1, .line = item->line};
    if (item->kind != YAML_TREE_MAP)
        return reader_wrong_kind(g->r, item, "a link",
                                 "{a: ..., b: ..., rate: ...}");
    for (const struct yaml_tree *m = item->first; m; m = m->next) {
        char shown[YAML_TREE_SHOWN];
        int status;
        if (!strcmp(m->key, "a"))
            status = read_end(g, m, &out->a);
        else if (!strcmp(m->key, "b"))
            status = read_end(g, m, &out->b);
        else if (!strcmp(m->key, "nic"))
            status = read_value(g, m, UNIT_INDEX, &nic);
        else if (!strcmp(m->key, "rate"))
            status = read_value(g, m, UNIT_BITS, &out->rate_Bps);
        else if (!strcmp(m->key, "latency"))
            status = read_value(g, m, UNIT_TIME, &out->latency_s);
        else
            status =
                error("%s:%d: unknown key '%s' in a link, expected one "
                      "of: a, b, nic, rate, latency",
                      g->r->path, m->key_line, yaml_tree_show(m->key, shown));
        if (status)
            return -1;
    }
    out->nic = (int)nic;
    if (out->a < 0 || out->b < 0 || !(out->rate_Bps > 0))
        return error("%s:%d: a link lacks %s, expected {a: ..., b: ..., rate: "
                     "...}",
                     g->r->path, item->line,
                     out->a < 0   ? "a"
                     : out->b < 0 ? "b"
                                  : "rate");
    return 0;
}

static int read_links(const struct graph_reader *g,
                      const struct yaml_tree *list)
{
    struct graph_spec *graph = g->graph;
    if (list->kind != YAML_TREE_LIST || list->count > LINKS_MOST)
        return error("%s:%d: links is %s of %d, expected a list of at most %d",
                     g->r->path, list->line, yaml_tree_kind_name(list->kind),
                     list->count, LINKS_MOST);
    graph->link = xcalloc((unsigned long)list->count, sizeof *graph->link);
    for (const struct yaml_tree *m = list->first; m; m = m->next)
        if (read_link(g, m, &graph->link[graph->links++]))
            return -1;
    return 0;
}

enum { PARTS = 3, ORIGINS = 3 };
static const char *const keys[PARTS + ORIGINS] = {
    "nodes", "switches", "links", "given", "derived", "assumed"};

/* given:, derived: or assumed:, of all links; else the file's source. */
static int read_said(struct graph_reader *g, const struct yaml_tree *map,
                     const struct yaml_tree *const *origin)
{
    struct figure said = {
        .origin = ORIGIN_GIVEN, .source = g->r->source, .line = map->key_line};
    int count = 0;
    for (int i = 0; i < ORIGINS; i++) {
        if (!origin[i])
            continue;
        if (origin[i]->kind != YAML_TREE_TEXT || !*origin[i]->text || count++)
            return error("%s:%d: %s of the links, expected one text of given, "
                         "derived, assumed",
                         g->r->path, origin[i]->line, origin[i]->key);
        said.origin = (enum origin)(ORIGIN_GIVEN + i);
        said.source = cluster_text(g->r->cluster, origin[i]->text);
    }
    if (!said.source)
        return error("%s:%d: graph has no source, expected given: \"...\" in "
                     "it or a source: for the whole file",
                     g->r->path, map->line);
    said.value = g->graph->links;
    g->graph->said = said;
    return 0;
}

int graph_read(const struct reader *r, const struct yaml_tree *map)
{
    const struct yaml_tree *part[PARTS + ORIGINS] = {NULL};
    struct graph_spec *graph = &r->cluster->graph;
    if (map->kind != YAML_TREE_MAP)
        return reader_wrong_kind(r, map, "graph",
                                 "a map: nodes, switches, links");
    for (const struct yaml_tree *m = map->first; m; m = m->next) {
        char shown[YAML_TREE_SHOWN];
        int which = 0;
        while (which < PARTS + ORIGINS && strcmp(m->key, keys[which]))
            which++;
        if (which == PARTS + ORIGINS)
            return error("%s:%d: unknown key '%s' in graph, expected one of: "
                         "nodes, switches, links, given, derived, assumed",
                         r->path, m->key_line, yaml_tree_show(m->key, shown));
        part[which] = m;
    }
    for (int i = 0; i < PARTS; i++)
        if (!part[i])
            return error("%s:%d: graph lacks %s, expected %s: [...]", r->path,
                         map->line, keys[i], keys[i]);
    free(graph->vertex);
    free(graph->link);
    *graph = (struct graph_spec){0};
    struct graph_reader g = {.r = r, .graph = graph};
    int status = read_vertices(&g, part[0], true, part[2]->count);
    if (!status)
        status = read_vertices(&g, part[1], false, part[2]->count);
    if (!status)
        status = sort_vertices(&g);
    if (!status)
        status = read_links(&g, part[2]);
    if (!status)
        status = read_said(&g, map, part + PARTS);
    free(g.sorted);
    return status;
}

/* --- printing ------------------------------------------------------------- */

static void print_vertices(struct printer *p, const struct graph_spec *graph,
                           bool nodes)
{
    char text[2 * HOST_NAME_MOST + 8];
    char **names = xcalloc((unsigned long)graph->vertices, sizeof *names);
    int count = 0;
    for (int i = 0; i < graph->vertices; i++)
        if (graph->vertex[i].is_node == nodes)
            names[count++] = graph->vertex[i].name;
    print_add(p, "  %s:%s\n", nodes ? "nodes" : "switches", count ? "" : " []");
    for (int i = 0; i < count;) {
        i += hosts_run(names + i, count - i, text, sizeof text);
        print_add(p, "    - \"%s\"\n", text);
    }
    free(names);
}

void graph_print(struct printer *p, const struct graph_spec *graph)
{
    print_add(p, "graph:\n  %s: ",
              keys[PARTS + (int)graph->said.origin - ORIGIN_GIVEN]);
    print_quoted(p, graph->said.source);
    print_add(p, "\n");
    print_vertices(p, graph, true);
    print_vertices(p, graph, false);
    print_add(p, "  links:%s\n", graph->links ? "" : " []");
    for (int i = 0; i < graph->links; i++) {
        const struct graph_link *link = &graph->link[i];
        char value[VALUE_TEXT];
        print_add(p, "    - {a: \"%s\", b: \"%s\"", graph->vertex[link->a].name,
                  graph->vertex[link->b].name);
        if (link->nic >= 0)
            print_add(p, ", nic: %d", link->nic);
        print_add(p, ", rate: %s",
                  units_print_bits(link->rate_Bps, value, sizeof value));
        if (link->latency_s > 0)
            print_add(
                p, ", latency: %s",
                units_print_exact_time(link->latency_s, value, sizeof value));
        print_add(p, "}\n");
    }
}
