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
#include "base/units.h"
#include "bench/build.h"
#include "coll/registry.h"
#include "net/launcher.h"
#include "net/transport.h"

const char *const direction_names[DIRECTIONS] = {"latency", "uni", "bi"};

/* For whom an option is. */
enum audience { FOR_ALL, FOR_COLLECTIVES, FOR_P2P, FOR_REDUCTIONS };

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
    const char *(*read)(const char *text, void *target, const struct context *);
    size_t offset;
    enum audience audience;
    const char *help;
};

/* --- readers of values
 * ------------------------------------------------------*/

static const char *read_size(const char *text, void *target,
                             const struct context *context)
{
    (void)context;
    return units_parse_size(text, target) ? NULL : "a size such as 64KiB";
}

static const char *read_some_size(const char *text, void *target,
                                  const struct context *context)
{
    (void)context;
    size_t bytes;
    if (!units_parse_size(text, &bytes) || bytes == 0)
        return "a size above 0 such as 64KiB";
    *(size_t *)target = bytes;
    return NULL;
}

static bool parse_number(const char *text, double least, double most,
                         double *out)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || errno || !(value >= least && value <= most))
        return false;
    *out = value;
    return true;
}

static bool parse_whole(const char *text, double least, double most,
                        double *out)
{
    double value;
    if (!parse_number(text, least, most, &value) || value != floor(value) ||
        strspn(text, "0123456789") != strlen(text))
        return false;
    *out = value;
    return true;
}

static const char *read_factor(const char *text, void *target,
                               const struct context *context)
{
    (void)context;
    double value;
    if (!parse_number(text, 1.0, 1e6, &value) || value <= 1.0)
        return "a factor above 1 such as 2";
    *(double *)target = value;
    return NULL;
}

static const char *read_count(const char *text, void *target,
                              const struct context *context)
{
    (void)context;
    double value;
    if (!parse_whole(text, 0, 1e9, &value))
        return "a whole number from 0 on";
    *(size_t *)target = (size_t)value;
    return NULL;
}

static const char *read_some(const char *text, void *target,
                             const struct context *context)
{
    (void)context;
    double value;
    if (!parse_whole(text, 1, 1e9, &value))
        return "a whole number from 1 on";
    *(size_t *)target = (size_t)value;
    return NULL;
}

static const char *read_some_int(const char *text, void *target,
                                 const struct context *context)
{
    size_t value;
    const char *expected = read_some(text, &value, context);
    if (!expected)
        *(int *)target = (int)value;
    return expected;
}

static const char *read_count_int(const char *text, void *target,
                                  const struct context *context)
{
    size_t value;
    const char *expected = read_count(text, &value, context);
    if (!expected)
        *(int *)target = (int)value;
    return expected;
}

static const char *read_seed(const char *text, void *target,
                             const struct context *context)
{
    size_t value;
    const char *expected = read_count(text, &value, context);
    if (!expected)
        *(uint64_t *)target = value;
    return expected;
}

static const char *read_time(const char *text, void *target,
                             const struct context *context)
{
    (void)context;
    double value;
    if (!units_parse_time(text, &value) || value <= 0)
        return "a time above 0 such as 500ms";
    *(double *)target = value;
    return NULL;
}

static const char *read_share(const char *text, void *target,
                              const struct context *context)
{
    (void)context;
    char number[32];
    double value, scale = 1;
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof number)
        return "a share such as 1% or 0.01";
    memcpy(number, text, length + 1);
    if (number[length - 1] == '%') {
        number[length - 1] = '\0';
        scale = 0.01;
    }
    if (!parse_number(number, 0, 1 / scale, &value))
        return "a share such as 1% or 0.01";
    *(double *)target = value * scale;
    return NULL;
}

static const char *read_flag(const char *text, void *target,
                             const struct context *context)
{
    (void)text;
    (void)context;
    *(bool *)target = true;
    return NULL;
}

static const char *read_text(const char *text, void *target,
                             const struct context *context)
{
    (void)context;
    *(const char **)target = text;
    return *text ? NULL : "a name";
}

