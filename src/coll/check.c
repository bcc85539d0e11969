/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a schedule on contributions instead of numbers, all ranks round by
 * round, and looks at what they end with. An element of memory knows which
 * element of the vector it stands for, of which rank, and in a reduction how
 * often each rank's contribution is in it. Knows no algorithm. */
#include "coll/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/check_rules.h"

/* The memory of one rank, one entry an element (INPUT, OUTPUT, SCRATCH as
 * layout_of places them). */
struct memory {
    struct layout layout;
    uint32_t *element;     /* index + 1 in the INPUT it comes from; 0: unset */
    int *origin;           /* whose INPUT; of no meaning once reduced */
    unsigned char *counts; /* [element][rank], reductions only; up to 255 */
};

struct run {
    struct report *report;
    const struct algorithm *algorithm;
    const struct collective *c;
    struct memory *memory;       /* by rank */
    struct step_list *now;       /* by rank: the round that runs */
    unsigned char *heard, *next; /* barrier: [rank][of whom] */
};

/* Entry of the k-th element of a span. */
static size_t entry_of(const struct layout *l, const struct span *s, size_t k)
{
    size_t block = s->bytes / l->type_B;
    size_t at = (l->base_B[s->buffer] + s->offset) / l->type_B;

    return at + k / block * (s->stride / l->type_B) + k % block;
}

static size_t elements_of(const struct layout *l, const struct span *s)
{
    return span_B(s) / l->type_B;
}

static bool is_set(const struct memory *m, const struct span *s)
{
    for (size_t k = 0; k < elements_of(&m->layout, s); k++)
        if (m->element[entry_of(&m->layout, s, k)] == 0)
            return false;
    return true;
}

/* to = source, or with `from` to = from op source. */
static const char *merge(const struct memory *m, const struct span *to,
                         const struct span *from, const struct memory *other,
                         const struct span *source)
{
    size_t ranks = m->counts ? (size_t)m->layout.ranks : 0;

    for (size_t k = 0; k < elements_of(&m->layout, to); k++) {
        size_t t = entry_of(&m->layout, to, k);
        size_t s = entry_of(&other->layout, source, k);
        size_t f = from ? entry_of(&m->layout, from, k) : t;
        if (from && m->element[f] != other->element[s])
            return "reduces different elements of the vector";
        m->element[t] = other->element[s];
        m->origin[t] = other->origin[s];
        for (size_t r = 0; r < ranks; r++) {
            unsigned sum = other->counts[s * ranks + r];
            sum += from ? m->counts[f * ranks + r] : 0u;
            m->counts[t * ranks + r] = (unsigned char)(sum < 255 ? sum : 255);
        }
    }
    return NULL;
}

static bool receives(const struct step *s)
{
    return s->kind == STEP_RECV || s->kind == STEP_RECV_REDUCE;
}

/* The n-th send of (or receive by) a rank that concerns `peer`, or NULL. */
static const struct step *nth(const struct step_list *list, bool receive,
                              int peer, size_t n)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct step *s = &list->steps[i];
        bool fits = receive ? receives(s) : s->kind == STEP_SEND;
        if (fits && s->peer == peer && n-- == 0)
            return s;
    }
    return NULL;
}

/* The step of the peer that meets step i of `rank`, or NULL. */
static const struct step *partner_of(const struct run *run, int rank, size_t i)
{
    const struct step_list *mine = &run->now[rank];
    const struct step *s = &mine->steps[i];
    size_t before = 0;

    for (size_t j = 0; j < i; j++)
        if (mine->steps[j].peer == s->peer &&
            receives(&mine->steps[j]) == receives(s))
            before++;
    return nth(&run->now[s->peer], !receives(s), rank, before);
}

/* --- steps that the switch of a node does
 * ------------------------------------- */

static bool by_switch(const struct step *s)
{
    return s->kind == STEP_SWITCH_REDUCE || s->kind == STEP_SWITCH_MULTICAST;
}

