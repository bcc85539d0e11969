/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams of hashed words behind the pattern, made block by block: the answers
 * of an all-reduce, one rank's contributions to them, or one rank's own data.
 * Used by pattern.c, and by what makes the same elsewhere (net/mem_cuda.c). */
#ifndef COLL_PATTERN_STREAM_H
#define COLL_PATTERN_STREAM_H

#include "coll/pattern.h"
#include "coll/pattern_element.h"
#include "coll/pattern_type.h"

/* Bytes of a block of elements, which with its words stays in the first-level
 * cache. A block begins at a multiple of its number of elements. */
enum { PATTERN_BLOCK_B = 2048 };

/* One stream of hashed words, and how they become contributions or answers. */
struct pattern_stream {
    const struct pattern_type *type;
    uint64_t key;
    int bits;   /* of an answer: of the value, or of the exponent (prod, avg) */
    bool power; /* the element is 2^word */
    int rank;   /* whose contributions; -1: the answers */
    bool reduced; /* the two below matter */
    enum reduce_op op;
    struct pattern_deal deal;
};

/* Where it is reduced: what `rank` contributes, or for -1 what comes out. */
struct pattern_stream pattern_reduced(const struct pattern *,
                                      const struct collective *, int rank);
/* What a rank sends unreduced: a stream of its own. */
struct pattern_stream pattern_own(const struct pattern *,
                                  const struct collective *, int rank);

/* Which of them INPUT of a rank holds, and a part of OUTPUT. */
struct pattern_stream pattern_contributed(const struct pattern *,
                                          const struct collective *, int rank);
struct pattern_stream pattern_wanted(const struct pattern *,
                                     const struct collective *, struct wanted);

/* Elements first .. first + n - 1, all of one block: of at most
 * PATTERN_BLOCK_B bytes. */
void pattern_make(const struct pattern_stream *, size_t first, size_t n,
                  void *out);

/* An element of the type from a word: whole number (or, with `power`, exponent)
 * or, of an average, sum to be divided. */
void pattern_element(const struct pattern_stream *, uint64_t word, void *out);

/* The hashed word behind an element, before it is dealt to ranks. */
uint64_t pattern_answer(const struct pattern_stream *, size_t element);

#endif
