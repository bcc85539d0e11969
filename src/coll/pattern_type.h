/* SPDX-License-Identifier: BSD-3-Clause */
/* What the pattern needs to know of each datatype: one row a type. */
#ifndef COLL_PATTERN_TYPE_H
#define COLL_PATTERN_TYPE_H

#include <stdint.h>

#include "coll/collective.h"

/* Two bytes of a hashed word of four. */
typedef uint16_t __attribute__((may_alias)) pattern_word16;

struct pattern_type {
    size_t size;
    int bits;       /* whole numbers below 2^bits are exact */
    int power_bits; /* exponents below 2^power_bits are, as powers of two */
    int word_B;     /* words are uint8_t, uint16_t, uint32_t or uint64_t */
    bool wraps;     /* sums are taken modulo 2^(8 size) */
    /* n elements from n words: the number itself, or 2^word. */
    void (*values)(void *out, const void *words, size_t n);
    void (*powers)(void *out, const void *words, size_t n);
    /* The word, or the exponent, behind an element; false when it is none. A
     * type that wraps has a word behind every element: its bits. */
    bool (*to_word)(const void *element, uint64_t *word);
    bool (*to_exponent)(const void *element, uint64_t *exponent);
    /* Each of n elements divided by a number of ranks; NULL for integers. */
    void (*divide)(void *elements, int ranks, size_t n);
    /* n elements `base` times 2^word, all normal; NULL for integers. */
    void (*scaled)(void *out, const void *words, size_t n, const void *base);
    void (*print)(const void *element, char *text, size_t capacity);
};

const struct pattern_type *pattern_type(enum datatype type);

/* `word`, which fits, as the functions above read it: word_B bytes, at most 8.
 */
void pattern_store_word(const struct pattern_type *, uint64_t word, void *out);

#endif
