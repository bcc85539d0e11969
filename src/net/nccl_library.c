/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds NCCL when it is asked for; it is never linked, so that one program also
 * runs on nodes without it. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "net/nccl_net.h"

static const struct symbol {
    const char *name;
    size_t at; /* in struct nccl_library */
    const char *absent;
} symbols[] = {
#define SYMBOL(name)                                                           \
    {"nccl" #name, offsetof(struct nccl_library, name),                        \
     "the libnccl.so.2 here is too old: it has no nccl" #name},
    NCCL_CALLS(SYMBOL)};

const char *nccl_library_load(struct nccl_library *out)
{
    void *handle =
        dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const char *reason = NULL;
    if (!handle)
        return "no libnccl.so.2 here (LD_LIBRARY_PATH says where to look)";
    for (size_t i = 0; !reason && i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        memcpy((char *)out + symbols[i].at, &symbol, sizeof symbol);
        reason = symbol ? NULL : symbols[i].absent;
    }
    dlclose(handle);
    return reason;
}

void nccl_library_version(const struct nccl_library *nccl, char *text,
                          size_t capacity)
{
    int v = 0; /* 22809: 2.28.9 */
    nccl->GetVersion(&v);
    snprintf(text, capacity, "NCCL %d.%d.%d", v / 10000, v / 100 % 100,
             v % 100);
}

void nccl_library_check(const struct nccl_library *nccl, ncclResult_t code,
                        const char *call)
{
    if (code == ncclSuccess || code == ncclInProgress)
        return;
    const char *more = nccl->GetLastError(NULL);
    die(EXIT_MACHINE, "transport nccl: %s: %s%s%s", call,
        nccl->GetErrorString(code), more && more[0] ? ": " : "",
        more ? more : "");
}
