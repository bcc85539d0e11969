/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const struct memory_kind *mem_find(const char *name)
{
    for (int i = 0; memory_kinds[i]; i++)
        if (!strcmp(memory_kinds[i]->name, name))
            return memory_kinds[i];
    return NULL;
}

void mem_names(char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; memory_kinds[i] && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                 i ? ", " : "", memory_kinds[i]->name);
}

size_t mem_spoil(struct memory *memory, const struct collective *c, void *input,
                 size_t element)
{
    size_t bytes = collective_input_B(c);
    if (memory->kind->host)
        return pattern_spoil(c, input, element);
    char *here = xcalloc(bytes, 1);
    memory->kind->copy(memory, here, input, bytes);
    element = pattern_spoil(c, here, element);
    memory->kind->copy(memory, input, here, bytes);
    free(here);
    return element;
}

void mem_wait(struct memory *memory)
{
    uint64_t ticket = memory->kind->mark(memory);
    while (!memory->kind->reached(memory, ticket))
        ; /* microseconds, as a rule */
}
