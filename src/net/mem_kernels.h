/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs on the GPU: reduce, fill, verify. Each call queues kernels on a
 * stream, allocates nothing, waits for nothing, and returns a cudaError_t (0:
 * good). Addresses are of memory that the GPU reaches, aligned to their
 * elements. Knows patterns, not collectives.
 *
 * A thread reads and writes 16 bytes at a time where all operands lie alike
 * (equal addresses modulo 16), else one element. */
#ifndef NET_MEM_KERNELS_H
#define NET_MEM_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "coll/collective.h"

#ifdef __cplusplus
extern "C" {
#endif

struct kernels {
    void *stream;    /* a cudaStream_t */
    unsigned blocks; /* of 256 threads: as many as the GPU runs at once */
};

/* out[i] = a[i] op b[i] and then, `by` not 0, divided by `by` (floating types
 * only). out may be a or b. */
int kernels_reduce(const struct kernels *, enum datatype, enum reduce_op,
                   int by, void *out, const void *a, const void *b,
                   size_t count);
int kernels_divide(const struct kernels *, enum datatype, void *elements,
                   size_t count, int by);

/* What becomes of a hashed word (coll/pattern_stream.h). */
enum kernel_deal {
    DEAL_NOTHING, /* it is the answer, or data of its own */
    DEAL_BITS,    /* the role's bits of it: sum, prod */
    DEAL_HALVES,  /* role 0's half of the range, or the other: min, max */
    DEAL_POWERS   /* role 0's power of two, or nothing: avg */
};

struct kernel_pattern {
    uint64_t key, comb;
    uint64_t ranks, stride, start; /* role of element i:
                                      (i stride + start) mod ranks */
    int bits;
    enum kernel_deal deal;
    bool power; /* the element is 2^word */
    bool max;   /* DEAL_HALVES: role 0 has the upper half */
    int divide; /* by so many ranks; 0: not */
};

/* Elements first .. first + count - 1 of a pattern. */
int kernels_fill(const struct kernels *, enum datatype,
                 const struct kernel_pattern *, uint64_t first, void *out,
                 size_t count);

enum { KERNELS_FIRST = 4 };

/* In memory of the GPU; wrong = 0 and first[] = UINT64_MAX to begin with. */
struct kernel_verdict {
    unsigned long long wrong;
    unsigned long long first[KERNELS_FIRST]; /* ascending */
};

/* Adds to *verdict what differs, in one pass: how many elements, and which are
 * the first, counted from `base` for the first of them. */
int kernels_verify(const struct kernels *, enum datatype,
                   const struct kernel_pattern *, uint64_t first,
                   const void *got, size_t count, uint64_t base,
                   struct kernel_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
