/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what ibnetdiscover prints. A section is a line about a device,
 *   Switch  41 "S-b8cef6030077a0c0"     # "MF0;leaf1:MQM8700/U1" enhanced ...
 * and one for each of its ports with a cable,
 *   [7]  "H-b8cef603004a1b20"[1](b8cef603004a1b20)  # "n1 mlx5_0" lid 9 4xHDR
 * so that a cable stands twice, at both its ends, which must agree. */
#include "topo/import_ib.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A port's line, before ids are looked up. */
struct port {
    struct ib_end end;
    char *to; /* id of the device at the other end */
    int to_port;
    double rate_Bps;
    int line;
};

struct ib_reader {
    const struct import *im;
    struct ib_fabric *fabric;
    struct port *port;
    int ports;
};

/* --- one line ------------------------------------------------------------- */

/* Data rates of one lane, Gb/s: the signal's less 8b/10b up to QDR, less
 * 64b/66b for FDR10, FDR and EDR (10.3125, 14.0625, 25.78125 GBd); from HDR on
 * as the standard names them. */
static const struct {
    const char *name;
    double Gbps;
} speeds[] = {
    {"SDR", 2},
    {"DDR", 4},
    {"QDR", 8},
    {"FDR10", 10},
    {"FDR", 14.0625 * 64 / 66},
    {"EDR", 25},
    {"HDR", 50},
    {"NDR", 100},
    {"XDR", 200},
};

static bool parse_rate(const char *word, double *out_Bps)
{
    char *end;
    long lanes = isdigit((unsigned char)*word) ? strtol(word, &end, 10) : 0;
    if (lanes < 1 || lanes > 12 || *end != 'x')
        return false;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (!strcmp(end + 1, speeds[i].name)) {
            *out_Bps = (double)lanes * speeds[i].Gbps * 1e9 / 8;
            return true;
        }
    return false;
}

/* Whether a word is "4x..." at all: a width, good speed or not. */
static bool is_width(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    return digits && word[digits] == 'x';
}

/* A number of at most six digits, and what follows it; -1 where there is none.
 */
static int take_number(char **at)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits < 1 || digits > 6)
        return -1;
    int number = (int)strtol(*at, NULL, 10);
    *at += digits;
    return number;
}

static char *skip_blanks(char *at)
{
    return at + strspn(at, " \t");
}

/* "..." at *at, ended in place; NULL where there is none. */
static char *take_quoted(char **at)
{
    char *begin = *at + 1, *end = **at == '"' ? strchr(begin, '"') : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return begin;
}

/* What is between the first and the last quote, ended in place, and what is
 * behind; "" where there are no two. */
static char *take_description(char **at)
{
    char *begin = strchr(*at, '"'), *end = begin ? strrchr(begin, '"') : NULL;
    if (!end || end == begin)
        return strchr(*at, '\0');
    *end = '\0';
    *at = end + 1;
    return begin + 1;
}

/* --- lines ---------------------------------------------------------------- */

/* `Switch 41 "S-..." # "..."` from behind its first word on. */
static int read_device(struct ib_reader *r, enum ib_kind kind, char *at,
                       int line)
{
    struct ib_fabric *f = r->fabric;
    at = skip_blanks(at);
    int ports = take_number(&at);
    at = skip_blanks(at);
    char *id = ports >= 0 ? take_quoted(&at) : NULL;
    if (!id || !import_is_name(id))
        return import_refuse(r->im, line,
                             "a device without ports and GUID, expected a "
                             "line as Switch 41 \"S-b8cef6030077a0c0\" # "
                             "\"leaf1\"");
    f->device = import_grow(f->device, f->devices, sizeof *f->device);
    f->device[f->devices++] =
        (struct ib_device){.kind = kind,
                           .id = id,
                           .description = take_description(&at),
                           .line = line,
                           .ports = ports};
    return 0;
}

