/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/health.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/gpus.h"
#include "host/system.h"

/* The bridges above GPUs and RDMA devices. */
static void examine_bridges(const char *root, const struct pci *pci,
                            const struct nics *nics, struct facts *facts)
{
    const struct pci_device **devices = xcalloc(
        (size_t)(pci->count + nics->count), sizeof(struct pci_device *));
    int count = 0;
    for (int i = 0; i < pci->count; i++)
        if (pci_is_gpu(&pci->list[i]))
            devices[count++] = &pci->list[i];
    for (int i = 0; i < nics->count; i++) {
        const struct pci_device *nic = pci_find(pci, nics->list[i].address);
        if (nic)
            devices[count++] = nic;
    }
    pci_examine_bridges(root, pci, devices, count, facts);
    free(devices);
}

void health_examine(const char *root, const struct nvml *nvml,
                    struct facts *facts)
{
    struct pci pci;
    struct nics nics;
    pci_read(root, &pci);
    nics_read(root, &nics);
    system_examine(root, nics.count > 0, facts);
    gpus_examine(root, &pci, nvml, facts);
    struct fact *fact = facts_add(facts, "node", "", "NICs");
    if (nics.answer == TREE_REFUSED ||
        tree_there(root, "/sys/class") != TREE_READ)
        fact_unknown(fact, "may not be looked at");
    else if (nics.count == 0)
        fact_hint(fact_value(fact, VERDICT_NOTE, "0"), "no RDMA device");
    else
        fact_value(fact, VERDICT_INFO, "%d", nics.count);
    if (pci_has_gpu(&pci) && nics.count)
        system_examine_gpudirect(root, facts);
    nics_examine(root, &pci, &nics, facts);
    nics_examine_plain(root, &nics, facts);
    examine_bridges(root, &pci, &nics, facts);
    gpus_examine_distances(&pci, &nics, facts);
    nics_fini(&nics);
    pci_fini(&pci);
}

/* "mlx5_1 PCIe width x8; GPUDirect RDMA neither peermem nor dma-buf" */
static void join_faults(const struct facts *facts, char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < facts->count && used < capacity; i++) {
        const struct fact *fact = &facts->list[i];
        if (fact->verdict == VERDICT_BAD)
            used += (size_t)snprintf(text + used, capacity - used,
                                     "%s%s%s%s %s", used ? "; " : "",
                                     fact->subject, fact->subject[0] ? " " : "",
                                     fact->what, fact->value);
    }
}

void health_describe(const char *root, struct node_facts *out)
{
    struct facts facts = {NULL, 0, 0};
    node_describe(root, out);
    health_examine(root, NULL, &facts);
    const struct {
        const char *kind, *what;
        char *text;
        size_t capacity;
    } columns[] = {
        {"node", "GPUs", out->gpus, sizeof out->gpus},
        {"GPU", "model", out->gpu, sizeof out->gpu},
        {"node", "NVIDIA driver", out->gpu_driver, sizeof out->gpu_driver},
        {"node", "GPUDirect RDMA", out->gpudirect, sizeof out->gpudirect},
        {"node", "NICs", out->nics, sizeof out->nics},
        {"NIC", "type", out->nic, sizeof out->nic},
        {"NIC", "firmware", out->nic_firmware, sizeof out->nic_firmware},
        {"port", "rate", out->nic_rate, sizeof out->nic_rate},
        {"bridge", "ACS", out->acs, sizeof out->acs},
        {"node", "memlock limit", out->memlock, sizeof out->memlock},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        facts_join(&facts, columns[i].kind, columns[i].what, columns[i].text,
                   columns[i].capacity);
    join_faults(&facts, out->faults, sizeof out->faults);
    facts_fini(&facts);
}
