/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory that is measured on: where a rank's buffers lie, and the only way
 * to fill, verify, copy and reduce them. A kind is a row of `memory_kinds`, of
 * which the build leaves out what it lacks: callers have no conditionals.
 *
 * fill, verify, copy, alloc and free are done when they return. move, reduce
 * and divide are of the hot path: they are queued in the order of the calls and
 * may return before they are done, which is asked for by a ticket. In host
 * memory everything is done at once. They allocate nothing. Failures of the
 * machine end the process (die). One thread uses a memory. */
#ifndef NET_MEM_H
#define NET_MEM_H

#include <stdint.h>

#include "coll/pattern.h"

/* What a pointer into it is to a library that must be told. */
enum memory_place { MEMORY_HOST, MEMORY_CUDA, MEMORY_CUDA_MANAGED };

struct memory_kind;

/* An open memory; implementations have it as their first member. */
struct memory {
    const struct memory_kind *kind;
    enum memory_place place;
};

enum { MEM_GPUS_MOST = 64, MEM_ADDRESS_B = 24 };

/* Which GPU, for whoever sorts that out: `list` of `count` numbers (as
 * nvidia-smi counts: by PCI address, of those that are visible), of which
 * node-local rank i takes the i-th, over again where there are more ranks;
 * count 0: all. */
struct memory_wish {
    int local_rank;
    const int *list;
    int count;
};

/* Plain data, no pointers: it travels between ranks. Empty on the host. */
struct memory_identity {
    char gpu[80];                /* "NVIDIA H200" */
    char address[MEM_ADDRESS_B]; /* on PCI: "0000:18:00.0" */
    char versions[64];           /* "CUDA 13.0, driver for 13.0" */
    bool mps; /* processes use the GPU at once, by NVIDIA's MPS */
};

struct memory_kind {
    const char *name;  /* as in --memory and in the CSV */
    const char *about; /* a few words for --help */
    bool host;         /* the processor reads and writes it like any other, and
                          nothing below is ever late */
    /* Addresses on PCI of the GPUs that this process sees, in the order of
     * their numbers above; returns how many. NULL: this memory is of none. */
    int (*gpus)(char (*address)[MEM_ADDRESS_B], int most);
    /* NULL and `why` (one line) when this node has none for this rank. */
    struct memory *(*open)(const struct memory_wish *, char *why,
                           size_t capacity);
    void (*close)(struct memory *);
    void (*identify)(const struct memory *, struct memory_identity *out);

    /* Aligned to 256 bytes at least; contents undefined. */
    void *(*alloc)(struct memory *, size_t bytes);
    void (*free)(struct memory *, void *);
    /* From and to host memory, or within; the two must not overlap. */
    void (*copy)(struct memory *, void *to, const void *from, size_t bytes);
    /* As pattern_fill and pattern_verify, on buffers of this memory. */
    void (*fill)(struct memory *, const struct pattern *,
                 const struct collective *, int rank, void *input);
    void (*verify)(struct memory *, const struct pattern *,
                   const struct collective *, int rank, const void *output,
                   struct verdict *out);

    /* Queued; on addresses of this memory alone. `streaming` as in
     * coll/reduce.h, where it means anything. */
    void (*move)(struct memory *, void *to, const void *from, size_t bytes,
                 bool streaming);
    /* As reduce_host or, `by` not 0, reduce_average. */
    void (*reduce)(struct memory *, enum datatype, enum reduce_op, int by,
                   void *out, const void *a, const void *b, size_t count,
                   bool streaming);
    void (*divide)(struct memory *, enum datatype, void *elements, size_t count,
                   int by); /* as reduce_divide */
    /* A ticket for all that was queued so far, and whether it is all done:
     * tickets are reached in their order. */
    uint64_t (*mark)(struct memory *);
    bool (*reached)(struct memory *, uint64_t ticket);
};

extern const struct memory_kind *const memory_kinds[]; /* as built; NULL end */
const struct memory_kind *mem_find(const char *name);  /* NULL: none */
void mem_names(char *text, size_t capacity);           /* "host, cuda" */

/* pattern_spoil, wherever the input lies. */
size_t mem_spoil(struct memory *, const struct collective *, void *input,
                 size_t element);

/* Until all that was queued is done. */
void mem_wait(struct memory *);

/* One a file; only those that were built may be named outside the table. */
extern const struct memory_kind mem_host, mem_cuda, mem_cuda_managed;

#endif
