/* SPDX-License-Identifier: BSD-3-Clause */
/* THE idea of the suite: a collective algorithm is data. It is a pure function
 * from (collective, rank, round) to the steps of that round; the same steps are
 * checked, printed, executed and simulated. Algorithms never send.
 *
 * Rules, proved by check.h for every registered algorithm:
 *
 * 1. A send of round r meets exactly one receive of the same bytes in round r
 *    of its peer; several between one pair match in listed order. Zero-byte
 *    steps are left out, except in `barrier`.
 * 2. SEND reads `from` (to is empty). RECV writes `to`. RECV_REDUCE:
 *    to = from op received (from and to may be one span). COPY: to = from.
 *    REDUCE: to = from op to.
 *    SWITCH_REDUCE: the switch of a node sums `from` of all its ranks into `to`
 *    of `peer`, who is one of them: each rank of the node lists one for each
 *    owner, matched in listed order; `to` is the owner's own. SWITCH_MULTICAST:
 *    the switch copies `from` of `peer` into `to` of every rank of the node; the
 *    owner lists it with `from` alone. Only schedules marked `in_switch` have
 *    such steps: they are checked and simulated, no transport here runs them.
 * 3. No step touches bytes that another step of its round writes, except
 *    several RECV_REDUCE into one span, which apply in listed order (the second
 *    has from == to). So a rank never sends in a round what it receives in it.
 * 4. A step may start once the earlier steps of its rank on overlapping bytes
 *    are done; a step of no bytes (barrier) once all of the rounds before are;
 *    an executor may as well wait for the whole round. Rounds of a
 *    rank are ordered, ranks are not: there is no global barrier.
 * 5. Unless in place, INPUT is never written. What SCRATCH and OUTPUT hold at
 *    the start is never read.
 * 6. Any round of any rank can be asked for in any order, without state and
 *    without memory that grows with the number of ranks.
 * 7. Rounds are numbered 0 .. sum of phase rounds - 1, the same for all ranks.
 *    In a phase that is not pipelined every rank has the same peers, by kind of
 *    step, in each round, and its bytes differ from round to round by at most
 *    one block's rounding (max - min <= the datatype's size per block sent, in
 *    units of whole blocks of the collective's division); blocks of no bytes
 *    drop their step. In a `pipelined` phase a round's peers are a subset of
 *    the phase's largest round of that rank, with at most its bytes to each:
 *    the pipe fills and drains. So a phase can be priced at its largest round.
 *    In a `varied` phase each round has peers of its own, as if it were a phase
 *    by itself, but all move alike: over all ranks together each round has as
 *    many steps of each kind, of the same bytes to one block's rounding; the
 *    last may have fewer. So a sample of its rounds stands for it, and n - 1
 *    rounds of an all-to-all are one phase.
 * 8. A RECV_REDUCE, a REDUCE, or the owner's SWITCH_REDUCE is marked `last`
 *    exactly where `to` then holds the contributions of all ranks: there, and
 *    only there, an average is divided by their number. So each element is
 *    divided once wherever it is finished, and travels on finished.
 */
#ifndef COLL_SCHEDULE_H
#define COLL_SCHEDULE_H

#include "coll/collective.h"

enum step_kind {
    STEP_SEND, STEP_RECV, STEP_RECV_REDUCE, STEP_COPY, STEP_REDUCE,
    STEP_SWITCH_REDUCE, STEP_SWITCH_MULTICAST,
    STEP_KINDS
};

enum buffer { BUFFER_INPUT, BUFFER_OUTPUT, BUFFER_SCRATCH, BUFFERS };

/* `count` blocks of `bytes`, `stride` apart from start to start; count 1 for a
 * plain run of bytes (stride is then ignored and 0). Empty: all zero. */
struct span {
    enum buffer buffer;
    size_t offset, bytes, stride, count;
};

struct step {
    enum step_kind kind;
    int peer; /* -1 for COPY and REDUCE */
    struct span from, to;
    bool last; /* of its bytes' reductions (rule 8) */
};

struct phase {
    const char *name; /* "reduce-scatter", "all-gather", ...: for --explain */
    int first, rounds;
    bool pipelined, varied; /* at most one of the two */
};

struct algorithm {
    const char *name; /* as in --algorithm and the CSV */
    enum collective_kind kind;
    /* NULL when it applies; else the reason, for the SKIP row. */
    const char *(*inapplicable)(const struct collective *);
    /* Both fill at most `capacity` entries and return the number needed. */
    size_t (*phases)(const struct collective *, struct phase *out,
                     size_t capacity);
    size_t (*round)(const struct collective *, int rank, int round,
                    struct step *out, size_t capacity);
    /* Bytes of SCRATCH; the same for every rank. */
    size_t (*scratch_B)(const struct collective *);
    /* The tuning that this algorithm reads, with the values that apply, as
     * "segment=512KiB"; "" for none. May be NULL for none. */
    void (*tuning)(const struct collective *, char *text, size_t capacity);
    /* The node's switch reduces and multicasts (rule 2): simulated only. */
    bool in_switch;
    /* Each round is half of the messages that may be in flight: an executor has
     * at most two rounds under way. */
    bool half_windows;
};

/* Total bytes of a span. */
static inline size_t span_B(const struct span *span)
{
    return span->bytes * span->count;
}

/* Rounds of a whole schedule. */
int schedule_rounds(const struct algorithm *, const struct collective *);

/* "double-tree:segment=512KiB", as the CSV names it. */
void schedule_name(const struct algorithm *, const struct collective *,
                   char *text, size_t capacity);

#endif
