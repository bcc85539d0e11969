/* SPDX-License-Identifier: BSD-3-Clause */
/* Rule 7 of schedule.h: that a phase is what it claims to be, so that it can be
 * priced at its largest round. Looks at who exchanges how many bytes, not at
 * which. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/check_rules.h"

/* What one rank does of one kind with one peer: in a round, or the extremes of
 * a phase. */
struct traffic {
    enum step_kind kind;
    int peer;
    size_t least_B, most_B;
    size_t blocks; /* of which the bytes consist, at most */
    int rounds;    /* in which there was any */
};

struct traffic_list {
    struct traffic *rows;
    size_t count, capacity;
};

static struct traffic *traffic_at(struct traffic_list *list,
                                  enum step_kind kind, int peer)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].kind == kind && list->rows[i].peer == peer)
            return &list->rows[i];
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 8;
        list->rows = xrealloc(list->rows, list->capacity * sizeof *list->rows);
    }
    list->rows[list->count] = (struct traffic){.kind = kind, .peer = peer};
    return &list->rows[list->count++];
}

/* Reads one (rank, round); works in memory that the caller frees. */
struct reader {
    struct report *report;
    const struct algorithm *algorithm;
    const struct collective *c;
    struct step_list steps;
    struct traffic_list now, phase;
};

static bool read_round(struct reader *r, int rank, int round, size_t *total_B)
{
    r->now.count = 0;
    *total_B = 0;
    if (!step_list_get(r->report, r->algorithm, r->c, rank, round, &r->steps))
        return false;
    for (size_t i = 0; i < r->steps.count; i++) {
        const struct step *s = &r->steps.steps[i];
        const struct span *span = s->from.count ? &s->from : &s->to;
        struct traffic *t = traffic_at(&r->now, s->kind, s->peer);
        t->most_B += span_B(span);
        t->blocks += span->count;
        *total_B += span_B(span);
    }
    return true;
}

static void widen(struct traffic_list *phase, const struct traffic *now)
{
    struct traffic *t = traffic_at(phase, now->kind, now->peer);

    if (t->rounds == 0 || now->most_B < t->least_B)
        t->least_B = now->most_B;
    if (now->most_B > t->most_B)
        t->most_B = now->most_B;
    if (now->blocks > t->blocks)
        t->blocks = now->blocks;
    t->rounds++;
}

static bool check_even(struct reader *r, const struct phase *phase, int rank)
{
    size_t total_B, type_B = datatype_size(r->c->type);

    r->phase.count = 0;
    for (int i = 0; i < phase->rounds; i++) {
        if (!read_round(r, rank, phase->first + i, &total_B))
            return false;
        for (size_t j = 0; j < r->now.count; j++)
            widen(&r->phase, &r->now.rows[j]);
    }
    for (size_t i = 0; i < r->phase.count; i++) {
        const struct traffic *t = &r->phase.rows[i];
        size_t least_B = t->rounds < phase->rounds ? 0 : t->least_B;
        if (t->most_B - least_B > type_B * t->blocks)
            return complain(r->report, rank, phase->first, -1,
                            "phase %s is uneven: %zu to %zu bytes in a round "
                            "with peer %d",
                            phase->name, least_B, t->most_B, t->peer);
    }
    return true;
}

static bool check_pipelined(struct reader *r, const struct phase *phase,
                            int rank)
{
    size_t total_B, largest_B = 0;
    int end = phase->first + phase->rounds, largest = phase->first;

    for (int round = phase->first; round < end; round++) {
        if (!read_round(r, rank, round, &total_B))
            return false;
        if (total_B > largest_B) {
            largest_B = total_B;
            largest = round;
        }
    }
    r->phase.count = 0;
    if (!read_round(r, rank, largest, &total_B))
        return false;
    for (size_t j = 0; j < r->now.count; j++)
        widen(&r->phase, &r->now.rows[j]);
    for (int round = phase->first; round < end; round++) {
        if (!read_round(r, rank, round, &total_B))
            return false;
        for (size_t j = 0; j < r->now.count; j++) {
            const struct traffic *t = &r->now.rows[j];
            if (t->most_B <= traffic_at(&r->phase, t->kind, t->peer)->most_B)
                continue;
            return complain(r->report, rank, round, -1,
                            "more with peer %d than in round %d, the largest "
                            "of pipelined phase %s",
                            t->peer, largest, phase->name);
        }
    }
    return true;
}

/* What all ranks together do of each kind in a round. */
struct total {
    size_t steps, least_B, most_B, blocks;
};

