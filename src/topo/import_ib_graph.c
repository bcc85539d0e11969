/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices and cables of an InfiniBand fabric as nodes, switches and links. All
 * nodes have the same devices, so that NIC k is the same rail in each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/import_ib.h"

/* An adapter that is a NIC of a node. */
struct adapter {
    int device; /* number in the fabric */
    char *host, *name;
};

struct builder {
    struct import *im;
    struct ib_fabric *f;
    struct adapter *adapter;
    int adapters, nics; /* nics: in each node */
    int *vertex;        /* by device; -1: left out */
    int *nic;           /* by device */
    struct import_names hosts;
    const char **order; /* of the options' devices; NULL: by their numbers */
    int ordered;
};

/* --- hosts and their devices -----------------------------------------------
 */

/* Cuts "n1 mlx5_0" in two; "n1" alone is a host whose device has no name. */
static bool split(struct ib_device *device, struct adapter *out)
{
    char *host = device->description;
    size_t length = strcspn(host, " ");
    char *name = host + length + strspn(host + length, " ");
    if (name[strcspn(name, " ")])
        return false;
    host[length] = '\0';
    *out = (struct adapter){.host = host, .name = name};
    return import_is_name(host);
}

/* Position among the options' devices, or -1; 0 without those. */
static int rank_of(const struct builder *b, const char *name)
{
    for (int i = 0; i < b->ordered; i++)
        if (!strcmp(b->order[i], name))
            return i;
    return b->order ? -1 : 0;
}

/* "mlx5_0,mlx5_3" of the options; `text` is a copy to be cut. */
static int read_order(struct builder *b, char *text)
{
    for (char *at = text; at; b->ordered++) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        if (b->ordered == IMPORT_NICS_MOST || !*at || rank_of(b, at) >= 0)
            return import_refuse(b->im, 1,
                                 "--devices has '%.32s' again, empty or after "
                                 "%d others, expected names as mlx5_0,mlx5_1",
                                 at, b->ordered);
        b->order[b->ordered] = at;
        at = comma;
    }
    return 0;
}

static int take_adapters(struct builder *b)
{
    for (int i = 0; i < b->f->devices; i++) {
        struct ib_device *device = &b->f->device[i];
        struct adapter adapter;
        char shown[YAML_TREE_SHOWN];
        yaml_tree_show(device->description, shown);
        if (device->kind != IB_ADAPTER ||
            strstr(device->description, "Aggregation Node"))
            continue;
        if (!split(device, &adapter)) {
            if (b->im->options->hosts)
                continue;
            return import_refuse(b->im, device->line,
                                 "an adapter described as '%s', expected host "
                                 "and device, as \"n1 mlx5_0\", or --hosts "
                                 "LIST without it",
                                 shown);
        }
        if ((b->im->options->hosts &&
             !import_names_have(&b->hosts, adapter.host)) ||
            rank_of(b, adapter.name) < 0)
            continue;
        adapter.device = i;
        b->adapter[b->adapters++] = adapter;
    }
    return b->adapters ? 0
                       : import_refuse(b->im, 1,
                                       "no adapters of hosts, expected lines "
                                       "as Ca 1 \"H-...\" # \"n1 mlx5_0\"");
}

static int by_host(const void *a, const void *b)
{
    const struct adapter *x = a, *y = b;
    int order = import_by_nature(x->host, y->host);
    order = order ? order : import_by_nature(x->name, y->name);
    return order ? order : (x->device > y->device) - (x->device < y->device);
}

static int line_of(const struct builder *b, int adapter)
{
    return b->f->device[b->adapter[adapter].device].line;
}

/* Adapters first .. end - 1 are one host's: they have to be the first host's.
 */
static int check_host(const struct builder *b, int first, int end)
{
    const struct adapter *a = &b->adapter[first], *model = b->adapter;
    if (end - first != b->nics)
        return import_refuse(b->im, line_of(b, first),
                             "host %.64s has %d adapters, expected %d as "
                             "%.64s has (--hosts and --devices LIST leave "
                             "others out)",
                             a->host, end - first, b->nics, model->host);
    for (int k = 0; k < b->nics; k++)
        if (strcmp(a[k].name, model[k].name) ||
            (k && !strcmp(a[k].name, a[k - 1].name)))
            return import_refuse(b->im, line_of(b, first + k),
                                 "host %.64s has adapter '%.32s', expected "
                                 "'%.32s' as %.64s has, each once (--hosts and "
                                 "--devices LIST leave others out)",
                                 a->host, a[k].name, model[k].name,
                                 model->host);
    return 0;
}

