/* SPDX-License-Identifier: BSD-3-Clause */
/* Host memory: the processor does it all, at once. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/reduce.h"
#include "net/mem.h"

enum { HUGE_ALIGNMENT = 2 << 20, PAGE_B = 4096 };

static struct memory *host_open(const struct memory_wish *wish, char *why,
                                size_t capacity)
{
    struct memory *memory = xcalloc(1, sizeof *memory);
    (void)wish;
    (void)why;
    (void)capacity;
    *memory = (struct memory){&mem_host, MEMORY_HOST};
    return memory;
}

static void host_close(struct memory *memory)
{
    free(memory);
}

static void host_identify(const struct memory *memory,
                          struct memory_identity *out)
{
    (void)memory;
    *out = (struct memory_identity){.gpu = ""};
}

/* Large buffers may lie in huge pages. */
static void *host_alloc(struct memory *memory, size_t bytes)
{
    void *at = NULL;
    (void)memory;
    if (posix_memalign(&at, bytes < HUGE_ALIGNMENT ? PAGE_B : HUGE_ALIGNMENT,
                       bytes ? bytes : 1))
        die(EXIT_MACHINE, "no host memory for %zu bytes", bytes);
    return at;
}

static void host_free(struct memory *memory, void *at)
{
    (void)memory;
    free(at);
}

static void host_copy(struct memory *memory, void *to, const void *from,
                      size_t bytes)
{
    (void)memory;
    memcpy(to, from, bytes);
}

static void host_fill(struct memory *memory, const struct pattern *pattern,
                      const struct collective *c, int rank, void *input)
{
    (void)memory;
    pattern_fill(pattern, c, rank, input);
}

static void host_verify(struct memory *memory, const struct pattern *pattern,
                        const struct collective *c, int rank,
                        const void *output, struct verdict *out)
{
    (void)memory;
    pattern_verify(pattern, c, rank, output, out);
}

static void host_move(struct memory *memory, void *to, const void *from,
                      size_t bytes, bool streaming)
{
    (void)memory;
    reduce_copy(to, from, bytes, streaming);
}

static void host_reduce(struct memory *memory, enum datatype type,
                        enum reduce_op op, int by, void *out, const void *a,
                        const void *b, size_t count, bool streaming)
{
    (void)memory;
    if (by)
        reduce_average(type, out, a, b, count, by);
    else
        reduce_host(type, op, out, a, b, count, streaming);
}

static void host_divide(struct memory *memory, enum datatype type,
                        void *elements, size_t count, int by)
{
    (void)memory;
    reduce_divide(type, elements, count, by);
}

static uint64_t host_mark(struct memory *memory)
{
    (void)memory;
    return 0;
}

static bool host_reached(struct memory *memory, uint64_t ticket)
{
    (void)memory;
    (void)ticket;
    return true;
}

const struct memory_kind mem_host = {
    .name = "host",
    .about = "of the node",
    .host = true,
    .open = host_open,
    .close = host_close,
    .identify = host_identify,
    .alloc = host_alloc,
    .free = host_free,
    .copy = host_copy,
    .fill = host_fill,
    .verify = host_verify,
    .move = host_move,
    .reduce = host_reduce,
    .divide = host_divide,
    .mark = host_mark,
    .reached = host_reached,
};
