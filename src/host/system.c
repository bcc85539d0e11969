/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/system.h"

#include <stdlib.h>
#include <string.h>

#include "host/node.h"
#include "host/road.h"

enum { TEXT = 256 };

/* --- pinning ---------------------------------------------------------------
 */

/* CAP_IPC_LOCK (14) passes over the limit. */
static bool may_lock_all(const char *root)
{
    char text[64];
    tree_value(root, "/proc/self/status", "CapEff", ':', text, sizeof text);
    return strtoull(text, NULL, 16) >> 14 & 1;
}

static void examine_memlock(const char *root, bool rdma, struct facts *facts)
{
    char text[TEXT], *end;
    struct fact *fact = facts_add(facts, "node", "", "memlock limit");
    if (tree_value(root, "/proc/self/limits", "Max locked memory", 0, text,
                   sizeof text) != TREE_READ) {
        fact_unknown(fact, "may not be read");
        return;
    }
    text[strcspn(text, " ")] = '\0'; /* the soft limit comes first */
    fact_expected(fact, "unlimited");
    double limit_B = strtod(text, &end);
    if (strcmp(text, "unlimited") == 0)
        fact_value(fact, VERDICT_OK, "%s", text);
    else if (may_lock_all(root)) {
        fact_value(fact, VERDICT_NOTE, "%.0f KiB", limit_B / 1024);
        fact_hint(fact, "this process may pass over it, others may not");
    } else {
        fact_value(fact, rdma ? VERDICT_BAD : VERDICT_NOTE, "%.0f KiB",
                   limit_B / 1024);
        fact_hint(fact, "RDMA cannot register more (ulimit -l, limits.conf, "
                        "LimitMEMLOCK of the launcher's service)");
    }
}

static void examine_hugepages(const char *root, struct facts *facts)
{
    char(*names)[TREE_NAME], path[192];
    int count;
    if (tree_names(root, "/sys/kernel/mm/hugepages", &names, &count) !=
        TREE_READ)
        fact_unknown(facts_add(facts, "node", "", "huge pages"),
                     "may not be read");
    for (int i = 0; i < count; i++) {
        const char *size = strchr(names[i], '-');
        snprintf(path, sizeof path, "/sys/kernel/mm/hugepages/%s/nr_hugepages",
                 names[i]);
        char what[32];
        snprintf(what, sizeof what, "huge pages of %.16s",
                 size ? size + 1 : "?");
        facts_add_line(facts, root, "node", "", what, path);
    }
    free(names);
}

/* --- GPUDirect -------------------------------------------------------------
 */

static void examine_peermem(const char *root, struct facts *facts)
{
    static const char *const values[] = {
        [ROAD_NO] = "not loaded", [ROAD_YES] = "nvidia_peermem"};
    enum road_ability is = road_peermem(root);
    struct fact *fact = facts_add(facts, "node", "", "peermem");
    if (is == ROAD_MAYBE)
        fact_unknown(fact, "modules may not be looked at");
    else if (is == ROAD_YES &&
             tree_there(root, "/sys/module/nvidia_peermem") != TREE_READ)
        fact_value(fact, VERDICT_INFO, "nv_peer_mem");
    else
        fact_value(fact, VERDICT_INFO, "%s", values[is]);
}

static void examine_dmabuf(const char *root, struct facts *facts)
{
    enum road_ability is = road_dmabuf(root), kernel = road_kernel(root);
    struct fact *fact = facts_add(facts, "node", "", "dma-buf");
    if (is == ROAD_NO)
        fact_value(fact, VERDICT_INFO, "no: %s",
                   kernel == ROAD_NO
                       ? "not by this kernel"
                       : "the driver is not of open kernel modules");
    else if (is == ROAD_YES)
        fact_value(fact, VERDICT_INFO, "yes");
    else
        fact_unknown(fact, kernel == ROAD_MAYBE
                               ? "the kernel hides its symbols"
                               : "the driver's version is hidden");
}

void system_examine_gpudirect(const char *root, struct facts *facts)
{
    static const char *const values[] = {[ROAD_NEITHER] =
                                             "neither peermem nor dma-buf",
                                         [ROAD_PEERMEM] = "peermem",
                                         [ROAD_DMABUF] = "dma-buf",
                                         [ROAD_BOTH] = "peermem, dma-buf"};
    enum road road = road_read(root);
    examine_peermem(root, facts);
    examine_dmabuf(root, facts);
    struct fact *fact = facts_add(facts, "node", "", "GPUDirect RDMA");
    fact_expected(fact, "peermem or dma-buf");
    if (road == ROAD_UNKNOWN)
        fact_unknown(fact, "see peermem and dma-buf");
    else
        fact_value(fact, road == ROAD_NEITHER ? VERDICT_BAD : VERDICT_OK, "%s",
                   values[road]);
    if (road == ROAD_NEITHER)
        fact_hint(fact, "GPU memory goes through host memory; "
                        "modprobe nvidia_peermem");
}

/* --- the rest --------------------------------------------------------------
 */

/* In steps of 16 GiB on a large node: a lost module shows, some pages that one
 * kernel keeps for itself do not. */
static void examine_memory(const struct node_facts *node, struct facts *facts)
{
    struct fact *fact = facts_add(facts, "node", "", "memory");
    double step_GiB = node->memory_GiB < 256 ? 1 : 16;
    if (node->memory_GiB < 0)
        fact_unknown(fact, "may not be read");
    else
        fact_value(fact, VERDICT_INFO, "about %.0f GiB",
                   step_GiB *
                       (double)(long)(node->memory_GiB / step_GiB + 0.5));
}

static void examine_governor(const struct node_facts *node, struct facts *facts)
{
    struct fact *fact = facts_add(facts, "node", "", "CPU governor");
    bool fast = strcmp(node->governor, "performance") == 0;
    if (!node->governor[0]) {
        fact_unknown(fact, "firmware or hypervisor decides");
        return;
    }
    fact_value(fact, fast ? VERDICT_OK : VERDICT_NOTE, "%s", node->governor);
    fact_expected(fact, "performance");
}

static void add_text(struct facts *facts, const char *what, const char *text)
{
    struct fact *fact = facts_add(facts, "node", "", what);
    if (text[0])
        fact_value(fact, VERDICT_INFO, "%s", text);
    else
        fact_unknown(fact, "may not be read");
}

static void add_count(struct facts *facts, const char *what, long count)
{
    char text[32] = "";
    if (count >= 0)
        snprintf(text, sizeof text, "%ld", count);
    add_text(facts, what, text);
}

void system_examine(const char *root, bool rdma, struct facts *facts)
{
    struct node_facts node;
    node_describe(root, &node);
    add_text(facts, "kernel", node.kernel);
    add_text(facts, "system", node.os);
    add_text(facts, "CPU", node.cpu);
    add_count(facts, "processors", node.cores_online);
    add_count(facts, "NUMA nodes", node.numa_nodes);
    examine_memory(&node, facts);
    examine_governor(&node, facts);
    add_text(facts, "transparent huge pages", node.hugepages);
    examine_hugepages(root, facts);
    examine_memlock(root, rdma, facts);
    if (rdma && tree_there(root, "/sys/module/mlx5_core") == TREE_READ &&
        tree_there(root, "/sys/module/mlx5_core/version") == TREE_READ)
        facts_add_line(facts, root, "node", "", "mlx5 driver",
                       "/sys/module/mlx5_core/version");
}
