/* SPDX-License-Identifier: BSD-3-Clause */
/* NCCL's topology file, read:
 *   <system> <cpu numaid="0"> <pci link_speed="32.0 GT/s PCIe" link_width="16">
 *     <pci ...><gpu dev="0" sm="90"><nvlink count="4" .../></gpu></pci>
 *     <pci ...><nic><net name="mlx5_0" speed="400000"/></nic></pci>
 * Speeds of nets are in Mb/s. Other elements are passed over. */
#include "topo/import_nccl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { HOSTS_IN_ONE_MOST = 64 };

struct nccl_reader {
    struct import *im;
    struct nccl_node *node;
    struct xml xml;
    int elements;             /* so far */
    int path[XML_DEPTH_MOST]; /* numbers of those that are open */
    const char *speed[XML_DEPTH_MOST], *width[XML_DEPTH_MOST];
    const char *host[HOSTS_IN_ONE_MOST];
    int hosts, at_host;
    bool in_gpu;
};

/* A whole number of an attribute, 0 to a million; -1 and one line where it is
 * none. */
static long number_of(const struct nccl_reader *r, const char *name)
{
    const char *text = xml_attribute(&r->xml, name);
    size_t digits = text ? strspn(text, "0123456789") : 0;
    char shown[YAML_TREE_SHOWN];
    if (digits >= 1 && digits <= 7 && !text[digits])
        return strtol(text, NULL, 10);
    return import_refuse(
        r->im, r->xml.line, "%s of %s is '%s', expected a whole number", name,
        r->xml.open[r->xml.depth - 1], yaml_tree_show(text ? text : "", shown));
}

static struct nccl_place place_of(const struct nccl_reader *r)
{
    struct nccl_place place = {.depth = r->xml.depth};
    memcpy(place.path, r->path, (size_t)place.depth * sizeof *place.path);
    return place;
}

/* Data rate of a PCI link each way: signals less 8b/10b up to 5 GT/s, less
 * 128b/130b up to 32, then 236 bytes of each flit of 256. */
static double pci_rate(const char *speed, const char *width)
{
    static const struct {
        double GTps, share;
    } codes[] = {{2.5, 0.8},        {5, 0.8},          {8, 128.0 / 130},
                 {16, 128.0 / 130}, {32, 128.0 / 130}, {64, 236.0 / 256}};
    char *unit = NULL;
    double GTps = speed ? strtod(speed, &unit) : 0;
    long lanes = width ? strtol(width, NULL, 10) : 0;
    if (!unit || strncmp(unit, " GT/s", 5) || lanes < 1 || lanes > 32)
        return 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].GTps == GTps)
            return GTps * 1e9 * codes[i].share * (double)lanes / 8;
    return 0;
}

/* --- elements ------------------------------------------------------------- */

static int open_cpu(struct nccl_reader *r)
{
    const char *hash = xml_attribute(&r->xml, "host_hash");
    hash = hash ? hash : "";
    for (r->at_host = 0; r->at_host < r->hosts; r->at_host++)
        if (!strcmp(r->host[r->at_host], hash))
            return 0;
    if (r->hosts == HOSTS_IN_ONE_MOST)
        return import_refuse(r->im, r->xml.line,
                             "more than %d hosts, expected one scale-up domain",
                             HOSTS_IN_ONE_MOST);
    r->host[r->hosts++] = hash;
    return 0;
}

static int open_gpu(struct nccl_reader *r)
{
    struct nccl_node *node = r->node;
    int pci = r->xml.depth - 2; /* of the element around it */
    struct nccl_gpu gpu = {.place = place_of(r),
                           .host = r->at_host,
                           .dev = (int)number_of(r, "dev"),
                           .line = r->xml.line};
    if (gpu.dev < 0)
        return -1;
    gpu.sm = (int)number_of(r, "sm");
    if (gpu.sm < 0)
        return -1;
    if (node->gpus == NCCL_GPUS_MOST || r->in_gpu)
        return import_refuse(r->im, r->xml.line,
                             "a GPU in a GPU or after %d others, expected one "
                             "node",
                             node->gpus);
    if (pci >= 0) {
        gpu.pci_Bps = pci_rate(r->speed[pci], r->width[pci]);
        gpu.pci = r->speed[pci];
        gpu.width = r->width[pci];
    }
    node->gpu = import_grow(node->gpu, node->gpus, sizeof *node->gpu);
    node->gpu[node->gpus++] = gpu;
    r->in_gpu = true;
    return 0;
}

