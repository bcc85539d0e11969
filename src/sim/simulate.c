/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"

struct run {
    struct pricer *pricer;
    const struct algorithm *algorithm;
    const struct collective *c;
    const struct simulate_options *options;
    struct simulation *out;
};

/* The entry for a phase: the last one if it has the same name. */
static struct phase_time *entry_for(struct simulation *out, const char *name)
{
    struct phase_time *last = out->phases ? &out->phase[out->phases - 1] : NULL;
    if (last && (!strcmp(last->name, name) || out->phases == PHASE_TIMES))
        return last;
    last = &out->phase[out->phases++];
    *last = (struct phase_time){.name = name};
    return last;
}

static void note(struct run *run, const char *name, long rounds,
                 const struct price *price, double seconds)
{
    struct phase_time *entry = entry_for(run->out, name);
    entry->rounds += rounds;
    entry->seconds += seconds;
    entry->latency_s += price->latency_s * (double)rounds;
    if (price->total_s >= entry->largest.total_s)
        entry->largest = *price;
    run->out->time_s += seconds;
    run->out->rounds += rounds;
    run->out->priced++;
}

static void run_plain(struct run *run, const struct phase *phase)
{
    struct price price;
    pricer_round(run->pricer, run->algorithm, run->c, phase->first,
                 phase->rounds, PRICE_SOLVED, &price);
    note(run, phase->name, phase->rounds, &price,
         price.total_s * phase->rounds);
}

/* --- pipelined
 * ---------------------------------------------------------------- */

enum { PROBED_STEPS = 512 };

/* Does a rank send to `peer` in a round? With peer -1: to whom first, -1 for
 * nobody. */
static int sends_to(const struct run *run, int rank, int round, int peer)
{
    struct step steps[PROBED_STEPS];
    size_t n = run->algorithm->round(run->c, rank, round, steps, PROBED_STEPS);
    for (size_t i = 0; i < n && i < PROBED_STEPS; i++)
        if (steps[i].kind == STEP_SEND && (peer < 0 || steps[i].peer == peer))
            return steps[i].peer;
    return -1;
}

/* Of rounds `busy` and on towards `end` (not itself), the last in which the
 * rank still sends to the peer: it does so in an unbroken run of rounds. */
static int last_busy(const struct run *run, int rank, int peer, int busy,
                     int end)
{
    while (busy - end > 1 || end - busy > 1) {
        int middle = busy + (end - busy) / 2;
        if (sends_to(run, rank, middle, peer) >= 0)
            busy = middle;
        else
            end = middle;
    }
    return busy;
}

/* Rounds in which a rank sends to a peer of the middle of the phase: the
 * segments that pass through it. 0: it sends to nobody then. */
static int busy_rounds(const struct run *run, const struct phase *phase,
                       int rank)
{
    int middle = phase->first + phase->rounds / 2;
    int peer = sends_to(run, rank, middle, -1);
    if (peer < 0)
        return 0;
    return last_busy(run, rank, peer, middle, phase->first + phase->rounds) -
           last_busy(run, rank, peer, middle, phase->first - 1) + 1;
}

/* The fewest of several ranks: a rank may send to a peer for two reasons (up
 * one tree and down the other), one after the other. */
static int segments_of(const struct run *run, const struct phase *phase)
{
    enum { PROBES = 9 };
    int ranks = run->c->ranks, fewest = phase->rounds;
    for (int i = 0; i < PROBES; i++) {
        int rank = (int)((long)(ranks - 1) * i / (PROBES - 1));
        int busy = busy_rounds(run, phase, rank);
        if (busy > 0 && busy < fewest)
            fewest = busy;
    }
    return fewest;
}

/* Rounds first .. first+n-1, which fill or drain the pipe: all of them, or
 * POINTS of them that stand for their neighbours. With `latency` each pays its
 * messages' latency, else only what limits the flow of segments. */
static void ramp_s(struct run *run, const char *name, int first, int n,
                   bool latency)
{
    enum { POINTS = 4 };
    int points = n < POINTS ? n : POINTS;
    for (int i = 0; i < points; i++) {
        int begin = n * i / points, end = n * (i + 1) / points;
        double weight = end - begin;
        struct price price;
        pricer_round(run->pricer, run->algorithm, run->c,
                     first + (begin + end - 1) / 2, weight, PRICE_COUNTED,
                     &price);
        double each =
            latency ? price.total_s : fmax(price.transfer_s, price.local_s);
        note(run, name, end - begin, &price, each * weight);
        if (!latency)
            entry_for(run->out, name)->latency_s -= price.latency_s * weight;
    }
}

/* The pipe fills during the rounds that the first segment takes to its end,
 * runs full, and drains for as long. */
