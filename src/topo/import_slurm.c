/* SPDX-License-Identifier: BSD-3-Clause */
/* Slurm's trees and blocks as a graph. They say who is below whom and no rates
 * (Slurm itself does not use LinkSpeed): those are the options'. */
#include "topo/import_slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_hosts.h"

/* Switch that joins blocks: Slurm does not say how they are. */
static const char *const block_root = "between-blocks";

struct member { /* a node at a switch */
    const char *name;
    int item;
};

struct builder {
    struct import *im;
    const struct slurm *slurm;
    struct member *member;
    int members;
    struct import_names hosts; /* of the options */
    const struct slurm_switch **sorted;
    int first; /* vertex of item 0 */
    int item;  /* whose list is being gone through */
    const char *missing;
};

struct slurm_switch *slurm_add(struct slurm *slurm, int line)
{
    int n = slurm->items++;
    slurm->item = import_grow(slurm->item, n, sizeof *slurm->item);
    slurm->item[n] = (struct slurm_switch){.line = line};
    return &slurm->item[n];
}

/* How many names a list of item has; -1 after one line. */
static long count_list(const struct builder *b, const struct slurm_switch *s,
                       const char *list, long most)
{
    const char *why = "fewer names";
    char shown[YAML_TREE_SHOWN];
    long count = list ? hosts_count(list, most, &why) : 0;
    if (count >= 0 && count <= most)
        return count;
    return import_refuse(b->im, s->line, "%.64s has '%s', expected %s", s->name,
                         yaml_tree_show(list, shown),
                         count < 0 ? why : "fewer names");
}

static int check_items(const struct builder *b, long *nodes)
{
    const struct slurm *slurm = b->slurm;
    long children = 0;
    *nodes = 0;
    for (int i = 0; i < slurm->items; i++) {
        const struct slurm_switch *s = &slurm->item[i];
        char shown[YAML_TREE_SHOWN];
        if (!s->name || !import_is_name(s->name))
            return import_refuse(b->im, s->line,
                                 "a %s called '%s', expected letters, digits, "
                                 "'.', '_', '-'",
                                 slurm->blocks ? "block" : "switch",
                                 yaml_tree_show(s->name ? s->name : "", shown));
        if (!s->nodes && !s->switches)
            return import_refuse(b->im, s->line,
                                 "%.64s has nothing below it, expected nodes%s",
                                 s->name, slurm->blocks ? "" : " or switches");
        long n = count_list(b, s, s->nodes, HOSTS_MOST - *nodes);
        long m = count_list(b, s, s->switches, HOSTS_MOST - children);
        if (n < 0 || m < 0)
            return -1;
        *nodes += n;
        children += m;
    }
    return 0;
}

/* --- nodes ---------------------------------------------------------------- */

static void take_member(const char *name, void *state)
{
    struct builder *b = state;
    if (!import_is_name(name))
        b->missing = cluster_text(b->im->cluster, name);
    if (!b->hosts.count || import_names_have(&b->hosts, name))
        b->member[b->members++] =
            (struct member){cluster_text(b->im->cluster, name), b->item};
}

static int by_member(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = import_by_nature(x->name, y->name);
    return order ? order : (x->item > y->item) - (x->item < y->item);
}

static int take_members(struct builder *b, long nodes)
{
    b->member = xcalloc((size_t)nodes, sizeof *b->member);
    for (b->item = 0; b->item < b->slurm->items; b->item++) {
        const struct slurm_switch *s = &b->slurm->item[b->item];
        if (s->nodes)
            hosts_each(s->nodes, take_member, b);
        if (b->missing)
            return import_refuse(b->im, s->line,
                                 "node '%.64s', expected a letter or digit "
                                 "first, and at most %d",
                                 b->missing, IMPORT_NAME_MOST);
    }
    qsort(b->member, (size_t)b->members, sizeof *b->member, by_member);
    return 0;
}

/* Each NIC, with all its ports, to the switch. */
static void plug(const struct builder *b, int node, int item)
{
    const struct node_spec *spec = &b->im->cluster->node;
    int ports = (int)figure_or(spec->nic_ports, 1);
    for (int port = 0; port < (int)spec->nics.value * ports; port++)
        import_link(b->im, node, b->first + item, port / ports,
                    spec->nic_rate.value / ports, b->slurm->item[item].line);
}

static void add_nodes(struct builder *b)
{
    const char *last = "";
    for (int i = 0; i < b->members; i++) {
        const struct member *m = &b->member[i];
        if (strcmp(last, m->name))
            import_vertex(b->im, m->name, true, b->slurm->item[m->item].line);
        last = m->name;
    }
}

