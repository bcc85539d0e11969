/* SPDX-License-Identifier: BSD-3-Clause */
/* One table: argp's entry (name, key, argument, help) beside how its value is
 * read. Values go into struct options by offset, so that adding an option is a
 * row, not a branch. */
#include "bench/options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/build.h"
#include "bench/value.h"
#include "coll/registry.h"
#include "net/launcher.h"
#include "net/mem.h"
#include "net/transport.h"

const char *const direction_names[DIRECTIONS] = {"latency", "uni", "bi"};

/* For whom an option is. */
enum audience {
    FOR_ALL,
    FOR_COLLECTIVES,
    FOR_P2P,
    FOR_REDUCTIONS,
    FOR_ROOTED,
    FOR_WINDOWS
};

struct context {
    const struct benchmark *benchmark;
    struct options *options;
    bool stop;
};

struct option_row {
    const char *name;
    int key; /* a letter, or a number from 256 on */
    const char *argument;
    /* Reads `text` into `target`; NULL when good, else what was expected. */
    value_reader *read;
    size_t offset;
    enum audience audience;
    const char *help;
};

/* --- the table
 * ---------------------------------------------------------------*/

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
    {"minbytes", 'b', "SIZE", value_size, AT(min_B), FOR_ALL,
     "least message size (8)"},
    {"maxbytes", 'e', "SIZE", value_size, AT(max_B), FOR_ALL,
     "greatest message size (16MiB)"},
    {"stepfactor", 'f', "X", value_factor, AT(factor), FOR_ALL,
     "multiply the size by this (4)"},
    {"stepbytes", 'i', "SIZE", value_some_size, AT(step_B), FOR_ALL,
     "or add this to it"},
    {"iters", 'n', "N", value_some, AT(measure.exact_samples), FOR_ALL,
     "take exactly N samples"},
    {"warmup", 'w', "N", value_count_int, AT(measure.warmup), FOR_ALL,
     "operations before any sample (5; one runs even for 0)"},
    {"check", 'c', "N", value_count, AT(measure.check_every), FOR_ALL,
     "verify every Nth sample and the last; 0: none (1)"},
    {"op", 'o', "OP", value_op, AT(op), FOR_REDUCTIONS,
     "sum, prod, min, max or avg (sum)"},
    {"datatype", 'd', "TYPE", value_type, AT(type), FOR_ALL,
     "int8 ... uint64, float16, bfloat16, float32, float64 (float32)"},
    {"root", 'r', "RANK", value_count_int, AT(root), FOR_ROOTED,
     "the rank, of each group, that has or gets all (0)"},
    {"timeout", 'T', "TIME", value_time, AT(timeout_s), FOR_ALL,
     "end a run that made no progress for so long (300s)"},
    {"transport", 256, "LIST", value_transports, AT(transports), FOR_ALL,
     "what moves the bytes"},
    {"algorithm", 257, "LIST", value_algorithms, AT(algorithms),
     FOR_COLLECTIVES, "schedules to run, or all, or auto (auto)"},
    {"measured", 258, "CSV", value_text, AT(measured), FOR_COLLECTIVES,
     "summary.csv of an earlier run, from which auto picks the best"},
    {"ranks", 259, "LIST", value_text, AT(ranks), FOR_COLLECTIVES,
     "measure on sub-groups of so many ranks: 2,4,8 or all"},
    {"placement", 260, "HOW", value_placement, AT(placement), FOR_COLLECTIVES,
     "sub-groups packed on nodes, spread over them, or rail (packed)"},
    {"concurrent", 261, NULL, value_flag, AT(concurrent), FOR_COLLECTIVES,
     "all groups of a size at once, a row a group"},
    {"split", 286, "AXES", value_text, AT(split_text), FOR_COLLECTIVES,
     "training groups of the job, innermost first: tp=2,pp=2,dp=4"},
    {"group", 287, "AXIS", value_text, AT(axis), FOR_COLLECTIVES,
     "of --split: all groups of this axis at once, a row a group and one of "
     "the slowest"},
    {"with", 290, "AXIS:COLLECTIVE:SIZE", value_text, AT(with_text),
     FOR_COLLECTIVES,
     "beside it, over and over, in all groups of another axis of --split"},
    {"ranks-per-node", 262, "N", value_some_int, AT(ranks_per_node),
     FOR_COLLECTIVES, "pretend nodes of N ranks (flagged emulated-nodes)"},
    {"in-place", 263, NULL, value_flag, AT(in_place), FOR_COLLECTIVES,
     "input is part of output"},
    {"segment", 264, "SIZE", value_some_size, AT(tuning.segment_B),
     FOR_COLLECTIVES, "segment of pipelined algorithms (their own default)"},
    {"window", 265, "N", value_some_int, AT(tuning.window), FOR_WINDOWS,
     "messages in flight (p2p: 64, cut to 512KiB; asked: cut to 64MiB; "
     "linear: 32)"},
    {"direction", 266, "LIST", value_directions, AT(directions), FOR_P2P,
     "latency, uni, bi (all three)"},
    {"path", 267, "PATH", value_path, AT(direct), FOR_ALL,
     "ucx: any (read neighbours' memory in place) or tag (any)"},
    {"overlap", 268, "SIZE", value_some_size, AT(reduce_segment_B), FOR_ALL,
     "ucx: reduce received messages in pieces of this (256KiB)"},
    {"sync", 269, "KIND", value_sync, AT(measure.sync), FOR_ALL,
     "barrier or clock (barrier)"},
    {"mode", 270, "MODE", value_mode, AT(measure.mode), FOR_ALL,
     "isolated or pipelined (isolated)"},
    {"precision", 271, "SHARE", value_share, AT(measure.precision), FOR_ALL,
     "stop when the median's 95 % interval is this narrow (1%)"},
    {"time", 272, "TIME", value_time, AT(measure.time_s), FOR_ALL,
     "or when a case has taken so long (2s)"},
    {"min-samples", 273, "N", value_some, AT(measure.min_samples), FOR_ALL,
     "but not before so many samples (10)"},
    {"max-samples", 274, "N", value_some, AT(measure.max_samples), FOR_ALL,
     "and at so many (10000)"},
    {"batch", 275, "N", value_some_int, AT(measure.batch), FOR_ALL,
     "operations a sample (found in the warm-up)"},
    {"pipeline", 276, "N", value_some_int, AT(measure.pipeline), FOR_ALL,
     "operations a sample in mode=pipelined (20)"},
    {"memory", 277, "KIND", value_memory, AT(memory), FOR_ALL,
     "where buffers lie: host, cuda or cuda-managed (host)"},
    {"gpu", 288, "LIST", value_gpus, AT(gpus), FOR_ALL,
     "GPUs of the node's first, second, ... rank, as nvidia-smi counts (the "
     "nearest to each)"},
    {"require-gdr", 289, NULL, value_flag, AT(require_gdr), FOR_ALL,
     "fail (1) unless GPUDirect RDMA is proven in all rows between nodes"},
    {"pairs", 278, "all", value_pairs, AT(pairs), FOR_P2P,
     "all disjoint pairs at once; =all: every pair, in rounds"},
    {"seed", 279, "N", value_seed, AT(seed), FOR_ALL, "of the data (1)"},
    {"out", 280, "DIR", value_text, AT(out), FOR_ALL,
     "write the run folder: summary.csv, samples.csv, run.json, nodes.csv, "
     "ranks.csv"},
    {"resume", 281, NULL, value_flag, AT(resume), FOR_ALL,
     "go on with the run in --out"},
    {"csv", 282, NULL, value_flag, AT(csv), FOR_ALL,
     "CSV on stdout instead of the table"},
    {"quiet", 'q', NULL, value_flag, AT(quiet), FOR_ALL,
     "no progress on stderr"},
    {"print-schedule", 283, NULL, value_flag, AT(print_schedule), FOR_ALL,
     "print the schedules of --ranks ranks at -b bytes; run nothing"},
    {"inject", 284, "FAULT", value_inject, AT(inject), FOR_ALL,
     "corrupt=RANK[:ELEMENT], slow=RANK:FACTOR, hang=RANK, die=RANK"},
    {"topology", 285, "FILE", value_text, AT(topology), FOR_ALL,
     "hold each row against the bound of this cluster (topologies/); auto: "
     "of the NICs that the job's nodes have"},
    {"version", 'V', NULL, NULL, 0, FOR_ALL, "what this build is"},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Has the kind an algorithm that reads tuning.window? */
