/* SPDX-License-Identifier: BSD-3-Clause */
/* The pattern on host memory, block by block: words are hashed, masked, and
 * turned into elements of the datatype, each in a loop that the compiler makes
 * vectors of; verifying builds the same block of answers and compares bytes. */
#include "coll/pattern.h"

#include <string.h>

#include "base/random.h"
#include "coll/pattern_element.h"
#include "coll/pattern_type.h"

enum { BLOCK = 512 }; /* elements: words and elements stay in the L1 cache */

/* One stream of hashed words, and how they become contributions or answers. */
struct stream {
    const struct pattern_type *type;
    uint64_t key, shift;
    int bits;   /* of an answer: of the value, or of the exponent (prod) */
    bool power; /* the element is 2^word */
    int ranks, role_rank; /* role_rank >= 0: mask by the role of this rank */
    enum reduce_op op;
    bool reduced; /* all-reduce: op matters */
};

union words {
    uint32_t w32[BLOCK];
    uint64_t w64[BLOCK];
};

static uint64_t key_of(const struct pattern *pattern, uint64_t stream)
{
    return random_mix(
        random_mix(random_mix(pattern->seed) + pattern->iteration) + stream);
}

/* --- words ---------------------------------------------------------------- */

static void hash_words(const struct stream *s, size_t first, size_t n,
                       union words *out)
{
    if (s->type->wide) {
        for (size_t j = 0; j < n; j++)
            out->w64[j] =
                pattern_hash64(s->key, first + j) & pattern_low(s->bits);
        return;
    }
    /* A block never straddles 2^32 elements: blocks start at multiples. */
    uint32_t key = (uint32_t)s->key + (uint32_t)random_mix(first >> 32);
    uint32_t low = (uint32_t)pattern_low(s->bits), start = (uint32_t)first;
    for (size_t j = 0; j < n; j++)
        out->w32[j] = pattern_hash32(key, start + (uint32_t)j) & low;
}

/* Keep of each answer what this rank contributes to it. Roles follow each other
 * from element to element, so beyond `bits` ranks most of a block is zero. */
static void mask_words(const struct stream *s, size_t first, size_t n,
                       union words *out)
{
    int role = pattern_role(s->role_rank, first, s->shift, s->ranks);
    uint64_t masks[64];
    for (int p = 0; p < 64 && p < s->ranks; p++)
        masks[p] = pattern_mask(p, s->ranks, s->bits);
    for (size_t j = 0; j < n; j++) {
        uint64_t mask = role < 64 ? masks[role] : 0;
        if (s->type->wide)
            out->w64[j] &= mask;
        else
            out->w32[j] &= (uint32_t)mask;
        role = role + 1 == s->ranks ? 0 : role + 1;
    }
}

/* Min and max: role 0 holds the answer, in one half of the range; all others
 * hold the same word in the other half. */
static void half_words(const struct stream *s, size_t first, size_t n,
                       union words *out)
{
    uint64_t top = (uint64_t)1 << (s->bits - 1);
    int role = s->role_rank < 0
                   ? 0
                   : pattern_role(s->role_rank, first, s->shift, s->ranks);
    for (size_t j = 0; j < n; j++) {
        bool high = (s->op == OP_MAX) == (role == 0);
        uint64_t flip = high ? top : 0;
        if (s->type->wide)
            out->w64[j] = (out->w64[j] & (top - 1)) | flip;
        else
            out->w32[j] = (out->w32[j] & (uint32_t)(top - 1)) | (uint32_t)flip;
        if (s->role_rank >= 0)
            role = role + 1 == s->ranks ? 0 : role + 1;
    }
}

static void make_block(const struct stream *s, size_t first, size_t n,
                       void *out)
{
    union words words;
    hash_words(s, first, n, &words);
    if (s->reduced && (s->op == OP_MIN || s->op == OP_MAX))
        half_words(s, first, n, &words);
    else if (s->role_rank >= 0 && s->ranks > 1)
        mask_words(s, first, n, &words);
    (s->power ? s->type->powers : s->type->values)(out, &words, n);
}

/* --- streams of a collective ------------------------------------------------
 */

