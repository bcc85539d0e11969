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
    COLL_PINGPONG, /* p2p latency: 0 sends to 1, which sends the same back */
    COLL_STREAM,   /* p2p bandwidth: 2 ranks, `window` messages from 0 to 1 */
    COLL_BISTREAM, /* the same, both ways at once */
    COLL_KINDS
};

enum datatype {
    TYPE_INT8, TYPE_UINT8, TYPE_INT32, TYPE_UINT32, TYPE_INT64, TYPE_UINT64,
    TYPE_FLOAT32, TYPE_FLOAT64,
    TYPE_COUNT
};

enum reduce_op { OP_SUM, OP_PROD, OP_MIN, OP_MAX, OP_COUNT };

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
    int window;       /* p2p: messages in flight */
};

struct collective {
    enum collective_kind kind;
    size_t count; /* elements: all-reduce: of the vector; all-gather: that each
                     rank contributes; p2p: of one message */
    enum datatype type;
    enum reduce_op op; /* all-reduce only */
    int root;          /* rooted collectives only */
    int ranks;
    bool in_place; /* INPUT is part of OUTPUT: all-reduce, INPUT == OUTPUT;
                      all-gather, INPUT is the rank's own block of OUTPUT */
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

/* Bytes of each buffer that the collective itself defines, per rank. */
size_t collective_input_B(const struct collective *c);
size_t collective_output_B(const struct collective *c);

/* S of algbw, in bytes (docs/method.md): all-reduce, bytes per rank;
 * all-gather, total bytes; p2p, bytes of one message. */
size_t collective_size_B(const struct collective *c);

/* The count for which collective_size_B is at least `size_B`, and least. */
size_t collective_count(const struct collective *c, size_t size_B);

/* busbw = algbw x factor: all-reduce 2(n-1)/n, all-gather (n-1)/n, else 1;
 * bidirectional p2p 2, since both directions count. One rank: no wire is used
 * and the factor is 0. */
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
