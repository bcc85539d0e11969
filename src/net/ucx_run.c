/* SPDX-License-Identifier: BSD-3-Clause */
/* The hot path of the ucx transport: rounds start in order, as soon as the
 * round they wait for is finished; several may be under way; a run ends when
 * every byte sent has been taken and every byte received has been used. Nothing
 * here allocates (UCX keeps pools of its own requests). */
#include <sched.h>

#include "coll/reduce.h"
#include "net/ucx_net.h"

static const uint64_t all_bits = UINT64_MAX;

/* How long waiting lasted without anything moving. */
struct patience {
    unsigned polls;
};

static uint64_t load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *counter, uint64_t value)
{
    __atomic_store_n(counter, value, __ATOMIC_RELEASE);
}

static size_t segment_bytes(const struct op *op, unsigned segment)
{
    size_t offset = (size_t)segment * op->segment_B;
    return op->bytes - offset < op->segment_B ? op->bytes - offset
                                              : op->segment_B;
}

/* Results larger than the cache would only push other data out of it. */
static bool is_streaming(const struct op *op)
{
    return op->bytes >= STREAMING_LEAST_B;
}

/* `offset` bytes into an op: to = from op other. */
static void reduce(const struct plan *plan, const struct op *op, size_t offset,
                   const char *other, size_t bytes)
{
    const struct collective *c = &plan->c;
    char *to = op->to + offset;
    const char *from = op->from + offset;
    size_t count = bytes / datatype_size(c->type);
    struct memory *memory = plan->net->memory;
    memory->kind->reduce(memory, c->type, c->op,
                         c->op == OP_AVG && op->last ? c->ranks : 0, to, from,
                         other, count, is_streaming(op));
}

/* --- what is queued ------------------------------------------------------
 * Elsewhere than in host memory a reduction or a copy is queued, in order, and
 * done later. What it wrote may be sent, and what it read overwritten, once its
 * ticket is reached; until then its op is not done, and rounds that depend on
 * it wait. Another reduction into the same bytes need not: it is queued behind.
 */

static void mark(struct plan *plan, struct op *op, unsigned segment)
{
    struct net *net = plan->net;
    if (net->late)
        op->tickets[segment % SEGMENTS_IN_FLIGHT] =
            net->memory->kind->mark(net->memory);
}

static bool is_reached(const struct plan *plan, const struct op *op,
                       unsigned segment)
{
    struct net *net = plan->net;
    return !net->late ||
           net->memory->kind->reached(
               net->memory, op->tickets[segment % SEGMENTS_IN_FLIGHT]);
}

/* Is all that the op reduces queued? */
static bool is_queued(const struct op *op)
{
    return op->done || (!op->direct && op->arrived == op->segments);
}

/* --- tagged messages -------------------------------------------------------
 */

static void post_segment(struct plan *plan, struct op *op)
{
    struct net *net = plan->net;
    unsigned segment = op->posted++;
    size_t offset = (size_t)segment * op->segment_B;
    size_t bytes = segment_bytes(op, segment);
    void **request = &op->requests[segment % SEGMENTS_IN_FLIGHT];
    const ucp_request_param_t plain = {.op_attr_mask = 0},
                              *param = bytes ? &net->param : &plain;
    if (op->kind == OP_SEND) {
        uint64_t tag =
            ucx_tag(job_rank(net->job), op->peer->sent + op->message + segment);
        *request = ucp_tag_send_nbx(op->peer->ep, op->from + offset, bytes, tag,
                                    param);
    } else {
        uint64_t tag = ucx_tag(op->peer->world,
                               op->peer->received + op->message + segment);
        char *to =
            op->kind == OP_RECV
                ? op->to + offset
                : op->staging + segment % SEGMENTS_IN_FLIGHT * op->segment_B;
        *request =
            ucp_tag_recv_nbx(net->worker, to, bytes, tag, all_bits, param);
    }
    if (UCS_PTR_IS_ERR(*request))
        ucx_check(UCS_PTR_STATUS(*request), "UCX message");
}