static struct stream reduced_stream(const struct pattern *pattern,
                                    const struct collective *c, int rank)
{
    const struct pattern_type *type = pattern_type(c->type);
    return (struct stream){.type = type,
                           .key = key_of(pattern, 0),
                           .shift = key_of(pattern, 1) % (uint64_t)c->ranks,
                           .bits =
                               c->op == OP_PROD ? type->power_bits : type->bits,
                           .power = c->op == OP_PROD,
                           .ranks = c->ranks,
                           .role_rank = rank,
                           .op = c->op,
                           .reduced = true};
}

/* What a rank sends unreduced: a stream of its own. */
static struct stream own_stream(const struct pattern *pattern,
                                const struct collective *c, int rank)
{
    const struct pattern_type *type = pattern_type(c->type);
    return (struct stream){.type = type,
                           .key = key_of(pattern, 2 + (uint64_t)rank),
                           .bits = type->bits,
                           .role_rank = -1};
}

static size_t elements_of(const struct collective *c, size_t bytes)
{
    return bytes / datatype_size(c->type);
}

static void fill_stream(const struct stream *s, size_t count, void *out)
{
    char *at = out;
    for (size_t first = 0; first < count; first += BLOCK) {
        size_t n = count - first < BLOCK ? count - first : BLOCK;
        make_block(s, first, n, at + first * s->type->size);
    }
}

void pattern_fill(const struct pattern *pattern, const struct collective *c,
                  int rank, void *input)
{
    struct stream s = c->kind == COLL_ALLREDUCE
                          ? reduced_stream(pattern, c, rank)
                          : own_stream(pattern, c, rank);
    fill_stream(&s, elements_of(c, collective_input_B(c)), input);
}

/* --- verification ------------------------------------------------------------
 */

/* The role whose contribution to `word` is exactly `part`, or -1. Masks of
 * roles are disjoint, so at most one fits. */
static int role_of_part(const struct stream *s, uint64_t word, uint64_t part)
{
    for (int p = 0; part && p < s->ranks && p < s->bits; p++)
        if ((word & pattern_mask(p, s->ranks, s->bits)) == part)
            return p;
    return -1;
}

/* One element's answer as a word. */
static uint64_t word_at(const struct stream *s, size_t element)
{
    union words words;
    hash_words(s, element, 1, &words);
    return s->type->wide ? words.w64[0] : words.w32[0];
}

static void blame_reduced(const struct stream *s, size_t element,
                          const void *got, struct wrong_element *wrong)
{
    uint64_t word = word_at(s, element), have;
    int role = -1;
    if (s->op == OP_MIN || s->op == OP_MAX) {
        /* The holder of the extreme is missing when what came is on the other
         * side; anything else is no rank's in particular. */
        uint64_t top = (uint64_t)1 << (s->bits - 1);
        if (s->type->to_word(got, &have) && have <= pattern_low(s->bits) &&
            (have >= top) != (s->op == OP_MAX) &&
            (have & (top - 1)) == (word & (top - 1)))
            role = 0;
        wrong->how = "missing";
    } else if ((s->power ? s->type->to_exponent : s->type->to_word)(got,
                                                                    &have)) {
        bool missing = have < word;
        role = role_of_part(s, word, missing ? word - have : have - word);
        wrong->how = missing ? "missing" : "doubled";
    }
    if (role >= 0)
        wrong->rank = pattern_rank(role, element, s->shift, s->ranks);
    else
        wrong->how = "corrupt";
}

struct checking {
    const struct pattern *pattern;
    const struct collective *c;
    struct verdict *verdict;
    int owner;   /* of unreduced data; -1: reduced */
    size_t base; /* index in OUTPUT of the stream's first element */
};

