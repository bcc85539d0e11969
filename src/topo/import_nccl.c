/* SPDX-License-Identifier: BSD-3-Clause */
/* NCCL's node as a cluster of one node. GPU g of a cluster file uses NIC
 * g * nics / gpus, so NICs are put in that order. */
#include "topo/import_nccl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { SOURCE_MOST = 900 };

/* --- which NIC is whose ----------------------------------------------------
 */

int nccl_shared(const struct nccl_place *a, const struct nccl_place *b)
{
    int shared = 0;
    while (shared < a->depth && shared < b->depth &&
           a->path[shared] == b->path[shared])
        shared++;
    return shared;
}

static int slot_of(const struct nccl_node *node, int gpu)
{
    return (int)((long)gpu * node->nics / node->gpus);
}

/* The slot's GPUs are `first` on; what they share with a NIC, in all. */
static int nearness(const struct nccl_node *node, int slot, int first,
                    const struct nccl_nic *nic)
{
    int sum = 0;
    for (int g = first; g < node->gpus && slot_of(node, g) == slot; g++)
        sum += nccl_shared(&node->gpu[g].place, &nic->place);
    return sum;
}

static int by_name(const void *a, const void *b)
{
    return import_by_nature(((const struct nccl_nic *)a)->name,
                            ((const struct nccl_nic *)b)->name);
}

void nccl_order(struct nccl_node *node)
{
    int n = node->nics;
    struct nccl_nic *by_slot = xcalloc((size_t)n, sizeof *by_slot);
    int *near = xcalloc((size_t)n * (size_t)n, sizeof *near);
    bool *placed = xcalloc((size_t)n, sizeof *placed);
    qsort(node->nic, (size_t)n, sizeof *node->nic, by_name);
    for (int s = 0, g = 0; s < n; s++) {
        while (g < node->gpus && slot_of(node, g) < s)
            g++;
        for (int k = 0; k < n; k++)
            near[s * n + k] = nearness(node, s, g, &node->nic[k]);
    }
    for (int done = 0; done < n; done++) {
        int best = -1;
        for (int i = 0; i < n * n; i++)
            if (!by_slot[i / n].name && !placed[i % n] &&
                (best < 0 || near[i] > near[best]))
                best = i;
        by_slot[best / n] = node->nic[best % n];
        placed[best % n] = true;
    }
    memcpy(node->nic, by_slot, (size_t)n * sizeof *by_slot);
    free(by_slot);
    free(near);
    free(placed);
}

/* Only the options' devices, in their order. */
static int choose(struct import *im, struct nccl_node *node)
{
    char *at = cluster_text(im->cluster, im->options->devices);
    struct nccl_nic *chosen = xcalloc(IMPORT_NICS_MOST, sizeof *chosen);
    int count = 0, status = 0;
    while (at && !status) {
        char *name = at;
        int k = 0;
        at = strchr(name, ',');
        if (at)
            *at++ = '\0';
        while (k < node->nics &&
               (!node->nic[k].name || strcmp(node->nic[k].name, name)))
            k++;
        if (k == node->nics) {
            status = import_refuse(im, 1,
                                   "no net '%.32s', or no other, expected "
                                   "those of --devices once each",
                                   name);
            break;
        }
        chosen[count++] = node->nic[k];
        node->nic[k].name = NULL; /* taken */
    }
    free(node->nic);
    node->nic = chosen;
    node->nics = count;
    return status;
}

/* --- figures -------------------------------------------------------------- */

/* What a file of NCCL's says of its NICs' places, for people. */
static struct figure count_of_nics(const struct import *im,
                                   const struct nccl_node *node)
{
    char text[SOURCE_MOST];
    int near[3] = {0}; /* farther than a processor, at one, at a PCI switch */
    for (int g = 0; g < node->gpus; g++) {
        int shared = nccl_shared(&node->gpu[g].place,
                                 &node->nic[slot_of(node, g)].place);
        near[shared > 2 ? 2 : shared > 1 ? 1 : 0]++;
    }
    int used = snprintf(text, sizeof text,
                        "%s; GPUs at the PCI switch of their NIC: %d, at its "
                        "NUMA node: %d, elsewhere: %d; NICs in the order of "
                        "the GPUs:",
                        im->by, near[2], near[1], near[0]);
    for (int k = 0; k < node->nics && used < SOURCE_MOST; k++)
        used += snprintf(text + used, (size_t)(SOURCE_MOST - used), " %s",
                         node->nic[k].name);
    struct figure figure = import_given(im, node->nics, node->nic[0].line);
    figure.source = cluster_text(im->cluster, text);
    return figure;
}

