/* SPDX-License-Identifier: BSD-3-Clause */
/* How fast a GPU reduces, fills and verifies, beside how fast it copies the
 * same memory to itself. Copy and kernel take turns; GB/s are bytes read plus
 * bytes written (copy 2, reduce 3, fill and verify 1 for each byte of the
 * vector) over the median time, and the ratio is that of the pairs. Reductions
 * and copies are queued several at a time, as the executor queues them; fill
 * and verify are waited for each time, as the measure loop does. Goal: 0.90 at
 * 256 MiB and above, for reductions and sums verified.
 *
 * Goes through the memory interface (net/mem.h) alone, so `--memory host`
 * times the host's own loops on one core. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "bench/stats.h"
#include "net/mem.h"

enum { TURNS = 11, QUEUED = 16, OPERANDS = 3 };

struct asked {
    size_t bytes;
    const struct memory_kind *kind;
    int gpu;
    bool copy_only;
};

/* What is timed: one datatype and operation on vectors of `c.count`. */
struct trial {
    struct memory *memory;
    struct collective c;
    struct pattern pattern;
    char *operand[OPERANDS];
    size_t bytes; /* of a vector */
};

typedef void work(struct trial *);

static void copy(struct trial *t)
{
    t->memory->kind->move(t->memory, t->operand[0], t->operand[1], t->bytes,
                          true);
}

static void reduce(struct trial *t)
{
    t->memory->kind->reduce(t->memory, t->c.type, t->c.op, 0, t->operand[0],
                            t->operand[1], t->operand[2], t->c.count, true);
}

static void fill(struct trial *t)
{
    t->memory->kind->fill(t->memory, &t->pattern, &t->c, 0, t->operand[1]);
}

static void verify(struct trial *t)
{
    struct verdict verdict;
    t->memory->kind->verify(t->memory, &t->pattern, &t->c, 0, t->operand[1],
                            &verdict);
    if (verdict.wrong || verdict.checked != t->c.count)
        die(EXIT_WRONG, "gpu-kernels: %s %s: %zu of %zu wrong",
            datatype_name(t->c.type), op_name(t->c.op), verdict.wrong,
            verdict.checked);
}

static const struct kernel {
    const char *name;
    work *run;
    int queued;   /* at a time */
    double moved; /* bytes read and written for each byte of the vector */
    bool every_op;
    bool held; /* against the goal */
} copying = {"copy", copy, QUEUED, 2, false, false},
  kernels[] = {{"reduce", reduce, QUEUED, 3, true, true},
               {"fill", fill, 1, 1, false, false},
               {"verify", verify, 1, 1, false, true}};

static double bytes_a_second(const struct kernel *kernel, struct trial *t)
{
    double start_s = clock_now_s();
    for (int i = 0; i < kernel->queued; i++)
        kernel->run(t);
    mem_wait(t->memory);
    return kernel->moved * kernel->queued * (double)t->bytes /
           (clock_now_s() - start_s);
}

static void print_turns(const struct trial *t, const struct kernel *kernel,
                        const double *rate, const double *ratio)
{
    const double goal = 0.90, goal_from_B = (double)((size_t)256 << 20);
    double scratch[TURNS];
    struct stats rates, ratios;
    char size[32];
    stats_of(rate, TURNS, scratch, &rates);
    stats_of(ratio, TURNS, scratch, &ratios);
    units_print_size(t->bytes, size, sizeof size);
    printf("%-7s %-9s %-4s %8s %9.2f   %5.3f [%5.3f, %5.3f]%s\n", kernel->name,
           datatype_name(t->c.type), kernel->every_op ? op_name(t->c.op) : "",
           size, rates.p50 * 1e-9, ratios.p50, ratios.p50_lo, ratios.p50_hi,
           !kernel->held || (double)t->bytes < goal_from_B ? ""
           : ratios.p50 >= goal                            ? "  >= 0.90 met"
                                : "  >= 0.90 MISSED");
    fflush(stdout);
}

static void time_kernel(struct trial *t, const struct kernel *kernel)
{
    double rate[TURNS], ratio[TURNS];
    fill(t); /* what a reduction wrote is no pattern */
    bytes_a_second(kernel, t);
    bytes_a_second(&copying, t);
    for (int i = 0; i < TURNS; i++) {
        double copied = bytes_a_second(&copying, t);
        rate[i] = bytes_a_second(kernel, t);
        ratio[i] = rate[i] / copied;
    }
    print_turns(t, kernel, rate, ratio);
}