static const char *read_type(const char *text, void *target,
                             const struct context *context)
{
    (void)context;
    int type = datatype_find(text);
    if (type < 0)
        return "int8, uint8, int32, uint32, int64, uint64, float32 or float64";
    *(enum datatype *)target = (enum datatype)type;
    return NULL;
}

static const char *read_op(const char *text, void *target,
                           const struct context *context)
{
    (void)context;
    int op = op_find(text);
    if (op < 0)
        return "sum, prod, min or max";
    *(enum reduce_op *)target = (enum reduce_op)op;
    return NULL;
}

/* One of a few words, by their order. */
static const char *read_word(const char *text, int *target,
                             const char *const *words, const char *expected)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], text)) {
            *target = i;
            return NULL;
        }
    return expected;
}

static const char *read_sync(const char *text, void *target,
                             const struct context *context)
{
    static const char *const words[] = {"barrier", "clock", NULL};
    (void)context;
    int word;
    const char *expected = read_word(text, &word, words, "barrier or clock");
    if (!expected)
        *(enum sync_kind *)target = (enum sync_kind)word;
    return expected;
}

static const char *read_mode(const char *text, void *target,
                             const struct context *context)
{
    static const char *const words[] = {"isolated", "pipelined", NULL};
    (void)context;
    int word;
    const char *expected =
        read_word(text, &word, words, "isolated or pipelined");
    if (!expected)
        *(enum mode_kind *)target = (enum mode_kind)word;
    return expected;
}

static const char *read_placement(const char *text, void *target,
                                  const struct context *context)
{
    static const char *const words[] = {"packed", "spread", "rail", NULL};
    (void)context;
    int word;
    const char *expected =
        read_word(text, &word, words, "packed, spread or rail");
    if (!expected)
        *(enum placement *)target = (enum placement)word;
    return expected;
}

static const char *read_path(const char *text, void *target,
                             const struct context *context)
{
    static const char *const words[] = {"tag", "any", NULL};
    (void)context;
    int word;
    const char *expected = read_word(text, &word, words, "any or tag");
    if (!expected)
        *(bool *)target = word == 1;
    return expected;
}

static const char *read_memory(const char *text, void *target,
                               const struct context *context)
{
    (void)target;
    (void)context;
    return strcmp(text, "host") ? "host (this build knows no other)" : NULL;
}

static const char *read_inject(const char *text, void *target,
                               const struct context *context)
{
    (void)context;
    return inject_parse(text, target)
               ? NULL
               : "corrupt=RANK[:ELEMENT], slow=RANK:FACTOR, hang=RANK or "
                 "die=RANK";
}

static const char *read_pairs(const char *text, void *target,
                              const struct context *context)
{
    static const char *const words[] = {"disjoint", "all", NULL};
    (void)context;
    int word;
    const char *expected =
        text ? read_word(text, &word, words, "disjoint or all") : NULL;
    if (!expected)
        *(enum pairs_kind *)target =
            text && word == 1 ? PAIRS_ALL : PAIRS_DISJOINT;
    return expected;
}

/* Splits "a,b,c" (the text is kept, cut in a copy that lives as long as the
 * program) and calls accept for each; at most LIST_MAX - 1. */
static bool split(const char *text, const char **list,
                  bool (*accept)(const char *, const struct context *),
                  const struct context *context)
{
    char *copy = strdup(text), *save = NULL;
    int n = 0;
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        if (n == LIST_MAX - 1 || !accept(word, context))
            return false;
        list[n++] = word;
    }
    list[n] = NULL;
    return n > 0;
}

static bool accept_transport(const char *name, const struct context *context)
{
    (void)context;
    return transport_find(name) != NULL;
}

static const char *read_transports(const char *text, void *target,
                                   const struct context *context)
{
    return split(text, target, accept_transport, context)
               ? NULL
               : "a list of the transports of this build (see --help)";
}

