/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules about the steps of one rank in one round: spans, buffers, conflicts.
 * Looks at descriptions only, never at contents. */
#include "coll/check_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

bool complain(struct report *report, int rank, int round, int step,
              const char *format, ...)
{
    char where[80] = "", what[200];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (rank >= 0 && round < 0)
        snprintf(where, sizeof where, "rank %d: ", rank);
    else if (rank >= 0 && step < 0)
        snprintf(where, sizeof where, "rank %d, round %d: ", rank, round);
    else if (rank >= 0)
        snprintf(where, sizeof where, "rank %d, round %d, step %d: ", rank,
                 round, step);
    snprintf(report->why, report->capacity, "%s%s", where, what);
    return false;
}

struct layout layout_of(const struct algorithm *algorithm,
                        const struct collective *c, int rank)
{
    size_t input_B = collective_has_input(c, rank) ? collective_input_B(c) : 0;
    size_t output_B =
        collective_has_output(c, rank) ? collective_output_B(c) : 0;
    size_t scratch = algorithm->scratch_B(c), type_B = datatype_size(c->type);
    struct layout l = {.type_B = type_B,
                       .reduces = collective_reduces(c->kind),
                       .barrier = c->kind == COLL_BARRIER,
                       .in_switch = algorithm->in_switch,
                       .ranks = c->ranks};

    l.size_B[BUFFER_INPUT] = input_B;
    l.size_B[BUFFER_OUTPUT] = output_B;
    l.size_B[BUFFER_SCRATCH] = scratch;
    l.input_writable = collective_shares(c, rank, &l.base_B[BUFFER_INPUT],
                                         &l.base_B[BUFFER_OUTPUT]);
    if (l.input_writable) {
        l.total_B = input_B > output_B ? input_B : output_B;
    } else {
        l.base_B[BUFFER_OUTPUT] = 0;
        l.base_B[BUFFER_INPUT] = output_B;
        l.total_B = output_B + input_B;
    }
    l.base_B[BUFFER_SCRATCH] = l.total_B;
    l.total_B += (scratch + type_B - 1) / type_B * type_B;
    return l;
}

bool step_list_get(struct report *report, const struct algorithm *algorithm,
                   const struct collective *c, int rank, int round,
                   struct step_list *list)
{
    size_t again, count = algorithm->round(c, rank, round, NULL, 0);

    if (count > list->capacity) {
        list->steps = xrealloc(list->steps, count * sizeof *list->steps);
        list->capacity = count;
    }
    list->count = count;
    again = algorithm->round(c, rank, round, list->steps, count);
    if (again != count)
        return complain(report, rank, round, -1,
                        "%zu steps without capacity, but %zu with it", count,
                        again);
    return true;
}

static const char *const buffer_names[BUFFERS] = {"input", "output", "scratch"};

static const struct {
    bool peer, from, to, reduces, in_switch;
} kinds[STEP_KINDS] = {
    [STEP_SEND] = {true, true, false, false, false},
    [STEP_RECV] = {true, false, true, false, false},
    [STEP_RECV_REDUCE] = {true, true, true, true, false},
    [STEP_COPY] = {false, true, true, false, false},
    [STEP_REDUCE] = {false, true, true, true, false},
    [STEP_SWITCH_REDUCE] = {true, true, true, true, true},
    [STEP_SWITCH_MULTICAST] = {true, true, true, false, true},
};

static size_t span_end(const struct span *s)
{
    return s->count ? s->offset + (s->count - 1) * s->stride + s->bytes : 0;
}

/* What is wrong with a span on its own, or NULL. */
static const char *span_fault(const struct layout *l, const struct span *s,
                              bool used)
{
    if (!used || l->barrier)
        return s->count || s->bytes ? "has a span that it should not have"
                                    : NULL;
    if (span_B(s) == 0)
        return "has no bytes";
    if ((unsigned)s->buffer >= BUFFERS)
        return "has no such buffer";
    if (s->count == 1 && s->stride != 0)
        return "has a stride for a single block";
    if (s->count > 1 && s->stride < s->bytes)
        return "has blocks that overlap each other";
    if (s->offset % l->type_B || s->bytes % l->type_B || s->stride % l->type_B)
        return "does not consist of whole elements";
    return NULL;
}

static bool in_range(struct report *report, const struct layout *l,
                     const struct span *s, int rank, int round, int step)
{
    size_t size_B = l->size_B[s->buffer];

    if (span_end(s) <= size_B)
        return true;
    return complain(report, rank, round, step,
                    "reaches byte %zu of %s, which has %zu", span_end(s),
                    buffer_names[s->buffer], size_B);
}

