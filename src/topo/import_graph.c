/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and links of an import, put into struct graph_spec. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_hosts.h"
#include "topo/import_file.h"

enum { VERTICES_MOST = 1048576 };

/* --- names ---------------------------------------------------------------- */

static const char *skip_zeros(const char *at)
{
    while (at[0] == '0' && isdigit((unsigned char)at[1]))
        at++;
    return at;
}

int import_by_nature(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
            x = skip_zeros(x);
            y = skip_zeros(y);
            size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");
            int order = n != m ? (n > m) - (n < m) : strncmp(x, y, n);
            if (order)
                return order;
            x += n;
            y += m;
        } else if (*x != *y) {
            break;
        } else {
            x++;
            y++;
        }
    }
    int order = (unsigned char)*x - (unsigned char)*y;
    return order ? order : strcmp(a, b);
}

bool import_is_name(const char *text)
{
    return cluster_is_name(text, IMPORT_NAME_MOST);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_name(const char *name, void *state)
{
    struct import_names *names = state;
    char *copy = xcalloc(strlen(name) + 1, 1);
    memcpy(copy, name, strlen(name));
    names->name[names->count++] = copy;
}

bool import_names_of(const char *hostlist, const char *what,
                     struct import_names *out)
{
    const char *why;
    char shown[YAML_TREE_SHOWN];
    long count = hosts_count(hostlist, HOSTS_MOST, &why);
    *out = (struct import_names){0};
    if (count < 0 || count > HOSTS_MOST) {
        error("%s is '%s', expected %s", what, yaml_tree_show(hostlist, shown),
              count < 0 ? why : "fewer hosts");
        return false;
    }
    out->name = xcalloc((unsigned long)count, sizeof *out->name);
    hosts_each(hostlist, take_name, out);
    import_names_sort(out);
    return true;
}

void import_names_sort(struct import_names *names)
{
    qsort(names->name, (size_t)names->count, sizeof *names->name, by_name);
}

void import_names_free(struct import_names *names)
{
    for (int i = 0; i < names->count; i++)
        free((char *)names->name[i]);
    free(names->name);
    *names = (struct import_names){0};
}

bool import_names_have(const struct import_names *names, const char *name)
{
    return names->count && bsearch(&name, names->name, (size_t)names->count,
                                   sizeof *names->name, by_name);
}

/* --- the graph ------------------------------------------------------------ */

void *import_grow(void *array, int count, size_t size)
{
    if (count & (count - 1))
        return array;
    return xrealloc(array, (count ? 2 * (size_t)count : 1) * size);
}

int import_vertex(struct import *im, const char *name, bool is_node, int line)
{
    struct graph_spec *g = &im->cluster->graph;
    g->vertex = import_grow(g->vertex, g->vertices, sizeof *g->vertex);
    g->vertex[g->vertices] =
        (struct graph_vertex){.name = cluster_text(im->cluster, name),
                              .is_node = is_node,
                              .line = line};
    return g->vertices++;
}

void import_link(struct import *im, int a, int b, int nic, double rate_Bps,
                 int line)
{
    const struct figure *latency = &im->options->link_latency;
    struct graph_spec *g = &im->cluster->graph;
    g->link = import_grow(g->link, g->links, sizeof *g->link);
    g->link[g->links++] =
        (struct graph_link){.a = a,
                            .b = b,
                            .nic = nic,
                            .rate_Bps = rate_Bps,
                            .latency_s = figure_or(*latency, 0),
                            .line = line};
}

int import_check_hosts(const struct import *im,
                       const struct import_names *wanted)
{
    const struct graph_spec *g = &im->cluster->graph;
    struct import_names there = {
        xcalloc((size_t)g->vertices, sizeof *there.name), 0};
    int status = 0;
    for (int i = 0; i < g->vertices && g->vertex[i].is_node; i++)
        there.name[there.count++] = g->vertex[i].name;
    import_names_sort(&there);
    for (int i = 0; i < wanted->count && !status; i++)
        if (!import_names_have(&there, wanted->name[i]))
            status = import_refuse(im, 1,
                                   "no host %.64s, expected all hosts of "
                                   "--hosts",
                                   wanted->name[i]);
    free(there.name);
    return status;
}

static int by_vertex(const void *a, const void *b)
{
    const struct graph_vertex *x = *(const struct graph_vertex *const *)a;
    const struct graph_vertex *y = *(const struct graph_vertex *const *)b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_names(const struct import *im)
{
    const struct graph_spec *g = &im->cluster->graph;
    size_t count = (size_t)g->vertices;
    const struct graph_vertex **sorted = xcalloc(count, sizeof *sorted);
    int status = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &g->vertex[i];
    qsort(sorted, count, sizeof *sorted, by_vertex);
    for (size_t i = 1; i < count && !status; i++)
        if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
            status = import_refuse(im, sorted[i]->line,
                                   "%s %.64s, which line %d has too, expected "
                                   "names of their own",
                                   sorted[i]->is_node ? "node" : "switch",
                                   sorted[i]->name, sorted[i - 1]->line);
    free(sorted);
    return status;
}

int import_graph(struct import *im, struct figure said)
{
    struct cluster *c = im->cluster;
    struct graph_spec *g = &c->graph;
    int nodes = 0;
    while (nodes < g->vertices && g->vertex[nodes].is_node)
        nodes++;
    if (!nodes || !g->links)
        return import_refuse(im, 1, "%d hosts and %d links, expected a fabric",
                             nodes, g->links);
    if (nodes > HOSTS_MOST || g->vertices > VERTICES_MOST ||
        g->links > IMPORT_LINKS_MOST)
        return import_refuse(im, 1,
                             "%d hosts, %d switches and %d links, expected at "
                             "most %d hosts, %d vertices and %d links",
                             nodes, g->vertices - nodes, g->links, HOSTS_MOST,
                             VERTICES_MOST, IMPORT_LINKS_MOST);
    if (check_names(im))
        return -1;
    c->fabric = FABRIC_GRAPH;
    c->node.count = import_given(im, nodes, 0);
    c->hosts = xcalloc((size_t)nodes, sizeof *c->hosts);
    for (int i = 0; i < nodes; i++)
        c->hosts[i] = g->vertex[i].name;
    c->host_count = nodes;
    g->said = said;
    g->said.value = g->links;
    if (im->options->link_latency.origin) {
        char text[1024];
        snprintf(text, sizeof text, "%s; latency: assumed, %s", said.source,
                 im->options->link_latency.source);
        g->said.source = cluster_text(c, text);
    }
    return 0;
}
