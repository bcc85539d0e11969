/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of the ucx transport, shared by its files only:
 *   ucx.c       open, close: the row in the table of transports
 *   ucx_aside.c operations that go on beside the one that is run
 *   ucx_ask.c   what UCX says of messages and lanes
 *   ucx_peer.c  connecting to the peers that a schedule names, and no others
 *   ucx_plan.c  a schedule compiled into operations on addresses
 *   ucx_run.c   the hot path
 *
 * Two ways for bytes. In place: where UCX can map a neighbour's memory
 * (ucp_rkey_ptr on memory that UCX allocated: System V or POSIX shared memory,
 * XPMEM), the receiver reads the sender's buffer itself, and reduces from it
 * without a copy; sender and receiver tell each other by two counters in the
 * sender's memory. Tagged messages: everything else, UCX choosing the protocol.
 */
#ifndef NET_UCX_NET_H
#define NET_UCX_NET_H

#include <stdint.h>
#include <ucp/api/ucp.h>

#include "net/buffers.h"
#include "net/gdr.h"
#include "net/mem.h"
#include "net/transport.h"

enum {
    LINE_B = 128,   /* two cache lines: the prefetcher fetches pairs */
    LOOKAHEAD = 16, /* rounds of a rank that may be under way at once */
    SEGMENTS_IN_FLIGHT = 4,
    SEGMENT_B = 256 << 10,    /* default of net_options.segment_B */
    STAGING_B = 65 << 20,     /* receive-reduces of tagged messages land here */
    STAGING_SHIFT_B = 64,     /* staging lies in this as its target does */
    DIRECT_PIECE_B = 1 << 20, /* read in place so much before looking around */
    STREAMING_LEAST_B = 4 << 20, /* from here on results are written past the
                                    cache (docs/method.md, section 6) */
};

/* One sender-receiver pair, in the sender's memory. */
struct slot {
    uint64_t ready; /* messages that the sender has published */
    char pad_ready[LINE_B - sizeof(uint64_t)];
    uint64_t done; /* messages that the receiver has finished with */
    char pad_done[LINE_B - sizeof(uint64_t)];
};

struct peer {
    int world; /* rank in the job that was opened */
    ucp_ep_h ep;
    ucp_rkey_h rkey;
    char *data;        /* its data memory as mapped here; NULL: not readable */
    struct slot *mine; /* for what I send to it */
    struct slot *theirs;     /* for what it sends to me; NULL like data */
    bool reads_me;           /* it reads my memory in place */
    uint64_t sent, received; /* messages of finished runs */
    uint64_t taken;          /* messages received in the run under way */
};

struct net {
    struct job *job;
    ucp_context_h context;
    ucp_worker_h worker;
    ucp_address_t *address;
    size_t address_B;
    bool allow_direct, oversubscribed;
    struct memory *memory;     /* of staging and data */
    bool late;                 /* what is queued there may not be done yet */
    ucp_request_param_t param; /* of messages that hold bytes */
    bool asking; /* of each message that completes, before its end */
    size_t segment_B;
    ucp_mem_h memory_handle;
    void *rkey;
    size_t rkey_B;
    char *base;         /* slots, then staging, then data; the latter two only
                           where the memory is not the host's */
    struct slot *slots; /* slots_used of slots_n given to peers */
    int slots_n, slots_used;
    char *staging, *data;
    size_t capacity_B;
    char *aside[ASIDES_MOST]; /* staging and data of each, before the data of
                                 all others: as far from it on every rank */
    size_t asides_B;          /* of all of them */
    struct plan *beside[ASIDES_MOST]; /* plans started aside */
    int beside_n;
    struct peer **peers; /* in order of connecting */
    int peers_n;
    int *peer_of;                  /* [job size]: index into peers, or -1 */
    struct plan *volatile running; /* for where() */
};

enum op_kind { OP_SEND, OP_RECV, OP_RECV_REDUCE, OP_COPY, OP_REDUCE, OP_KINDS };