static int set_nics(struct import *im, struct nccl_node *node)
{
    struct node_spec *spec = &im->cluster->node;
    if (im->options->devices && choose(im, node))
        return -1;
    if (!node->nics)
        return 0;
    for (int k = 1; k < node->nics; k++)
        if (node->nic[k].rate_Bps != node->nic[0].rate_Bps)
            return import_refuse(
                im, node->nic[k].line,
                "%.32s of %.0f Mb/s, expected %.0f as %.32s "
                "has (--devices LIST leaves others out)",
                node->nic[k].name, node->nic[k].rate_Bps * 8e-6,
                node->nic[0].rate_Bps * 8e-6, node->nic[0].name);
    if (node->gpus % node->nics && node->nics % node->gpus)
        return import_refuse(im, node->nic[0].line,
                             "%d GPUs and %d NICs, expected one to be a "
                             "multiple of the other (--devices LIST leaves "
                             "others out)",
                             node->gpus, node->nics);
    if (!im->options->devices)
        nccl_order(node);
    spec->nics = count_of_nics(im, node);
    spec->nic_rate = import_given(im, node->nic[0].rate_Bps, node->nic[0].line);
    return 0;
}

/* One NVLink each way, GB/s, by compute capability: NVIDIA's data sheets of
 * P100, V100, A100, A40, H100 and B200 (300 GB/s both ways on 6 links of V100,
 * 600 on 12 of A100, 900 on 18 of H100, 1.8 TB/s on 18 of B200; A40 112.5 GB/s
 * both ways on 4; P100 160 on 4). */
static const struct {
    int sm;
    double GBps;
} nvlinks[] = {{60, 20}, {70, 25},  {80, 25}, {86, 14.0625},
               {90, 25}, {100, 50}, {103, 50}};

/* The scale-up rate: NVLinks, else PCI; absent where the file does not say
 * enough. The least of any GPU. */
static void set_scaleup(struct import *im, const struct nccl_node *node)
{
    const struct nccl_gpu *least = &node->gpu[0];
    double GBps = 0;
    bool alike = true;
    for (int g = 1; g < node->gpus; g++) {
        const struct nccl_gpu *gpu = &node->gpu[g];
        alike &= gpu->nvlinks == least->nvlinks && gpu->sm == least->sm &&
                 gpu->pci_Bps == least->pci_Bps;
        if (gpu->nvlinks < least->nvlinks ||
            (gpu->nvlinks == least->nvlinks && gpu->pci_Bps < least->pci_Bps))
            least = gpu;
    }
    const char *others = alike ? "" : ", the least of any GPU";
    for (size_t i = 0; i < sizeof nvlinks / sizeof *nvlinks; i++)
        GBps = nvlinks[i].sm == least->sm ? nvlinks[i].GBps : GBps;
    if (least->nvlinks && GBps > 0)
        im->cluster->node.scaleup_rate = import_derived(
            im, least->nvlinks * GBps * 1e9, least->line,
            "%d NVLinks of %gGB/s each way (compute capability %.1f)%s%s; %s",
            least->nvlinks, GBps, least->sm / 10.0, others,
            least->direct ? ", GPU to GPU, taken as through one switch" : "",
            im->by);
    else if (!least->nvlinks && least->pci_Bps > 0)
        im->cluster->node.scaleup_rate = import_derived(
            im, least->pci_Bps, least->line,
            "no NVLink; PCI Express of %.16s x %.4s less its code%s; %s",
            least->pci, least->width, others, im->by);
}

int import_nccl_xml(struct import *im)
{
    struct nccl_node node;
    int status = nccl_read(im, &node);
    if (!status) {
        im->cluster->fabric = FABRIC_NONE;
        im->cluster->node.count = import_given(im, 1, 1);
        im->cluster->node.gpus = import_given(im, node.gpus, node.gpu[0].line);
        set_scaleup(im, &node);
        status = set_nics(im, &node);
    }
    if (!status)
        status = import_node(im);
    nccl_free(&node);
    return status;
}