/* Has the oldest segment in flight completed? Frees its request. */
static bool segment_complete(struct plan *plan, struct op *op)
{
    void **request = &op->requests[op->arrived % SEGMENTS_IN_FLIGHT];
    if (*request) {
        ucs_status_t status = ucp_request_check_status(*request);
        if (status == UCS_INPROGRESS)
            return false;
        ucx_check(status, "UCX message");
        if (plan->net->asking)
            ucx_hear(plan, op, *request);
        ucp_request_free(*request);
        *request = NULL;
    }
    return true;
}

/* Take the oldest segment in flight, if it is there and may be used. */
static bool take_segment(struct plan *plan, struct op *op)
{
    unsigned segment = op->arrived;
    if (segment == op->posted || !segment_complete(plan, op))
        return false;
    if (op->kind == OP_RECV_REDUCE) {
        if (op->after >= 0 && !is_queued(&plan->ops[op->after]))
            return false;
        reduce(plan, op, (size_t)segment * op->segment_B,
               op->staging + segment % SEGMENTS_IN_FLIGHT * op->segment_B,
               segment_bytes(op, segment));
        mark(plan, op, segment);
    }
    op->arrived++;
    return true;
}

static bool finish_segment(const struct plan *plan, struct op *op)
{
    if (op->finished == op->arrived ||
        (op->kind == OP_RECV_REDUCE && !is_reached(plan, op, op->finished)))
        return false;
    op->finished++;
    return true;
}

static bool advance_tagged(struct plan *plan, struct op *op)
{
    bool moved = false;
    for (bool more = true; more; moved |= more) {
        while (op->posted < op->segments &&
               op->posted - op->finished < SEGMENTS_IN_FLIGHT)
            post_segment(plan, op);
        more = take_segment(plan, op);
        more |= finish_segment(plan, op);
    }
    op->done = op->finished == op->segments;
    return moved;
}

/* A copy or reduction of this rank alone. */
static bool advance_local(const struct plan *plan, struct op *op)
{
    op->done = is_reached(plan, op, 0);
    return op->done;
}

/* --- in place
 * ---------------------------------------------------------------*/

static bool advance_direct_send(struct plan *plan, struct op *op)
{
    (void)plan;
    struct peer *peer = op->peer;
    op->done = load(&peer->mine->done) > peer->sent + op->message;
    return op->done;
}

/* Messages of a pair are taken in order, so that `done` can be one counter. */
static bool advance_direct_recv(struct plan *plan, struct op *op)
{
    struct peer *peer = op->peer;
    uint64_t message = peer->received + op->message;
    if (op->message != peer->taken || load(&peer->theirs->ready) <= message ||
        (op->after >= 0 && !plan->ops[op->after].done))
        return false;
    size_t left = op->bytes - op->at;
    size_t piece = left < DIRECT_PIECE_B ? left : DIRECT_PIECE_B;
    if (op->kind == OP_RECV_REDUCE)
        reduce(plan, op, op->at, op->remote + op->at, piece);
    else if (piece)
        reduce_copy(op->to + op->at, op->remote + op->at, piece,
                    is_streaming(op));
    op->at += piece;
    if (op->at == op->bytes) {
        peer->taken++;
        if (op->bytes)
            store(&peer->theirs->done, message + 1);
        op->done = true;
    }
    return true;
}

/* --- rounds
 * -----------------------------------------------------------------*/

static bool advance(struct plan *plan, struct op *op)
{
    if (op->kind >= OP_COPY)
        return advance_local(plan, op);
    if (!op->direct)
        return advance_tagged(plan, op);
    return op->kind == OP_SEND ? advance_direct_send(plan, op)
                               : advance_direct_recv(plan, op);
}

