/* SPDX-License-Identifier: BSD-3-Clause */
/* THE measure loop. It times something it knows nothing about: no collective,
 * no transport, no option, no file. Everything comes in as functions, so a test
 * drives it with a scripted clock and the null transport.
 *
 * One sample, isolated: refill (untimed), barrier, `batch` operations back to
 * back, exit; verify (untimed). sync=barrier: each rank times its own batch and
 * the sample is the longest over ranks. sync=clock: ranks stamp entry and exit in
 * global time and the sample is last exit minus first entry; the entry skew
 * (last entry minus first) is kept beside it. Divided by batch x divisor.
 * Pipelined: the same with one refill and barrier for a batch of `pipeline`
 * operations, as nccl-tests does, and one wait where the work can be queued.
 *
 * batch: 1 unless one operation is shorter than `min_sample_s` (the clock's
 * resolution and the barrier's exit skew would count): then the power of two
 * that reaches it, agreed by all ranks in the warm-up.
 *
 * Samples are taken in blocks; between blocks ranks exchange their times (out
 * of band), so that each knows the same samples and decides the same. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "bench/stats.h"

enum sync_kind { SYNC_BARRIER, SYNC_CLOCK };
enum mode_kind { MODE_ISOLATED, MODE_PIPELINED };
enum stop_kind {
    STOP_PRECISION,
    STOP_TIME,
    STOP_COUNT,
    STOP_SIGNAL,
    STOP_WRONG /* a checked sample was wrong */
};

const char *stop_name(enum stop_kind); /* "precision", "time", "count", ... */

struct measure_options {
    enum sync_kind sync;
    enum mode_kind mode;
    int warmup;           /* operations before any sample; at least 1 runs, and
                             no more once time_s has passed */
    size_t exact_samples; /* > 0: take just so many; stop = count */
    size_t min_samples, max_samples;
    double precision; /* stop when (hi - lo) / p50 of the median's 95 % interval
                         is at most this */
    double time_s;    /* stop when the case has taken so long, all included */
    double min_sample_s;
    int pipeline;     /* MODE_PIPELINED: operations a sample */
    size_t check_every; /* 0: never verify; 1: each sample; N: each Nth and the
                           last */
    int batch;        /* > 0: fixed; 0: found as above */
};

/* The thing measured. run and barrier are the hot path. */
struct work {
    void *state;
    void (*barrier)(void *state);
    void (*run)(void *state);
    /* So many runs that are waited for together; pipelined samples are made of
     * it. May be NULL: then each run is waited for. */
    void (*run_many)(void *state, int times);
    int divisor; /* operations one run counts as */
    /* Untimed. May be NULL when nothing is verified. `iteration` differs from
     * sample to sample and is the same on all ranks. refill runs before each
     * sample, and once before the warm-up. check returns the number of
     * wrong elements on this rank. */
    void (*refill)(void *state, unsigned long iteration);
    size_t (*check)(void *state, unsigned long iteration);
    /* Called between blocks with the samples so far, for progress. May be NULL. */
    void (*tick)(void *state, size_t samples, double elapsed_s);
    /* run destroys what it reads (in place): a sample of more than one run
     * cannot be verified, and is not. */
    bool consumes_input;
};

/* What ranks tell each other between samples; all collective over the group. */
struct talk {
    void *state;
    int rank, ranks;
    void (*max)(void *state, double *values, int count); /* element-wise */
    void (*sum)(void *state, double *values, int count);
    /* Local monotonic seconds to global seconds; NULL: clocks are one. */
    double (*global_s)(void *state, double local_s);
    bool (*interrupted)(void *state); /* a signal asked to stop; may be NULL */
};

struct sample {
    double time_s;       /* per operation */
    double entry_skew_s; /* NAN unless sync=clock */
    int slowest;         /* rank with the longest own time */
};

struct measurement {
    struct sample *samples; /* owned by the caller once returned: free() */
    size_t n;
    int batch;
    enum stop_kind stop;
    struct stats time;       /* seconds per operation */
    struct stats entry_skew; /* n == 0 unless sync=clock */
    int slowest;             /* rank that was slowest most often; -1: none */
    size_t checked;          /* samples verified */
    size_t wrong;            /* wrong elements, all ranks, all samples */
};

/* Collective over the group; every rank gets the same result. Stops taking
 * samples once a checked one was wrong. */
void measure(const struct measure_options *, const struct work *,
             const struct talk *, struct clock, struct measurement *out);

#endif
