/* SPDX-License-Identifier: BSD-3-Clause */
/* Names, sizes and definitions of collectives (docs/method.md), and where the
 * ranks live. Pure functions of the description; knows no algorithm. */
#include "coll/collective.h"

#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
    bool floating;
} datatypes[TYPE_COUNT] = {
    [TYPE_INT8] = {"int8", 1, false},
    [TYPE_UINT8] = {"uint8", 1, false},
    [TYPE_INT32] = {"int32", 4, false},
    [TYPE_UINT32] = {"uint32", 4, false},
    [TYPE_INT64] = {"int64", 8, false},
    [TYPE_UINT64] = {"uint64", 8, false},
    [TYPE_FLOAT16] = {"float16", 2, true},
    [TYPE_BFLOAT16] = {"bfloat16", 2, true},
    [TYPE_FLOAT32] = {"float32", 4, true},
    [TYPE_FLOAT64] = {"float64", 8, true},
};

static const char *const ops[OP_COUNT] = {
    [OP_SUM] = "sum", [OP_PROD] = "prod", [OP_MIN] = "min",
    [OP_MAX] = "max", [OP_AVG] = "avg",
};

/* A ping-pong is rank 0's message, there and back; of two ranks in a ring, the
 * left one is the other one. */
#define NO_PLACE_P2P "point-to-point has no in-place form"

/* clang-format off */
static const struct collective_facts facts[COLL_KINDS] = {
    [COLL_BARRIER] = {
        .name = "barrier", .input = EXTENT_NONE,
        .output = EXTENT_NONE, .source = SOURCE_NONE,
        .ops_per_run = 1, .factor = 1},
    [COLL_ALLREDUCE] = {
        .name = "allreduce", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_REDUCED,
        .ops_per_run = 1, .factor = 2, .factor_n = true},
    [COLL_ALLGATHER] = {
        .name = "allgather", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCKS, .source = SOURCE_EACH,
        .ops_per_run = 1, .factor = 1, .factor_n = true},
    [COLL_REDUCE_SCATTER] = {
        .name = "reduce_scatter", .input = EXTENT_BLOCKS,
        .output = EXTENT_BLOCK, .source = SOURCE_REDUCED,
        .ops_per_run = 1, .factor = 1, .factor_n = true},
    [COLL_ALLTOALL] = {
        .name = "alltoall", .input = EXTENT_BLOCKS,
        .output = EXTENT_BLOCKS, .source = SOURCE_EACH,
        .ops_per_run = 1, .factor = 1, .factor_n = true,
        .no_place = "in place, blocks would arrive over blocks still to be sent"},
    [COLL_BROADCAST] = {
        .name = "broadcast", .input = EXTENT_ROOT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_ROOT,
        .rooted = true, .ops_per_run = 1, .factor = 1},
    [COLL_REDUCE] = {
        .name = "reduce", .input = EXTENT_BLOCK,
        .output = EXTENT_ROOT_BLOCK, .source = SOURCE_REDUCED,
        .rooted = true, .ops_per_run = 1, .factor = 1},
    [COLL_GATHER] = {
        .name = "gather", .input = EXTENT_BLOCK,
        .output = EXTENT_ROOT_BLOCKS, .source = SOURCE_EACH,
        .rooted = true, .ops_per_run = 1, .factor = 1, .factor_n = true},
    [COLL_SCATTER] = {
        .name = "scatter", .input = EXTENT_ROOT_BLOCKS,
        .output = EXTENT_BLOCK, .source = SOURCE_ROOT,
        .rooted = true, .ops_per_run = 1, .factor = 1, .factor_n = true},
    [COLL_SENDRECV] = {
        .name = "sendrecv", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_LEFT,
        .ops_per_run = 1, .factor = 1,
        .no_place = "in place, what arrives would overwrite what is sent"},
    [COLL_PINGPONG] = {
        .name = "pingpong", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_ROOT,
        .p2p = true, .ops_per_run = 2, .factor = 1,
        .no_place = NO_PLACE_P2P},
    [COLL_STREAM] = {
        .name = "stream", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_LEFT,
        .p2p = true, .window = true, .factor = 1,
        .no_place = NO_PLACE_P2P},
    [COLL_BISTREAM] = {
        .name = "bistream", .input = EXTENT_BLOCK,
        .output = EXTENT_BLOCK, .source = SOURCE_LEFT,
        .p2p = true, .window = true, .factor = 2,
        .no_place = NO_PLACE_P2P},
};
/* clang-format on */

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

const struct collective_facts *collective_facts(enum collective_kind kind)
{
    return &facts[kind];
}

const char *collective_name(enum collective_kind kind)
{
    return facts[kind].name;
}

bool collective_reduces(enum collective_kind kind)
{
    return facts[kind].source == SOURCE_REDUCED;
}

