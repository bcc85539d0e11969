/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/with.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"

static const char expected[] =
    "up to 4 of AXIS:COLLECTIVE:SIZE such as tp:allreduce:64MiB";

static int find_axis(const struct split *split, const char *name, size_t length)
{
    for (int i = 0; i < split->axes; i++)
        if (strlen(split->name[i]) == length &&
            !strncmp(split->name[i], name, length))
            return i;
    return -1;
}

/* Of one that can go on by itself; -1: none of that name. */
static int find_kind(const char *name, size_t length)
{
    for (int kind = 0; kind < COLL_KINDS; kind++) {
        const struct collective_facts *facts =
            collective_facts((enum collective_kind)kind);
        if (kind != COLL_BARRIER && !facts->p2p &&
            strlen(facts->name) == length &&
            !strncmp(facts->name, name, length))
            return kind;
    }
    return -1;
}

static bool is_taken(const struct with_list *list, const struct split *split,
                     int axis)
{
    bool taken = axis == split->axis;
    for (int i = 0; i < list->n; i++)
        taken |= list->item[i].split.axis == axis;
    return taken;
}

static const char *read_one(const char *text, size_t length,
                            const struct split *split, struct with_list *out)
{
    char size[32];
    const char *kind = memchr(text, ':', length);
    const char *bytes =
        kind ? memchr(kind + 1, ':', length - (size_t)(kind + 1 - text)) : NULL;
    if (!bytes || out->n == ASIDES_MOST)
        return expected;
    struct with with = {.split = *split};
    int found = find_kind(kind + 1, (size_t)(bytes - kind - 1));
    with.split.axis = find_axis(split, text, (size_t)(kind - text));
    snprintf(size, sizeof size, "%.*s", (int)(text + length - bytes - 1),
             bytes + 1);
    if (with.split.axis < 0)
        return "an axis of --split before the first colon";
    if (is_taken(out, split, with.split.axis))
        return "each axis once, and not that of --group";
    if (found < 0)
        return "a collective between the colons: allreduce, allgather, ...";
    if (!units_parse_size(size, &with.size_B) || with.size_B == 0)
        return "a size such as 64MiB after the second colon";
    with.kind = (enum collective_kind)found;
    out->item[out->n++] = with;
    return NULL;
}

const char *with_read(const char *text, const struct split *split,
                      struct with_list *out)
{
    const char *wrong = NULL;
    out->n = 0;
    for (const char *at = text; !wrong; at++) {
        size_t length = strcspn(at, ",");
        wrong = read_one(at, length, split, out);
        at += length;
        if (!*at)
            break;
    }
    return wrong;
}

char *with_print(const struct with_list *list, char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < list->n && used < capacity; i++) {
        const struct with *with = &list->item[i];
        char size[32];
        used += (size_t)snprintf(
            text + used, capacity - used, "%s%s:%s:%s", i ? "," : "",
            with->split.name[with->split.axis], collective_name(with->kind),
            units_print_size(with->size_B, size, sizeof size));
    }
    return text;
}
