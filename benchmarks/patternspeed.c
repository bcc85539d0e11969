/* SPDX-License-Identifier: BSD-3-Clause */
/* How fast the data is made and verified, beside how fast one core can read the
 * same memory: checking must never be why someone turns checking off. For each
 * datatype and operation of an all-reduce, and for data that is not reduced,
 * reading, verifying and filling take turns; GB/s are medians, and the ratio is
 * that of the pairs. Goal: verify at half the rate of reading, or better. */
#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "bench/stats.h"
#include "coll/pattern.h"

enum { TURNS = 7, RANKS = 2 };

static size_t asked_B = (size_t)256 << 20;

/* All of it, 64 bytes at a time; the sum keeps the compiler from leaving it. */
static uint64_t read_all(const void *memory, size_t bytes)
{
    const uint64_t *word = memory;
    uint64_t sum[8] = {0};
    for (size_t i = 0; i + 8 <= bytes / sizeof *word; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += word[i + k];
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^
           sum[7];
}

static double middle(const double *values)
{
    double scratch[TURNS];
    struct stats stats;
    stats_of(values, TURNS, scratch, &stats);
    return stats.p50;
}

/* Fills OUTPUT with what must be there: of one rank what it has itself. */
static void make_output(struct pattern *pattern, struct collective *c,
                        void *memory)
{
    struct collective one = *c;
    struct pattern alone = *pattern;
    one.ranks = alone.ranks = 1;
    one.shape = (struct node_shape){1, 1, NULL};
    pattern_fill(&alone, &one, 0, memory);
    *c = one;
    *pattern = alone;
}

static void time_one(struct collective c, void *memory)
{
    struct pattern pattern = {1, 1, RANKS};
    struct verdict verdict = {0};
    double read_s[TURNS], check_s[TURNS], fill_s[TURNS], ratio[TURNS];
    volatile uint64_t kept = 0; /* or nothing would be read */
    size_t bytes = c.count * datatype_size(c.type);
    make_output(&pattern, &c, memory);
    for (int i = 0; i < TURNS; i++) {
        double start_s = clock_now_s();
        kept = read_all(memory, bytes);
        read_s[i] = clock_now_s() - start_s;
        start_s = clock_now_s();
        pattern_verify(&pattern, &c, 0, memory, &verdict);
        check_s[i] = clock_now_s() - start_s;
        start_s = clock_now_s();
        pattern_fill(&pattern, &c, 0, memory);
        fill_s[i] = clock_now_s() - start_s;
        ratio[i] = read_s[i] / check_s[i];
    }
    double got = middle(ratio);
    const char *op = collective_reduces(c.kind) ? op_name(c.op) : "unreduced";
    printf("%-9s %-10s %7.2f %7.2f %7.2f   %5.2f  >= 0.50 %s\n",
           datatype_name(c.type), op, (double)bytes / middle(read_s) * 1e-9,
           (double)bytes / middle(check_s) * 1e-9,
           (double)bytes / middle(fill_s) * 1e-9, got,
           got >= 0.5 ? "met" : "MISSED");
    fflush(stdout);
    if (verdict.wrong || !verdict.checked)
        die(EXIT_WRONG, "patternspeed: %zu of %zu wrong", verdict.wrong,
            verdict.checked);
    (void)kept;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    (void)state;
    if (key != 'b')
        return ARGP_ERR_UNKNOWN;
    if (!units_parse_size(text, &asked_B) || asked_B < 64)
        die(EXIT_USAGE,
            "patternspeed: -b: '%s', expected a size of 64B or more", text);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"bytes", 'b', "SIZE", 0, "to verify (256MiB)", 0}, {0}};
    static const struct argp argp = {
        options, parse,
        NULL,    "Time the verification of data beside reading it.",
        NULL,    NULL,
        NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
        return EXIT_USAGE;
    void *memory = xcalloc(asked_B, 1);
    printf("%-9s %-10s %7s %7s %7s   %5s  GB/s, medians of %d\n", "type", "op",
           "read", "verify", "fill", "ratio", TURNS);
    for (int type = 0; type < TYPE_COUNT; type++)
        for (int op = 0; op <= OP_COUNT; op++) {
            struct collective c = {
                .kind = op < OP_COUNT ? COLL_ALLREDUCE : COLL_BROADCAST,
                .type = (enum datatype)type,
                .op = (enum reduce_op)(op < OP_COUNT ? op : 0),
                .ranks = RANKS,
                .shape = {1, RANKS, NULL}};
            c.count = asked_B / datatype_size(c.type);
            if (!collective_inapplicable(&c))
                time_one(c, memory);
        }
    free(memory);
    return EXIT_GOOD;
}
