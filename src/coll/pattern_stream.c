/* SPDX-License-Identifier: BSD-3-Clause */
/* Words are hashed, masked, and turned into elements of the datatype, each in a
 * loop that the compiler makes vectors of. Knows nothing of verdicts. */
#include "coll/pattern_stream.h"

#include "base/random.h"

/* Words are dealt in groups of so many: two or more vectors of any processor,
 * and not so few that GCC unrolls the group instead of making vectors of it. */
enum { LANES = 32 };

union pattern_words {
    uint32_t w32[PATTERN_BLOCK];
    uint64_t w64[PATTERN_BLOCK];
};

static uint64_t key_of(const struct pattern *pattern, uint64_t stream)
{
    return random_mix(
        random_mix(random_mix(pattern->seed) + pattern->iteration) + stream);
}

static size_t whole_lanes(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

static void hash_words(const struct pattern_stream *s, size_t first, size_t n,
                       union pattern_words *out)
{
    n = whole_lanes(n);
    if (s->type->wide) {
        for (size_t j = 0; j < n; j++)
            out->w64[j] =
                pattern_hash64(s->key, first + j) & pattern_low(s->bits);
        return;
    }
    /* What is asked for lies within a block, and so never straddles a multiple
     * of 2^32 elements. */
    uint64_t key = s->key + random_mix(first >> 32);
    uint32_t low = (uint32_t)pattern_low(s->bits), start = (uint32_t)first;
    for (size_t j = 0; j < n; j++)
        out->w32[j] = pattern_hash32(key, start + (uint32_t)j) & low;
}

/* The roles that a rank plays at LANES elements, and the step to the next. */
struct walk {
    uint32_t role[LANES], step, ranks;
};

static inline uint32_t add_role(uint32_t role, uint32_t step, uint32_t ranks)
{
    role += step;
    return role >= ranks ? role - ranks : role;
}

static struct walk walk_from(const struct pattern_stream *s, size_t first)
{
    const struct pattern_deal *deal = &s->deal;
    struct walk walk = {.step = (uint32_t)(LANES * deal->stride % deal->ranks),
                        .ranks = (uint32_t)deal->ranks};
    uint32_t role = (uint32_t)pattern_role(deal, s->rank, first);
    for (size_t k = 0; k < LANES; k++) {
        walk.role[k] = role;
        role = add_role(role, (uint32_t)deal->stride, walk.ranks);
    }
    return walk;
}

/* Keep of each answer what this rank contributes to it: pattern_mask, without a
 * branch. */
#define MASK_WORDS(W, name)                                                    \
    static void name(const struct pattern_stream *s, struct walk walk,         \
                     size_t n, W *word)                                        \
    {                                                                          \
        const W comb = (W)pattern_comb(walk.ranks, s->bits),                   \
                most = (W)(8 * sizeof(W) - 1);                                 \
        const uint32_t bits = (uint32_t)s->bits, step = walk.step,             \
                       ranks = walk.ranks;                                     \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                W mask = comb << (walk.role[k] & most);                        \
                word[j + k] &= walk.role[k] < bits ? mask : 0;                 \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

/* Min and max: role 0 holds the answer, in one half of the range; all others
 * hold the same word in the other half. */
#define HALVE_WORDS(W, name)                                                   \
    static void name(const struct pattern_stream *s, struct walk walk,         \
                     size_t n, W *word)                                        \
    {                                                                          \
        const W top = (W)1 << (s->bits - 1), flip = s->op == OP_MAX ? top : 0; \
        const uint32_t step = walk.step, ranks = walk.ranks;                   \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                W half = (walk.role[k] == 0 ? 0 : top) ^ flip;                 \
                word[j + k] = (word[j + k] & (top - 1)) | half;                \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

/* Averages: role 0 has a power of two, all others nothing. */
#define POWER_WORDS(W, name)                                                   \
    static void name(const struct pattern_stream *s, struct walk walk,         \
                     size_t n, W *word)                                        \
    {                                                                          \
        const uint32_t step = walk.step, ranks = walk.ranks;                   \
        (void)s;                                                               \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                word[j + k] =                                                  \
                    pattern_power(walk.role[k], (uint32_t)word[j + k]);        \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

MASK_WORDS(uint32_t, mask_words32)
MASK_WORDS(uint64_t, mask_words64)
HALVE_WORDS(uint32_t, halve_words32)
HALVE_WORDS(uint64_t, halve_words64)
POWER_WORDS(uint32_t, power_words32)
POWER_WORDS(uint64_t, power_words64)

/* How words become what a role has; plain: whole answers need nothing done. */
struct dealing {
    void (*words32)(const struct pattern_stream *, struct walk, size_t,
                    uint32_t *);
    void (*words64)(const struct pattern_stream *, struct walk, size_t,
                    uint64_t *);
    bool plain;
};

static const struct dealing dealings[OP_COUNT] = {
    [OP_SUM] = {mask_words32, mask_words64, true},
    [OP_PROD] = {mask_words32, mask_words64, true},
    [OP_MIN] = {halve_words32, halve_words64, false},
    [OP_MAX] = {halve_words32, halve_words64, false},
    [OP_AVG] = {power_words32, power_words64, false},
};

/* The words of a reduction, as this rank contributes to them or, for -1, as
 * they come out: of min, max and avg that is what role 0 contributes. */
static void deal_words(const struct pattern_stream *s, size_t first, size_t n,
                       union pattern_words *out)
{
    const struct dealing *dealing = &dealings[s->op];
    if (s->rank < 0 && dealing->plain)
        return;
    struct walk walk = {.ranks = 1}; /* always in role 0 */
    if (s->rank >= 0)
        walk = walk_from(s, first);
    if (s->type->wide)
        dealing->words64(s, walk, n, out->w64);
    else
        dealing->words32(s, walk, n, out->w32);
}

void pattern_make(const struct pattern_stream *s, size_t first, size_t n,
                  void *out)
{
    union pattern_words words;
    hash_words(s, first, n, &words);
    if (s->reduced)
        deal_words(s, first, n, &words);
    (s->power ? s->type->powers : s->type->values)(out, &words, n);
    if (s->reduced && s->op == OP_AVG && s->rank < 0)
        s->type->divide(out, (int)s->deal.ranks, n);
}

void pattern_element(const struct pattern_stream *s, uint64_t word, void *out)
{
    uint32_t narrow = (uint32_t)word;
    (s->power ? s->type->powers : s->type->values)(
        out, s->type->wide ? (void *)&word : (void *)&narrow, 1);
    if (s->reduced && s->op == OP_AVG)
        s->type->divide(out, (int)s->deal.ranks, 1);
}

struct pattern_stream pattern_reduced(const struct pattern *pattern,
                                      const struct collective *c, int rank)
{
    const struct pattern_type *type = pattern_type(c->type);
    uint64_t n = (uint64_t)c->ranks;
    int bits = c->op == OP_PROD  ? type->power_bits
               : c->op == OP_AVG ? PATTERN_POWER_BITS
                                 : type->bits;
    return (struct pattern_stream){
        .type = type,
        .key = key_of(pattern, 0),
        .bits = bits,
        .power = c->op == OP_PROD,
        .rank = rank,
        .reduced = true,
        .op = c->op,
        .deal = {n, pattern_stride(n, bits), key_of(pattern, 1) % n}};
}

struct pattern_stream pattern_own(const struct pattern *pattern,
                                  const struct collective *c, int rank)
{
    const struct pattern_type *type = pattern_type(c->type);
    return (struct pattern_stream){.type = type,
                                   .key = key_of(pattern, 2 + (uint64_t)rank),
                                   .bits = type->bits,
                                   .rank = rank};
}

struct pattern_stream pattern_contributed(const struct pattern *pattern,
                                          const struct collective *c, int rank)
{
    return collective_reduces(c->kind) ? pattern_reduced(pattern, c, rank)
                                       : pattern_own(pattern, c, rank);
}

struct pattern_stream pattern_wanted(const struct pattern *pattern,
                                     const struct collective *c,
                                     struct wanted wanted)
{
    return wanted.rank < 0 ? pattern_reduced(pattern, c, -1)
                           : pattern_own(pattern, c, wanted.rank);
}

uint64_t pattern_answer(const struct pattern_stream *s, size_t element)
{
    union pattern_words words;
    hash_words(s, element, 1, &words);
    return s->type->wide ? words.w64[0] : words.w32[0];
}