/* "... lid 9 4xHDR", the rest of a port's line. */
static int read_rate(const struct ib_reader *r, char *at, int line,
                     double *out_Bps)
{
    char shown[YAML_TREE_SHOWN];
    char *word = at;
    while (*(word = skip_blanks(word))) {
        size_t length = strcspn(word, " \t");
        bool last = !word[length];
        word[length] = '\0';
        if (is_width(word)) {
            if (parse_rate(word, out_Bps))
                return 0;
            return import_refuse(r->im, line,
                                 "a cable of '%s', expected width and speed, "
                                 "SDR to XDR, as 4xHDR",
                                 yaml_tree_show(word, shown));
        }
        word += length + !last;
    }
    return import_refuse(r->im, line,
                         "a cable without width and speed, expected them at "
                         "the end of the line, as 4xHDR");
}

/* [7](guid) "H-..."[1](guid) # ... */
static int read_port(struct ib_reader *r, char *at, int line)
{
    struct port port = {.line = line};
    at++;
    port.end.device = r->fabric->devices - 1;
    port.end.port = take_number(&at);
    char *quote = port.end.port >= 0 && *at == ']' ? strchr(at, '"') : NULL;
    port.to = quote ? take_quoted(&quote) : NULL;
    at = port.to && *quote == '[' ? quote + 1 : NULL;
    port.to_port = at ? take_number(&at) : -1;
    if (port.to_port < 0 || *at != ']')
        return import_refuse(r->im, line,
                             "a port that cannot be read, expected [7] "
                             "\"H-b8cef603004a1b20\"[1] # ... 4xHDR");
    if (port.end.device < 0)
        return import_refuse(r->im, line,
                             "a port before any device, expected a line as "
                             "Switch 41 \"S-b8cef6030077a0c0\" before it");
    const struct ib_device *device = &r->fabric->device[port.end.device];
    if (port.end.port > device->ports)
        return import_refuse(r->im, line,
                             "port %d of a device of %d ports, expected one "
                             "that is there",
                             port.end.port, device->ports);
    take_description(&at);
    if (read_rate(r, at, line, &port.rate_Bps))
        return -1;
    r->port = import_grow(r->port, r->ports, sizeof *r->port);
    r->port[r->ports++] = port;
    return 0;
}

static int read_line(struct ib_reader *r, char *at, int line)
{
    static const struct {
        const char *word;
        int kind; /* -1: says nothing of cables */
    } words[] = {
        {"Switch", IB_SWITCH}, {"Ca", IB_ADAPTER},  {"Rt", IB_ROUTER},
        {"Chassis", -1},       {"Non-Chassis", -1}, {"vendid=", -1},
        {"devid=", -1},        {"sysimgguid=", -1}, {"switchguid=", -1},
        {"caguid=", -1},       {"rtguid=", -1},     {"DR", -1},
    };
    char shown[YAML_TREE_SHOWN];
    if (*at == '[')
        return read_port(r, at, line);
    if (!*skip_blanks(at) || *at == '#')
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (strncmp(at, words[i].word, length))
            continue;
        if (words[i].kind < 0)
            return 0;
        if (at[length] == ' ' || at[length] == '\t')
            return read_device(r, (enum ib_kind)words[i].kind, at + length,
                               line);
    }
    return import_refuse(r->im, line,
                         "'%s', expected what ibnetdiscover prints: Switch, "
                         "Ca, or a port in brackets",
                         yaml_tree_show(at, shown));
}

/* --- cables --------------------------------------------------------------- */

struct id {
    const char *id;
    int device;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->id, ((const struct id *)b)->id);
}

static struct id *sort_ids(const struct ib_reader *r)
{
    const struct ib_fabric *f = r->fabric;
    struct id *ids = xcalloc((size_t)f->devices, sizeof *ids);
    for (int i = 0; i < f->devices; i++)
        ids[i] = (struct id){f->device[i].id, i};
    qsort(ids, (size_t)f->devices, sizeof *ids, by_id);
    for (int i = 1; i < f->devices; i++)
        if (!by_id(&ids[i - 1], &ids[i])) {
            import_refuse(r->im, f->device[ids[i].device].line,
                          "device %s twice, expected one section for it",
                          ids[i].id);
            free(ids);
            return NULL;
        }
    return ids;
}

