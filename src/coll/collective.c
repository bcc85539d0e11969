/* SPDX-License-Identifier: BSD-3-Clause */
/* Names, sizes and definitions of collectives (docs/method.md), and where the
 * ranks live. Pure functions of the description; knows no algorithm. */
#include "coll/collective.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} datatypes[TYPE_COUNT] = {
    [TYPE_INT8] = {"int8", 1},       [TYPE_UINT8] = {"uint8", 1},
    [TYPE_INT32] = {"int32", 4},     [TYPE_UINT32] = {"uint32", 4},
    [TYPE_INT64] = {"int64", 8},     [TYPE_UINT64] = {"uint64", 8},
    [TYPE_FLOAT32] = {"float32", 4}, [TYPE_FLOAT64] = {"float64", 8},
};

static const char *const ops[OP_COUNT] = {
    [OP_SUM] = "sum",
    [OP_PROD] = "prod",
    [OP_MIN] = "min",
    [OP_MAX] = "max",
};

/* What S, the buffers and the rates of each kind count; `all` stands for a
 * factor of the number of ranks, `window` for one of the window. */
static const struct {
    const char *name;
    bool moves_data;
    bool all_out;    /* OUTPUT and S hold a block of every rank */
    bool window;     /* INPUT and OUTPUT hold a window of messages */
    int ops_per_run; /* where there is no window */
    double factor;   /* busbw / algbw ... */
    bool factor_n;   /* ... and times (n-1)/n */
} kinds[COLL_KINDS] = {
    [COLL_BARRIER] = {"barrier", false, false, false, 1, 1, false},
    [COLL_ALLREDUCE] = {"allreduce", true, false, false, 1, 2, true},
    [COLL_ALLGATHER] = {"allgather", true, true, false, 1, 1, true},
    [COLL_PINGPONG] = {"pingpong", true, false, false, 2, 1, false},
    [COLL_STREAM] = {"stream", true, false, true, 1, 1, false},
    [COLL_BISTREAM] = {"bistream", true, false, true, 1, 2, false},
};

const char *datatype_name(enum datatype type)
{
    return datatypes[type].name;
}

int datatype_find(const char *name)
{
    for (int i = 0; i < TYPE_COUNT; i++)
        if (strcmp(datatypes[i].name, name) == 0)
            return i;
    return -1;
}

size_t datatype_size(enum datatype type)
{
    return datatypes[type].bytes;
}

const char *op_name(enum reduce_op op)
{
    return ops[op];
}

int op_find(const char *name)
{
    for (int i = 0; i < OP_COUNT; i++)
        if (strcmp(ops[i], name) == 0)
            return i;
    return -1;
}

const char *collective_name(enum collective_kind kind)
{
    return kinds[kind].name;
}

/* Bytes of one rank's block or one message. */
static size_t block_B(const struct collective *c)
{
    return kinds[c->kind].moves_data ? c->count * datatype_size(c->type) : 0;
}

size_t collective_input_B(const struct collective *c)
{
    size_t messages = kinds[c->kind].window ? (size_t)collective_window(c) : 1;
    return messages * block_B(c);
}

size_t collective_output_B(const struct collective *c)
{
    size_t blocks = kinds[c->kind].all_out ? (size_t)c->ranks : 1;
    return blocks * collective_input_B(c);
}

size_t collective_size_B(const struct collective *c)
{
    size_t blocks = kinds[c->kind].all_out ? (size_t)c->ranks : 1;
    return blocks * block_B(c);
}

size_t collective_count(const struct collective *c, size_t size_B)
{
    if (!kinds[c->kind].moves_data)
        return 0;
    size_t blocks = kinds[c->kind].all_out ? (size_t)c->ranks : 1;
    size_t unit_B = blocks * datatype_size(c->type);
    return size_B / unit_B + (size_B % unit_B != 0);
}

double collective_bus_factor(const struct collective *c)
{
    double n = c->ranks;

    if (c->ranks < 2)
        return 0;
    return kinds[c->kind].factor * (kinds[c->kind].factor_n ? (n - 1) / n : 1);
}

int collective_ops_per_run(const struct collective *c)
{
    int window = collective_window(c);

    if (!kinds[c->kind].window)
        return kinds[c->kind].ops_per_run;
    return STREAM_HALVES * (window > 1 ? window / 2 : 1);
}

int collective_window(const struct collective *c)
{
    const size_t asked_most_B = (size_t)64 << 20, usual_most_B = 512 << 10;
    const int usual = 64, least = 2; /* two, so that messages can overlap */
    int asked = c->tuning.window;
    int window = asked > 0 ? asked : usual;
    size_t most_B = asked > 0 ? asked_most_B : usual_most_B;
    size_t fit = block_B(c) ? most_B / block_B(c) : SIZE_MAX;

    if (window == 1)
        return 1;
    if ((size_t)window > fit)
        window = (int)fit;
    return window < least ? least : window / 2 * 2;
}

static int per_node(const struct collective *c)
{
    return c->shape.per_node > 0 ? c->shape.per_node : c->ranks;
}

int shape_node(const struct collective *c, int rank)
{
    const int *starts = c->shape.starts;
    int low = 0, high = c->shape.nodes; /* starts[low] <= rank < starts[high] */

    if (!starts)
        return rank / per_node(c);
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (starts[middle] <= rank)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int shape_start(const struct collective *c, int node)
{
    if (c->shape.starts)
        return c->shape.starts[node];
    long start = (long)node * per_node(c);
    return start < c->ranks ? (int)start : c->ranks;
}

int shape_uniform(const struct collective *c)
{
    if (!c->shape.starts)
        return c->ranks % per_node(c) == 0 ? per_node(c) : 0;

    int size = c->shape.starts[1] - c->shape.starts[0];
    for (int i = 1; i < c->shape.nodes; i++)
        if (c->shape.starts[i + 1] - c->shape.starts[i] != size)
            return 0;
    return size;
}
