/* SPDX-License-Identifier: BSD-3-Clause */
/* The measure loop: warm-up, batch, blocks of samples, the decision to stop.
 * Every decision is made from numbers that went through talk->max or talk->sum,
 * so that all ranks decide the same without being told. Must not know what it
 * times. */
#include "bench/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

enum {
    BLOCK_MOST = 64, /* samples between two exchanges */
    PARTS = 4,       /* numbers a sample exchanges under sync=clock */
    PIPELINE = 20,   /* operations, as nccl-tests' -n */
    BATCH_MOST = 1 << 20
};

/* A block ends after about so long, that a signal or the time limit is seen. */
static const double block_most_s = 0.2;

/* The interval is looked at again when there are so many times more samples:
 * sorting all of them after every block would take longer than measuring. */
static const double precision_growth = 1.1;

struct stamps {
    double entry_s, left_s; /* local clock */
};

struct loop {
    const struct measure_options *options;
    const struct work *work;
    const struct talk *talk;
    struct clock clock;
    double began_s;
    double elapsed_s;  /* agreed: of the rank that has waited longest */
    bool interrupted;  /* agreed: some rank was */
    int batch;         /* runs a sample */
    size_t wrong_here; /* on this rank, not yet exchanged */
    bool last_checked; /* whether the latest sample was verified */
    struct stamps block[BLOCK_MOST];
    double own_s[BLOCK_MOST];
    double values[PARTS * BLOCK_MOST + 2]; /* + elapsed, interrupted */
    double *times, *scratch;               /* room for every sample */
    size_t room;
    size_t next_look; /* samples at which the interval is computed again */
    int *votes;       /* [ranks]: samples in which this rank was slowest */
};

const char *stop_name(enum stop_kind stop)
{
    static const char *const names[] = {"precision", "time", "count", "signal",
                                        "wrong"};
    return names[stop];
}

static double now_s(const struct loop *loop)
{
    return loop->clock.now_s(loop->clock.state);
}

/* --- the hot path -----------------------------------------------------------
 */

/* Nothing but the operation stands between the two stamps. */
static struct stamps batch_take(const struct loop *loop, int batch)
{
    const struct work *work = loop->work;
    void (*run)(void *) = work->run;
    void *state = work->state;
    bool queued = loop->options->mode == MODE_PIPELINED && work->run_many;
    struct stamps stamps;
    work->barrier(state);
    stamps.entry_s = now_s(loop);
    if (queued)
        work->run_many(state, batch);
    for (int i = 0; i < batch && !queued; i++)
        run(state);
    stamps.left_s = now_s(loop);
    return stamps;
}

/* --- what ranks agree on ----------------------------------------------------
 */

/* Exchanges values[0 .. count-1], and with them the time and the signal. */
static void values_agree(struct loop *loop, int count)
{
    const struct talk *talk = loop->talk;
    double *values = loop->values;
    values[count] = now_s(loop) - loop->began_s;
    values[count + 1] = talk->interrupted && talk->interrupted(talk->state);
    talk->max(talk->state, values, count + 2);
    loop->elapsed_s = values[count];
    loop->interrupted = values[count + 1] > 0;
}

/* True once a case may take no more time; just so many samples take what they
 * take, unless a signal comes. */
static bool time_spent(const struct loop *loop)
{
    const struct measure_options *options = loop->options;
    return loop->interrupted ||
           (!options->exact_samples && loop->elapsed_s >= options->time_s);
}

/* --- before the samples -----------------------------------------------------
 */

/* Operations in growing chunks: one that is slower than the whole time limit is
 * warmed up by one run. */
static void warm_up(struct loop *loop)
{
    int wanted = loop->options->warmup > 1 ? loop->options->warmup : 1;
    if (loop->work->refill)
        loop->work->refill(loop->work->state, 0);
    for (int done = 0, chunk = 1; done < wanted; chunk *= 2) {
        if (chunk > wanted - done)
            chunk = wanted - done;
        batch_take(loop, chunk);
        done += chunk;
        values_agree(loop, 0);
        if (time_spent(loop))
            return;
    }
}

/* Time of so many operations on the slowest rank, agreed. */
static double batch_probe(struct loop *loop, int batch)
{
    struct stamps stamps = batch_take(loop, batch);
    loop->values[0] = stamps.left_s - stamps.entry_s;
    values_agree(loop, 1);
    return loop->values[0];
}

/* The least power of two that reaches min_sample_s twice: one hiccup must not
 * pass for a long operation. */