/* The node and NIC of each adapter; nodes in the order of their names. */
static int number_nodes(struct builder *b)
{
    int first = 0;
    qsort(b->adapter, (size_t)b->adapters, sizeof *b->adapter, by_host);
    for (int i = 1; i <= b->adapters; i++) {
        const struct adapter *a = &b->adapter[first];
        if (i < b->adapters && !strcmp(a->host, b->adapter[i].host))
            continue;
        b->nics = b->nics ? b->nics : i - first;
        if (b->nics > IMPORT_NICS_MOST || (b->order && b->nics != b->ordered))
            return import_refuse(b->im, line_of(b, first),
                                 "host %.64s has %d such adapters, expected "
                                 "%d%s",
                                 a->host, b->nics,
                                 b->order ? b->ordered : IMPORT_NICS_MOST,
                                 b->order ? " of --devices" : " at most");
        if (check_host(b, first, i))
            return -1;
        int node = import_vertex(b->im, a->host, true, line_of(b, first));
        for (int k = first; k < i; k++) {
            b->vertex[b->adapter[k].device] = node;
            b->nic[b->adapter[k].device] =
                b->order ? rank_of(b, b->adapter[k].name) : k - first;
        }
        first = i;
    }
    return 0;
}

/* --- links ---------------------------------------------------------------- */

/* The lower vertex's end first, as links are listed. */
static struct ib_cable listed(const struct builder *b, struct ib_cable cable)
{
    if (b->vertex[cable.a.device] <= b->vertex[cable.b.device])
        return cable;
    return (struct ib_cable){cable.b, cable.a, cable.rate_Bps, cable.line};
}

struct numbered {
    int vertex, nic, to, port;
    double rate_Bps;
    int line;
};

static int by_number(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = (x->vertex > y->vertex) - (x->vertex < y->vertex);
    order = order ? order : (x->nic > y->nic) - (x->nic < y->nic);
    /* The ports of one NIC in their order, cables of switches by their ends. */
    if (!order && x->nic < 0)
        order = (x->to > y->to) - (x->to < y->to);
    return order ? order : (x->port > y->port) - (x->port < y->port);
}

/* The NIC's figures, from the links of nodes: its rate is the best there is, so
 * that a cable that came up slower is a slower link. */
static void set_nics(struct builder *b, const struct numbered *link, int links)
{
    struct node_spec *node = &b->im->cluster->node;
    double best = 0, sum = 0;
    int most = 1, ports = 0, line = 0;
    for (int i = 0; i < links && link[i].nic >= 0; i++) {
        bool same = i && link[i].vertex == link[i - 1].vertex &&
                    link[i].nic == link[i - 1].nic;
        sum = link[i].rate_Bps + (same ? sum : 0);
        ports = 1 + (same ? ports : 0);
        if (sum > best) {
            best = sum;
            line = link[i].line;
        }
        most = ports > most ? ports : most;
    }
    node->nics = import_given(b->im, b->nics, line);
    node->nic_rate = import_given(b->im, best, line);
    if (most > 1)
        node->nic_ports = import_given(b->im, most, line);
}

static void add_links(struct builder *b)
{
    struct numbered *link = xcalloc((size_t)b->f->cables, sizeof *link);
    int links = 0;
    for (int i = 0; i < b->f->cables; i++) {
        struct ib_cable c = listed(b, b->f->cable[i]);
        if (b->vertex[c.a.device] >= 0)
            link[links++] = (struct numbered){b->vertex[c.a.device],
                                              b->nic[c.a.device],
                                              b->vertex[c.b.device],
                                              c.a.port,
                                              c.rate_Bps,
                                              c.line};
    }
    /* Those of nodes come first: nodes are the first vertices. */
    qsort(link, (size_t)links, sizeof *link, by_number);
    for (int i = 0; i < links; i++)
        import_link(b->im, link[i].vertex, link[i].to, link[i].nic,
                    link[i].rate_Bps, link[i].line);
    set_nics(b, link, links);
    free(link);
}

static int build(struct builder *b, char *devices)
{
    const char *hosts = b->im->options->hosts;
    size_t room = (size_t)b->f->devices;
    b->adapter = xcalloc(room, sizeof *b->adapter);
    b->vertex = xcalloc(room, sizeof *b->vertex);
    b->nic = xcalloc(room, sizeof *b->nic);
    for (size_t i = 0; i < room; i++)
        b->vertex[i] = b->nic[i] = -1;
    if (hosts && !import_names_of(hosts, "--hosts", &b->hosts))
        return -1;
    if (devices) {
        b->order = xcalloc(IMPORT_NICS_MOST, sizeof *b->order);
        if (read_order(b, devices))
            return -1;
    }
    if (take_adapters(b) || number_nodes(b) ||
        import_check_hosts(b->im, &b->hosts))
        return -1;
    ib_add_switches(b->im, b->f, b->vertex);
    add_links(b);
    /* Switches of InfiniBand forward by destination. */
    b->im->cluster->routing = ROUTING_STATIC;
    return import_node(b->im) || import_graph(b->im, import_given(b->im, 0, 1))
               ? -1
               : 0;
}

int import_ibnetdiscover(struct import *im)
{
    struct ib_fabric fabric;
    struct builder b = {.im = im, .f = &fabric};
    char *devices = im->options->devices
                        ? cluster_text(im->cluster, im->options->devices)
                        : NULL;
    int status = ib_read(im, &fabric);
    if (!status)
        status = build(&b, devices);
    free(b.adapter);
    free(b.vertex);
    free(b.nic);
    free(b.order);
    import_names_free(&b.hosts);
    ib_free(&fabric);
    return status;
}
