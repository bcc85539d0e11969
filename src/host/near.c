/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "host/near.h"

#include <ctype.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/tree.h"

enum { PROCESSORS_MOST = 8192 };

/* Marks the processors of "0-3,8"; false when it is no such list. */
static bool read_list(const char *text, bool *in)
{
    memset(in, 0, PROCESSORS_MOST);
    while (*text) {
        char *end;
        long first = strtol(text, &end, 10), last = first;
        if (end == text)
            return false;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (first < 0 || last < first || last >= PROCESSORS_MOST ||
            (*end && *end != ','))
            return false;
        for (long p = first; p <= last; p++)
            in[p] = true;
        text = end + (*end == ',');
    }
    return true;
}

/* Are all processors of `some`, of which there is one, in `all`? */
static bool holds(const bool *all, const bool *some)
{
    bool any = false;
    for (int p = 0; p < PROCESSORS_MOST; p++) {
        if (some[p] && !all[p])
            return false;
        any |= some[p];
    }
    return any;
}

/* The node whose processors hold these; -1. */
static long node_of(const char *root, const bool *processors)
{
    char(*names)[TREE_NAME], path[TREE_NAME + 64], list[TREE_LINE];
    bool in[PROCESSORS_MOST];
    long found = -1;
    int n;
    tree_names(root, "/sys/devices/system/node", &names, &n);
    for (int i = 0; i < n; i++) {
        char *end;
        if (strncmp(names[i], "node", 4) ||
            !isdigit((unsigned char)names[i][4]))
            continue;
        long node = strtol(names[i] + 4, &end, 10);
        snprintf(path, sizeof path, "/sys/devices/system/node/%s/cpulist",
                 names[i]);
        if (!*end && tree_line(root, path, list, sizeof list) == TREE_READ &&
            read_list(list, in) && holds(in, processors))
            found = node;
    }
    free(names);
    return found;
}

long near_node_of(const char *root, const char *processors)
{
    bool mine[PROCESSORS_MOST];
    return read_list(processors, mine) ? node_of(root, mine) : -1;
}

long near_own_node(void)
{
    bool mine[PROCESSORS_MOST] = {false};
    cpu_set_t *set = CPU_ALLOC(PROCESSORS_MOST);
    size_t bytes = CPU_ALLOC_SIZE(PROCESSORS_MOST);
    bool known = set && sched_getaffinity(0, bytes, set) == 0;
    for (int p = 0; known && p < PROCESSORS_MOST; p++)
        mine[p] = CPU_ISSET_S((size_t)p, bytes, set);
    if (set)
        CPU_FREE(set);
    return known ? node_of("", mine) : -1;
}

long near_device_node(const char *root, const char *address)
{
    char path[96];
    long node = -1;
    int used = snprintf(path, sizeof path,
                        "/sys/bus/pci/devices/%.31s/numa_node", address);
    for (int i = 21; i < used; i++)
        path[i] = (char)tolower((unsigned char)path[i]);
    return tree_number(root, path, &node) == TREE_READ ? node : -1;
}
