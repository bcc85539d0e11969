/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a cluster can be: figures that are missing or contradict each other,
 * and fabrics with fewer ports than links. Each refusal shows the sum. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_file.h"
#include "topo/topology.h"

int cluster_refuse(const struct cluster *c, int line, const char *format, ...)
{
    char what[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error("%s:%d: %s", c->path ? c->path : "cluster", line ? line : 1,
                 what);
}

/* --- each figure by itself -------------------------------------------------
 */

/* A line of the section that `field` is missing from: its first figure's. */
static int line_near(const struct field *field, const void *base)
{
    size_t section = strcspn(field->path, ".");
    for (int i = 0; i < cluster_field_count; i++) {
        const struct field *other = &cluster_fields[i];
        if (!strncmp(other->path, field->path, section + 1) &&
            field_in(other, base)->origin != ORIGIN_ABSENT)
            return field_in(other, base)->line;
    }
    return 1;
}

static int check_figure(const struct cluster *c, const struct field *field,
                        const struct tier *tier)
{
    const void *base = tier ? (const void *)tier : (const void *)c;
    const struct figure *figure = field_in(field, base);
    const char *in = tier ? " in tier " : "", *name = tier ? tier->name : "";
    char value[VALUE_TEXT];
    if (figure->origin == ORIGIN_ABSENT)
        return field->required
                   ? cluster_refuse(c, line_near(field, base),
                                    "no %s%s%s, expected %s", field->path, in,
                                    name, field_expected(field->unit))
                   : 0;
    if (!field_good(field->unit, figure->value))
        return cluster_refuse(
            c, figure->line, "%s%s%s is %s, expected %s", field->path, in, name,
            field_print(field->unit, figure->value, value, sizeof value),
            field_expected(field->unit));
    return 0;
}

static bool section_is(const struct field *field, const char *section)
{
    size_t length = strlen(section);
    return !strncmp(field->path, section, length) && field->path[length] == '.';
}

static int check_figures(const struct cluster *c)
{
    for (int i = 0; i < cluster_field_count; i++) {
        const struct field *field = &cluster_fields[i];
        bool foreign = false;
        for (int kind = FABRIC_CLOS; kind < FABRICS; kind++)
            foreign |= section_is(field, cluster_fabrics[kind]) &&
                       c->fabric != (enum fabric_kind)kind;
        if (foreign)
            continue;
        if (!field_of_tier(field) && check_figure(c, field, NULL))
            return -1;
        for (int k = 0; field_of_tier(field) && k < c->clos.tiers; k++)
            if (check_figure(c, field, &c->clos.tier[k]))
                return -1;
    }
    return 0;
}

/* --- nodes ---------------------------------------------------------------- */

static int check_usable(const struct cluster *c, const char *what,
                        const struct figure *rate, const struct figure *usable)
{
    char most[VALUE_TEXT], value[VALUE_TEXT];
    if (usable->origin == ORIGIN_ABSENT || usable->value <= figure_or(*rate, 0))
        return 0;
    return cluster_refuse(
        c, usable->line, "%s.usable is %s, expected at most %s.rate: %s", what,
        field_print(UNIT_RATE, usable->value, value, sizeof value), what,
        field_print(UNIT_RATE, figure_or(*rate, 0), most, sizeof most));
}

static int check_nics(const struct cluster *c)
{
    const struct node_spec *node = &c->node;
    bool mesh = c->fabric == FABRIC_MESH;
    if (mesh && (node->nics.origin || node->scaleup_rate.origin))
        return cluster_refuse(c, node->count.line,
                              "a mesh with node.%s, expected dies linked by "
                              "the mesh alone (and mesh.gateway)",
                              node->nics.origin ? "nic" : "scaleup");
    if (mesh || c->fabric == FABRIC_NONE)
        return 0;
    if (!node->nics.origin || !node->nic_rate.origin)
        return cluster_refuse(
            c, node->count.line, "no node.nic.%s, expected %s",
            node->nics.origin ? "rate" : "count",
            node->nics.origin ? field_expected(UNIT_BITS)
                              : "the NICs that link a node to the fabric");
    long gpus = (long)node->gpus.value, nics = (long)node->nics.value;
    if (gpus % nics && nics % gpus)
        return cluster_refuse(c, node->nics.line,
                              "%ld GPUs and %ld NICs in a node, expected one "
                              "to be a multiple of the other",
                              gpus, nics);
    double ports = figure_or(node->nic_ports, 1);
    double cables = node->count.value * node->nics.value * ports;
    if (cables > CABLES_MOST)
        return cluster_refuse(c, node->nics.line,
                              "%.0f nodes x %ld NICs x %.0f ports = %.0f "
                              "links, expected at most %d",
                              node->count.value, nics, ports, cables,
                              CABLES_MOST);
    return 0;
}

static int check_node(const struct cluster *c)
{
    const struct node_spec *node = &c->node;
    double gpus = node->count.value * node->gpus.value;
    if (gpus > GPUS_MOST)
        return cluster_refuse(c, node->gpus.line,
                              "%.0f nodes x %.0f GPUs = %.0f, expected at "
                              "most %d",
                              node->count.value, node->gpus.value, gpus,
                              GPUS_MOST);
    if (c->fabric == FABRIC_NONE && node->count.value > 1)
        return cluster_refuse(c, node->count.line,
                              "%.0f nodes without a fabric between them, "
                              "expected clos:, mesh:, dragonfly: or graph:",
                              node->count.value);
    if (c->fabric != FABRIC_MESH && node->gpus.value > 1 &&
        !node->scaleup_rate.origin)
        return cluster_refuse(c, node->gpus.line,
                              "%.0f GPUs in a node and no node.scaleup.rate, "
                              "expected the links between them",
                              node->gpus.value);
    if (check_usable(c, "node.scaleup", &node->scaleup_rate,
                     &node->scaleup_usable) ||
        check_usable(c, "node.nic", &node->nic_rate, &node->nic_usable))
        return -1;
    return check_nics(c);
}

/* --- fabrics of few figures ------------------------------------------------
 */

static int check_mesh(const struct cluster *c)
{
    const struct mesh_spec *m = &c->mesh;
    double dies = m->dies_x.value * m->dies_y.value;
    double tiles = m->tiles_x.value * m->tiles_y.value;
    if (c->node.gpus.value != dies)
        return cluster_refuse(c, c->node.gpus.line,
                              "%.0f GPUs in a node, expected mesh.dies.x x "
                              "mesh.dies.y = %.0f x %.0f = %.0f",
                              c->node.gpus.value, m->dies_x.value,
                              m->dies_y.value, dies);
    if (c->node.count.value != tiles)
        return cluster_refuse(c, c->node.count.line,
                              "%.0f nodes, expected mesh.tiles.x x "
                              "mesh.tiles.y = %.0f x %.0f = %.0f",
                              c->node.count.value, m->tiles_x.value,
                              m->tiles_y.value, tiles);
    double x = m->tiles_x.value * m->dies_x.value;
    double y = m->tiles_y.value * m->dies_y.value;
    if (x - 1 + y - 1 > ROUTE_MOST)
        return cluster_refuse(c, m->tiles_x.line,
                              "%.0f - 1 + %.0f - 1 = %.0f links from corner "
                              "to corner, expected at most %d",
                              x, y, x + y - 2, ROUTE_MOST);
    return 0;
}

static int check_dragonfly(const struct cluster *c)
{
    const struct dragonfly_spec *d = &c->dragonfly;
    double switches = d->switches.value, groups = d->groups.value;
    double room = groups * switches * d->nodes.value;
    double ends =
        d->nodes.value * c->node.nics.value * figure_or(c->node.nic_ports, 1);
    double local = (switches - 1) * d->local_links.value;
    double used = ends + local + d->global_links.value;
    double cables = groups * switches * (local + d->global_links.value);
    if (room < c->node.count.value)
        return cluster_refuse(c, d->groups.line,
                              "%.0f groups x %.0f switches x %.0f nodes = "
                              "%.0f, expected at least node.count: %.0f",
                              groups, switches, d->nodes.value, room,
                              c->node.count.value);
    if (d->ports.origin && used > d->ports.value)
        return cluster_refuse(c, d->ports.line,
                              "%.0f NIC ports + %.0f local links + %.0f "
                              "global links = %.0f on each switch, expected "
                              "at most dragonfly.ports: %.0f",
                              ends, local, d->global_links.value, used,
                              d->ports.value);
    if (d->global_links.value * switches < groups - 1)
        return cluster_refuse(c, d->global_links.line,
                              "%.0f switches x %.0f global links = %.0f from "
                              "each group, expected at least one to each of "
                              "%.0f others",
                              switches, d->global_links.value,
                              switches * d->global_links.value, groups - 1);
    if (cables > CABLES_MOST)
        return cluster_refuse(c, d->groups.line,
                              "%.0f links, expected at most %d", cables,
                              CABLES_MOST);
    return 0;
}

/* --- job and hosts ---------------------------------------------------------
 */

static int check_job(const struct cluster *c)
{
    double first = figure_or(c->job.first, 0), count = c->node.count.value;
    double room = (count - first) * c->node.gpus.value;
    if (first >= count)
        return cluster_refuse(c, c->job.first.line,
                              "job.first is %.0f, expected a node from 0 to "
                              "%.0f",
                              first, count - 1);
    if (figure_or(c->job.gpus, 1) > room)
        return cluster_refuse(c, c->job.gpus.line,
                              "a job of %.0f GPUs, expected at most (%.0f - "
                              "%.0f) nodes x %.0f = %.0f",
                              c->job.gpus.value, count, first,
                              c->node.gpus.value, room);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_hosts(const struct cluster *c)
{
    size_t count = (size_t)c->host_count;
    int status = 0;
    if (!count)
        return 0;
    if ((double)count != c->node.count.value)
        return cluster_refuse(c, c->node.count.line,
                              "%zu hosts, expected one for each of %.0f nodes",
                              count, c->node.count.value);
    char **sorted = xcalloc(count, sizeof *sorted);
    memcpy(sorted, c->hosts, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 1; i < count && !status; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            status = cluster_refuse(c, c->node.count.line,
                                    "host %.64s stands twice, expected one "
                                    "node for it",
                                    sorted[i]);
    free(sorted);
    return status;
}

int cluster_check(const struct cluster *c)
{
    static int (*const fabrics[])(const struct cluster *) = {
        [FABRIC_NONE] = NULL,
        [FABRIC_CLOS] = cluster_check_clos,
        [FABRIC_MESH] = check_mesh,
        [FABRIC_DRAGONFLY] = check_dragonfly,
        [FABRIC_GRAPH] = cluster_check_graph,
    };
    if (check_figures(c) || check_node(c))
        return -1;
    if (fabrics[c->fabric] && fabrics[c->fabric](c))
        return -1;
    return check_job(c) || check_hosts(c) ? -1 : 0;
}
