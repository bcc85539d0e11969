/* SPDX-License-Identifier: BSD-3-Clause */
/* PCI devices from /sys/bus/pci. Must not know what the devices do, but for
 * telling a GPU from the rest. */
#include "host/pci.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { FILE_NAME = 192 };

static const char *const distance_names[] = {
    [PCI_PIX] = "PIX",   [PCI_PXB] = "PXB", [PCI_PHB] = "PHB",
    [PCI_NODE] = "NODE", [PCI_SYS] = "SYS", [PCI_UNKNOWN] = "unknown",
};

static char *attribute(const char *address, const char *name, char *path)
{
    snprintf(path, FILE_NAME, "/sys/bus/pci/devices/%s/%s", address, name);
    return path;
}

static long number_of(const char *root, const char *address, const char *name)
{
    char path[FILE_NAME];
    long value = -1;
    tree_number(root, attribute(address, name, path), &value);
    return value;
}

/* "../../../devices/pci0000:16/0000:16:01.0/0000:18:00.0": from the last host
 * bridge on, because hypervisors and VMD hang bridges below other devices. */
static void read_path(const char *root, struct pci_device *device)
{
    char file[FILE_NAME], link[TREE_LINE];
    attribute(device->address, "", file);
    file[strlen(file) - 1] = '\0';
    if (tree_link(root, file, link, sizeof link) != TREE_READ)
        return;
    char *at = NULL;
    for (char *p = link; (p = strstr(p, "/pci")) != NULL; p++)
        at = p + 1;
    for (; at && *at; device->depth++) {
        size_t length = strcspn(at, "/");
        if (device->depth == PCI_DEPTH || length >= sizeof device->above[0]) {
            device->depth = 0; /* deeper than PCI can be: nothing is known */
            return;
        }
        memcpy(device->above[device->depth], at, length);
        device->above[device->depth][length] = '\0';
        at += length + (at[length] == '/');
    }
}

void pci_read(const char *root, struct pci *out)
{
    char(*names)[TREE_NAME];
    int nodes;
    memset(out, 0, sizeof *out);
    out->answer = tree_names(root, "/sys/devices/system/node", &names, &nodes);
    out->numa_nodes = out->answer == TREE_READ ? 0 : -1;
    for (int i = 0; i < nodes; i++)
        out->numa_nodes += strncmp(names[i], "node", 4) == 0;
    free(names);

    out->answer = tree_names(root, "/sys/bus/pci/devices", &names, &out->count);
    out->list = xcalloc((size_t)out->count, sizeof *out->list);
    for (int i = 0; i < out->count; i++) {
        struct pci_device *device = &out->list[i];
        snprintf(device->address, sizeof device->address, "%.23s", names[i]);
        device->type = number_of(root, device->address, "class");
        device->vendor = number_of(root, device->address, "vendor");
        device->device = number_of(root, device->address, "device");
        device->numa = number_of(root, device->address, "numa_node");
        read_path(root, device);
    }
    free(names);
}

void pci_fini(struct pci *pci)
{
    free(pci->list);
    memset(pci, 0, sizeof *pci);
}

const struct pci_device *pci_find(const struct pci *pci, const char *address)
{
    for (int i = 0; i < pci->count; i++)
        if (strcmp(pci->list[i].address, address) == 0)
            return &pci->list[i];
    return NULL;
}

/* Base class 03, VGA (00) or 3D (02) controller. */
bool pci_is_gpu(const struct pci_device *device)
{
    long type = device->type >> 8;
    return device->vendor == PCI_NVIDIA && (type == 0x0300 || type == 0x0302);
}

bool pci_has_gpu(const struct pci *pci)
{
    for (int i = 0; i < pci->count; i++)
        if (pci_is_gpu(&pci->list[i]))
            return true;
    return false;
}

/* --- distance --------------------------------------------------------------
 */

const char *pci_distance_name(enum pci_distance distance)
{
    return distance_names[distance];
}

/* A switch is an upstream port and downstream ports below it. Two devices of
 * one switch meet at its upstream port, each a downstream port away; two ports
 * of one card meet at the port above them. More bridges than that below the
 * meeting point belong to further switches. */
enum pci_distance pci_distance(const struct pci *pci,
                               const struct pci_device *a,
                               const struct pci_device *b)
{
    int shared = 0;
    if (!a->depth || !b->depth)
        return PCI_UNKNOWN;
    while (shared < a->depth && shared < b->depth &&
           strcmp(a->above[shared], b->above[shared]) == 0)
        shared++;
    if (shared >= 2)
        return a->depth - shared <= 2 && b->depth - shared <= 2 ? PCI_PIX
                                                                : PCI_PXB;
    if (shared == 1)
        return PCI_PHB;
    if (pci->numa_nodes == 1)
        return PCI_NODE;
    if (a->numa < 0 || b->numa < 0)
        return PCI_UNKNOWN;
    return a->numa == b->numa ? PCI_NODE : PCI_SYS;
}

/* --- links -----------------------------------------------------------------
 */

/* Rate of one lane, GT/s, from "32.0 GT/s PCIe"; 0 when not told. */
static double speed_of(const char *root, const char *address, const char *name)
{
    char path[FILE_NAME], text[64], *end;
    tree_line(root, attribute(address, name, path), text, sizeof text);
    double GTps = strtod(text, &end);
    return end != text && strncmp(end, " GT/s", 5) == 0 && GTps > 0 ? GTps : 0;
}

