/* SPDX-License-Identifier: BSD-3-Clause */
/* Access control services of PCI bridges, from their configuration space (PCI
 * Express base specification, "ACS Extended Capability"). The kernel shows
 * others than root the first 64 bytes only, and then nothing is known. */
#include "host/pci.h"

#include <string.h>

enum {
    CONFIG_B = 4096,    /* extended configuration space */
    OLD_CONFIG_B = 256, /* of a device that has no extended one */
    FIRST = 0x100,      /* first extended capability */
    ACS = 0x0d,         /* its capability id */
    CONTROL = 6,        /* offset of the control register in it */
    REQUESTS = 1 << 2,  /* P2P request redirect */
    COMPLETIONS = 1 << 3,
    EGRESS = 1 << 5, /* egress control may block peers */
    DIRECT = 1 << 6, /* translated requests (ATS) go straight all the same */
    LISTED = 64, /* extended capabilities; bounds a list that bites itself */
};

static const char *const bits[] = {"SrcValid",   "TransBlk",    "ReqRedir",
                                   "CmpltRedir", "UpstreamFwd", "EgressCtrl",
                                   "DirectTrans"};

static unsigned word_at(const unsigned char *bytes, long at)
{
    return bytes[at] | (unsigned)bytes[at + 1] << 8;
}

/* Offset of the capability, 0 when there is none. */
static long find_acs(const unsigned char *config, long size)
{
    long at = FIRST;
    for (int i = 0; i < LISTED && at >= FIRST && at + 8 <= size; i++) {
        if (word_at(config, at) == ACS)
            return at;
        at = word_at(config, at + 2) >> 4 & ~3u;
    }
    return 0;
}

static void judge(unsigned control, struct fact *fact)
{
    size_t used = 0;
    char names[sizeof fact->value] = "";
    for (size_t b = 0; b < sizeof bits / sizeof *bits; b++)
        if (control >> b & 1)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s+",
                                     used ? " " : "", bits[b]);
    if (!(control & (REQUESTS | COMPLETIONS | EGRESS))) {
        fact_value(fact, VERDICT_OK, "%s", used ? names : "off");
        return;
    }
    fact_expected(fact, "off");
    fact_value(fact, control & DIRECT ? VERDICT_NOTE : VERDICT_BAD, "%s",
               names);
    fact_hint(fact, control & DIRECT
                        ? "only translated requests (ATS) go straight to peers"
                        : "what a peer writes to another takes the way "
                          "through the root complex");
}

static void examine(const char *root, const char *address, struct facts *facts)
{
    unsigned char config[CONFIG_B];
    char path[192];
    struct fact *fact = facts_add(facts, "bridge", address, "ACS");
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", address);
    long size = tree_bytes(root, path, config, sizeof config);
    long at = size > OLD_CONFIG_B ? find_acs(config, size) : 0;
    if (size < OLD_CONFIG_B)
        fact_unknown(fact, "only root may read it");
    else if (at)
        judge(word_at(config, at + CONTROL), fact);
    else
        fact_value(fact, VERDICT_OK, "none");
}

void pci_examine_bridges(const char *root, const struct pci *pci,
                         const struct pci_device *const *devices, int count,
                         struct facts *facts)
{
    for (int b = 0; b < pci->count; b++) {
        const char *address = pci->list[b].address;
        bool above = false;
        for (int i = 0; i < count; i++)
            for (int k = 1; k < devices[i]->depth - 1; k++)
                above = above || !strcmp(devices[i]->above[k], address);
        if (above)
            examine(root, address, facts);
    }
}
