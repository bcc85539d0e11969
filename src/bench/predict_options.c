/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of `predict`, from one table as in options.c. */
#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/build.h"
#include "bench/predict.h"
#include "bench/value.h"
#include "net/launcher.h"

struct row {
    const char *name;
    int key;
    const char *argument;
    value_reader *read;
    size_t offset;
    const char *help;
};

/* --- readers of its own
 * -------------------------------------------------------- */

/* A list of texts with commas; entries live as long as the program. */
static const char *read_list(const char *text, void *target,
                             const struct benchmark *benchmark)
{
    (void)benchmark;
    const char **list = target;
    int n = 0;
    while (n < LIST_MAX && list[n])
        n++;
    for (const char *at = text; *at; n++) {
        size_t length = strcspn(at, ",");
        if (length == 0 || n + 1 >= LIST_MAX)
            return "at most 15 names with commas between them";
        char *name = xcalloc(1, length + 1);
        memcpy(name, at, length);
        list[n] = name;
        at += length + (at[length] == ',' && at[length + 1]);
        if (*at == ',')
            return "at most 15 names with commas between them";
    }
    return n ? NULL : "at most 15 names with commas between them";
}

static const char *read_place(const char *text, void *target,
                              const struct benchmark *benchmark)
{
    (void)benchmark;
    for (int i = 0; i < PLACE_KINDS; i++)
        if (!strcmp(text, place_names[i])) {
            *(enum place_kind *)target = (enum place_kind)i;
            return NULL;
        }
    return "packed, racks or nodes";
}

static const char *read_fault(const char *text, void *target,
                              const struct benchmark *benchmark)
{
    static const char expected[] =
        "nic=GPU,rate=SHARE or link=ID,rate=SHARE, such as nic=7,rate=50%";
    struct predict_options *o = target;
    if (o->faults_n == FAULTS_MAX)
        return "at most 16 faults";
    struct fault *fault = &o->faults[o->faults_n];
    fault->nic = !strncmp(text, "nic=", 4);
    if (!fault->nic && strncmp(text, "link=", 5))
        return expected;
    const char *number = strchr(text, '=') + 1;
    size_t digits = strspn(number, "0123456789");
    if (digits == 0 || digits > 9 || strncmp(number + digits, ",rate=", 6))
        return expected;
    fault->index = strtol(number, NULL, 10);
    const char *wrong =
        value_share(number + digits + 6, &fault->share, benchmark);
    if (wrong || !(fault->share > 0))
        return expected;
    o->faults_n++;
    return NULL;
}

/* --- the table
 * ------------------------------------------------------------------- */

#define AT(field) offsetof(struct predict_options, field)

static const struct row rows[] = {
    {"topology", 't', "LIST", read_list, AT(topologies),
     "cluster files (topologies/*.yaml); may be given again"},
    {"ranks", 256, "LIST", value_text, AT(ranks),
     "GPUs of the job: 1024,16384 or all (the file's job, else all)"},
    {"minbytes", 'b', "SIZE", value_size, AT(min_B), "least size (1MiB)"},
    {"maxbytes", 'e', "SIZE", value_size, AT(max_B), "greatest size (1GiB)"},
    {"stepfactor", 'f', "X", value_factor, AT(factor),
     "multiply the size by this (4)"},
    {"stepbytes", 'i', "SIZE", value_some_size, AT(step_B),
     "or add this to it"},
    {"algorithm", 257, "LIST", read_list, AT(algorithms),
     "schedules, or all, or auto (auto)"},
    {"op", 'o', "OP", value_op, AT(op), "sum, prod, min, max or avg (sum)"},
    {"root", 'r', "RANK", value_count_int, AT(root),
     "of collectives that have one (0)"},
    {"datatype", 'd', "TYPE", value_type, AT(type), "(float32)"},
    {"segment", 258, "SIZE", value_some_size, AT(tuning.segment_B),
     "segment of pipelined algorithms (their own default)"},
    {"window", 271, "N", value_some_int, AT(tuning.window),
     "messages in flight of linear algorithms (32)"},
    {"constants", 259, "NAME", value_text, AT(constants),
     "set of constants (wires-only: nothing but the links)"},
    {"constants-file", 260, "FILE", value_text, AT(constants_file),
     "where it is (topologies/constants.yaml)"},
    {"placement", 261, "HOW", read_place, AT(placement),
     "packed, racks (drawn at random) or nodes (packed)"},
    {"seed", 262, "N", value_seed, AT(seed), "of all that is drawn (1)"},
    {"seeds", 263, "N", value_some, AT(seeds),
     "simulate with N seeds; a sample is one of them (1)"},
    {"sampled", 264, "N", value_count, AT(sampled),
     "price N of more rounds of one kind, 0: all (128, but 4 and more where "
     "they have 2.5 million messages)"},
    {"split", 269, "AXES", value_text, AT(split_text),
     "training groups, innermost first: tp=8,pp=16,dp=128"},
    {"group", 270, "AXIS", value_text, AT(axis),
     "of --split: run all groups of this axis at once"},
    {"fault", 265, "FAULT", read_fault, 0,
     "nic=GPU,rate=SHARE or link=ID,rate=SHARE; may be given again"},
    {"explain", 266, NULL, value_flag, AT(explain),
     "say of each phase what set its time"},
    {"out", 267, "DIR", value_text, AT(out), "write a run folder"},
    {"csv", 268, NULL, value_flag, AT(csv), "CSV instead of the table"},
    {"quiet", 'q', NULL, value_flag, AT(quiet), "no talk on stderr"},
    {"version", 'V', NULL, NULL, 0, "what this build is"},
};