/* Lanes; 0 when not told (a register of a link that is down, or a function of a
 * virtual machine, holds 0, 63 or 255). */
static double width_of(const char *root, const char *address, const char *name)
{
    long lanes = number_of(root, address, name);
    return lanes >= 1 && lanes <= 32 ? (double)lanes : 0;
}

static const char *print_speed(double GTps, char *text, size_t capacity)
{
    static const double generations[] = {2.5, 5, 8, 16, 32, 64, 128};
    for (size_t g = 0; g < sizeof generations / sizeof *generations; g++)
        if (GTps == generations[g]) {
            snprintf(text, capacity, "gen%zu", g + 1);
            return text;
        }
    snprintf(text, capacity, "%g GT/s", GTps);
    return text;
}

static const char *print_width(double lanes, char *text, size_t capacity)
{
    snprintf(text, capacity, "x%g", lanes);
    return text;
}

/* One of the two quantities of a link: how it is read and shown. */
struct quantity {
    const char *what, *now, *most;
    double (*read)(const char *root, const char *address, const char *name);
    const char *(*print)(double, char *text, size_t capacity);
};

static const struct quantity speed = {"PCIe generation", "current_link_speed",
                                      "max_link_speed", speed_of, print_speed};
static const struct quantity width = {"PCIe width", "current_link_width",
                                      "max_link_width", width_of, print_width};

static const char *port_above(const struct pci_device *device)
{
    return device->depth >= 3 ? device->above[device->depth - 2] : NULL;
}

static void examine_quantity(const char *root, const struct pci_device *device,
                             const struct quantity *quantity, bool idles,
                             struct fact *fact)
{
    char now_text[32], text[32];
    const char *port = port_above(device);
    double now = quantity->read(root, device->address, quantity->now);
    double own = quantity->read(root, device->address, quantity->most);
    double above = port ? quantity->read(root, port, quantity->most) : 0;
    double most = above > 0 && above < own ? above : own;
    if (now <= 0 || own <= 0) {
        fact_unknown(fact, "the device does not tell");
        return;
    }
    quantity->print(now, now_text, sizeof now_text);
    fact_expected(fact, "%s", quantity->print(most, text, sizeof text));
    if (now < most && idles) {
        fact_value(fact, VERDICT_UNKNOWN, "%s", now_text);
        fact_hint(fact, "may be idle: look again under load");
    } else if (now < most) {
        fact_value(fact, VERDICT_BAD, "%s", now_text);
        fact_hint(fact, "the link trained below what both its ends support");
    } else if (most < own) {
        fact_value(fact, VERDICT_NOTE, "%s", now_text);
        fact_expected(fact, "%s", quantity->print(own, text, sizeof text));
        fact_hint(fact, "the slot supports no more");
    } else
        fact_value(fact, VERDICT_OK, "%s", now_text);
}

double pci_link_Bps(const char *root, const char *address)
{
    double GTps = speed_of(root, address, speed.now);
    double lanes = width_of(root, address, width.now);
    double coding = GTps <= 5    ? 8.0 / 10
                    : GTps <= 32 ? 128.0 / 130
                                 : 242.0 / 256;
    return GTps * 1e9 * coding * lanes / 8;
}

/* --- IOMMU and NUMA --------------------------------------------------------
 */

static void examine_iommu(const char *root, const char *address, bool peers,
                          struct fact *fact)
{
    char path[FILE_NAME], group[TREE_LINE], type[32];
    enum tree_answer answer = tree_link(
        root, attribute(address, "iommu_group", path), group, sizeof group);
    if (answer == TREE_ABSENT) {
        fact_value(fact, VERDICT_OK, "off");
        return;
    }
    const char *number = strrchr(group, '/');
    snprintf(path, sizeof path, "/sys/kernel/iommu_groups/%.16s/type",
             number ? number + 1 : group);
    if (answer != TREE_READ ||
        tree_line(root, path, type, sizeof type) != TREE_READ)
        fact_unknown(fact, "on; whether it translates may not be read");
    else if (strcmp(type, "identity") == 0)
        fact_value(fact, VERDICT_OK, "passes through");
    else {
        fact_value(fact, peers ? VERDICT_BAD : VERDICT_NOTE, "translates (%s)",
                   type);
        fact_expected(fact, "off, or passing through");
        fact_hint(fact, "sends peer traffic through the root complex; boot "
                        "with iommu=pt");
    }
}

void pci_examine(const char *root, const struct pci *pci,
                 const struct pci_device *device, const char *kind,
                 const char *subject, bool idles, struct facts *facts)
{
    fact_value(facts_add(facts, kind, subject, "PCI address"), VERDICT_INFO,
               "%s", device->address);
    examine_quantity(root, device, &speed, idles,
                     facts_add(facts, kind, subject, speed.what));
    examine_quantity(root, device, &width, false,
                     facts_add(facts, kind, subject, width.what));
    struct fact *fact = facts_add(facts, kind, subject, "NUMA node");
    if (device->numa >= 0)
        fact_value(fact, VERDICT_INFO, "%ld", device->numa);
    else if (pci->numa_nodes == 1)
        fact_value(fact, VERDICT_INFO, "the only one");
    else
        fact_unknown(fact, "the firmware does not tell");
    examine_iommu(root, device->address, pci_has_gpu(pci),
                  facts_add(facts, kind, subject, "IOMMU"));
}
