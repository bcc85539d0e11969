/* SPDX-License-Identifier: BSD-3-Clause */
/* The pattern on host memory, block by block: verifying makes the same block of
 * answers and compares bytes; only what differs is looked at. */
#include "coll/pattern.h"

#include <string.h>

#include "coll/pattern_stream.h"

static size_t elements_of(const struct collective *c, size_t bytes)
{
    return bytes / datatype_size(c->type);
}

/* How many of elements at .. end - 1 are left of the block that `at` is in. */
static size_t left_of_block(const struct pattern_stream *s, size_t at,
                            size_t end)
{
    size_t block = PATTERN_BLOCK_B / s->type->size, left = block - at % block;
    return end - at < left ? end - at : left;
}

static void fill_stream(const struct pattern_stream *s, size_t count, void *out)
{
    for (size_t at = 0; at < count; at += left_of_block(s, at, count))
        pattern_make(s, at, left_of_block(s, at, count),
                     (char *)out + at * s->type->size);
}

void pattern_fill(const struct pattern *pattern, const struct collective *c,
                  int rank, void *input)
{
    struct pattern_stream s = pattern_contributed(pattern, c, rank);
    if (!collective_has_input(c, rank))
        return;
    fill_stream(&s, elements_of(c, collective_input_B(c)), input);
}

/* --- verification -------------------------------------------------------- */

/* The role whose contribution to `word` is exactly `part`, or -1. Masks of
 * roles are disjoint, so at most one fits. */
static int role_of_part(const struct pattern_stream *s, uint64_t word,
                        uint64_t part)
{
    uint64_t comb = pattern_comb((int)s->deal.ranks, s->bits);
    for (int p = 0; part && (uint64_t)p < s->deal.ranks && p < s->bits; p++)
        if ((word & pattern_mask((uint64_t)p, comb, s->bits)) == part)
            return p;
    return -1;
}

/* The role whose contribution to a min or max is missing, or -1: the holder of
 * the extreme, when what came is what all others hold. */
static int role_without_extreme(const struct pattern_stream *s, uint64_t word,
                                uint64_t have)
{
    uint64_t top = (uint64_t)1 << (s->bits - 1);
    uint64_t others = (word & (top - 1)) | (s->op == OP_MIN ? top : 0);
    return s->deal.ranks > 1 && have == others ? 0 : -1;
}

/* The whole contribution to an average is that of one role. */
static void blame_average(const struct pattern_stream *s, size_t element,
                          const void *got, struct wrong_element *wrong)
{
    char none[8], twice[8];
    uint64_t sum = pattern_power(0, (uint32_t)pattern_answer(s, element));
    pattern_element(s, 0, none);
    pattern_element(s, 2 * sum, twice);
    wrong->how = !memcmp(got, none, s->type->size)    ? "missing"
                 : !memcmp(got, twice, s->type->size) ? "doubled"
                                                      : wrong->how;
    if (strcmp(wrong->how, "corrupt") != 0)
        wrong->rank = pattern_rank(&s->deal, 0, element);
}

/* Name the one rank whose missing or doubled contribution explains what came.
 * In a type that wraps, half its range more is as much as half its range less.
 */
static void blame_reduced(const struct pattern_stream *s, size_t element,
                          const void *got, struct wrong_element *wrong)
{
    uint64_t word = pattern_answer(s, element), have;
    uint64_t range = s->type->wraps && !s->power
                         ? pattern_low((int)(8 * s->type->size))
                         : pattern_low(64);
    int missing = -1, doubled = -1;
    if (s->op == OP_AVG) {
        blame_average(s, element, got, wrong);
        return;
    }
    if (!(s->power ? s->type->to_exponent : s->type->to_word)(got, &have))
        return;
    if (s->op == OP_MIN || s->op == OP_MAX) {
        missing = role_without_extreme(s, word, have);
    } else {
        missing = role_of_part(s, word, (word - have) & range);
        doubled = role_of_part(s, word, (have - word) & range);
    }
    int role = missing >= 0 ? missing : doubled;
    if (role < 0)
        return;
    wrong->rank = pattern_rank(&s->deal, (uint64_t)role, element);
    wrong->how = doubled < 0   ? "missing"
                 : missing < 0 ? "doubled"
                               : "missing or doubled";
}

/* One part of OUTPUT, held against a part of a stream. */
struct checking {
    const struct pattern *pattern;
    const struct collective *c;
    struct verdict *verdict;
    int owner;           /* of unreduced data; -1: reduced */
    size_t begin, count; /* elements of the stream */
    size_t base;         /* index in OUTPUT of the first of them */
};

/* Is it what `rank` would have at this element, reduced (-1) or its own? */
static bool is_of(const struct checking *checking, uint64_t iteration, int rank,
                  size_t element, const char *got)
{
    char there[8];
    struct pattern pattern = *checking->pattern;
    pattern.iteration = iteration;
    struct pattern_stream s = checking->owner < 0
                                  ? pattern_reduced(&pattern, checking->c, -1)
                                  : pattern_own(&pattern, checking->c, rank);
    pattern_make(&s, element, 1, there);
    return !memcmp(there, got, s.type->size);
}

/* Is it exactly one other rank's, or the owner's of one other block? Asked only
 * of types in which that is hardly ever so by accident. */
static bool is_misplaced(const struct checking *checking, size_t element,
                         const char *got)
{
    const struct collective *c = checking->c;
    uint64_t now = checking->pattern->iteration;
    size_t count = checking->count, in_block = element - checking->begin;
    size_t input = elements_of(c, collective_input_B(c));
    int matches = 0;
    if (pattern_type(c->type)->bits < 24)
        return false;
    for (int rank = 0; rank < c->ranks; rank++)
        matches += collective_has_input(c, rank) &&
                   is_of(checking, now, rank, element, got);
    for (size_t at = in_block; at < input; at += count)
        matches += is_of(checking, now, checking->owner, at, got);
    return matches == 1;
}