enum { ROWS = sizeof rows / sizeof *rows };

struct context {
    struct predict_options *options;
    bool stop;
};

static error_t complain(const char *what, const char *text,
                        const char *expected)
{
    if (launcher_rank() <= 0)
        error("predict: %s: '%s', expected %s", what, text ? text : "",
              expected);
    return EINVAL;
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct context *context = state->input;
    struct predict_options *o = context->options;
    if (key == ARGP_KEY_ARG) {
        if (o->collective)
            return complain("collective", text, "only one");
        o->collective = text;
        return 0;
    }
    for (int i = 0; i < ROWS; i++) {
        if (rows[i].key != key)
            continue;
        if (!rows[i].read) {
            if (launcher_rank() <= 0)
                printf("linerate %s\n%s\n", build.version, build.found);
            context->stop = true;
            return 0;
        }
        const char *expected =
            rows[i].read(text, (char *)o + rows[i].offset, NULL);
        return expected ? complain(rows[i].name, text, expected) : 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static int cross_check(struct predict_options *o)
{
    const char *wrong = NULL;
    if (!o->algorithms[0])
        o->algorithms[0] = "auto";
    if (o->split_text)
        wrong = split_read(o->split_text, o->axis, &o->split);
    if (wrong)
        return complain("--split", o->split_text, wrong), EXIT_USAGE;
    if (!o->collective)
        complain("collective", "", "a name such as allreduce");
    else if (!o->topologies[0])
        complain("--topology", "", "a file such as topologies/rack-8x8.yaml");
    else if (o->max_B < o->min_B)
        complain("-e", "less than -b", "at least as much");
    else if (o->split_text && o->ranks)
        complain("--ranks", o->ranks, "none with --split, which says how many");
    else if (o->axis && !o->split_text)
        complain("--group", o->axis, "--split with it");
    else
        return 0;
    return EXIT_USAGE;
}

int predict_parse(int argc, char **argv, struct predict_options *out,
                  bool *stop)
{
    struct argp_option table[ROWS + 1] = {{0}};
    for (int i = 0; i < ROWS; i++)
        table[i] = (struct argp_option){.name = rows[i].name,
                                        .key = rows[i].key,
                                        .arg = rows[i].argument,
                                        .doc = rows[i].help};
    struct argp argp = {
        table,
        parse_one,
        "COLLECTIVE",
        "Time a collective on a described cluster, in virtual time, from the "
        "schedules that the benchmarks measure.\vExample:\n"
        "  predict allreduce --topology topologies/colossus-100k.yaml -b 1M -e "
        "16G --algorithm all --ranks 1024,16384,all\n\nExit codes: 0 good; 2 "
        "usage or input; 3 every row is a SKIP.",
        NULL,
        NULL,
        NULL};
    struct context context = {out, false};
    *out = (struct predict_options){.min_B = 1 << 20,
                                    .max_B = 1 << 30,
                                    .factor = 4,
                                    .type = TYPE_FLOAT32,
                                    .constants = "wires-only",
                                    .seeds = 1,
                                    .sampled = SAMPLED_ITSELF,
                                    .seed = 1};
    argp_err_exit_status = EXIT_USAGE;
    unsigned flags = launcher_rank() > 0 ? ARGP_NO_ERRS : 0;
    error_t failed = argp_parse(&argp, argc, argv, flags, NULL, &context);
    *stop = context.stop;
    if (failed)
        return EXIT_USAGE;
    return context.stop ? 0 : cross_check(out);
}