static int batch_find(struct loop *loop)
{
    const struct measure_options *options = loop->options;
    double least_s = options->min_sample_s;
    int batch = 1;
    if (options->mode == MODE_PIPELINED)
        return options->pipeline > 0 ? options->pipeline : PIPELINE;
    if (options->batch > 0)
        return options->batch;
    if (!(least_s > 0))
        return 1;
    while (batch < BATCH_MOST && !time_spent(loop)) {
        if (batch_probe(loop, batch) >= least_s &&
            (time_spent(loop) || batch_probe(loop, batch) >= least_s))
            break;
        batch *= 2;
    }
    return batch;
}

/* --- a block of samples -----------------------------------------------------
 */

static bool checks(const struct loop *loop)
{
    return loop->options->check_every > 0 && loop->work->check &&
           !(loop->work->consumes_input && loop->batch > 1);
}

/* Sample number i (from 0) has iteration i + 1: 0 is the warm-up's. */
static void sample_check(struct loop *loop, size_t i, struct measurement *out)
{
    loop->wrong_here += loop->work->check(loop->work->state, i + 1);
    out->checked++;
}

static void block_take(struct loop *loop, size_t count, struct measurement *out)
{
    const struct work *work = loop->work;
    for (size_t k = 0; k < count; k++) {
        size_t i = out->n + k;
        if (work->refill)
            work->refill(work->state, i + 1);
        loop->block[k] = batch_take(loop, loop->batch);
        loop->last_checked =
            checks(loop) && (i + 1) % loop->options->check_every == 0;
        if (loop->last_checked)
            sample_check(loop, i, out);
    }
}

static double global_s(const struct loop *loop, double local_s)
{
    const struct talk *talk = loop->talk;
    return talk->global_s ? talk->global_s(talk->state, local_s) : local_s;
}

/* Who had the longest own time of each sample; of several the lowest rank. Own
 * times are compared for equality on purpose: the maximum is one of them. */
static void slowest_agree(struct loop *loop, const double *longest, int count,
                          struct sample *samples)
{
    const struct talk *talk = loop->talk;
    double votes[BLOCK_MOST];
    for (int k = 0; k < count; k++)
        votes[k] = loop->own_s[k] >= longest[k] ? talk->ranks - talk->rank : 0;
    talk->max(talk->state, votes, count);
    for (int k = 0; k < count; k++) {
        samples[k].slowest = votes[k] > 0 ? talk->ranks - (int)votes[k] : -1;
        if (samples[k].slowest >= 0)
            loop->votes[samples[k].slowest]++;
    }
}

/* values: own time; under sync=clock then last exit, first entry (as the
 * maximum of its negative) and last entry. */
static void block_agree(struct loop *loop, int count, struct sample *samples)
{
    bool by_clock = loop->options->sync == SYNC_CLOCK;
    double *own = loop->values, *left = own + count, *first = left + count,
           *last = first + count;
    double operations = (double)loop->batch *
                        (loop->work->divisor > 1 ? loop->work->divisor : 1);
    for (int k = 0; k < count; k++) {
        struct stamps s = loop->block[k];
        own[k] = loop->own_s[k] = s.left_s - s.entry_s;
        if (by_clock) {
            left[k] = global_s(loop, s.left_s);
            last[k] = global_s(loop, s.entry_s);
            first[k] = -last[k];
        }
    }
    values_agree(loop, by_clock ? PARTS * count : count);
    for (int k = 0; k < count; k++) {
        samples[k].time_s =
            (by_clock ? left[k] + first[k] : own[k]) / operations;
        samples[k].entry_skew_s = by_clock ? last[k] + first[k] : NAN;
    }
    slowest_agree(loop, own, count, samples);
}

static void wrong_agree(struct loop *loop, struct measurement *out)
{
    double wrong = (double)loop->wrong_here;
    loop->talk->sum(loop->talk->state, &wrong, 1);
    out->wrong += (size_t)wrong;
    loop->wrong_here = 0;
}

/* Twice the one before, within the limits of a block, of the time that is left
 * and of the samples wanted; at least 1. took_s: one sample, all included. */
static size_t block_size(const struct loop *loop, size_t previous,
                         double took_s, size_t wanted)
{
    const struct measure_options *options = loop->options;
    double left_s = options->time_s - loop->elapsed_s;
    double most = (double)(previous ? 2 * previous : 1);
    if (most > BLOCK_MOST)
        most = BLOCK_MOST;
    if (most > (double)wanted)
        most = (double)wanted;
    if (took_s > 0) {
        double within_s = block_most_s;
        if (!options->exact_samples && left_s < within_s)
            within_s = left_s;
        if (most > within_s / took_s)
            most = within_s / took_s;
    }
    return most >= 1 ? (size_t)most : 1;
}