static int order_of(struct ib_end a, struct ib_end b)
{
    if (a.device != b.device)
        return a.device < b.device ? -1 : 1;
    return (a.port > b.port) - (a.port < b.port);
}

static int by_ends(const void *a, const void *b)
{
    const struct ib_cable *x = a, *y = b;
    int order = order_of(x->a, y->a);
    order = order ? order : order_of(x->b, y->b);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* All ports as cables, each as often as it stands there. */
static int look_up(struct ib_reader *r, const struct id *ids)
{
    struct ib_fabric *f = r->fabric;
    f->cable = xcalloc((size_t)r->ports, sizeof *f->cable);
    for (int i = 0; i < r->ports; i++) {
        const struct port *port = &r->port[i];
        struct id key = {port->to, 0};
        char shown[YAML_TREE_SHOWN];
        const struct id *found =
            bsearch(&key, ids, (size_t)f->devices, sizeof *ids, by_id);
        if (!found)
            return import_refuse(r->im, port->line,
                                 "a cable to %s, which has no section, "
                                 "expected the whole of what ibnetdiscover "
                                 "prints",
                                 yaml_tree_show(port->to, shown));
        struct ib_cable cable = {.a = port->end,
                                 .b = {found->device, port->to_port},
                                 .rate_Bps = port->rate_Bps,
                                 .line = port->line};
        if (order_of(cable.a, cable.b) > 0) {
            cable.b = cable.a;
            cable.a = (struct ib_end){found->device, port->to_port};
        }
        f->cable[f->cables++] = cable;
    }
    return 0;
}

struct use {
    struct ib_end end;
    int line;
};

static int by_use(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = order_of(x->end, y->end);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_ports(const struct ib_reader *r)
{
    const struct ib_fabric *f = r->fabric;
    size_t uses = 2 * (size_t)f->cables;
    struct use *use = xcalloc(uses, sizeof *use);
    int status = 0;
    for (int i = 0; i < f->cables; i++) {
        use[2 * i] = (struct use){f->cable[i].a, f->cable[i].line};
        use[2 * i + 1] = (struct use){f->cable[i].b, f->cable[i].line};
    }
    qsort(use, uses, sizeof *use, by_use);
    for (size_t i = 1; i < uses && !status; i++)
        if (!order_of(use[i - 1].end, use[i].end))
            status = import_refuse(
                r->im, use[i].line,
                "port %d of %s has another cable at line %d, expected one",
                use[i].end.port, f->device[use[i].end.device].id,
                use[i - 1].line);
    free(use);
    return status;
}

/* Each cable once. */
static int join(struct ib_reader *r)
{
    struct ib_fabric *f = r->fabric;
    int kept = 0;
    qsort(f->cable, (size_t)f->cables, sizeof *f->cable, by_ends);
    for (int i = 0; i < f->cables; i++) {
        struct ib_cable *last = kept ? &f->cable[kept - 1] : NULL;
        const struct ib_cable *cable = &f->cable[i];
        if (!last || order_of(last->a, cable->a) ||
            order_of(last->b, cable->b)) {
            f->cable[kept++] = *cable;
            continue;
        }
        if (last->rate_Bps != cable->rate_Bps)
            return import_refuse(r->im, cable->line,
                                 "a cable of another rate than at its other "
                                 "end, line %d, expected the same",
                                 last->line);
    }
    f->cables = kept;
    return check_ports(r);
}

int ib_read(struct import *im, struct ib_fabric *out)
{
    *out = (struct ib_fabric){0};
    struct ib_reader r = {.im = im, .fabric = out};
    char *rest = im->text, *line;
    int number = 0, status = 0;
    while (!status && (line = import_line(&rest, &number)))
        status = read_line(&r, line, number);
    if (!status && !r.ports)
        status = import_refuse(im, 1,
                               "no cables, expected what ibnetdiscover "
                               "prints");
    struct id *ids = status ? NULL : sort_ids(&r);
    if (!ids)
        status = -1;
    if (!status)
        status = look_up(&r, ids);
    if (!status)
        status = join(&r);
    free(ids);
    free(r.port);
    return status;
}

void ib_free(struct ib_fabric *f)
{
    free(f->device);
    free(f->cable);
}
