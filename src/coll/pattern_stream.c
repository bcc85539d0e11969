/* SPDX-License-Identifier: BSD-3-Clause */
/* Words are hashed, masked, and turned into elements of the datatype, each in a
 * loop that the compiler makes vectors of. Knows nothing of verdicts. */
#include "coll/pattern_stream.h"

#include "base/random.h"

/* Words are dealt in groups of so many: two or more vectors of any processor,
 * and not so few that GCC unrolls the group instead of making vectors of it. */
enum { LANES = 32 };

/* Words of each width, seen as they lie in memory: narrow ones are parts of
 * hashed words of 32 bits (pattern_part). Some lanes more than a block. */
union pattern_words {
    uint8_t w8[PATTERN_BLOCK_B + 8 * LANES];
    uint32_t w32[PATTERN_BLOCK_B / 4 + 2 * LANES];
    uint64_t w64[PATTERN_BLOCK_B / 8 + LANES];
};

/* What is left of hashed words: some bits, and others set. */
struct keep {
    uint64_t bits, set;
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

/* In how many parts a hashed word of 32 bits is shared. */
static unsigned share_of(const struct pattern_stream *s)
{
    return s->type->word_B < 4 ? 4 / (unsigned)s->type->word_B : 1;
}

/* The same in each part of a word of 32 bits. */
static uint32_t in_each_part(uint64_t bits, unsigned share)
{
    return (uint32_t)bits * (share == 4   ? 0x01010101u
                             : share == 2 ? 0x00010001u
                                          : 1u);
}

/* Words of elements first .. first + n - 1; returns where in *out they begin.
 */
static void *hash_words(const struct pattern_stream *s, size_t first, size_t n,
                        struct keep keep, union pattern_words *out)
{
    if (s->type->word_B == 8) {
        n = whole_lanes(n);
        for (size_t j = 0; j < n; j++)
            out->w64[j] =
                (pattern_hash64(s->key, first + j) & keep.bits) | keep.set;
        return out->w64;
    }
    /* What is asked for lies within a block, and so never straddles a multiple
     * of 2^32 words. */
    unsigned share = share_of(s);
    size_t skip = first % share,
           words = whole_lanes((skip + n - 1) / share + 1);
    uint64_t begin = pattern_shared(first, share),
             key = s->key + random_mix(begin >> 32);
    uint32_t start = (uint32_t)begin, bits = in_each_part(keep.bits, share),
             set = in_each_part(keep.set, share);
    for (size_t j = 0; j < words; j++)
        out->w32[j] = (pattern_hash32(key, start + (uint32_t)j) & bits) | set;
    return out->w8 + skip * (size_t)s->type->word_B;
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
                     size_t n, void *words)                                    \
    {                                                                          \
        W *word = words;                                                       \
        const W comb = (W)pattern_comb(walk.ranks, s->bits),                   \
                most = (W)(8 * sizeof(W) - 1);                                 \
        const uint32_t bits = (uint32_t)s->bits, step = walk.step,             \
                       ranks = walk.ranks;                                     \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                W mask = (W)(comb << (walk.role[k] & most));                   \
                word[j + k] &= walk.role[k] < bits ? mask : 0;                 \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

/* Min and max: role 0 holds the answer, in one half of the range; all others
 * hold the same word in the other half. */
#define HALVE_WORDS(W, name)                                                   \
    static void name(const struct pattern_stream *s, struct walk walk,         \
                     size_t n, void *words)                                    \
    {                                                                          \
        W *word = words;                                                       \
        const W top = (W)((W)1 << (s->bits - 1)),                              \
                flip = s->op == OP_MAX ? top : 0;                              \
        const uint32_t step = walk.step, ranks = walk.ranks;                   \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                W half = (W)((walk.role[k] == 0 ? 0 : top) ^ flip);            \
                word[j + k] = (W)((word[j + k] & (top - 1)) | half);           \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

/* Averages: role 0 has a power of two, all others nothing. */
#define POWER_WORDS(W, name)                                                   \
    static void name(const struct pattern_stream *s, struct walk walk,         \
                     size_t n, void *words)                                    \
    {                                                                          \
        W *word = words;                                                       \
        const uint32_t step = walk.step, ranks = walk.ranks;                   \
        (void)s;                                                               \
        for (size_t j = 0; j < n; j += LANES)                                  \
            for (size_t k = 0; k < LANES; k++) {                               \
                word[j + k] =                                                  \
                    (W)pattern_power(walk.role[k], (uint32_t)word[j + k]);     \
                walk.role[k] = add_role(walk.role[k], step, ranks);            \
            }                                                                  \
    }

MASK_WORDS(uint8_t, mask_words8)
MASK_WORDS(pattern_word16, mask_words16)
MASK_WORDS(uint32_t, mask_words32)
MASK_WORDS(uint64_t, mask_words64)
HALVE_WORDS(uint8_t, halve_words8)
HALVE_WORDS(pattern_word16, halve_words16)
HALVE_WORDS(uint32_t, halve_words32)
HALVE_WORDS(uint64_t, halve_words64)
POWER_WORDS(pattern_word16, power_words16)
POWER_WORDS(uint32_t, power_words32)
POWER_WORDS(uint64_t, power_words64)

/* How words become what a role has, by the width of words: 1, 2, 4, 8 bytes. */
typedef void deal_words(const struct pattern_stream *, struct walk, size_t,
                        void *words);

static deal_words *const dealings[OP_COUNT][9] = {
    [OP_SUM] = {[1] = mask_words8,
                [2] = mask_words16,
                [4] = mask_words32,
                [8] = mask_words64},
    [OP_PROD] = {[1] = mask_words8,
                 [2] = mask_words16,
                 [4] = mask_words32,
                 [8] = mask_words64},
    [OP_MIN] = {[1] = halve_words8,
                [2] = halve_words16,
                [4] = halve_words32,
                [8] = halve_words64},
    [OP_MAX] = {[1] = halve_words8,
                [2] = halve_words16,
                [4] = halve_words32,
                [8] = halve_words64},
    [OP_AVG] = {[2] = power_words16, [4] = power_words32, [8] = power_words64},
};

/* Answers come out without a look at roles: of min and max all are in one half
 * of the range. */
static struct keep kept(const struct pattern_stream *s)
{
    struct keep keep = {pattern_low(s->bits), 0};
    if (s->reduced && s->rank < 0 && (s->op == OP_MIN || s->op == OP_MAX)) {
        uint64_t top = (uint64_t)1 << (s->bits - 1);
        keep.bits &= top - 1;
        keep.set = s->op == OP_MAX ? top : 0;
    }
    return keep;
}

/* Of an average: the least answer, times powers of two, which are exact. */
static void make_averages(const struct pattern_stream *s, const void *words,
                          size_t n, void *out)
{
    char least[8];
    pattern_element(s, pattern_power(0, 0), least);
    s->type->scaled(out, words, n, least);
}

void pattern_make(const struct pattern_stream *s, size_t first, size_t n,
                  void *out)
{
    union pattern_words words;
    void *at = hash_words(s, first, n, kept(s), &words);
    if (s->reduced && s->rank < 0 && s->op == OP_AVG) {
        make_averages(s, at, n, out);
        return;
    }
    if (s->reduced && s->rank >= 0)
        dealings[s->op][s->type->word_B](s, walk_from(s, first), n, at);
    (s->power ? s->type->powers : s->type->values)(out, at, n);
}

void pattern_element(const struct pattern_stream *s, uint64_t word, void *out)
{
    char narrow[8];
    pattern_store_word(s->type, word, narrow);
    (s->power ? s->type->powers : s->type->values)(out, narrow, 1);
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
    unsigned share = share_of(s);
    uint64_t number = pattern_shared(element, share), word;
    if (s->type->word_B == 8)
        word = pattern_hash64(s->key, element);
    else
        word = pattern_part(
            pattern_hash32(s->key + random_mix(number >> 32), (uint32_t)number),
            element, share);
    return word & pattern_low(s->bits);
}
