/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for: a collective operation on `ranks` ranks, without a word on
 * how. Pure data: no clock, file, transport or topology is known here. */
#ifndef COLL_COLLECTIVE_H
#define COLL_COLLECTIVE_H

#include <stdbool.h>
#include <stddef.h>

enum collective_kind {
    COLL_BARRIER,
    COLL_ALLREDUCE,
    COLL_ALLGATHER,
    COLL_REDUCE_SCATTER,
    COLL_ALLTOALL,
    COLL_BROADCAST,
    COLL_REDUCE,
    COLL_GATHER,
    COLL_SCATTER,
    COLL_SENDRECV, /* ring shift: rank r sends to r + 1, receives from r - 1 */
    COLL_PINGPONG, /* p2p latency: 0 sends to 1, which sends the same back */
    COLL_STREAM,   /* p2p bandwidth: 2 ranks, `window` messages from 0 to 1 */
    COLL_BISTREAM, /* the same, both ways at once */
    COLL_KINDS
};

enum datatype {
    TYPE_INT8, TYPE_UINT8, TYPE_INT32, TYPE_UINT32, TYPE_INT64, TYPE_UINT64,
    TYPE_FLOAT16, TYPE_BFLOAT16, TYPE_FLOAT32, TYPE_FLOAT64,
    TYPE_COUNT
};

enum reduce_op { OP_SUM, OP_PROD, OP_MIN, OP_MAX, OP_AVG, OP_COUNT };

/* Where the ranks live: `nodes` nodes, each holding consecutive ranks. With
 * `starts` (nodes + 1 entries, shared, not owned; starts[nodes] == ranks) node
 * i holds ranks starts[i] .. starts[i+1]-1; without it (NULL) each node holds
 * `per_node` and the last one what is left. */
struct node_shape {
    int nodes, per_node;
    const int *starts;
};

/* Tuning: zero means the algorithm's own default, which it documents. */
struct tuning {
    size_t segment_B; /* pipelined algorithms: bytes per segment */
    int window;       /* p2p and linear algorithms: messages in flight */
};

struct collective {
    enum collective_kind kind;
    size_t count; /* elements of a block: the vector (all-reduce, broadcast,
                     reduce), what each rank contributes (all-gather, gather) or
                     ends with (reduce-scatter, scatter), what each sends to each
                     (all-to-all), one message (sendrecv, p2p) */
    enum datatype type;
    enum reduce_op op; /* of kinds that reduce */
    int root;          /* of rooted kinds */
    int ranks;
    bool in_place; /* INPUT and OUTPUT of a rank that has both share memory: the
                      shorter is the rank's own block of the longer */
    struct node_shape shape;
    struct tuning tuning;
};

/* Names as in --datatype, --op and the CSV; -1 when unknown. */
const char *datatype_name(enum datatype type);
int datatype_find(const char *name);
size_t datatype_size(enum datatype type); /* bytes */
const char *op_name(enum reduce_op op);
int op_find(const char *name);
const char *collective_name(enum collective_kind kind);

/* Who has a buffer, and how much: one block, or one for each rank. */
enum extent {
    EXTENT_NONE, EXTENT_BLOCK, EXTENT_BLOCKS, EXTENT_ROOT_BLOCK,
    EXTENT_ROOT_BLOCKS
};

/* Of which rank a block of OUTPUT comes. */
enum source {
    SOURCE_NONE, SOURCE_REDUCED, /* of all ranks, reduced */
    SOURCE_EACH,                 /* block i of rank i */
    SOURCE_ROOT, SOURCE_LEFT     /* rank - 1, round the ring */
};

/* What a kind is, for all who would otherwise compare kinds. */
struct collective_facts {
    const char *name;
    enum extent input, output;
    enum source source;
    bool rooted;
    bool p2p;            /* between two ranks, not a collective */
    bool window;         /* INPUT and OUTPUT hold a window of messages */
    int ops_per_run;     /* where there is no window */
    double factor;       /* busbw / algbw ... */
    bool factor_n;       /* ... and times (n-1)/n */
    const char *no_place; /* why there is no in-place form; NULL: there is */
};

const struct collective_facts *collective_facts(enum collective_kind kind);
bool collective_reduces(enum collective_kind kind);

/* Why what is asked is no operation at all, whatever the algorithm: a root that
 * is no rank, a form that does not exist, an average of integers (quotients cut
 * to whole numbers are 0 for few bits and many ranks, whoever is missing). NULL
 * when it is one. */
const char *collective_inapplicable(const struct collective *c);

/* Bytes of one block, and of each buffer that the collective itself defines, on
 * the ranks that have it. */
size_t collective_block_B(const struct collective *c);
size_t collective_input_B(const struct collective *c);
size_t collective_output_B(const struct collective *c);
bool collective_has_input(const struct collective *c, int rank);
bool collective_has_output(const struct collective *c, int rank);

/* Do INPUT and OUTPUT of this rank share memory (in place)? If so, where in it
 * each begins: one of the two at 0. */
bool collective_shares(const struct collective *c, int rank, size_t *input_at_B,
                       size_t *output_at_B);

/* What must stand in OUTPUT of a rank in the end: so many parts, each equal to
 * part `part` of INPUT of `rank`, or of all ranks reduced (-1). A part is a
 * block, or the whole window. No parts: nothing need be there. */
struct wanted {
    int rank, part;
};

int collective_parts(const struct collective *c, int rank);
struct wanted collective_wanted(const struct collective *c, int rank, int part);
size_t collective_part_count(const struct collective *c); /* elements */

/* S of algbw, in bytes (docs/method.md): all-reduce, broadcast, reduce: bytes of
 * the vector; all-gather, reduce-scatter, gather, scatter: total bytes;
 * all-to-all: what a rank sends, its own block included; sendrecv, p2p: bytes of
 * one message. */
size_t collective_size_B(const struct collective *c);

/* The count for which collective_size_B is at least `size_B`, and least. */
size_t collective_count(const struct collective *c, size_t size_B);

/* busbw = algbw x factor: all-reduce 2(n-1)/n; all-gather, reduce-scatter,
 * all-to-all, gather, scatter (n-1)/n; else 1; bidirectional p2p 2, since both
 * directions count. One rank: no wire is used and the factor is 0. */
double collective_bus_factor(const struct collective *c);

/* Operations in one run of the schedule, by which a run's time is divided: 2
 * for ping-pong (there and back), the messages of a stream, else 1. */
int collective_ops_per_run(const struct collective *c);

/* The window that runs, even or 1: tuning.window, cut so that its messages take
 * at most 64 MiB; by default 64 cut to 512 KiB, which is ten times what is in
 * flight at 50 GB/s over 1 us, and stays in a cache as it does in other tools.
 * Never below 2 messages unless 1 is asked. */
int collective_window(const struct collective *c);

/* A stream's run: so many half windows one after the other, two under way at a
 * time, each reusing the buffers of the last but one. (A window of 1: so many
 * messages, one at a time.) */
enum { STREAM_HALVES = 8 };

/* Node of a rank, and the first rank of a node (nodes: one past the end). */
int shape_node(const struct collective *c, int rank);
int shape_start(const struct collective *c, int node);
/* Ranks on every node when all nodes hold the same number, else 0. */
int shape_uniform(const struct collective *c);

#endif