static bool read_totals(struct reader *r, int round,
                        struct total totals[STEP_KINDS])
{
    memset(totals, 0, STEP_KINDS * sizeof *totals);
    for (int rank = 0; rank < r->c->ranks; rank++) {
        if (!step_list_get(r->report, r->algorithm, r->c, rank, round,
                           &r->steps))
            return false;
        for (size_t i = 0; i < r->steps.count; i++) {
            const struct step *s = &r->steps.steps[i];
            const struct span *span = s->from.count ? &s->from : &s->to;
            struct total *t = &totals[s->kind];
            size_t bytes = span_B(span);
            if (t->steps++ == 0 || bytes < t->least_B)
                t->least_B = bytes;
            if (bytes > t->most_B)
                t->most_B = bytes;
            if (span->count > t->blocks)
                t->blocks = span->count;
        }
    }
    return true;
}

/* Each round is held against the first: as many steps of each kind (the last
 * may have fewer), and all of the same bytes to one block's rounding. */
static bool check_varied(struct reader *r, const struct phase *phase)
{
    struct total first[STEP_KINDS], now[STEP_KINDS];
    int end = phase->first + phase->rounds;
    size_t type_B = datatype_size(r->c->type);

    if (!read_totals(r, phase->first, first))
        return false;
    for (int round = phase->first; round < end; round++) {
        if (!read_totals(r, round, now))
            return false;
        for (int kind = 0; kind < STEP_KINDS; kind++) {
            const struct total *a = &first[kind], *b = &now[kind];
            if (b->steps > a->steps || (b->steps < a->steps && round + 1 < end))
                return complain(r->report, -1, -1, -1,
                                "round %d of varied phase %s has %zu steps of "
                                "a kind, round %d has %zu",
                                round, phase->name, b->steps, phase->first,
                                a->steps);
            size_t most_B = a->most_B > b->most_B ? a->most_B : b->most_B;
            size_t least_B = a->least_B < b->least_B ? a->least_B : b->least_B;
            if (b->steps && most_B - least_B > type_B * a->blocks)
                return complain(r->report, -1, -1, -1,
                                "varied phase %s has %zu to %zu bytes in a "
                                "step of round %d or %d",
                                phase->name, least_B, most_B, phase->first,
                                round);
        }
    }
    return true;
}

static bool check_tiling(struct reader *r, const struct phase *phases,
                         size_t count)
{
    int next = 0;

    for (size_t i = 0; i < count; i++) {
        const struct phase *p = &phases[i];
        if (p->pipelined && p->varied)
            return complain(r->report, -1, -1, -1,
                            "phase %zu cannot be both pipelined and varied", i);
        if (p->first != next || p->rounds < 1 || !p->name)
            return complain(r->report, -1, -1, -1,
                            "phase %zu has rounds %d..%d, and should begin "
                            "with round %d",
                            i, p->first, p->first + p->rounds - 1, next);
        next += p->rounds;
    }
    return true;
}

static bool check_phases(struct reader *r, const struct phase *phases,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct phase *p = &phases[i];
        if (p->rounds == 1)
            continue;
        if (p->varied && !check_varied(r, p))
            return false;
        for (int rank = 0; !p->varied && rank < r->c->ranks; rank++)
            if (!(p->pipelined ? check_pipelined : check_even)(r, p, rank))
                return false;
    }
    return true;
}

typedef bool judge(struct reader *, const struct phase *, size_t count);

static bool with_phases(struct report *report,
                        const struct algorithm *algorithm,
                        const struct collective *c, judge *judge_them)
{
    size_t count = algorithm->phases(c, NULL, 0);
    struct phase *phases = xcalloc(count + 1, sizeof *phases);
    struct reader r = {.report = report, .algorithm = algorithm, .c = c};
    size_t again = algorithm->phases(c, phases, count);
    bool good;

    if (again != count)
        good = complain(report, -1, -1, -1,
                        "%zu phases without capacity, but %zu with it", count,
                        again);
    else
        good = judge_them(&r, phases, count);
    free(phases);
    free(r.steps.steps);
    free(r.now.rows);
    free(r.phase.rows);
    return good;
}

bool rules_tiling(struct report *report, const struct algorithm *algorithm,
                  const struct collective *c)
{
    return with_phases(report, algorithm, c, check_tiling);
}

bool rules_phases(struct report *report, const struct algorithm *algorithm,
                  const struct collective *c)
{
    return with_phases(report, algorithm, c, check_phases);
}