static int open_nvlink(struct nccl_reader *r)
{
    const char *class = xml_attribute(&r->xml, "tclass");
    long count = number_of(r, "count");
    if (count < 0)
        return -1;
    if (!r->in_gpu || count > 1000)
        return import_refuse(r->im, r->xml.line,
                             "%ld NVLinks, expected some, in a GPU", count);
    struct nccl_gpu *gpu = &r->node->gpu[r->node->gpus - 1];
    gpu->nvlinks += (int)count;
    gpu->direct |= class && !strncmp(class, "0x03", 4); /* a display's class */
    return 0;
}

static int open_net(struct nccl_reader *r)
{
    struct nccl_node *node = r->node;
    struct nccl_nic nic = {.place = place_of(r),
                           .name = xml_attribute(&r->xml, "name"),
                           .line = r->xml.line};
    long speed = number_of(r, "speed");
    if (speed < 0)
        return -1;
    nic.rate_Bps = (double)speed * 1e6 / 8;
    if (!nic.name || !import_is_name(nic.name) || speed < 1 ||
        node->nics == IMPORT_NICS_MOST)
        return import_refuse(r->im, r->xml.line,
                             "a net without name or speed or after %d others, "
                             "expected <net name=\"mlx5_0\" "
                             "speed=\"400000\"/>",
                             node->nics);
    node->nic = import_grow(node->nic, node->nics, sizeof *node->nic);
    node->nic[node->nics++] = nic;
    return 0;
}

static int open_element(struct nccl_reader *r)
{
    static const struct {
        const char *name;
        int (*open)(struct nccl_reader *);
    } elements[] = {{"cpu", open_cpu},
                    {"gpu", open_gpu},
                    {"nvlink", open_nvlink},
                    {"net", open_net}};
    int at = r->xml.depth - 1;
    const char *name = r->xml.open[at];
    r->path[at] = r->elements++;
    r->speed[at] = xml_attribute(&r->xml, "link_speed");
    r->width[at] = xml_attribute(&r->xml, "link_width");
    if (!at && strcmp(name, "system"))
        return import_refuse(r->im, r->xml.line,
                             "the file is not a <system>, expected what NCCL "
                             "writes into NCCL_TOPO_DUMP_FILE");
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (!strcmp(name, elements[i].name))
            return elements[i].open(r);
    return 0;
}

static int by_device(const void *a, const void *b)
{
    const struct nccl_gpu *x = a, *y = b;
    int order = (x->host > y->host) - (x->host < y->host);
    order = order ? order : (x->dev > y->dev) - (x->dev < y->dev);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

int nccl_read(struct import *im, struct nccl_node *out)
{
    *out = (struct nccl_node){0};
    struct nccl_reader r = {.im = im, .node = out};
    enum xml_event event;
    xml_begin(&r.xml, im);
    while ((event = xml_next(&r.xml)) < XML_END) {
        if (event == XML_OPEN && open_element(&r))
            return -1;
        if (event == XML_CLOSE && !strcmp(r.xml.open[r.xml.depth - 1], "gpu"))
            r.in_gpu = false;
    }
    if (event == XML_FAULT)
        return -1;
    if (!out->gpus)
        return import_refuse(im, 1,
                             "no GPUs, expected what NCCL writes into "
                             "NCCL_TOPO_DUMP_FILE");
    qsort(out->gpu, (size_t)out->gpus, sizeof *out->gpu, by_device);
    for (int i = 1; i < out->gpus; i++)
        if (out->gpu[i].host == out->gpu[i - 1].host &&
            out->gpu[i].dev == out->gpu[i - 1].dev)
            return import_refuse(im, out->gpu[i].line,
                                 "GPU %d, which line %d has too, expected "
                                 "numbers of their own",
                                 out->gpu[i].dev, out->gpu[i - 1].line);
    return 0;
}

void nccl_free(struct nccl_node *node)
{
    free(node->gpu);
    free(node->nic);
}
