/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of every benchmark: one table of options, read by GNU argp.
 * Parsing touches nothing but the struct: no MPI, no file. A bad value gives
 * one line "linerate: allreduce: --sync: 'x' is not ..., expected ..." from the
 * first process only, and exit code 2. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdint.h>

#include "bench/groups.h"
#include "bench/inject.h"
#include "bench/measure.h"
#include "bench/with.h"
#include "coll/collective.h"

enum { LIST_MAX = 16, DIRECTIONS = 3, GPUS_MAX = 64 };

enum pairs_kind { PAIRS_TWO, PAIRS_DISJOINT, PAIRS_ALL };

struct memory_kind; /* net/mem.h */

/* Of node-local rank 0, 1, ... */
struct gpu_list {
    int number[GPUS_MAX], count;
};

/* What a benchmark is; see benchmarks/. */
struct benchmark {
    const char *name;          /* as in the CSV */
    const char *about;         /* one sentence for --help */
    enum collective_kind kind; /* of a collective; p2p: COLL_PINGPONG */
    bool p2p;
};

struct options {
    size_t min_B, max_B, step_B;
    double factor;
    const char *transports[LIST_MAX]; /* NULL-terminated */
    const char *algorithms[LIST_MAX]; /* NULL-terminated; may be "all","auto" */
    const char *ranks;                /* "2,4,8", "all", or NULL: the job */
    enum placement placement;
    bool concurrent;
    const char *split_text, *axis; /* --split, --group; NULL: no such groups */
    struct split split;            /* of them */
    const char *with_text;         /* --with; NULL: nothing */
    struct with_list with;
    int ranks_per_node; /* > 0: pretend nodes of so many ranks */
    enum datatype type;
    enum reduce_op op;
    int root;
    bool in_place;
    struct tuning tuning;
    bool direct;
    const struct memory_kind *memory;
    struct gpu_list gpus; /* --gpu; count 0: all */
    size_t reduce_segment_B;
    bool directions[DIRECTIONS]; /* p2p: latency, uni, bi */
    enum pairs_kind pairs;
    struct measure_options measure;
    double timeout_s;
    uint64_t seed;
    struct inject inject;
    const char *out, *measured, *topology;
    bool resume, csv, quiet, print_schedule, require_gdr;
};

extern const char *const direction_names[DIRECTIONS]; /* "latency", ... */

/* Fills *out with defaults and then the arguments. Returns 0, or prints and
 * returns the exit code (2; or 0 through *stop for --help and --version). */
int options_parse(const struct benchmark *, int argc, char **argv,
                  struct options *out, bool *stop);

/* The options that apply as name/value texts, defaults included, for run.json:
 * fills at most `capacity` and returns the number; texts are owned by the
 * caller (free each value). */
int options_describe(const struct benchmark *, const struct options *,
                     const char **names, char **values, int capacity);

#endif