static void run_pipelined(struct run *run, const struct phase *phase)
{
    int chain = phase->rounds - segments_of(run, phase);
    int fill = chain > 0 ? chain : 1;
    int drain = phase->rounds - fill < chain ? phase->rounds - fill : chain;
    int full = phase->rounds - fill - drain;
    ramp_s(run, phase->name, phase->first, fill, true);
    if (full > 0) {
        struct price price;
        pricer_round(run->pricer, run->algorithm, run->c,
                     phase->first + fill + full / 2, full, PRICE_COUNTED,
                     &price);
        double step = fmax(price.transfer_s, price.local_s);
        note(run, phase->name, full, &price, step * full);
        entry_for(run->out, phase->name)->latency_s -= price.latency_s * full;
    }
    ramp_s(run, phase->name, phase->first + fill + full, drain, false);
}

/* --- sampled
 * ------------------------------------------------------------------ */

/* What a round costs, in messages: what rank 0 or one in the middle sends (the
 * less of the two: one of them may be a root), times the ranks; or looking at
 * ranks that send nothing. */
static double messages_in(const struct run *run, int round)
{
    struct step steps[PROBED_STEPS];
    size_t fewest = PROBED_STEPS;
    for (int i = 0; i < 2; i++) {
        size_t sends = 0,
               n = run->algorithm->round(run->c, i * run->c->ranks / 2, round,
                                         steps, PROBED_STEPS);
        for (size_t k = 0; k < n && k < PROBED_STEPS; k++)
            sends += steps[k].kind == STEP_SEND;
        fewest = sends < fewest ? sends : fewest;
    }
    return fmax(0.25, (double)fewest) * run->c->ranks;
}

/* How many of n rounds are priced. */
static size_t sample_of(const struct run *run, const struct phase *phase,
                        size_t n)
{
    double most = run->options->sampled_most;
    if (most <= 1 || (double)n <= most)
        return n;
    if (run->options->sampled_messages > 0) {
        double allowed =
            run->options->sampled_messages / messages_in(run, phase->first);
        most = fmin(most, fmax(SAMPLED_LEAST, allowed));
    }
    return (double)n <= most ? n : (size_t)most;
}

/* Each of n rounds by itself, or a round drawn from each of as many equal
 * strata as are sampled, scaled up. */
static void run_rounds(struct run *run, const struct phase *phase, size_t n,
                       struct random *random)
{
    double sum = 0, squares = 0;
    size_t strata = sample_of(run, phase, n);
    bool all = strata == n;
    for (size_t i = 0; i < strata; i++) {
        size_t begin = n * i / strata, end = n * (i + 1) / strata;
        size_t drawn = all ? 0 : random_below(random, end - begin);
        double weight = (double)(end - begin);
        struct price price;
        pricer_round(run->pricer, run->algorithm, run->c,
                     phase->first + (int)(begin + drawn), weight, PRICE_SOLVED,
                     &price);
        note(run, phase->name, (long)(end - begin), &price,
             price.total_s * weight);
        sum += price.total_s;
        squares += price.total_s * price.total_s;
    }
    if (all)
        return;
    double k = (double)strata, mean = sum / k;
    double variance = fmax(0, squares / k - mean * mean) * k / (k - 1);
    double error_s = sqrt(variance / k) * (double)n;
    run->out->sampling_error = hypot(run->out->sampling_error, error_s);
}

/* Single-round phases of the same name from `first` on. */
static size_t alike(const struct phase *phases, size_t first, size_t n)
{
    size_t end = first;
    while (end < n && phases[end].rounds == 1 && !phases[end].pipelined &&
           !strcmp(phases[end].name, phases[first].name))
        end++;
    return end - first;
}

void simulate(struct pricer *pricer, const struct model *model,
              const struct algorithm *algorithm, const struct collective *c,
              const struct simulate_options *options, struct simulation *out)
{
    *out = (struct simulation){.time_s = model->start_s};
    struct run run = {pricer, algorithm, c, options, out};
    struct random random = {options->seed};
    size_t n = algorithm->phases(c, NULL, 0);
    struct phase *phases = xcalloc(n + 1, sizeof *phases);
    algorithm->phases(c, phases, n);
    pricer_forget(pricer);
    for (size_t i = 0; i < n;) {
        const struct phase *phase = &phases[i];
        size_t same = phase->varied ? 1 : alike(phases, i, n);
        size_t rounds = phase->varied ? (size_t)phase->rounds : same;
        if (phase->varied || same > 1)
            run_rounds(&run, phase, rounds, &random);
        else if (phase->pipelined)
            run_pipelined(&run, phase);
        else
            run_plain(&run, phase);
        i += same > 1 ? same : 1;
    }
    free(phases);
    out->floor_s = pricer_floor_s(pricer);
    out->wire_B = pricer_wire_B(pricer);
    out->sampling_error /= out->time_s > 0 ? out->time_s : 1;
}
