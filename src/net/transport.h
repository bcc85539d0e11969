/* SPDX-License-Identifier: BSD-3-Clause */
/* What moves the bytes. `prepare` does everything that may allocate, register
 * or connect; `run` is the hot path: it allocates nothing, prints nothing,
 * reads no option and ends quiescent (every byte sent has arrived, every buffer
 * may be reused). Failures of the machine inside end the process: a half-dead
 * collective only hangs. */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include "coll/schedule.h"
#include "net/gdr.h"
#include "net/job.h"

struct net;    /* an open transport */
struct plan;   /* a prepared operation */
struct memory; /* net/mem.h */

enum { ASIDES_MOST = 4 };

struct net_options {
    size_t capacity_B; /* the most that input + output + scratch will need */
    size_t segment_B;  /* reduce overlaps receipt in pieces of this; 0: own */
    bool direct;       /* may read a neighbour's memory in place */
    struct memory *memory; /* where buffers lie; outlives the net */
    /* Operations aside: the bytes of each, the same on every rank. */
    size_t aside_B[ASIDES_MOST];
    int asides;
};

struct where { /* what this rank is doing: read by a signal handler */
    int round; /* -1: in no operation */
    int rounds;
    int peer;         /* rank of the job that was opened; -1: nobody */
    const char *what; /* "receive", "send", ... static text */
};

/* What one prepared operation hands out; valid until release. */
struct plan_view {
    void *input, *output; /* where to fill and to verify */
    long connections;     /* endpoints this rank has, all plans together; -1:
                             the transport cannot know */
    double wire_B;        /* bytes this rank sends to other nodes (to other
                             ranks, when all are on one node) in one run; < 0
                             when the transport cannot know */
    double messages;      /* with bytes, that it sends and receives in one run,
                             and that `ask` asks about; 0 without `ask` */
    double far_messages;  /* of them, those to and from other nodes */
};

/* Operations that go on beside those that are run, for a transport whose `run`
 * can advance them too: again and again, each time they end. A plan aside has
 * memory of its own, number `aside` of net_options.aside_B, and shares no pair
 * of ranks with any plan that is run meanwhile: messages of a pair are counted.
 * Between runs they stand still. `release` frees them. */
struct asides {
    struct plan *(*prepare)(struct net *, int aside, struct job *group,
                            const struct algorithm *,
                            const struct collective *);
    void (*start)(struct plan *);
    long (*begun)(const struct plan *); /* operations since start */
    /* No operation after that number is begun; returns when it has ended, which
     * takes all ranks of the group, with the same number. */
    void (*stop)(struct plan *, long operations);
};

struct transport {
    const char *name;
    const char *about; /* one line for --help */
    bool schedules;    /* true: executes ours; false: a library's own */
    bool real;         /* false: moves nothing, results are not checked */
    /* "UCX 1.13.1"; empty for none. */
    void (*version)(char *text, size_t capacity);
    /* NULL when it can work here on this memory; else the reason, static text.
     * shared_gpus: some GPU of the job is that of several ranks. Asked after
     * job_open and before open; what one rank says holds for all. */
    const char *(*refuses)(const struct memory *, bool shared_gpus);
    struct net *(*open)(struct job *, const struct net_options *);
    /* NULL when this transport can run it on this group; else the reason. */
    const char *(*inapplicable)(struct net *, const struct collective *);
    /* Collective over `group`, a job_group of the net's job (or the job). The
     * algorithm is NULL for a library's own. The collective is copied; a
     * shape.starts table must outlive the plan. One plan's buffers are the
     * net's buffers: prepare one operation with data at a time. */
    struct plan *(*prepare)(struct net *, struct job *group,
                            const struct algorithm *,
                            const struct collective *);
    void (*view)(struct plan *, struct plan_view *out);
    void (*run)(struct plan *);
    /* As run so many times, but waiting once, for all of them: of a library
     * that queues. NULL: run is called so many times. */
    void (*run_many)(struct plan *, int times);
    /* A run, never timed, in which the library is asked what it did with each
     * message; afterwards `evidence` says it. What was heard comes apart: of
     * messages on this node, and of those to and from other nodes. Input and
     * output are undefined then. NULL: nobody can be asked. */
    void (*ask)(struct plan *, struct gdr_heard *near, struct gdr_heard *far);
    const struct asides *asides; /* NULL: it has none */
    void (*release)(struct plan *);
    void (*close)(struct net *); /* collective over the job */
    /* Which way the bytes of the last run went: path as one word or a few
     * joined by '+' ("in-place", "tag:posix"); evidence: text. */
    void (*evidence)(struct plan *, char *path, size_t path_capacity,
                     char *evidence, size_t evidence_capacity);
    /* Async-signal-safe. */
    void (*where)(const struct net *, struct where *out);
};

/* What was built; NULL at the end. */
extern const struct transport *const transports[];
const struct transport *transport_find(const char *name);
void transport_names(char *text, size_t capacity); /* "null, ucx" */

/* One a file; only those that were built may be named outside the table. */
extern const struct transport transport_null, transport_ucx, transport_mpi,
    transport_nccl;

#endif