/* --- switches ---------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct slurm_switch *const *)a)->name,
                  (*(const struct slurm_switch *const *)b)->name);
}

static void take_child(const char *name, void *state)
{
    struct builder *b = state;
    struct slurm_switch key = {.name = name};
    const struct slurm_switch *wanted = &key,
                              **found = bsearch(&wanted, b->sorted,
                                                (size_t)b->slurm->items,
                                                sizeof *b->sorted, by_name);
    if (!found)
        b->missing = cluster_text(b->im->cluster, name);
    else
        import_link(b->im, b->first + (int)(*found - b->slurm->item),
                    b->first + b->item, -1, b->im->options->link_rate.value,
                    b->slurm->item[b->item].line);
}

static int join_switches(struct builder *b)
{
    const struct slurm *slurm = b->slurm;
    b->sorted = xcalloc((size_t)slurm->items, sizeof *b->sorted);
    for (int i = 0; i < slurm->items; i++)
        b->sorted[i] = &slurm->item[i];
    qsort(b->sorted, (size_t)slurm->items, sizeof *b->sorted, by_name);
    for (b->item = 0; b->item < slurm->items; b->item++) {
        const struct slurm_switch *s = &slurm->item[b->item];
        if (s->switches)
            hosts_each(s->switches, take_child, b);
        if (b->missing)
            return import_refuse(b->im, s->line,
                                 "switch %.64s is below %.64s and nowhere "
                                 "described, expected a switch of that name",
                                 b->missing, s->name);
    }
    if (slurm->blocks && slurm->items > 1) {
        int root = import_vertex(b->im, block_root, false, 1);
        for (int i = 0; i < slurm->items; i++)
            import_link(b->im, b->first + i, root, -1,
                        b->im->options->link_rate.value, slurm->item[i].line);
    }
    return 0;
}

/* --- rates ---------------------------------------------------------------- */

static int set_rates(struct builder *b)
{
    struct import *im = b->im;
    const struct import_options *o = im->options;
    struct node_spec *node = &im->cluster->node;
    bool links = b->slurm->blocks && b->slurm->items > 1;
    if (!o->nics.origin && !(o->node && o->node->node.nics.origin))
        node->nics = (struct figure){1, ORIGIN_ASSUMED,
                                     "one; not in what was imported", 0};
    for (int i = 0; i < b->slurm->items; i++)
        links |= b->slurm->item[i].switches != NULL;
    if (links && !o->link_rate.origin)
        return import_refuse(im, 1,
                             "Slurm does not say the rate of links between "
                             "switches, expected --link-rate RATE");
    if (!o->nic_rate.origin && !(o->node && o->node->node.nic_rate.origin))
        return import_refuse(im, 1,
                             "Slurm does not say the rate of NICs, expected "
                             "--nic-rate RATE or --node FILE");
    return import_node(im);
}

static struct figure said(const struct import *im)
{
    const struct node_spec *node = &im->cluster->node;
    const struct figure *link = &im->options->link_rate;
    char text[1024];
    snprintf(text, sizeof text,
             "who meets whom: %s; rates of NICs: %s; between switches: %s",
             im->by, node->nic_rate.source, link->origin ? link->source : "-");
    return (struct figure){0, ORIGIN_ASSUMED, cluster_text(im->cluster, text),
                           0};
}

static int build(struct builder *b)
{
    struct import *im = b->im;
    const struct node_spec *node = &im->cluster->node;
    const char *hosts = im->options->hosts;
    long nodes = 0;
    if (!b->slurm->items)
        return import_refuse(im, 1, "no switches and no blocks, expected %s",
                             im->format->says);
    if ((hosts && !import_names_of(hosts, "--hosts", &b->hosts)) ||
        check_items(b, &nodes) || set_rates(b) || take_members(b, nodes))
        return -1;
    double links =
        b->members * node->nics.value * figure_or(node->nic_ports, 1);
    if (links > IMPORT_LINKS_MOST)
        return import_refuse(im, 1,
                             "%d nodes x %.0f NICs = %.0f links, expected at "
                             "most %d",
                             b->members, node->nics.value, links,
                             IMPORT_LINKS_MOST);
    add_nodes(b);
    if (import_check_hosts(im, &b->hosts))
        return -1;
    b->first = im->cluster->graph.vertices;
    for (int i = 0; i < b->slurm->items; i++)
        import_vertex(im, b->slurm->item[i].name, false,
                      b->slurm->item[i].line);
    for (int i = 0, at = -1; i < b->members; i++) {
        at += !i || strcmp(b->member[i].name, b->member[i - 1].name);
        plug(b, at, b->member[i].item);
    }
    return join_switches(b) || import_graph(im, said(im)) ? -1 : 0;
}

int slurm_build(struct import *im, const struct slurm *slurm)
{
    struct builder b = {.im = im, .slurm = slurm};
    int status = build(&b);
    free(b.member);
    free(b.sorted);
    import_names_free(&b.hosts);
    return status;
}