static bool has_windows(enum collective_kind kind)
{
    for (int i = 0; registry[i]; i++)
        if (registry[i]->kind == kind && registry[i]->half_windows)
            return true;
    return false;
}

static bool applies(const struct option_row *row, const struct benchmark *b)
{
    const bool whether[] = {
        [FOR_ALL] = true,
        [FOR_COLLECTIVES] = !b->p2p,
        [FOR_P2P] = b->p2p,
        [FOR_REDUCTIONS] = collective_reduces(b->kind),
        [FOR_ROOTED] = collective_facts(b->kind)->rooted,
        [FOR_WINDOWS] = b->p2p || has_windows(b->kind),
    };
    return whether[row->audience];
}

/* --- parsing
 * -------------------------------------------------------------------*/

static void complain(const struct context *context, const char *option,
                     const char *text, const char *expected)
{
    if (launcher_rank() <= 0)
        error("%s: %s%s: '%s', expected %s", context->benchmark->name,
              option[1] ? "--" : "-", option, text ? text : "", expected);
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct context *context = state->input;
    if (key == ARGP_KEY_ARG) {
        if (launcher_rank() <= 0)
            error("%s: '%s', expected an option (see --help)",
                  context->benchmark->name, text);
        return EINVAL;
    }
    for (int i = 0; i < ROWS; i++) {
        if (rows[i].key != key || !applies(&rows[i], context->benchmark))
            continue;
        if (!rows[i].read) {
            if (launcher_rank() <= 0)
                printf("linerate %s\n%s\n%s\n%s\n", build.version, build.found,
                       build.compiler, build.flags);
            context->stop = true;
            return 0;
        }
        const char *expected =
            rows[i].read(text, (char *)context->options + rows[i].offset,
                         context->benchmark);
        if (!expected)
            return 0;
        complain(context, rows[i].name, text, expected);
        return EINVAL;
    }
    return ARGP_ERR_UNKNOWN;
}