/* --- when to stop -----------------------------------------------------------
 */

static void times_describe(struct loop *loop, const struct measurement *out,
                           struct stats *stats)
{
    for (size_t i = 0; i < out->n; i++)
        loop->times[i] = out->samples[i].time_s;
    stats_of(loop->times, out->n, loop->scratch, stats);
}

static bool precise(struct loop *loop, const struct measurement *out)
{
    const struct measure_options *options = loop->options;
    struct stats stats;
    if (out->n < options->min_samples || out->n < loop->next_look)
        return false;
    loop->next_look = (size_t)((double)out->n * precision_growth);
    times_describe(loop, out, &stats);
    /* Absent limits are NAN, and compare false. */
    return stats.p50_hi - stats.p50_lo <= options->precision * stats.p50;
}

static bool must_stop(struct loop *loop, struct measurement *out, size_t limit)
{
    enum stop_kind stop;
    if (out->wrong)
        stop = STOP_WRONG;
    else if (loop->interrupted)
        stop = STOP_SIGNAL;
    else if (!loop->options->exact_samples && precise(loop, out))
        stop = STOP_PRECISION;
    else if (out->n >= limit)
        stop = STOP_COUNT;
    else if (time_spent(loop))
        stop = STOP_TIME;
    else
        return false;
    out->stop = stop;
    return true;
}

static void room_make(struct loop *loop, struct measurement *out,
                      size_t samples)
{
    if (samples <= loop->room)
        return;
    loop->room = samples > 2 * loop->room ? samples : 2 * loop->room;
    out->samples = xrealloc(out->samples, loop->room * sizeof *out->samples);
    loop->times = xrealloc(loop->times, loop->room * sizeof *loop->times);
    loop->scratch = xrealloc(loop->scratch, loop->room * sizeof *loop->scratch);
}

static void samples_take(struct loop *loop, struct measurement *out)
{
    const struct measure_options *options = loop->options;
    const struct work *work = loop->work;
    size_t limit = options->exact_samples ? options->exact_samples
                   : options->max_samples ? options->max_samples
                                          : 1;
    size_t count = 0;
    double took_s = 0;
    do {
        double before_s = loop->elapsed_s;
        size_t checked = out->checked;
        count = block_size(loop, count, took_s, limit - out->n);
        room_make(loop, out, out->n + count);
        block_take(loop, count, out);
        block_agree(loop, (int)count, out->samples + out->n);
        if (out->checked > checked)
            wrong_agree(loop, out);
        took_s = (loop->elapsed_s - before_s) / (double)count;
        out->n += count;
        if (work->tick)
            work->tick(work->state, out->n, loop->elapsed_s);
    } while (!must_stop(loop, out, limit));
    /* Only now is it known which sample is the last; its buffers still hold
     * what it left. */
    if (checks(loop) && !loop->last_checked) {
        sample_check(loop, out->n - 1, out);
        wrong_agree(loop, out);
    }
}

/* --- the result -------------------------------------------------------------
 */

static void result_describe(struct loop *loop, struct measurement *out)
{
    times_describe(loop, out, &out->time);
    size_t skews = loop->options->sync == SYNC_CLOCK ? out->n : 0;
    for (size_t i = 0; i < skews; i++)
        loop->times[i] = out->samples[i].entry_skew_s;
    stats_of(loop->times, skews, loop->scratch, &out->entry_skew);
    int most = 0;
    for (int r = 0; r < loop->talk->ranks; r++) {
        if (loop->votes[r] > most) {
            most = loop->votes[r];
            out->slowest = r;
        }
    }
}

void measure(const struct measure_options *options, const struct work *work,
             const struct talk *talk, struct clock clock,
             struct measurement *out)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->options = options;
    loop->work = work;
    loop->talk = talk;
    loop->clock = clock;
    loop->votes = xcalloc((size_t)talk->ranks, sizeof *loop->votes);
    loop->began_s = now_s(loop);
    *out = (struct measurement){.slowest = -1, .stop = STOP_SIGNAL, .batch = 1};
    room_make(loop, out, BLOCK_MOST);

    warm_up(loop);
    if (!loop->interrupted)
        loop->batch = out->batch = batch_find(loop);
    if (!loop->interrupted)
        samples_take(loop, out);
    result_describe(loop, out);

    free(loop->times);
    free(loop->scratch);
    free(loop->votes);
    free(loop);
}
