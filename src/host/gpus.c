/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/gpus.h"

#include <string.h>

/* Bits of NVML_REASONS (nvmlClocksThrottleReasons), in the order of the bits.
 * A GPU that is idle, or held by a setting, is well. */
static const struct reason {
    const char *name;
    enum verdict verdict;
} reasons[] = {
    {"idle", VERDICT_OK},
    {"application clocks", VERDICT_NOTE},
    {"power cap", VERDICT_NOTE},
    {"hardware slowdown", VERDICT_BAD},
    {"sync boost", VERDICT_NOTE},
    {"heat (software)", VERDICT_BAD},
    {"heat (hardware)", VERDICT_BAD},
    {"power brake", VERDICT_BAD},
    {"display clocks", VERDICT_NOTE},
};

struct asked {
    const struct nvml *nvml;    /* its failure, when nothing was asked */
    const struct nvml_gpu *gpu; /* NULL: the library does not show it */
    const char *subject;
    struct facts *facts;
};

static long long answer(const struct asked *asked, enum nvml_question question)
{
    return asked->gpu ? asked->gpu->answers[question] : NVML_HIDDEN;
}

/* A new fact. False, and the fact says why, when the answer is none. */
static bool begin(const struct asked *asked, const char *what,
                  long long answered, struct fact **fact)
{
    *fact = facts_add(asked->facts, "GPU", asked->subject, what);
    if (answered == NVML_UNSUPPORTED)
        fact_value(*fact, VERDICT_INFO, "not supported");
    else if (answered < 0)
        fact_unknown(*fact, asked->nvml->failure[0] ? asked->nvml->failure
                            : asked->gpu            ? "NVML does not tell"
                                         : "the driver does not show this GPU");
    return answered >= 0;
}

static void examine_ecc(const struct asked *asked)
{
    struct fact *fact;
    long long now = answer(asked, NVML_ECC);
    if (begin(asked, "ECC", now, &fact)) {
        fact_value(fact, now ? VERDICT_OK : VERDICT_BAD, now ? "on" : "off");
        fact_expected(fact, "on");
        if (answer(asked, NVML_ECC_PENDING) == !now)
            fact_hint(fact, "%s after the next reset", now ? "off" : "on");
    }
    long long recent = answer(asked, NVML_UNCORRECTED);
    long long ever = answer(asked, NVML_UNCORRECTED_EVER);
    if (begin(asked, "uncorrected errors", recent, &fact)) {
        fact->passing = true;
        fact_expected(fact, "0");
        fact_value(fact,
                   recent     ? VERDICT_BAD
                   : ever > 0 ? VERDICT_NOTE
                              : VERDICT_OK,
                   "%lld", recent);
        if (ever > 0)
            fact_hint(fact, "%lld in its life", ever);
    }
    long long pending = answer(asked, NVML_REMAP_PENDING);
    long long failed = answer(asked, NVML_REMAP_FAILED);
    if (begin(asked, "row remapping", pending, &fact)) {
        bool good = pending == 0 && failed == 0;
        fact_expected(fact, "none due");
        fact_value(fact, good ? VERDICT_OK : VERDICT_BAD, "%s",
                   failed > 0 ? "failed"
                   : pending  ? "waits for a reset"
                              : "none due");
        if (failed < 0)
            fact_unknown(fact, "NVML does not tell");
    }
}

static void examine_clock(const struct asked *asked)
{
    struct fact *fact;
    long long now = answer(asked, NVML_SM_MHZ);
    if (begin(asked, "SM clock", now, &fact)) {
        long long most = answer(asked, NVML_SM_MOST_MHZ);
        fact->passing = true;
        fact_value(fact, VERDICT_INFO,
                   most > 0 ? "%lld of %lld MHz" : "%lld MHz", now, most);
    }
    long long why = answer(asked, NVML_REASONS);
    if (!begin(asked, "slowed by", why, &fact))
        return;
    enum verdict verdict = VERDICT_OK;
    char text[sizeof fact->value] = "";
    size_t used = 0;
    for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++) {
        if (!(why >> r & 1) || used >= sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 used ? ", " : "", reasons[r].name);
        verdict = reasons[r].verdict > verdict ? reasons[r].verdict : verdict;
    }
    fact->passing = true;
    fact_value(fact, verdict, "%s", used ? text : "nothing");
    fact_expected(fact, "nothing, or idle");
}