/* The step of `other` that belongs to step i of `rank`: the same kind and
 * owner, in listed order; or NULL. */
static const struct step *switch_mate(const struct run *run, int rank, size_t i,
                                      int other)
{
    const struct step *s = &run->now[rank].steps[i];
    const struct step_list *theirs = &run->now[other];
    size_t before = 0;

    for (size_t j = 0; j < i; j++) {
        const struct step *mine = &run->now[rank].steps[j];
        before += mine->kind == s->kind && mine->peer == s->peer;
    }
    for (size_t j = 0; j < theirs->count; j++)
        if (theirs->steps[j].kind == s->kind &&
            theirs->steps[j].peer == s->peer && before-- == 0)
            return &theirs->steps[j];
    return NULL;
}

static size_t step_B(const struct step *s)
{
    return span_B(s->from.count ? &s->from : &s->to);
}

/* All ranks of the node take part, with as many bytes. */
static bool check_switch(const struct run *run, int rank, int round, size_t i)
{
    const struct step *s = &run->now[rank].steps[i];
    int node = shape_node(run->c, rank);

    if (shape_node(run->c, s->peer) != node)
        return complain(run->report, rank, round, (int)i,
                        "rank %d is not on this node", s->peer);
    for (int r = shape_start(run->c, node); r < shape_start(run->c, node + 1);
         r++) {
        const struct step *mate = switch_mate(run, rank, i, r);
        if (!mate || step_B(mate) != step_B(s))
            return complain(run->report, rank, round, (int)i,
                            "rank %d of the node does not do as much", r);
    }
    return true;
}

static const char *apply_switch(const struct run *run, int rank, size_t i)
{
    const struct step *s = &run->now[rank].steps[i];
    const struct memory *m = &run->memory[rank];
    int node = shape_node(run->c, rank);
    const char *fault = NULL;

    if (s->kind == STEP_SWITCH_MULTICAST)
        return s->peer == rank
                   ? NULL
                   : merge(m, &s->to, NULL, &run->memory[s->peer],
                           &switch_mate(run, rank, i, s->peer)->from);
    if (s->peer != rank)
        return NULL;
    fault = merge(m, &s->to, NULL, m, &s->from);
    for (int r = shape_start(run->c, node);
         !fault && r < shape_start(run->c, node + 1); r++)
        if (r != rank)
            fault = merge(m, &s->to, &s->to, &run->memory[r],
                          &switch_mate(run, rank, i, r)->from);
    return fault;
}

static bool check_read(const struct run *run, int rank, int round, size_t i,
                       const struct span *span)
{
    if (is_set(&run->memory[rank], span))
        return true;
    return complain(run->report, rank, round, (int)i,
                    "reads what was never written");
}

/* Rule 1 for one step, and that what it sends has been written. */
static bool check_step(const struct run *run, int rank, int round, size_t i)
{
    const struct step *s = &run->now[rank].steps[i];
    bool is_send = s->kind == STEP_SEND;

    if (s->peer < 0)
        return true;
    if (by_switch(s))
        return (!s->from.count || check_read(run, rank, round, i, &s->from)) &&
               check_switch(run, rank, round, i);
    if (is_send && !check_read(run, rank, round, i, &s->from))
        return false;

    const struct step *other = partner_of(run, rank, i);
    if (!other)
        return complain(run->report, rank, round, (int)i,
                        is_send ? "rank %d does not receive this"
                                : "rank %d does not send this",
                        s->peer);
    size_t mine_B = span_B(is_send ? &s->from : &s->to);
    size_t other_B = span_B(is_send ? &other->to : &other->from);
    if (mine_B != other_B)
        return complain(run->report, rank, round, (int)i,
                        "%zu bytes, but rank %d has %zu", mine_B, s->peer,
                        other_B);
    return true;
}

