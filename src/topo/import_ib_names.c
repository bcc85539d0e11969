/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of switches. The description that an administrator gave is the best
 * one, where no other switch has it: unmanaged switches are all called the
 * same, and so are those inside one director. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/import_ib.h"

struct named {
    int device; /* number in the fabric */
    int level;  /* 0: name, 1: whole description, 2: GUID */
    bool host;
    char name[IMPORT_NAME_MOST + 1];
};

/* "leaf1" of "MF0;leaf1:MQM8700/U1"; all of it, with '-' for what a name may
 * not have; or the GUID's id. */
static void name_switch(const struct ib_fabric *f, struct named *out)
{
    const struct ib_device *device = &f->device[out->device];
    const char *mark = strchr(device->description, ';');
    const char *from = mark ? mark + 1 : device->description;
    size_t length = mark && !out->level ? strcspn(from, ":") : strlen(from);
    if (length > IMPORT_NAME_MOST)
        length = IMPORT_NAME_MOST;
    for (size_t i = 0; i < length; i++)
        out->name[i] = isalnum((unsigned char)from[i]) || strchr("._", from[i])
                           ? from[i]
                           : '-';
    out->name[length] = '\0';
    if (out->level < 2 && import_is_name(out->name))
        return;
    out->level = 2;
    snprintf(out->name, sizeof out->name, "%s", device->id);
}

static int by_named(const void *a, const void *b)
{
    return strcmp((*(struct named *const *)a)->name,
                  (*(struct named *const *)b)->name);
}

/* Switches whose name is that of something else take a longer one. */
static void part(const struct ib_fabric *f, struct named **sorted, int count)
{
    for (int level = 1; level <= 2; level++) {
        qsort(sorted, (size_t)count, sizeof *sorted, by_named);
        for (int i = 0, end; i < count; i = end) {
            for (end = i + 1;
                 end < count && !by_named(&sorted[i], &sorted[end]);)
                end++;
            for (int k = i; k < end && end - i > 1; k++)
                sorted[k]->level = level;
        }
        for (int i = 0; i < count; i++)
            if (!sorted[i]->host && sorted[i]->level == level)
                name_switch(f, sorted[i]);
    }
}

static int by_switch(const void *a, const void *b)
{
    const struct named *x = *(struct named *const *)a;
    const struct named *y = *(struct named *const *)b;
    return x->host != y->host ? y->host - x->host
                              : import_by_nature(x->name, y->name);
}

void ib_add_switches(struct import *im, const struct ib_fabric *f, int *vertex)
{
    const struct graph_spec *g = &im->cluster->graph;
    int count = 0, nodes = g->vertices;
    size_t room = (size_t)(nodes + f->devices);
    struct named *named = xcalloc(room, sizeof *named);
    struct named **sorted = xcalloc(room, sizeof *sorted);
    for (; count < nodes; count++) {
        named[count].host = true;
        snprintf(named[count].name, sizeof named->name, "%s",
                 g->vertex[count].name);
    }
    for (int i = 0; i < f->devices; i++)
        if (f->device[i].kind == IB_SWITCH) {
            named[count].device = i;
            name_switch(f, &named[count++]);
        }
    for (int i = 0; i < count; i++)
        sorted[i] = &named[i];
    part(f, sorted, count);
    qsort(sorted, (size_t)count, sizeof *sorted, by_switch);
    for (int i = nodes; i < count; i++)
        vertex[sorted[i]->device] = import_vertex(
            im, sorted[i]->name, false, f->device[sorted[i]->device].line);
    free(sorted);
    free(named);
}