/* Send what can be sent, post what is to come, do what is local. */
static void start_op(struct plan *plan, struct op *op)
{
    struct memory *memory = plan->net->memory;
    op->done = false;
    op->at = 0;
    op->posted = op->arrived = op->finished = 0;
    if (op->kind >= OP_COPY) {
        if (op->kind == OP_COPY)
            memory->kind->move(memory, op->to, op->from, op->bytes,
                               is_streaming(op));
        else
            reduce(plan, op, 0, op->to, op->bytes);
        mark(plan, op, 0);
        op->done = !plan->net->late;
    } else if (op->direct && op->kind == OP_SEND) {
        store(&op->peer->mine->ready, op->peer->sent + op->message + 1);
        op->done = op->bytes == 0; /* nothing to wait for */
    } else if (!op->direct) {
        advance_tagged(plan, op);
    }
}

static void start_round(struct plan *plan, int index)
{
    struct round *round = &plan->rounds[index];
    round->left = 0;
    for (size_t i = round[0].first; i < round[1].first; i++) {
        start_op(plan, &plan->ops[i]);
        round->left += !plan->ops[i].done;
    }
}

static bool advance_round(struct plan *plan, struct round *round)
{
    bool moved = false;
    for (size_t i = round[0].first; i < round[1].first && round->left; i++) {
        struct op *op = &plan->ops[i];
        if (op->done)
            continue;
        moved |= advance(plan, op);
        round->left -= op->done;
    }
    return moved;
}

/* Nothing moved. Ranks that have a core each spin (a message takes 1 us or so);
 * after some 20 us, or at once where ranks outnumber cores, the core is offered
 * to others between polls. */
static void wait_a_little(const struct net *net, struct patience *patience)
{
    enum { SPIN_POLLS = 4000 };
    if (net->oversubscribed || ++patience->polls > SPIN_POLLS)
        sched_yield();
#if defined(__x86_64__)
    else
        __builtin_ia32_pause();
#endif
}

static inline bool start_rounds(struct plan *plan, struct frontier *at)
{
    int before = at->next;
    while (at->next < plan->rounds_n && at->next - at->head < plan->lookahead &&
           plan->rounds[at->next].waits_for < at->head)
        start_round(plan, at->next++);
    return at->next > before;
}

static inline bool advance_rounds(struct plan *plan, struct frontier *at)
{
    bool moved = false;
    for (int r = at->head; r < at->next; r++)
        moved |= advance_round(plan, &plan->rounds[r]);
    while (at->head < at->next && plan->rounds[at->head].left == 0)
        plan->head = ++at->head;
    return moved;
}

void ucx_begin(struct plan *plan)
{
    plan->frontier = (struct frontier){0, 0};
}

bool ucx_advance(struct plan *plan)
{
    bool started = start_rounds(plan, &plan->frontier);
    return advance_rounds(plan, &plan->frontier) || started;
}

void ucx_end(struct plan *plan)
{
    for (int i = 0; i < plan->peers_n; i++) {
        struct plan_peer *pair = &plan->peers[i];
        pair->peer->sent += pair->sends;
        pair->peer->received += pair->receives;
        pair->peer->taken = 0;
    }
}

void ucx_run(struct plan *plan)
{
    struct net *net = plan->net;
    struct patience patience = {0};
    unsigned polls = 0;
    struct frontier at = {0, 0};
    plan->head = 0;
    net->running = plan;
    while (at.head < plan->rounds_n) {
        bool moved = start_rounds(plan, &at);
        if (plan->tagged || net->beside_n || ++polls % 256 == 0)
            ucp_worker_progress(net->worker);
        moved |= advance_rounds(plan, &at);
        if (net->beside_n)
            moved |= ucx_advance_asides(net);
        if (moved)
            patience.polls = 0;
        else
            wait_a_little(net, &patience);
    }
    ucx_end(plan);
    net->running = NULL;
}
