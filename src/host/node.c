/* SPDX-License-Identifier: BSD-3-Clause */
/* One node from /proc and /sys. Must not know collectives or transports. */
#include "host/node.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/tree.h"

enum { CPUS = 65536 }; /* more than Linux supports; bounds a broken list */

/* One "a-b" or "a" of a kernel list "0-3,8"; false at its end or nonsense. */
static bool next_range(const char **at, long *first, long *last)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    *first = *last = strtol(*at, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        *last = strtol(end + 1, &end, 10);
    }
    if (*first > *last || *last >= CPUS)
        return false;
    *at = *end == ',' ? end + 1 : end;
    return true;
}

/* Numbers that are in both lists; -1 when one is no list. Processors offline
 * stay in a process's mask, so the mask alone counts too many. */
static long count_common(const char *one, const char *other)
{
    long count = 0, first, last, from, to;
    const char *a = one;
    if (!*a || !*other)
        return -1;
    while (next_range(&a, &first, &last)) {
        const char *b = other;
        while (next_range(&b, &from, &to)) {
            long low = first > from ? first : from;
            long high = last < to ? last : to;
            if (low <= high)
                count += high - low + 1;
        }
        if (*b)
            return -1;
    }
    return *a ? -1 : count;
}

static void describe_processors(const char *root, struct node_facts *out)
{
    char online[TREE_LINE], allowed[TREE_LINE], nodes[TREE_LINE];
    tree_value(root, "/proc/cpuinfo", "model name", ':', out->cpu,
               sizeof out->cpu);
    tree_line(root, "/sys/devices/system/cpu/online", online, sizeof online);
    tree_value(root, "/proc/self/status", "Cpus_allowed_list", ':', allowed,
               sizeof allowed);
    tree_line(root, "/sys/devices/system/node/online", nodes, sizeof nodes);
    out->cores_online = count_common(online, online);
    out->cores = count_common(allowed, online);
    out->numa_nodes = count_common(nodes, nodes);
    tree_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
              out->governor, sizeof out->governor);
}

/* A line of /proc/meminfo in bytes (the kernel's kB are 1024), or -1. */
static double meminfo_B(const char *root, const char *key)
{
    char text[TREE_LINE], *end;
    tree_value(root, "/proc/meminfo", key, ':', text, sizeof text);
    double kB = strtod(text, &end);
    return end != text && strcmp(end, " kB") == 0 ? kB * 1024 : -1;
}

double node_free_B(const char *root)
{
    return meminfo_B(root, "MemAvailable");
}

static void describe_memory(const char *root, struct node_facts *out)
{
    char text[TREE_LINE];
    double all_B = meminfo_B(root, "MemTotal");
    out->memory_GiB = all_B < 0 ? -1 : all_B / (1 << 30);

    /* "always [madvise] never": the chosen one stands in brackets. */
    tree_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", text,
              sizeof text);
    char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
    out->hugepages[0] = '\0';
    if (close) {
        *close = '\0';
        snprintf(out->hugepages, sizeof out->hugepages, "%.31s", open + 1);
    }
}

void node_describe(const char *root, struct node_facts *out)
{
    memset(out, 0, sizeof *out);
    tree_line(root, "/proc/sys/kernel/hostname", out->host, sizeof out->host);
    tree_line(root, "/proc/sys/kernel/osrelease", out->kernel,
              sizeof out->kernel);
    tree_value(root, "/etc/os-release", "PRETTY_NAME", '=', out->os,
               sizeof out->os);
    tree_line(root, "/proc/loadavg", out->load, sizeof out->load);
    out->load[strcspn(out->load, " ")] = '\0';
    describe_processors(root, out);
    describe_memory(root, out);
}

/* --- as text -------------------------------------------------------------- */

enum fact_kind { FACT_TEXT, FACT_COUNT, FACT_AMOUNT };

static const struct fact {
    const char *name;
    enum fact_kind kind;
    size_t offset;
} facts[] = {
#define FACT(field, kind)                                                      \
    {                                                                          \
#field, kind, offsetof(struct node_facts, field)                       \
    }
    FACT(host, FACT_TEXT),        FACT(kernel, FACT_TEXT),
    FACT(os, FACT_TEXT),          FACT(cpu, FACT_TEXT),
    FACT(cores, FACT_COUNT),      FACT(cores_online, FACT_COUNT),
    FACT(numa_nodes, FACT_COUNT), FACT(memory_GiB, FACT_AMOUNT),
    FACT(governor, FACT_TEXT),    FACT(hugepages, FACT_TEXT),
    FACT(load, FACT_TEXT),        FACT(gpus, FACT_TEXT),
    FACT(gpu, FACT_TEXT),         FACT(gpu_driver, FACT_TEXT),
    FACT(gpudirect, FACT_TEXT),   FACT(nics, FACT_TEXT),
    FACT(nic, FACT_TEXT),         FACT(nic_firmware, FACT_TEXT),
    FACT(nic_rate, FACT_TEXT),    FACT(acs, FACT_TEXT),
    FACT(memlock, FACT_TEXT),     FACT(faults, FACT_TEXT),
#undef FACT
};

int node_columns(void)
{
    return (int)(sizeof facts / sizeof facts[0]);
}

const char *node_column_name(int column)
{
    return facts[column].name;
}

void node_column_value(const struct node_facts *node, int column, char *text,
                       unsigned long capacity)
{
    const char *at = (const char *)node + facts[column].offset;
    long count;
    double amount;

    text[0] = '\0';
    if (facts[column].kind == FACT_TEXT)
        snprintf(text, capacity, "%s", at);
    else if (facts[column].kind == FACT_COUNT) {
        memcpy(&count, at, sizeof count);
        if (count >= 0)
            snprintf(text, capacity, "%ld", count);
    } else {
        memcpy(&amount, at, sizeof amount);
        if (amount >= 0)
            snprintf(text, capacity, "%.1f", amount);
    }
}
