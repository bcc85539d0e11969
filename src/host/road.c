/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/road.h"

#include <stdlib.h>
#include <string.h>

#include "host/tree.h"

enum { TEXT = 256 };

static enum road_ability has_module(const char *root, const char *path)
{
    enum tree_answer answer = tree_there(root, path);
    return answer == TREE_READ     ? ROAD_YES
           : answer == TREE_ABSENT ? ROAD_NO
                                   : ROAD_MAYBE;
}

/* The symbol decides where symbols are shown; else the version at least rules it
 * out. */
enum road_ability road_kernel(const char *root)
{
    char text[TEXT];
    enum tree_answer answer = tree_find(
        root, "/proc/kallsyms", "ib_umem_dmabuf_get", text, sizeof text);
    if (answer == TREE_READ)
        return ROAD_YES;
    if (answer == TREE_ABSENT &&
        tree_there(root, "/proc/kallsyms") == TREE_READ)
        return ROAD_NO;
    char *at;
    tree_line(root, "/proc/sys/kernel/osrelease", text, sizeof text);
    long major = strtol(text, &at, 10);
    long minor = *at == '.' ? strtol(at + 1, NULL, 10) : 0;
    return major > 0 && (major < 5 || (major == 5 && minor < 12)) ? ROAD_NO
                                                                  : ROAD_MAYBE;
}

/* "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15 ..." */
static enum road_ability driver(const char *root)
{
    char text[TEXT];
    enum tree_answer answer =
        tree_value(root, "/proc/driver/nvidia/version", "NVRM version", ':',
                   text, sizeof text);
    if (answer != TREE_READ)
        return answer == TREE_ABSENT ? ROAD_NO : ROAD_MAYBE;
    return strstr(text, "Open Kernel Module") ? ROAD_YES : ROAD_NO;
}

static enum road_ability either(enum road_ability a, enum road_ability b)
{
    return a == ROAD_YES || b == ROAD_YES       ? ROAD_YES
           : a == ROAD_MAYBE || b == ROAD_MAYBE ? ROAD_MAYBE
                                                : ROAD_NO;
}

enum road_ability road_peermem(const char *root)
{
    return either(has_module(root, "/sys/module/nvidia_peermem"),
                  has_module(root, "/sys/module/nv_peer_mem"));
}

enum road_ability road_dmabuf(const char *root)
{
    enum road_ability kernel = road_kernel(root), module = driver(root);
    return kernel == ROAD_NO || module == ROAD_NO     ? ROAD_NO
           : kernel == ROAD_YES && module == ROAD_YES ? ROAD_YES
                                                      : ROAD_MAYBE;
}

enum road road_read(const char *root)
{
    enum road_ability peermem = road_peermem(root), dmabuf = road_dmabuf(root);
    if (either(peermem, dmabuf) == ROAD_MAYBE)
        return ROAD_UNKNOWN;
    if (peermem == ROAD_YES && dmabuf == ROAD_YES)
        return ROAD_BOTH;
    return peermem == ROAD_YES  ? ROAD_PEERMEM
           : dmabuf == ROAD_YES ? ROAD_DMABUF
                                : ROAD_NEITHER;
}