/* Rule 8, once the step is done. */
static bool check_last(const struct run *run, int rank, int round, size_t i)
{
    const struct step *s = &run->now[rank].steps[i];
    const struct memory *m = &run->memory[rank];
    size_t ranks = m->counts ? (size_t)run->c->ranks : 0;

    for (size_t k = 0; ranks && k < elements_of(&m->layout, &s->to); k++) {
        const unsigned char *counts =
            m->counts + entry_of(&m->layout, &s->to, k) * ranks;
        size_t r = 0;
        while (r < ranks && counts[r] == 1)
            r++;
        if (r == ranks && !s->last)
            return complain(run->report, rank, round, (int)i,
                            "has all contributions and is not marked last");
        if (r < ranks && s->last)
            return complain(run->report, rank, round, (int)i,
                            "is marked last, and has the contribution of rank "
                            "%zu %d times",
                            r, counts[r]);
    }
    return true;
}

/* Sends take part through their receives. What a send reads nobody writes in
 * this round (rule 3), so the order of ranks does not matter. */
static bool apply_step(const struct run *run, int rank, int round, size_t i)
{
    const struct step *s = &run->now[rank].steps[i];
    const struct memory *m = &run->memory[rank];
    const char *fault = NULL;

    if (!check_read(run, rank, round, i, &s->from) ||
        (s->kind == STEP_REDUCE && !check_read(run, rank, round, i, &s->to)))
        return false;
    if (by_switch(s))
        fault = apply_switch(run, rank, i);
    else if (s->kind == STEP_COPY)
        fault = merge(m, &s->to, NULL, m, &s->from);
    else if (s->kind == STEP_REDUCE)
        fault = merge(m, &s->to, &s->from, m, &s->to);
    else if (receives(s) && !run->heard)
        fault = merge(m, &s->to, s->kind == STEP_RECV ? NULL : &s->from,
                      &run->memory[s->peer], &partner_of(run, rank, i)->from);
    else if (receives(s))
        for (int r = 0; r < run->c->ranks; r++)
            run->next[rank * run->c->ranks + r] |=
                run->heard[s->peer * run->c->ranks + r];
    if (fault)
        return complain(run->report, rank, round, (int)i, "%s", fault);
    bool reduces = s->kind == STEP_RECV_REDUCE || s->kind == STEP_REDUCE ||
                   (s->kind == STEP_SWITCH_REDUCE && s->peer == rank);
    return !reduces || check_last(run, rank, round, i);
}

typedef bool per_step(const struct run *, int rank, int round, size_t i);

static bool each_step(const struct run *run, int round, per_step *act)
{
    for (int rank = 0; rank < run->c->ranks; rank++)
        for (size_t i = 0; i < run->now[rank].count; i++)
            if (!act(run, rank, round, i))
                return false;
    return true;
}

static bool run_round(const struct run *run, int round)
{
    size_t ranks = (size_t)run->c->ranks;

    for (int rank = 0; rank < run->c->ranks; rank++)
        if (!step_list_get(run->report, run->algorithm, run->c, rank, round,
                           &run->now[rank]) ||
            !rules_round(run->report, &run->memory[rank].layout,
                         &run->now[rank], rank, round))
            return false;
    if (!each_step(run, round, check_step) ||
        !each_step(run, round, apply_step))
        return false;
    if (run->heard)
        memcpy(run->heard, run->next, ranks * ranks);
    return true;
}

/* Element i of OUTPUT, which must be element `want` of the origin's INPUT. */
static bool check_element(const struct run *run, int rank, size_t i,
                          size_t want, int origin)
{
    const struct memory *m = &run->memory[rank];
    size_t ranks = (size_t)run->c->ranks;
    size_t at = m->layout.base_B[BUFFER_OUTPUT] / m->layout.type_B + i;

    if (m->element[at] == 0)
        return complain(run->report, rank, -1, -1,
                        "element %zu of OUTPUT was never written", i);
    if (m->element[at] != want + 1 || (!m->counts && m->origin[at] != origin))
        return complain(run->report, rank, -1, -1,
                        "element %zu of OUTPUT is element %u of rank %d", i,
                        m->element[at] - 1, m->origin[at]);
    for (size_t r = 0; m->counts && r < ranks; r++)
        if (m->counts[at * ranks + r] != 1)
            return complain(run->report, rank, -1, -1,
                            "element %zu of OUTPUT has the contribution of "
                            "rank %zu %d times",
                            i, r, m->counts[at * ranks + r]);
    return true;
}