static void set_defaults(const struct benchmark *benchmark,
                         struct options *options)
{
    *options = (struct options){
        .min_B = 8,
        .max_B = 16 << 20,
        .factor = 4,
        .transports = {transport_find("ucx") ? "ucx" : transports[0]->name},
        .algorithms = {"auto"},
        .type = TYPE_FLOAT32,
        .memory = &mem_host,
        .direct = true,
        .directions = {true, true, true},
        .timeout_s = 300,
        .seed = 1,
        .measure = {.warmup = 5,
                    .min_samples = 10,
                    .max_samples = 10000,
                    .precision = 0.01,
                    .time_s = 2,
                    .min_sample_s = 20e-6,
                    .pipeline = 20,
                    .check_every = 1},
    };
    (void)benchmark;
}

/* What must fit together. */
static int read_split(const struct benchmark *benchmark,
                      struct options *options)
{
    const char *expected =
        options->split_text
            ? split_read(options->split_text, options->axis, &options->split)
            : NULL;
    if (expected && launcher_rank() <= 0)
        error("%s: --split: '%s', expected %s", benchmark->name,
              options->split_text, expected);
    if (expected || !options->with_text)
        return expected ? EXIT_USAGE : 0;
    expected = with_read(options->with_text, &options->split, &options->with);
    if (expected && launcher_rank() <= 0)
        error("%s: --with: '%s', expected %s", benchmark->name,
              options->with_text, expected);
    return expected ? EXIT_USAGE : 0;
}

