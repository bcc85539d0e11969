/* SPDX-License-Identifier: BSD-3-Clause */
/* How the text of an option becomes a value. */
#include "bench/value.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "coll/registry.h"
#include "net/mem.h"
#include "net/transport.h"

const char *value_size(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)benchmark;
    return units_parse_size(text, target) ? NULL : "a size such as 64KiB";
}

const char *value_some_size(const char *text, void *target,
                            const struct benchmark *benchmark)
{
    (void)benchmark;
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

const char *value_factor(const char *text, void *target,
                         const struct benchmark *benchmark)
{
    (void)benchmark;
    double value;
    if (!parse_number(text, 1.0, 1e6, &value) || value <= 1.0)
        return "a factor above 1 such as 2";
    *(double *)target = value;
    return NULL;
}

const char *value_count(const char *text, void *target,
                        const struct benchmark *benchmark)
{
    (void)benchmark;
    double value;
    if (!parse_whole(text, 0, 1e9, &value))
        return "a whole number from 0 on";
    *(size_t *)target = (size_t)value;
    return NULL;
}

const char *value_some(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)benchmark;
    double value;
    if (!parse_whole(text, 1, 1e9, &value))
        return "a whole number from 1 on";
    *(size_t *)target = (size_t)value;
    return NULL;
}

const char *value_some_int(const char *text, void *target,
                           const struct benchmark *benchmark)
{
    size_t value;
    const char *expected = value_some(text, &value, benchmark);
    if (!expected)
        *(int *)target = (int)value;
    return expected;
}

const char *value_count_int(const char *text, void *target,
                            const struct benchmark *benchmark)
{
    size_t value;
    const char *expected = value_count(text, &value, benchmark);
    if (!expected)
        *(int *)target = (int)value;
    return expected;
}

const char *value_seed(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    size_t value;
    const char *expected = value_count(text, &value, benchmark);
    if (!expected)
        *(uint64_t *)target = value;
    return expected;
}

const char *value_time(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)benchmark;
    double value;
    if (!units_parse_time(text, &value) || value <= 0)
        return "a time above 0 such as 500ms";
    *(double *)target = value;
    return NULL;
}

const char *value_share(const char *text, void *target,
                        const struct benchmark *benchmark)
{
    (void)benchmark;
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

const char *value_flag(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)text;
    (void)benchmark;
    *(bool *)target = true;
    return NULL;
}

const char *value_text(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)benchmark;
    *(const char **)target = text;
    return *text ? NULL : "a name";
}

const char *value_type(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    (void)benchmark;
    int type = datatype_find(text);
    if (type < 0)
        return "int8, uint8, int32, uint32, int64, uint64, float16, bfloat16, "
               "float32 or float64";
    *(enum datatype *)target = (enum datatype)type;
    return NULL;
}

const char *value_op(const char *text, void *target,
                     const struct benchmark *benchmark)
{
    (void)benchmark;
    int op = op_find(text);
    if (op < 0)
        return "sum, prod, min, max or avg";
    *(enum reduce_op *)target = (enum reduce_op)op;
    return NULL;
}

/* One of a few words, by their order. */
static const char *value_word(const char *text, int *target,
                              const char *const *words, const char *expected)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], text)) {
            *target = i;
            return NULL;
        }
    return expected;
}

const char *value_sync(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    static const char *const words[] = {"barrier", "clock", NULL};
    (void)benchmark;
    int word;
    const char *expected = value_word(text, &word, words, "barrier or clock");
    if (!expected)
        *(enum sync_kind *)target = (enum sync_kind)word;
    return expected;
}

const char *value_mode(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    static const char *const words[] = {"isolated", "pipelined", NULL};
    (void)benchmark;
    int word;
    const char *expected =
        value_word(text, &word, words, "isolated or pipelined");
    if (!expected)
        *(enum mode_kind *)target = (enum mode_kind)word;
    return expected;
}

