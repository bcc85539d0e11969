/* SPDX-License-Identifier: BSD-3-Clause */
/* GPUDirect RDMA: did the bytes go from GPU to NIC to NIC to GPU? Nobody says
 * so outright; this weighs what the witnesses say. Pure: knows the words of UCX
 * but no header of it, and reads no counter itself.
 *
 * Witnesses, of each rank that exchanges bytes with other nodes:
 *   - what UCX answers, per message, when asked at its completion
 *     (ucp_request_query, which every UCX from 1.13 on has; it names a protocol
 *     only with UCX_PROTO_ENABLE=y, the default from 1.16 on);
 *   - what the NICs of its node sent meanwhile, against the bytes that the
 *     schedule had to put on the wire;
 *   - by which way the node's NICs can reach GPU memory at all.
 *
 * UCX's answer ends ... " length N " PROTOCOL LANES " X MB/s Y us": words from
 * src/ucp/proto/proto_common.h, src/ucp/tag/eager.h and src/ucp/rndv/ of
 * UCX 1.13 to 1.22. It speaks of the sender's end only: a receiver whose NIC
 * cannot reach its GPU has zero-copy writes land in host memory
 * (rndv/rtr/mtype), and where it fetches, the sender keeps its first estimate,
 * made as if the receiver were like itself ("rendezvous ...",
 * ucp_proto_rndv_rts_query). A release build names nothing for a receive. So
 * every rank that takes part must have spoken for its own end: of a message
 * that it sent.
 *
 * The account. An InfiniBand or RoCE port counts headers too: at most 98 bytes
 * (Ethernet 18, IPv6 40, UDP 8, BTH 12, RETH 16, ICRC 4) to a packet of 1024,
 * hence at most 1.1 of the bytes. Acknowledgements and read requests go the
 * other way: at most one of 80 bytes to four packets, 0.02 of all bytes.
 * Control messages and what a quiet node does: 512 bytes a message and 64 KiB.
 * Less than the bytes contradicts UCX; more than all of this is the traffic of
 * others, in which missing bytes could hide. Both give `unknown`. */
#ifndef NET_GDR_H
#define NET_GDR_H

#include <stdbool.h>
#include <stddef.h>

#include "host/road.h"

/* Of a protocol, better first: the worst of several counts. */
enum gdr_class {
    GDR_ZERO_COPY, /* by RDMA, out of and into GPU memory */
    GDR_SILENT,    /* the answer names no protocol */
    GDR_UNREAD,    /* it names something that proves nothing */
    GDR_STAGED,    /* copied through other memory, on one side at least */
};

enum { GDR_WORDS = 72 };

struct gdr_answer {
    enum gdr_class class;
    bool estimate;         /* by the sender, of what the receiver does */
    char words[GDR_WORDS]; /* protocol and lanes, without figures; cut; "" when
                              silent */
};

void gdr_read(const char *text, struct gdr_answer *out);

/* What one rank heard of its messages in one run. Plain data, all 0 at first.
 */
struct gdr_heard {
    int answers;           /* of sends, and of receives that name a protocol */
    int named;             /* of them that name one */
    int estimates;         /* of the named */
    enum gdr_class worst;  /* of the answers */
    bool others;           /* some answer's words were others */
    char words[GDR_WORDS]; /* the first of the worst class */
};

/* One more answer; that of a receive counts only when it names a protocol (a
 * release build of UCX names none there). */
void gdr_hear(struct gdr_heard *, const char *text, bool send);

/* "UCX: eager copy-in copy-out tcp/eth0, worst of 12 messages"; "" when nothing
 * was answered. */
void gdr_say(const struct gdr_heard *, char *text, size_t capacity);

/* What one rank testifies of messages to and from other nodes. */
struct gdr_testimony {
    int rank; /* of the job that was opened */
    int node;
    double wire_B;    /* it had to send while the NICs counted, to other nodes;
                         < 0: the transport cannot know */
    double messages;  /* sent or received meanwhile */
    bool counts;      /* it is the one of its node that reads the counters */
    double counted_B; /* then: what the node's NICs sent; NAN: not to be read */
    enum road road;
    struct gdr_heard heard;
};

enum gdr_verdict { GDR_NONE, GDR_PROVEN, GDR_IS_STAGED, GDR_UNKNOWN };

/* "", "proven", "staged", "unknown" */
const char *gdr_name(enum gdr_verdict);

/* Of all ranks of an operation, and why in one line; sorts them by node.
 * GDR_NONE: nothing had to leave a node. `crowded`: others ran at the same
 * time, so that the NICs' counts are nobody's. */
enum gdr_verdict gdr_judge(struct gdr_testimony *, int ranks, bool crowded,
                           char *evidence, size_t capacity);

/* Makes UCX name its protocols (UCX_PROTO_ENABLE=y where unset) and, when the
 * proof is `required`, refuse to reach GPU memory otherwise (UCX_IB_GPU_DIRECT_
 * RDMA=y). NULL, or which setting of the user stands against it. Before UCX is
 * opened. */
const char *gdr_environment(bool required);

#endif