static void examine_amount(const struct asked *asked, const char *what,
                           enum nvml_question question, double unit,
                           const char *name)
{
    struct fact *fact;
    long long value = answer(asked, question);
    if (begin(asked, what, value, &fact))
        fact_value(fact, VERDICT_INFO, "%.0f %s", (double)value * unit, name);
    fact->passing = question != NVML_POWER_LIMIT_MW;
}

static void examine_links(const struct asked *asked)
{
    struct fact *fact;
    long long links = answer(asked, NVML_LINKS);
    long long active = answer(asked, NVML_LINKS_ACTIVE);
    if (!begin(asked, "NVLinks", links, &fact))
        return;
    /* All down is a board without bridges; some down is a fault. */
    bool broken = active > 0 && active < links;
    fact_value(fact,
               active < 0    ? VERDICT_UNKNOWN
               : broken      ? VERDICT_BAD
               : active == 0 ? VERDICT_INFO
                             : VERDICT_OK,
               "%lld of %lld up", active < 0 ? 0 : active, links);
    fact_expected(fact, "%lld", links);
}

static void examine_persistence(const struct asked *asked)
{
    struct fact *fact;
    long long on = answer(asked, NVML_PERSISTENCE);
    if (!begin(asked, "persistence mode", on, &fact))
        return;
    fact_value(fact, on ? VERDICT_OK : VERDICT_NOTE, on ? "on" : "off");
    fact_expected(fact, "on");
    if (!on)
        fact_hint(fact, "the driver starts anew for each job");
}

static void examine_name(const char *root, const struct pci_device *device,
                         const struct nvml_gpu *gpu, const char *subject,
                         struct facts *facts)
{
    char path[192], name[80] = "";
    struct fact *fact = facts_add(facts, "GPU", subject, "model");
    snprintf(path, sizeof path, "/proc/driver/nvidia/gpus/%s/information",
             device->address);
    if (gpu)
        snprintf(name, sizeof name, "%s", gpu->name);
    else
        tree_value(root, path, "Model", ':', name, sizeof name);
    if (name[0])
        fact_value(fact, VERDICT_INFO, "%s", name);
    else
        fact_value(fact, VERDICT_INFO, "PCI device %04lx", device->device);
}

static void examine_gpu(const char *root, const struct pci *pci,
                        const struct pci_device *device,
                        const struct nvml *nvml, const char *subject,
                        struct facts *facts)
{
    struct asked asked = {nvml, NULL, subject, facts};
    for (int i = 0; nvml && i < nvml->count; i++)
        if (strcmp(nvml->list[i].address, device->address) == 0)
            asked.gpu = &nvml->list[i];
    examine_name(root, device, asked.gpu, subject, facts);
    pci_examine(root, pci, device, "GPU", subject,
                answer(&asked, NVML_PSTATE) != 0, facts);
    if (!nvml)
        return;
    if (!asked.gpu && !nvml->failure[0])
        fact_value(facts_add(facts, "GPU", subject, "driver"), VERDICT_BAD,
                   "does not show this GPU");
    examine_ecc(&asked);
    examine_clock(&asked);
    examine_amount(&asked, "temperature", NVML_TEMPERATURE_C, 1, "C");
    examine_amount(&asked, "power", NVML_POWER_MW, 1e-3, "W");
    examine_amount(&asked, "power limit", NVML_POWER_LIMIT_MW, 1e-3, "W");
    examine_persistence(&asked);
    examine_links(&asked);
}

