/* SPDX-License-Identifier: BSD-3-Clause */
/* The message sizes of a run, as nccl-tests' -b -e -f -i: from the least to the
 * most, by a factor or by a step. The most is among them only if it is hit. */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

#include <stddef.h>

struct sizes {
    size_t *list; /* bytes, ascending, each once */
    size_t n;
};

/* step_B > 0: min, min + step, ...; else the whole numbers nearest to min,
 * min x factor, min x factor^2, ... (a fractional factor does not drift by
 * rounding, and what rounds to the same size is there once). From 0 a factor
 * leads nowhere: 0 itself, then on from element_B (bytes of one element, >= 1).
 * NULL, or what is wrong with the four, with *out untouched. */
const char *sizes_build(size_t min_B, size_t max_B, double factor,
                        size_t step_B, size_t element_B, struct sizes *out);
void sizes_free(struct sizes *);

#endif