const char *collective_inapplicable(const struct collective *c)
{
    if (facts[c->kind].rooted && (c->root < 0 || c->root >= c->ranks))
        return "the root is not one of the ranks";
    if (collective_reduces(c->kind) && c->op == OP_AVG &&
        !datatypes[c->type].floating)
        return "an average of integers hides which rank is missing: take a "
               "floating-point type, or sum";
    return c->in_place ? facts[c->kind].no_place : NULL;
}

/* --- buffers
 * -----------------------------------------------------------------*/

static bool of_all(enum extent extent)
{
    return extent == EXTENT_BLOCKS || extent == EXTENT_ROOT_BLOCKS;
}

static size_t blocks_of(const struct collective *c, enum extent extent)
{
    return extent == EXTENT_NONE ? 0 : of_all(extent) ? (size_t)c->ranks : 1;
}

static bool has(const struct collective *c, enum extent extent, int rank)
{
    bool of_root = extent == EXTENT_ROOT_BLOCK || extent == EXTENT_ROOT_BLOCKS;
    return extent != EXTENT_NONE && (!of_root || rank == c->root);
}

bool collective_has_input(const struct collective *c, int rank)
{
    return has(c, facts[c->kind].input, rank);
}

bool collective_has_output(const struct collective *c, int rank)
{
    return has(c, facts[c->kind].output, rank);
}

size_t collective_block_B(const struct collective *c)
{
    return c->count * datatype_size(c->type);
}

static size_t messages_of(const struct collective *c)
{
    return facts[c->kind].window ? (size_t)collective_window(c) : 1;
}

size_t collective_input_B(const struct collective *c)
{
    return blocks_of(c, facts[c->kind].input) * messages_of(c) *
           collective_block_B(c);
}

size_t collective_output_B(const struct collective *c)
{
    return blocks_of(c, facts[c->kind].output) * messages_of(c) *
           collective_block_B(c);
}

bool collective_shares(const struct collective *c, int rank, size_t *input_at_B,
                       size_t *output_at_B)
{
    size_t own_B = (size_t)rank * collective_block_B(c);
    bool in_all = of_all(facts[c->kind].input);
    bool out_all = of_all(facts[c->kind].output);

    *input_at_B = out_all && !in_all ? own_B : 0;
    *output_at_B = in_all && !out_all ? own_B : 0;
    return c->in_place && collective_has_input(c, rank) &&
           collective_has_output(c, rank);
}

/* --- what comes out
 * ----------------------------------------------------------*/

int collective_parts(const struct collective *c, int rank)
{
    bool only_sends = c->kind == COLL_STREAM && rank == 0;

    if (!collective_has_output(c, rank) || only_sends)
        return 0;
    return (int)blocks_of(c, facts[c->kind].output);
}

struct wanted collective_wanted(const struct collective *c, int rank, int part)
{
    const struct collective_facts *f = &facts[c->kind];
    const int of[] = {[SOURCE_NONE] = -1,
                      [SOURCE_REDUCED] = -1,
                      [SOURCE_EACH] = part,
                      [SOURCE_ROOT] = f->rooted ? c->root : 0,
                      [SOURCE_LEFT] = (rank + c->ranks - 1) % c->ranks};

    return (struct wanted){of[f->source], of_all(f->input) ? rank : 0};
}

size_t collective_part_count(const struct collective *c)
{
    return messages_of(c) * c->count;
}

/* --- S and rates
 * -------------------------------------------------------------*/

/* S holds what the longer buffer does, of a window one message. */
static size_t size_blocks(const struct collective *c)
{
    size_t in = blocks_of(c, facts[c->kind].input);
    size_t out = blocks_of(c, facts[c->kind].output);

    return in > out ? in : out;
}

size_t collective_size_B(const struct collective *c)
{
    return size_blocks(c) * collective_block_B(c);
}

size_t collective_count(const struct collective *c, size_t size_B)
{
    size_t unit_B = size_blocks(c) * datatype_size(c->type);

    return unit_B ? size_B / unit_B + (size_B % unit_B != 0) : 0;
}

double collective_bus_factor(const struct collective *c)
{
    double n = c->ranks;

    if (c->ranks < 2)
        return 0;
    return facts[c->kind].factor * (facts[c->kind].factor_n ? (n - 1) / n : 1);
}

int collective_ops_per_run(const struct collective *c)
{
    int window = collective_window(c);

    if (!facts[c->kind].window)
        return facts[c->kind].ops_per_run;
    return STREAM_HALVES * (window > 1 ? window / 2 : 1);
}

int collective_window(const struct collective *c)
{
    const size_t asked_most_B = (size_t)64 << 20, usual_most_B = 512 << 10;
    const int usual = 64, least = 2; /* two, so that messages can overlap */
    int asked = c->tuning.window;
    int window = asked > 0 ? asked : usual;
    size_t most_B = asked > 0 ? asked_most_B : usual_most_B;
    size_t message_B = collective_block_B(c);
    size_t fit = message_B ? most_B / message_B : SIZE_MAX;

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