static void examine_driver(const char *root, const struct nvml *nvml,
                           struct facts *facts)
{
    char version[48];
    enum tree_answer answer =
        tree_line(root, "/sys/module/nvidia/version", version, sizeof version);
    struct fact *fact = facts_add(facts, "node", "", "NVIDIA driver");
    if (answer == TREE_READ && version[0])
        fact_value(fact, VERDICT_INFO, "%s", version);
    else if (nvml && nvml->driver[0])
        fact_value(fact, VERDICT_INFO, "%s", nvml->driver);
    else if (answer == TREE_ABSENT &&
             tree_there(root, "/sys/module/nvidia") == TREE_ABSENT) {
        fact_value(fact, VERDICT_BAD, "not loaded");
        fact_hint(fact, "no program can use the GPUs");
    } else
        fact_unknown(fact, "may not be read");
}

void gpus_examine(const char *root, const struct pci *pci,
                  const struct nvml *nvml, struct facts *facts)
{
    int count = 0;
    char subject[32];
    struct fact *fact;
    for (int i = 0; i < pci->count; i++)
        count += pci_is_gpu(&pci->list[i]);
    fact = facts_add(facts, "node", "", "GPUs");
    if (pci->answer != TREE_READ)
        fact_unknown(fact, "PCI may not be looked at");
    else
        fact_value(fact, VERDICT_INFO, "%d", count);
    if (count)
        examine_driver(root, nvml, facts);
    count = 0;
    for (int i = 0; i < pci->count; i++)
        if (pci_is_gpu(&pci->list[i])) {
            snprintf(subject, sizeof subject, "GPU%d", count++);
            examine_gpu(root, pci, &pci->list[i], nvml, subject, facts);
        }
}

/* --- distances -------------------------------------------------------------
 */

static void examine_nearest(const char *subject, enum pci_distance nearest,
                            const char *names, struct facts *facts)
{
    static const enum verdict verdicts[] = {
        [PCI_PIX] = VERDICT_OK,   [PCI_PXB] = VERDICT_OK,
        [PCI_PHB] = VERDICT_NOTE, [PCI_NODE] = VERDICT_NOTE,
        [PCI_SYS] = VERDICT_BAD,  [PCI_UNKNOWN] = VERDICT_UNKNOWN,
    };
    struct fact *fact = facts_add(facts, "GPU", subject, "nearest NIC");
    if (nearest == PCI_UNKNOWN) {
        fact_unknown(fact, "where they hang is not told");
        return;
    }
    fact_value(fact, verdicts[nearest], "%s %s", pci_distance_name(nearest),
               names);
    fact_expected(fact, "PIX or PXB");
    if (nearest == PCI_SYS)
        fact_hint(fact, "every byte crosses the link between processors");
    else if (verdicts[nearest] == VERDICT_NOTE)
        fact_hint(fact, "no switch in common: through the root complex");
}

static void examine_pairs(const struct pci *pci,
                          const struct pci_device *device, const char *subject,
                          const struct nics *nics, struct facts *facts)
{
    enum pci_distance nearest = PCI_UNKNOWN;
    char names[72] = "", pair[64];
    size_t used = 0;
    for (int i = 0; i < nics->count; i++) {
        const struct pci_device *nic = pci_find(pci, nics->list[i].address);
        if (!nic)
            continue;
        enum pci_distance distance = pci_distance(pci, device, nic);
        snprintf(pair, sizeof pair, "%s-%s", subject, nics->list[i].name);
        struct fact *fact = facts_add(facts, "pair", pair, "distance");
        fact_value(fact,
                   distance == PCI_UNKNOWN ? VERDICT_UNKNOWN : VERDICT_INFO,
                   "%s", pci_distance_name(distance));
        if (distance < nearest)
            used = 0;
        nearest = distance < nearest ? distance : nearest;
        if (distance == nearest && used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used ? " " : "", nics->list[i].name);
    }
    examine_nearest(subject, nearest, names, facts);
}

void gpus_examine_distances(const struct pci *pci, const struct nics *nics,
                            struct facts *facts)
{
    int count = 0;
    char subject[32];
    for (int i = 0; i < pci->count; i++)
        if (pci_is_gpu(&pci->list[i])) {
            snprintf(subject, sizeof subject, "GPU%d", count++);
            if (nics->count)
                examine_pairs(pci, &pci->list[i], subject, nics, facts);
        }
}