static bool accept_algorithm(const char *name, const struct context *context)
{
    return !strcmp(name, "all") || !strcmp(name, "auto") ||
           registry_find(context->benchmark->kind, name);
}

static const char *read_algorithms(const char *text, void *target,
                                   const struct context *context)
{
    return split(text, target, accept_algorithm, context)
               ? NULL
               : "all, auto, or a list of algorithms (see --help)";
}

static const char *read_directions(const char *text, void *target,
                                   const struct context *context)
{
    (void)context;
    bool wanted[DIRECTIONS] = {false};
    char copy[64], *save = NULL;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy || !*copy)
        return "a list of latency, uni and bi";
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        int i = 0;
        while (i < DIRECTIONS && strcmp(word, direction_names[i]))
            i++;
        if (i == DIRECTIONS)
            return "a list of latency, uni and bi";
        wanted[i] = true;
    }
    memcpy(target, wanted, sizeof wanted);
    return NULL;
}

/* --- the table
 * ---------------------------------------------------------------*/

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
    {"minbytes", 'b', "SIZE", read_size, AT(min_B), FOR_ALL,
     "least message size (8)"},
    {"maxbytes", 'e', "SIZE", read_size, AT(max_B), FOR_ALL,
     "greatest message size (16MiB)"},
    {"stepfactor", 'f', "X", read_factor, AT(factor), FOR_ALL,
     "multiply the size by this (4)"},
    {"stepbytes", 'i', "SIZE", read_some_size, AT(step_B), FOR_ALL,
     "or add this to it"},
    {"iters", 'n', "N", read_some, AT(measure.exact_samples), FOR_ALL,
     "take exactly N samples"},
    {"warmup", 'w', "N", read_count_int, AT(measure.warmup), FOR_ALL,
     "operations before any sample (5; one runs even for 0)"},
    {"check", 'c', "N", read_count, AT(measure.check_every), FOR_ALL,
     "verify every Nth sample and the last; 0: none (1)"},
    {"op", 'o', "OP", read_op, AT(op), FOR_REDUCTIONS,
     "sum, prod, min or max (sum)"},
    {"datatype", 'd', "TYPE", read_type, AT(type), FOR_ALL,
     "int8 ... uint64, float32, float64 (float32)"},
    {"timeout", 'T', "TIME", read_time, AT(timeout_s), FOR_ALL,
     "end a run that made no progress for so long (300s)"},
    {"transport", 256, "LIST", read_transports, AT(transports), FOR_ALL,
     "what moves the bytes"},
    {"algorithm", 257, "LIST", read_algorithms, AT(algorithms), FOR_COLLECTIVES,
     "schedules to run, or all, or auto (auto)"},
    {"measured", 258, "CSV", read_text, AT(measured), FOR_COLLECTIVES,
     "summary.csv of an earlier run, from which auto picks the best"},
    {"ranks", 259, "LIST", read_text, AT(ranks), FOR_COLLECTIVES,
     "measure on sub-groups of so many ranks: 2,4,8 or all"},
    {"placement", 260, "HOW", read_placement, AT(placement), FOR_COLLECTIVES,
     "sub-groups packed on nodes, spread over them, or rail (packed)"},
    {"concurrent", 261, NULL, read_flag, AT(concurrent), FOR_COLLECTIVES,
     "all groups of a size at once, a row a group"},
    {"ranks-per-node", 262, "N", read_some_int, AT(ranks_per_node),
     FOR_COLLECTIVES, "pretend nodes of N ranks (flagged emulated-nodes)"},
    {"in-place", 263, NULL, read_flag, AT(in_place), FOR_COLLECTIVES,
     "input is part of output"},
    {"segment", 264, "SIZE", read_some_size, AT(tuning.segment_B),
     FOR_COLLECTIVES, "segment of pipelined algorithms (their own default)"},
    {"window", 265, "N", read_some_int, AT(tuning.window), FOR_P2P,
     "messages in flight for bandwidth (64, at most 64 MiB together)"},
    {"direction", 266, "LIST", read_directions, AT(directions), FOR_P2P,
     "latency, uni, bi (all three)"},
    {"path", 267, "PATH", read_path, AT(direct), FOR_ALL,
     "ucx: any (read neighbours' memory in place) or tag (any)"},
    {"overlap", 268, "SIZE", read_some_size, AT(reduce_segment_B), FOR_ALL,
     "ucx: reduce received messages in pieces of this (256KiB)"},
    {"sync", 269, "KIND", read_sync, AT(measure.sync), FOR_ALL,
     "barrier or clock (barrier)"},
    {"mode", 270, "MODE", read_mode, AT(measure.mode), FOR_ALL,
     "isolated or pipelined (isolated)"},
    {"precision", 271, "SHARE", read_share, AT(measure.precision), FOR_ALL,
     "stop when the median's 95 % interval is this narrow (1%)"},
    {"time", 272, "TIME", read_time, AT(measure.time_s), FOR_ALL,
     "or when a case has taken so long (2s)"},
    {"min-samples", 273, "N", read_some, AT(measure.min_samples), FOR_ALL,
     "but not before so many samples (10)"},
    {"max-samples", 274, "N", read_some, AT(measure.max_samples), FOR_ALL,
     "and at so many (10000)"},
    {"batch", 275, "N", read_some_int, AT(measure.batch), FOR_ALL,
     "operations a sample (found in the warm-up)"},
    {"pipeline", 276, "N", read_some_int, AT(measure.pipeline), FOR_ALL,
     "operations a sample in mode=pipelined (20)"},
    {"memory", 277, "KIND", read_memory, 0, FOR_ALL, "host"},
    {"pairs", 278, "all", read_pairs, AT(pairs), FOR_P2P,
     "all disjoint pairs at once; =all: every pair, in rounds"},
    {"seed", 279, "N", read_seed, AT(seed), FOR_ALL, "of the data (1)"},
    {"out", 280, "DIR", read_text, AT(out), FOR_ALL,
     "write the run folder: summary.csv, samples.csv, run.json, nodes.csv"},
    {"resume", 281, NULL, read_flag, AT(resume), FOR_ALL,
     "go on with the run in --out"},
    {"csv", 282, NULL, read_flag, AT(csv), FOR_ALL,
     "CSV on stdout instead of the table"},
    {"quiet", 'q', NULL, read_flag, AT(quiet), FOR_ALL,
     "no progress on stderr"},
    {"print-schedule", 283, NULL, read_flag, AT(print_schedule), FOR_ALL,
     "print the schedules of --ranks ranks at -b bytes; run nothing"},
    {"inject", 284, "FAULT", read_inject, AT(inject), FOR_ALL,
     "corrupt=RANK[:ELEMENT], slow=RANK:FACTOR, hang=RANK, die=RANK"},
    {"version", 'V', NULL, NULL, 0, FOR_ALL, "what this build is"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static bool applies(const struct option_row *row, const struct benchmark *b)
{
    return row->audience == FOR_ALL ||
           (row->audience == FOR_COLLECTIVES && !b->p2p) ||
           (row->audience == FOR_P2P && b->p2p) ||
           (row->audience == FOR_REDUCTIONS && b->reduces);
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
        const char *expected = rows[i].read(
            text, (char *)context->options + rows[i].offset, context);
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
static int cross_check(const struct benchmark *benchmark,
                       const struct options *options)
{
    const char *what = NULL;
    if (options->max_B < options->min_B)
        what = "-e is less than -b, expected at least as much";
    else if (options->resume && !options->out)
        what = "--resume without --out, expected the folder to go on with";
    else if (options->measure.max_samples < options->measure.min_samples)
        what = "--max-samples is less than --min-samples, expected at least "
               "as many";
    if (what && launcher_rank() <= 0)
        error("%s: %s", benchmark->name, what);
    return what ? EXIT_USAGE : 0;
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
                .flags = rows[i].read == read_pairs ? OPTION_ARG_OPTIONAL : 0,
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
