/* SPDX-License-Identifier: BSD-3-Clause */
/* Element-wise reduction and copying on host memory, one core's worth.
 *
 * `streaming` writes past the cache where the processor can: it saves reading
 * each line of `out` before writing it, a quarter of a sum's traffic and a
 * third of a copy's, and is right when out is larger than the cache it would
 * otherwise stay in. In place it saves nothing and is not done. All stores are
 * visible to other cores before a later release store is. */
#ifndef COLL_REDUCE_H
#define COLL_REDUCE_H

#include <stdbool.h>

#include "coll/collective.h"

/* out[i] = a[i] op b[i]; of an average, the sum. out may be a or b, and not overlap them otherwise.
 * Sums and products of integers wrap around. */
void reduce_host(enum datatype type, enum reduce_op op, void *out,
                 const void *a, const void *b, size_t count, bool streaming);

/* The last step of an average, floating types only: element by element what
 * reduce_host and then reduce_divide give. */
void reduce_average(enum datatype type, void *out, const void *a, const void *b,
                    size_t count, int by);

/* elements[i] /= by: the quotient in float (float64: in double), rounded to the
 * type. Floating types only. */
void reduce_divide(enum datatype type, void *elements, size_t count, int by);

/* memcpy; the two must not overlap. */
void reduce_copy(void *to, const void *from, size_t bytes, bool streaming);

#endif
