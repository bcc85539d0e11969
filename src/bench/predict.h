/* SPDX-License-Identifier: BSD-3-Clause */
/* `predict`: the benchmarks of the suite in virtual time. Takes what a command
 * line asks and gives rows as a measurement would, with source=simulated. */
#ifndef BENCH_PREDICT_H
#define BENCH_PREDICT_H

#include <stdint.h>
#include <stdio.h>

#include "bench/options.h"
#include "bench/record.h"
#include "sim/model.h"
#include "sim/place.h"
#include "sim/split.h"

enum { FAULTS_MAX = 16 };

struct fault { /* --fault nic=GPU,rate=SHARE or link=ID,rate=SHARE */
    bool nic;
    long index;
    double share;
};

#define SAMPLED_ITSELF SIZE_MAX

struct predict_options {
    const char *collective;
    const char *topologies[LIST_MAX]; /* files; NULL-terminated */
    const char *algorithms[LIST_MAX];
    const char *ranks; /* "1024,16384", "all"; NULL: the job of the file */
    const char *constants, *constants_file, *out;
    const char *split_text, *axis; /* --split, --group; NULL: one group */
    struct split split;            /* of them */
    size_t min_B, max_B, step_B;
    double factor;
    enum datatype type;
    enum reduce_op op;
    int root;
    struct tuning tuning;
    enum place_kind placement;
    size_t seeds, sampled; /* SAMPLED_ITSELF: as many rounds as are cheap */
    uint64_t seed;
    struct fault faults[FAULTS_MAX];
    int faults_n;
    bool csv, quiet, explain;
};

/* As options_parse. */
int predict_parse(int argc, char **argv, struct predict_options *out,
                  bool *stop);

/* One case: a row a (topology, ranks, size, algorithm). */
struct prediction {
    const struct topology *topology;
    const struct model_set *models;
    const struct predict_options *options;
    int groups; /* that run at once, each of c.ranks ranks; 1 without --split */
    struct collective c; /* kind, type, op, tuning, ranks, shape, count */
    const struct algorithm *algorithm;
};

/* Fills the whole row but run_id and time_utc. With `explain`, prints phases
 * and the link class that set their time there. */
void predict_case(const struct prediction *, struct record *, FILE *explain);

/* Everything the options ask for; the exit code. */
int predict_run(const struct predict_options *);

#endif