static void note_wrong(const struct checking *checking,
                       const struct pattern_stream *s, size_t element,
                       const char *got, const char *want)
{
    struct verdict *verdict = checking->verdict;
    if (verdict->wrong >= sizeof verdict->first / sizeof *verdict->first)
        return;
    struct wrong_element *wrong = &verdict->first[verdict->wrong];
    *wrong = (struct wrong_element){.element = checking->base +
                                               (element - checking->begin),
                                    .rank = checking->owner,
                                    .how = "corrupt"};
    s->type->print(got, wrong->got, sizeof wrong->got);
    s->type->print(want, wrong->want, sizeof wrong->want);

    if (checking->owner < 0)
        blame_reduced(s, element, got, wrong);
    if (checking->owner < 0 && wrong->rank >= 0)
        return;
    if (is_of(checking, checking->pattern->iteration - 1, checking->owner,
              element, got))
        wrong->how = "stale";
    else if (checking->owner >= 0 && is_misplaced(checking, element, got))
        wrong->how = "misplaced";
}

static void verify_stream(const struct checking *checking,
                          const struct pattern_stream *s, const char *output)
{
    _Alignas(64) char want[PATTERN_BLOCK_B];
    size_t size = s->type->size, end = checking->begin + checking->count, n;
    const char *got = output + checking->base * size;
    for (size_t first = checking->begin; first < end;
         first += n, got += n * size) {
        n = left_of_block(s, first, end);
        pattern_make(s, first, n, want);
        if (!memcmp(got, want, n * size))
            continue;
        for (size_t j = 0; j < n; j++)
            if (memcmp(got + j * size, want + j * size, size)) {
                note_wrong(checking, s, first + j, got + j * size,
                           want + j * size);
                checking->verdict->wrong++;
            }
    }
    checking->verdict->checked += checking->count;
}

static struct checking checking_of(const struct pattern *pattern,
                                   const struct collective *c, int rank,
                                   int part, struct verdict *verdict,
                                   struct pattern_stream *s)
{
    size_t each = collective_part_count(c);
    struct wanted wanted = collective_wanted(c, rank, part);
    *s = pattern_wanted(pattern, c, wanted);
    return (struct checking){.pattern = pattern,
                             .c = c,
                             .verdict = verdict,
                             .owner = wanted.rank,
                             .begin = (size_t)wanted.part * each,
                             .count = each,
                             .base = (size_t)part * each};
}

void pattern_verify(const struct pattern *pattern, const struct collective *c,
                    int rank, const void *output, struct verdict *out)
{
    *out = (struct verdict){0};
    for (int part = 0; part < collective_parts(c, rank); part++) {
        struct pattern_stream s;
        struct checking checking = checking_of(pattern, c, rank, part, out, &s);
        verify_stream(&checking, &s, output);
    }
}

void pattern_explain(const struct pattern *pattern, const struct collective *c,
                     int rank, size_t element, const void *got,
                     struct wrong_element *out)
{
    char want[8];
    struct verdict verdict = {0};
    struct pattern_stream s;
    int part = (int)(element / collective_part_count(c));
    struct checking checking =
        checking_of(pattern, c, rank, part, &verdict, &s);
    size_t at = checking.begin + (element - checking.base);
    pattern_make(&s, at, 1, want);
    note_wrong(&checking, &s, at, got, want);
    *out = verdict.first[0];
}

/* --- faults -------------------------------------------------------------- */

/* What a contribution becomes when it is dropped: neutral to the operation. */
static uint64_t neutral_word(const struct pattern_type *type, enum reduce_op op)
{
    return op == OP_MIN ? pattern_low(type->bits) : 0;
}

/* Does it matter that this rank contributes to the element? */
static bool is_part(const struct pattern_type *type, const struct collective *c,
                    uint64_t word)
{
    uint64_t top = (uint64_t)1 << (type->bits - 1);
    return !collective_reduces(c->kind) ? true
           : c->op == OP_MAX            ? word >= top
           : c->op == OP_MIN            ? word < top
                                        : word != 0;
}

static uint64_t spoilt_word(const struct pattern_type *type,
                            const struct collective *c, uint64_t word)
{
    if (!collective_reduces(c->kind))
        return word ^ 1;
    if (is_part(type, c, word))
        return neutral_word(type, c->op);
    if (c->op == OP_AVG)
        return pattern_power(0, (1 << PATTERN_POWER_BITS) - 1);
    return c->op == OP_MAX ? pattern_low(type->bits) : c->op != OP_MIN;
}

size_t pattern_spoil(const struct collective *c, void *input, size_t element)
{
    const struct pattern_type *type = pattern_type(c->type);
    size_t count = elements_of(c, collective_input_B(c)), size = type->size;
    bool power = collective_reduces(c->kind) && c->op == OP_PROD, seek;
    bool (*word_of)(const void *, uint64_t *) =
        power ? type->to_exponent : type->to_word;
    uint64_t word = 0;
    char *in = input;
    if (count == 0)
        return 0;
    seek = element >= count;
    size_t at = seek ? 0 : element;
    for (size_t i = 0; seek && i < count; i++) {
        word_of(in + i * size, &word);
        if (is_part(type, c, word)) {
            at = i;
            break;
        }
    }
    word_of(in + at * size, &word);
    char spoilt[8];
    pattern_store_word(type, spoilt_word(type, c, word), spoilt);
    (power ? type->powers : type->values)(in + at * size, spoilt, 1);
    return at;
}
