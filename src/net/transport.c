/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/transport.h"

#include <stdio.h>
#include <string.h>

const struct transport *transport_find(const char *name)
{
    for (int i = 0; transports[i]; i++)
        if (!strcmp(transports[i]->name, name))
            return transports[i];
    return NULL;
}

void transport_names(char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; transports[i] && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                 i ? ", " : "", transports[i]->name);
}