static bool check_output(const struct run *run, int rank)
{
    size_t each = collective_part_count(run->c);

    for (int part = 0; part < collective_parts(run->c, rank); part++) {
        struct wanted wanted = collective_wanted(run->c, rank, part);
        for (size_t k = 0; k < each; k++)
            if (!check_element(run, rank, (size_t)part * each + k,
                               (size_t)wanted.part * each + k, wanted.rank))
                return false;
    }
    return true;
}

static bool check_contents(const struct run *run)
{
    const struct collective *c = run->c;

    for (int rank = 0; rank < c->ranks; rank++) {
        if (!check_output(run, rank))
            return false;
        for (int r = 0; run->heard && r < c->ranks; r++)
            if (!run->heard[rank * c->ranks + r])
                return complain(run->report, rank, -1, -1,
                                "leaves without having heard of rank %d", r);
    }
    return true;
}

static void memory_open(struct memory *m, const struct run *run, int rank)
{
    const struct collective *c = run->c;
    size_t ranks = (size_t)c->ranks, type_B = datatype_size(c->type);

    m->layout = layout_of(run->algorithm, c, rank);
    size_t entries = m->layout.total_B / type_B + 1; /* + 1: none is empty */
    m->element = xcalloc(entries, sizeof *m->element);
    m->origin = xcalloc(entries, sizeof *m->origin);
    if (m->layout.reduces)
        m->counts = xcalloc(entries * ranks, 1);
    size_t at = m->layout.base_B[BUFFER_INPUT] / type_B;
    for (size_t i = 0; i < m->layout.size_B[BUFFER_INPUT] / type_B; i++) {
        m->element[at + i] = (uint32_t)i + 1;
        m->origin[at + i] = rank;
        if (m->counts)
            m->counts[(at + i) * ranks + (size_t)rank] = 1;
    }
}

static void run_open(struct run *run)
{
    size_t ranks = (size_t)run->c->ranks;

    run->memory = xcalloc(ranks, sizeof *run->memory);
    run->now = xcalloc(ranks, sizeof *run->now);
    for (int rank = 0; rank < run->c->ranks; rank++)
        memory_open(&run->memory[rank], run, rank);
    if (run->c->kind != COLL_BARRIER)
        return;
    run->heard = xcalloc(ranks * ranks, 1);
    run->next = xcalloc(ranks * ranks, 1);
    for (size_t r = 0; r < ranks; r++)
        run->heard[r * ranks + r] = run->next[r * ranks + r] = 1;
}

static void run_close(struct run *run)
{
    for (int rank = 0; rank < run->c->ranks; rank++) {
        free(run->memory[rank].element);
        free(run->memory[rank].origin);
        free(run->memory[rank].counts);
        free(run->now[rank].steps);
    }
    free(run->memory);
    free(run->now);
    free(run->heard);
    free(run->next);
}

bool check_schedule(const struct algorithm *algorithm,
                    const struct collective *c, char *why, size_t capacity)
{
    struct report report = {why, capacity};
    struct run run = {.report = &report, .algorithm = algorithm, .c = c};

    if (!rules_tiling(&report, algorithm, c))
        return false;

    int rounds = schedule_rounds(algorithm, c);
    bool good = true;
    run_open(&run);
    for (int round = 0; good && round < rounds; round++)
        good = run_round(&run, round);
    good = good && check_contents(&run);
    run_close(&run);
    return good && rules_phases(&report, algorithm, c);
}