const char *value_placement(const char *text, void *target,
                            const struct benchmark *benchmark)
{
    static const char *const words[] = {"packed", "spread", "rail", NULL};
    (void)benchmark;
    int word;
    const char *expected =
        value_word(text, &word, words, "packed, spread or rail");
    if (!expected)
        *(enum placement *)target = (enum placement)word;
    return expected;
}

const char *value_path(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    static const char *const words[] = {"tag", "any", NULL};
    (void)benchmark;
    int word;
    const char *expected = value_word(text, &word, words, "any or tag");
    if (!expected)
        *(bool *)target = word == 1;
    return expected;
}

const char *value_memory(const char *text, void *target,
                         const struct benchmark *benchmark)
{
    (void)benchmark;
    const struct memory_kind *kind = mem_find(text);
    if (!kind)
        return mem_find("cuda") ? "host, cuda or cuda-managed"
                                : "host (this build has no CUDA)";
    *(const struct memory_kind **)target = kind;
    return NULL;
}

const char *value_gpus(const char *text, void *target,
                       const struct benchmark *benchmark)
{
    enum { NUMBER_MOST = 1023 };
    static const char expected[] = "numbers of GPUs such as 0 or 0,2,4";
    struct gpu_list list = {.count = 0};
    (void)benchmark;
    for (const char *at = text; list.count < GPUS_MAX; at++) {
        char *end;
        if (*at < '0' || *at > '9')
            return expected;
        long number = strtol(at, &end, 10);
        if (number > NUMBER_MOST || (*end && *end != ','))
            return expected;
        list.number[list.count++] = (int)number;
        at = end;
        if (!*at) {
            *(struct gpu_list *)target = list;
            return NULL;
        }
    }
    return expected;
}

const char *value_inject(const char *text, void *target,
                         const struct benchmark *benchmark)
{
    (void)benchmark;
    return inject_parse(text, target)
               ? NULL
               : "corrupt=RANK[:ELEMENT], slow=RANK:FACTOR, hang=RANK or "
                 "die=RANK";
}

const char *value_pairs(const char *text, void *target,
                        const struct benchmark *benchmark)
{
    static const char *const words[] = {"disjoint", "all", NULL};
    (void)benchmark;
    int word;
    const char *expected =
        text ? value_word(text, &word, words, "disjoint or all") : NULL;
    if (!expected)
        *(enum pairs_kind *)target =
            text && word == 1 ? PAIRS_ALL : PAIRS_DISJOINT;
    return expected;
}

/* Splits "a,b,c" (the text is kept, cut in a copy that lives as long as the
 * program) and calls accept for each; at most LIST_MAX - 1. */
static bool split(const char *text, const char **list,
                  bool (*accept)(const char *, const struct benchmark *),
                  const struct benchmark *benchmark)
{
    char *copy = strdup(text), *save = NULL;
    int n = 0;
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        if (n == LIST_MAX - 1 || !accept(word, benchmark))
            return false;
        list[n++] = word;
    }
    list[n] = NULL;
    return n > 0;
}

static bool accept_transport(const char *name,
                             const struct benchmark *benchmark)
{
    (void)benchmark;
    return transport_find(name) != NULL;
}

const char *value_transports(const char *text, void *target,
                             const struct benchmark *benchmark)
{
    return split(text, target, accept_transport, benchmark)
               ? NULL
               : "a list of the transports of this build (see --help)";
}

static bool accept_algorithm(const char *name,
                             const struct benchmark *benchmark)
{
    return !strcmp(name, "all") || !strcmp(name, "auto") ||
           registry_find(benchmark->kind, name);
}

const char *value_algorithms(const char *text, void *target,
                             const struct benchmark *benchmark)
{
    return split(text, target, accept_algorithm, benchmark)
               ? NULL
               : "all, auto, or a list of algorithms (see --help)";
}

const char *value_directions(const char *text, void *target,
                             const struct benchmark *benchmark)
{
    (void)benchmark;
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
