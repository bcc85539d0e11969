/* SPDX-License-Identifier: BSD-3-Clause */
/* A cluster as the file that says the same. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/cluster_file.h"
#include "topo/cluster_hosts.h"

void print_add(struct printer *p, const char *format, ...)
{
    for (;;) {
        va_list arguments;
        va_start(arguments, format);
        int length = p->text ? vsnprintf(p->text + p->used, p->room - p->used,
                                         format, arguments)
                             : -1;
        va_end(arguments);
        if (length >= 0 && (size_t)length < p->room - p->used) {
            p->used += (size_t)length;
            return;
        }
        p->room = p->room ? 2 * p->room : 4096;
        p->text = xrealloc(p->text, p->room);
    }
}

/* A UTF-8 letter of more than one byte: its code, and its length; 0 where the
 * bytes are none. */
static uint32_t wide_letter(const unsigned char *at, int *length)
{
    int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc2 ? 1 : 0;
    uint32_t code = at[0] & (0x3fu >> more);
    *length = 1 + more;
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3fu);
    }
    return more ? code : 0;
}

void print_quoted(struct printer *p, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    print_add(p, "\"");
    while (*at) {
        int length = 1;
        size_t plain = 0;
        while (at[plain] >= ' ' && at[plain] <= '~' && at[plain] != '"' &&
               at[plain] != '\\')
            plain++;
        if (plain) {
            print_add(p, "%.*s", (int)plain, (const char *)at);
            length = (int)plain;
        } else if (*at == '"' || *at == '\\') {
            print_add(p, "\\%c", *at);
        } else if (*at < 0x80) {
            print_add(p, "\\x%02x", *at);
        } else {
            uint32_t code = wide_letter(at, &length);
            /* Not UTF-8 can only come from other than a file. */
            length = code ? length : 1;
            print_add(p, "\\U%08x", code ? code : 0xfffdu);
        }
        at += length;
    }
    print_add(p, "\"");
}

/* --- every figure, in the order of the file --------------------------------
 */

/* What goes through the figures: `path` and `tier` are NULL between. */
typedef void see_field(const struct field *, const struct figure *,
                       const struct tier *, void *state);

static void each_field(const struct cluster *c, see_field *see, void *state)
{
    bool tiers_done = false;
    for (int i = 0; i < cluster_field_count; i++) {
        const struct field *field = &cluster_fields[i];
        if (!field_of_tier(field)) {
            const struct figure *figure = field_in(field, c);
            if (figure->origin != ORIGIN_ABSENT)
                see(field, figure, NULL, state);
            continue;
        }
        if (tiers_done)
            continue;
        tiers_done = true;
        for (int k = 0; k < c->clos.tiers; k++)
            for (int j = i; field_of_tier(&cluster_fields[j]); j++) {
                const struct tier *tier = &c->clos.tier[k];
                const struct figure *figure =
                    field_in(&cluster_fields[j], tier);
                if (figure->origin != ORIGIN_ABSENT)
                    see(&cluster_fields[j], figure, tier, state);
            }
    }
}

struct listing {
    void (*see)(const char *, const char *, const struct figure *, void *);
    void *state;
};

static void list_figure(const struct field *field, const struct figure *figure,
                        const struct tier *tier, void *state)
{
    const struct listing *listing = state;
    char path[PATH_TEXT + NAME_MOST], value[VALUE_TEXT];
    if (tier)
        snprintf(path, sizeof path, "clos.%s.%s", tier->name,
                 field->path + TIER_PREFIX);
    else
        snprintf(path, sizeof path, "%s", field->path);
    field_print(field->unit, figure->value, value, sizeof value);
    listing->see(path, value, figure, listing->state);
}

void cluster_each_figure(const struct cluster *c,
                         void (*see)(const char *path, const char *value,
                                     const struct figure *, void *state),
                         void *state)
{
    struct listing listing = {see, state};
    each_field(c, list_figure, &listing);
    if (c->fabric == FABRIC_GRAPH) {
        char value[VALUE_TEXT];
        field_print(UNIT_COUNT, c->graph.links, value, sizeof value);
        see("graph.links", value, &c->graph.said, state);
    }
}

/* --- printing ------------------------------------------------------------- */

struct writing {
    struct printer *printer;
    const char *last; /* path printed before, "" at the beginning */
    const struct tier *tier;
};

/* The sections of `path` that those of `last` do not have, each on a line. */
static void print_sections(struct printer *p, const char *last,
                           const char *path)
{
    size_t same = 0;
    for (size_t i = 0; last[i] && last[i] == path[i]; i++)
        if (path[i] == '.')
            same = i + 1;
    int depth = 0;
    for (size_t i = 0, begin = 0; path[i]; i++)
        if (path[i] == '.') {
            if (i >= same)
                print_add(p, "%*s%.*s:\n", 2 * depth, "", (int)(i - begin),
                          path + begin);
            begin = i + 1;
            depth++;
        }
}

static void print_figure(const struct field *field, const struct figure *figure,
                         const struct tier *tier, void *state)
{
    static const char *const origins[] = {"", "given", "derived", "assumed"};
    struct writing *w = state;
    struct printer *p = w->printer;
    char value[VALUE_TEXT];
    const char *key = strrchr(field->path, '.');
    int indent = 0;
    for (const char *at = field->path; *at; at++)
        indent += *at == '.' ? 2 : 0;
    if (!tier) {
        print_sections(p, w->last, field->path);
    } else if (tier != w->tier) {
        if (!w->tier)
            print_add(p, "clos:\n");
        print_add(p, "  - name: %s\n", tier->name);
    }
    field_print(field->unit, figure->value, value, sizeof value);
    print_add(p, "%*s%s: {value: %s, %s: ", indent, "",
              key ? key + 1 : field->path, value, origins[figure->origin]);
    print_quoted(p, figure->source ? figure->source : "");
    print_add(p, "}\n");
    w->last = field->path;
    w->tier = tier;
}

static void print_hosts(struct printer *p, const struct cluster *c)
{
    char text[2 * HOST_NAME_MOST + 8];
    print_add(p, "hosts:\n");
    for (int i = 0; i < c->host_count;) {
        i += hosts_run(c->hosts + i, c->host_count - i, text, sizeof text);
        print_add(p, "  - \"%s\"\n", text);
    }
}

char *cluster_print(const struct cluster *c)
{
    struct printer p = {0};
    struct writing w = {.printer = &p, .last = ""};
    print_add(&p, "name: %s\n", c->name ? c->name : "unnamed");
    if (c->title) {
        print_add(&p, "title: ");
        print_quoted(&p, c->title);
        print_add(&p, "\n");
    }
    /* With flows it is a section like others: routing: ecmp: flows: ... */
    if (c->flows.origin == ORIGIN_ABSENT)
        print_add(&p, "routing: %s\n", cluster_routings[c->routing]);
    each_field(c, print_figure, &w);
    if (c->fabric == FABRIC_GRAPH)
        graph_print(&p, &c->graph);
    if (c->host_count)
        print_hosts(&p, c);
    return p.text;
}