static int cross_check(const struct benchmark *benchmark,
                       struct options *options)
{
    const char *what = NULL;
    if (options->max_B < options->min_B)
        what = "-e is less than -b, expected at least as much";
    else if (options->resume && !options->out)
        what = "--resume without --out, expected the folder to go on with";
    else if (options->gpus.count && options->memory->host)
        what = "--gpu without --memory cuda or cuda-managed, expected both";
    else if (options->require_gdr && options->memory->host)
        what = "--require-gdr without --memory cuda or cuda-managed, expected "
               "both";
    else if (options->require_gdr && options->resume)
        what = "--require-gdr with --resume, expected a new --out: rows of the "
               "earlier run are not looked at again";
    else if (options->measure.max_samples < options->measure.min_samples)
        what = "--max-samples is less than --min-samples, expected at least "
               "as many";
    else if (options->axis && !options->split_text)
        what = "--group without --split, expected both";
    else if (options->with_text && !options->split_text)
        what = "--with without --split and --group, expected them";
    else if (options->split_text && (options->ranks || options->concurrent))
        what = "--split with --ranks or --concurrent, expected it alone: it "
               "says how many ranks, and runs its groups at once";
    if (what && launcher_rank() <= 0)
        error("%s: %s", benchmark->name, what);
    return what ? EXIT_USAGE : read_split(benchmark, options);
}

static char *make_documentation(const struct benchmark *benchmark)
{
    char names[512], rows_text[1024] = "", *text = xcalloc(1, 4096);
    size_t used = 0;
    registry_names(benchmark->kind, names, sizeof names);
    for (int i = 0; transports[i]; i++)
        used += (size_t)snprintf(rows_text + used, sizeof rows_text - used,
                                 "  %-5s %s\n", transports[i]->name,
                                 transports[i]->about);
    snprintf(text, 4096,
             "%s\v%s%s%sTransports:\n%s\nExit codes: 0 good; 1 measured, and "
             "something is wrong; 2 usage or input; 3 could not measure.",
             benchmark->about,
             benchmark->p2p ? "" : "Algorithms: ", benchmark->p2p ? "" : names,
             benchmark->p2p ? "" : "\n\n", rows_text);
    return text;
}

int options_parse(const struct benchmark *benchmark, int argc, char **argv,
                  struct options *options, bool *stop)
{
    struct argp_option table[ROWS + 1] = {{0}};
    int used = 0;
    for (int i = 0; i < ROWS; i++)
        if (applies(&rows[i], benchmark))
            table[used++] = (struct argp_option){
                .name = rows[i].name,
                .key = rows[i].key,
                .arg = rows[i].argument,
                .flags = rows[i].read == value_pairs ? OPTION_ARG_OPTIONAL : 0,
                .doc = rows[i].help};
    char *documentation = make_documentation(benchmark);
    struct argp argp = {table, parse_one, NULL, documentation,
                        NULL,  NULL,      NULL};
    struct context context = {benchmark, options, false};
    set_defaults(benchmark, options);
    argp_err_exit_status = EXIT_USAGE;
    unsigned flags = launcher_rank() > 0 ? ARGP_NO_ERRS : 0;
    error_t failed = argp_parse(&argp, argc, argv, flags, NULL, &context);
    free(documentation);
    *stop = context.stop;
    if (failed)
        return EXIT_USAGE;
    return context.stop ? 0 : cross_check(benchmark, options);
}

int options_describe(const struct benchmark *benchmark,
                     const struct options *options, const char **names,
                     char **values, int capacity)
{
    static const char *const all[] = {
        "minbytes", "maxbytes",    "precision",   "time",    "warmup",
        "check",    "min-samples", "max-samples", "timeout", "seed"};
    const double numbers[] = {(double)options->min_B,
                              (double)options->max_B,
                              options->measure.precision,
                              options->measure.time_s,
                              options->measure.warmup,
                              (double)options->measure.check_every,
                              (double)options->measure.min_samples,
                              (double)options->measure.max_samples,
                              options->timeout_s,
                              (double)options->seed};
    int n = 0;
    (void)benchmark;
    for (size_t i = 0; i < sizeof all / sizeof *all && n < capacity; i++) {
        values[n] = xcalloc(1, 32);
        snprintf(values[n], 32, "%.15g", numbers[i]);
        names[n++] = all[i];
    }
    return n;
}