static void note_wrong(const struct checking *checking, const struct stream *s,
                       size_t element, const char *got, const char *want)
{
    struct verdict *verdict = checking->verdict;
    if (verdict->wrong >= sizeof verdict->first / sizeof *verdict->first)
        return;
    struct wrong_element *wrong = &verdict->first[verdict->wrong];
    *wrong = (struct wrong_element){.element = checking->base + element,
                                    .rank = checking->owner,
                                    .how = "corrupt"};
    s->type->print(got, wrong->got, sizeof wrong->got);
    s->type->print(want, wrong->want, sizeof wrong->want);

    char before[8]; /* what the iteration before would have left here */
    struct pattern previous = *checking->pattern;
    previous.iteration--;
    struct stream old =
        checking->owner < 0
            ? reduced_stream(&previous, checking->c, -1)
            : own_stream(&previous, checking->c, checking->owner);
    make_block(&old, element, 1, before);
    if (checking->owner < 0)
        blame_reduced(s, element, got, wrong);
    if ((checking->owner >= 0 || wrong->rank < 0) &&
        !memcmp(before, got, s->type->size))
        wrong->how = "stale";
}

static void verify_stream(const struct checking *checking,
                          const struct stream *s, size_t count,
                          const void *output)
{
    _Alignas(64) char want[BLOCK * 8];
    size_t size = s->type->size;
    for (size_t first = 0; first < count; first += BLOCK) {
        size_t n = count - first < BLOCK ? count - first : BLOCK;
        const char *got = (const char *)output + first * size;
        make_block(s, first, n, want);
        if (!memcmp(got, want, n * size))
            continue;
        for (size_t j = 0; j < n; j++)
            if (memcmp(got + j * size, want + j * size, size)) {
                note_wrong(checking, s, first + j, got + j * size,
                           want + j * size);
                checking->verdict->wrong++;
            }
    }
    checking->verdict->checked += count;
}

/* Which ranks' own data OUTPUT of `rank` holds, one after the other. A
 * ping-pong brings rank 0's message to rank 1 and back. */
static void sources(const struct collective *c, int rank, int *first,
                    int *count)
{
    bool nothing =
        c->kind == COLL_BARRIER || (c->kind == COLL_STREAM && rank == 0);
    *first = c->kind == COLL_STREAM || c->kind == COLL_BISTREAM ? 1 - rank : 0;
    *count = nothing ? 0 : c->kind == COLL_ALLGATHER ? c->ranks : 1;
}

void pattern_verify(const struct pattern *pattern, const struct collective *c,
                    int rank, const void *output, struct verdict *out)
{
    *out = (struct verdict){0};
    struct checking checking = {pattern, c, out, -1, 0};
    if (c->kind == COLL_ALLREDUCE) {
        struct stream s = reduced_stream(pattern, c, -1);
        verify_stream(&checking, &s, c->count, output);
        return;
    }
    int first, count;
    sources(c, rank, &first, &count);
    size_t each = elements_of(c, collective_input_B(c));
    for (int owner = first; owner < first + count; owner++) {
        struct stream s = own_stream(pattern, c, owner);
        checking.owner = owner;
        checking.base = (size_t)(owner - first) * each;
        verify_stream(&checking, &s, each,
                      (const char *)output + checking.base * s.type->size);
    }
}

/* --- faults
 * ------------------------------------------------------------------- */

size_t pattern_spoil(const struct collective *c, void *input, size_t element)
{
    const struct pattern_type *type = pattern_type(c->type);
    size_t count = elements_of(c, collective_input_B(c)), at = element;
    bool reduced = c->kind == COLL_ALLREDUCE;
    bool power = reduced && c->op == OP_PROD;
    uint64_t word = 0, least = reduced ? 1 : 0;
    if (count == 0)
        return 0;
    if (element == SIZE_MAX || element >= count)
        at = 0;
    for (size_t i = at; i < count; i++) {
        (power ? type->to_exponent
               : type->to_word)((char *)input + i * type->size, &word);
        at = i;
        if (element != SIZE_MAX || word >= least)
            break;
    }
    uint64_t bad = !reduced                  ? word ^ 1
                   : c->op == OP_MAX         ? pattern_low(type->bits)
                   : c->op == OP_MIN || word ? 0
                                             : 1;
    union words words;
    if (type->wide)
        words.w64[0] = bad;
    else
        words.w32[0] = (uint32_t)bad;
    (power ? type->powers : type->values)((char *)input + at * type->size,
                                          &words, 1);
    return at;
}
