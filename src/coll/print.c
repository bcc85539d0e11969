/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing a schedule as text. Asks the algorithm and prints what it says; knows
 * nothing of what is right. */
#include "coll/print.h"

#include <stdlib.h>

#include "base/error.h"

static const char *const buffer_names[BUFFERS] = {"input", "output", "scratch"};

static const struct {
    const char *name, *peer; /* the word before the peer */
    const char *between;     /* what connects from and to */
} kinds[STEP_KINDS] = {
    [STEP_SEND] = {"send", "to", ""},
    [STEP_RECV] = {"recv", "from", "-> "},
    [STEP_RECV_REDUCE] = {"recv-reduce", "from", " op -> "},
    [STEP_COPY] = {"copy", "", " -> "},
    [STEP_REDUCE] = {"reduce", "", " op -> "},
    [STEP_SWITCH_REDUCE] = {"sw-reduce", "at", " -> "},
    [STEP_SWITCH_MULTICAST] = {"sw-multicast", "of", " -> "},
};

static int digits_of(int n)
{
    int digits = 1;

    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

static void span_print(FILE *out, const struct span *span)
{
    if (span->count == 0)
        return;
    fprintf(out, "%s[%zu+%zu", buffer_names[span->buffer], span->offset,
            span->bytes);
    if (span->count > 1)
        fprintf(out, " x %zu / %zu", span->count, span->stride);
    fputc(']', out);
}

/* `divisor` of an average, else 0. */
static void step_print(FILE *out, const struct step *step, int rank, int digits,
                       int divisor)
{
    char peer[32] = "";
    const char *between = kinds[step->kind].between;

    if (step->peer >= 0)
        snprintf(peer, sizeof peer, "%s %d", kinds[step->kind].peer,
                 step->peer);
    fprintf(out, "rank %-*d  %-11s", digits, rank, kinds[step->kind].name);
    if (step->from.count == 0 && step->to.count == 0) { /* barrier */
        fprintf(out, "  %s\n", peer);
        return;
    }
    fprintf(out, "  %-*s  ", digits + 5, peer);
    span_print(out, &step->from);
    fputs(between, out);
    span_print(out, &step->to);
    if (divisor && step->last)
        fprintf(out, " / %d", divisor);
    fputc('\n', out);
}

static void header_print(FILE *out, const struct algorithm *algorithm,
                         const struct collective *c)
{
    char name[128];
    const char *place = c->in_place ? "in place" : "out of place";

    schedule_name(algorithm, c, name, sizeof name);
    fprintf(out, "# %s %s: %d rank%s", collective_name(c->kind), name, c->ranks,
            c->ranks == 1 ? "" : "s");
    if (c->kind != COLL_BARRIER)
        fprintf(out, ", %zu %s", c->count, datatype_name(c->type));
    if (collective_reduces(c->kind))
        fprintf(out, ", %s", op_name(c->op));
    if (collective_facts(c->kind)->rooted)
        fprintf(out, ", root %d", c->root);
    if (c->kind != COLL_BARRIER && !collective_facts(c->kind)->no_place)
        fprintf(out, ", %s", place);
    fputc('\n', out);
}

static void round_print(FILE *out, const struct algorithm *algorithm,
                        const struct collective *c, int rank, int round)
{
    int first = rank < 0 ? 0 : rank, last = rank < 0 ? c->ranks - 1 : rank;
    struct step *steps = NULL;
    size_t capacity = 0;

    fprintf(out, "round %d\n", round);
    for (int r = first; r <= last; r++) {
        size_t count = algorithm->round(c, r, round, steps, capacity);
        if (count > capacity) {
            capacity = count;
            steps = xrealloc(steps, capacity * sizeof *steps);
            algorithm->round(c, r, round, steps, capacity);
        }
        for (size_t i = 0; i < count; i++)
            step_print(out, &steps[i], r, digits_of(c->ranks - 1),
                       c->op == OP_AVG ? c->ranks : 0);
    }
    free(steps);
}

void schedule_print(FILE *out, const struct algorithm *algorithm,
                    const struct collective *c, int rank)
{
    size_t count = algorithm->phases(c, NULL, 0);
    struct phase *phases = xcalloc(count + 1, sizeof *phases);

    algorithm->phases(c, phases, count);
    header_print(out, algorithm, c);
    for (size_t i = 0; i < count; i++) {
        const struct phase *phase = &phases[i];
        int end = phase->first + phase->rounds;
        fprintf(out, "phase %zu %s: rounds %d..%d%s\n", i, phase->name,
                phase->first, end - 1,
                phase->pipelined ? ", pipelined"
                : phase->varied  ? ", varied"
                                 : "");
        for (int round = phase->first; round < end; round++)
            round_print(out, algorithm, c, rank, round);
    }
    free(phases);
}