/* Do two spans share a byte of the rank's memory? */
static bool overlap(const struct layout *l, const struct span *a,
                    const struct span *b)
{
    size_t a_at = l->base_B[a->buffer] + a->offset;
    size_t b_at = l->base_B[b->buffer] + b->offset;

    for (size_t i = 0; i < a->count; i++) {
        size_t at = a_at + i * a->stride;
        for (size_t j = 0; j < b->count; j++) {
            size_t other = b_at + j * b->stride;
            if (at < other + b->bytes && other < at + a->bytes)
                return true;
        }
    }
    return false;
}

static bool same(const struct layout *l, const struct span *a,
                 const struct span *b)
{
    return l->base_B[a->buffer] + a->offset ==
               l->base_B[b->buffer] + b->offset &&
           a->bytes == b->bytes && a->count == b->count &&
           a->stride == b->stride;
}

static bool rules_step(struct report *report, const struct layout *l,
                       const struct step *s, int rank, int round, int step)
{
    const char *fault;

    if ((unsigned)s->kind >= STEP_KINDS)
        return complain(report, rank, round, step, "is of no known kind");
    bool in_switch = kinds[s->kind].in_switch, owner = s->peer == rank;
    if (in_switch && !l->in_switch)
        return complain(report, rank, round, step,
                        "is for a switch, in a schedule that has none");
    if (kinds[s->kind].peer &&
        (s->peer < 0 || s->peer >= l->ranks || (owner && !in_switch)))
        return complain(report, rank, round, step,
                        "peer %d is not another of the %d ranks", s->peer,
                        l->ranks);
    if (!kinds[s->kind].peer && s->peer != -1)
        return complain(report, rank, round, step, "has a peer, %d", s->peer);
    if (kinds[s->kind].reduces && !l->reduces)
        return complain(report, rank, round, step, "reduces, uncalled for");
    bool from = kinds[s->kind].from, to = kinds[s->kind].to;
    if (s->kind == STEP_SWITCH_REDUCE)
        to = owner;
    if (s->kind == STEP_SWITCH_MULTICAST) {
        from = owner;
        to = !owner;
    }
    if ((fault = span_fault(l, &s->from, from)) ||
        (fault = span_fault(l, &s->to, to)))
        return complain(report, rank, round, step, "%s", fault);
    if (!in_range(report, l, &s->from, rank, round, step) ||
        !in_range(report, l, &s->to, rank, round, step))
        return false;
    if (s->to.count && s->to.buffer == BUFFER_INPUT && !l->input_writable)
        return complain(report, rank, round, step,
                        "writes INPUT, though not in place");
    if (s->from.count && s->to.count && span_B(&s->from) != span_B(&s->to))
        return complain(report, rank, round, step,
                        "from has %zu bytes, to has %zu", span_B(&s->from),
                        span_B(&s->to));
    bool one_span =
        (s->kind == STEP_RECV_REDUCE || s->kind == STEP_SWITCH_REDUCE) &&
        same(l, &s->from, &s->to);
    if (!one_span && overlap(l, &s->from, &s->to))
        return complain(report, rank, round, step,
                        "writes part of what it reads");
    return true;
}

/* The exception of rule 3: one more reduction into the same span. */
static bool reduces_on(const struct layout *l, const struct step *first,
                       const struct step *next)
{
    return first->kind == STEP_RECV_REDUCE && next->kind == STEP_RECV_REDUCE &&
           same(l, &first->to, &next->to) && same(l, &next->from, &next->to);
}

/* Does `a` touch what `b` writes, or the other way round? */
static bool conflict(const struct layout *l, const struct step *a,
                     const struct step *b)
{
    return overlap(l, &a->to, &b->to) || overlap(l, &a->from, &b->to) ||
           overlap(l, &a->to, &b->from);
}

bool rules_round(struct report *report, const struct layout *l,
                 const struct step_list *list, int rank, int round)
{
    for (size_t i = 0; i < list->count; i++)
        if (!rules_step(report, l, &list->steps[i], rank, round, (int)i))
            return false;
    for (size_t j = 0; j < list->count; j++)
        for (size_t i = 0; i < j; i++) {
            const struct step *a = &list->steps[i], *b = &list->steps[j];
            if (!conflict(l, a, b) || reduces_on(l, a, b))
                continue;
            return complain(report, rank, round, (int)j,
                            "touches what step %zu writes, or writes what it "
                            "touches",
                            i);
        }
    return true;
}