static void time_copy(struct trial *t)
{
    double rate[TURNS], ratio[TURNS];
    bytes_a_second(&copying, t);
    for (int i = 0; i < TURNS; i++) {
        rate[i] = bytes_a_second(&copying, t);
        ratio[i] = 1;
    }
    print_turns(t, &copying, rate, ratio);
}

/* A group of one rank: what it fills is also what must come out. */
static struct trial trial_of(struct memory *memory, size_t bytes, int type,
                             int op)
{
    struct trial t = {.memory = memory,
                      .c = {.kind = COLL_ALLREDUCE,
                            .type = (enum datatype)type,
                            .op = (enum reduce_op)op,
                            .ranks = 1,
                            .shape = {1, 1, NULL}},
                      .pattern = {1, 1, 1}};
    t.c.count = bytes / datatype_size(t.c.type);
    t.bytes = t.c.count * datatype_size(t.c.type);
    return t;
}

static void time_all(struct memory *memory, size_t bytes, bool copy_only)
{
    char *operand[OPERANDS];
    struct trial any = trial_of(memory, bytes, TYPE_UINT8, OP_SUM);
    for (int i = 0; i < OPERANDS; i++) {
        operand[i] = memory->kind->alloc(memory, bytes);
        memory->kind->fill(memory, &any.pattern, &any.c, 0, operand[i]);
    }
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op < OP_COUNT; op++) {
            struct trial t = trial_of(memory, bytes, type, op);
            memcpy(t.operand, operand, sizeof operand);
            if (collective_inapplicable(&t.c))
                continue;
            if (type + op == 0)
                time_copy(&t);
            for (size_t k = 0;
                 !copy_only && k < sizeof kernels / sizeof *kernels; k++)
                if (op == 0 || kernels[k].every_op)
                    time_kernel(&t, &kernels[k]);
        }
    for (int i = 0; i < OPERANDS; i++)
        memory->kind->free(memory, operand[i]);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct asked *asked = state->input;
    char names[96], *end;
    if (key == 'b' &&
        (!units_parse_size(text, &asked->bytes) || asked->bytes < 64))
        die(EXIT_USAGE, "gpu-kernels: -b: '%s', expected a size of 64B or more",
            text);
    if (key == 'm' && !(asked->kind = mem_find(text))) {
        mem_names(names, sizeof names);
        die(EXIT_USAGE, "gpu-kernels: --memory: '%s', expected one of %s", text,
            names);
    }
    if (key == 'g') {
        asked->gpu = (int)strtol(text, &end, 10);
        if (*end || end == text || asked->gpu < 0)
            die(EXIT_USAGE, "gpu-kernels: --gpu: '%s', expected a number",
                text);
    }
    asked->copy_only |= key == 'c';
    return strchr("bmgc", key) && key ? 0 : ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"bytes", 'b', "SIZE", 0, "of a vector (256MiB)", 0},
        {"memory", 'm', "KIND", 0, "whose (cuda)", 0},
        {"copy", 'c', NULL, 0, "time copying alone", 0},
        {"gpu", 'g', "NUMBER", 0, "as nvidia-smi counts (0)", 0},
        {0}};
    static const struct argp argp = {
        options, parse, NULL, "Time a GPU's kernels beside its own copying.",
        NULL,    NULL,  NULL};
    struct asked asked = {(size_t)256 << 20, mem_find("cuda"), 0, false};
    struct memory_identity who;
    char why[160];
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &asked))
        return EXIT_USAGE;
    if (!asked.kind)
        die(EXIT_MACHINE, "gpu-kernels: this build has no CUDA");
    struct memory_wish wish = {0, &asked.gpu, asked.kind->host ? 0 : 1};
    struct memory *memory = asked.kind->open(&wish, why, sizeof why);
    if (!memory)
        die(EXIT_MACHINE, "gpu-kernels: %s", why);
    asked.kind->identify(memory, &who);
    printf("# %s %s, %s\n", who.gpu[0] ? who.gpu : "host,",
           who.gpu[0] ? who.address : "one core",
           who.versions[0] ? who.versions : "no CUDA");
    printf("%-7s %-9s %-4s %8s %9s   of copy, %d turns in pairs\n", "kernel",
           "type", "op", "vector", "GB/s", TURNS);
    time_all(memory, asked.bytes, asked.copy_only);
    asked.kind->close(memory);
    return EXIT_GOOD;
}