/* A step, or a contiguous piece of one, on addresses. */
struct op {
    unsigned char kind;
    bool direct, done;
    bool last; /* of its bytes' reductions */
    int after; /* op of the same round that must be done before, or -1 */
    struct peer *peer;
    uint64_t message; /* number of its first message in this pair's run */
    char *to;
    const char *from, *remote; /* operand here; operand in the peer's memory */
    size_t bytes, at;          /* at: bytes finished, when read in place */
    size_t segment_B;
    unsigned segments, posted, /* finished <= arrived <= posted */
        arrived,               /* and what is to be done with them is queued */
        finished;              /* done */
    char *staging;
    void *requests[SEGMENTS_IN_FLIGHT];
    uint64_t tickets[SEGMENTS_IN_FLIGHT]; /* of what was queued, when late */
};

struct round {
    size_t first;  /* its ops: first .. the next round's first - 1 */
    int waits_for; /* this round must be finished before; -1: none */
    int left;      /* ops not done, once started */
};

struct plan_peer {
    struct peer *peer;
    uint64_t sends, receives; /* messages in one run */
};

/* How far a run is: rounds head .. next - 1 are under way. */
struct frontier {
    int head, next;
};

struct plan {
    struct net *net;
    struct job *group;
    const struct algorithm *algorithm;
    struct collective c;
    struct layout layout;
    char *staging, *data; /* the net's, or of an operation aside */
    struct op *ops;
    size_t ops_n;
    struct round *rounds; /* rounds_n + 1 */
    int rounds_n;
    struct plan_peer *peers;
    int peers_n;
    int lookahead; /* rounds that may be under way at once, <= LOOKAHEAD */
    bool tagged;   /* some op needs the worker */
    double wire_B;
    struct gdr_heard near, far; /* of messages on this node and to others */
    volatile int head;          /* oldest round not finished; for where() */
    struct frontier frontier;   /* of a run in pieces */
    /* Aside: operations ended since the start, how many may be, and whether one
     * is under way. */
    long ended, limit;
    bool under_way;
};

/* Connect to every listed world rank that is not connected yet. Each of them
 * calls this at the same time and lists this rank. */
void ucx_connect(struct net *, const int *worlds, int count);
/* Flush and close all endpoints; collective over the job. */
void ucx_disconnect(struct net *);
struct peer *ucx_peer(struct net *, int world);

struct plan *ucx_plan_at(struct net *, struct job *group,
                         const struct algorithm *, const struct collective *,
                         char *staging, char *data, size_t capacity_B);
void ucx_compile(struct plan *);
void ucx_run(struct plan *);

/* One run in pieces: begin, advance until it has ended, end. Advancing returns
 * whether anything moved. */
void ucx_begin(struct plan *);
bool ucx_advance(struct plan *);
void ucx_end(struct plan *);
static inline bool ucx_has_ended(const struct plan *plan)
{
    return plan->frontier.head == plan->rounds_n;
}

extern const struct asides ucx_asides;
/* Every plan aside a step further; did anything move? */
bool ucx_advance_asides(struct net *);

/* As in the table of transports. */
void ucx_ask(struct plan *, struct gdr_heard *near, struct gdr_heard *far);
void ucx_evidence(struct plan *, char *path, size_t path_capacity,
                  char *evidence, size_t evidence_capacity);
/* Of a request of this op that has completed and is to be freed. */
void ucx_hear(struct plan *, const struct op *, void *request);
/* Messages with bytes that this rank sends and receives in one run. */
void ucx_count_messages(const struct plan *, double *all, double *far);

/* Sender's rank above, message number of the pair below. */
static inline uint64_t ucx_tag(int sender_world, uint64_t message)
{
    enum { PEER_SHIFT = 40 };
    return (uint64_t)sender_world << PEER_SHIFT |
           (message & (((uint64_t)1 << PEER_SHIFT) - 1));
}

/* die() unless status is good (UCS_OK or in progress). */
void ucx_check(ucs_status_t status, const char *call);

#endif
