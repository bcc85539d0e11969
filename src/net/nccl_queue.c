/* SPDX-License-Identifier: BSD-3-Clause */
/* What is queued on the stream for each kind of collective: NCCL's own call, or
 * sends and receives in one group, as nccl-tests makes them (alltoall, gather,
 * scatter, sendrecv). Of a schedule of ours each round is a group; groups run
 * in the order of the stream, so that the halves of a window do not overlap. */
#include "base/error.h"
#include "net/nccl_net.h"

/* "ncclSend": its result, checked. */
#define CALL(plan, name, ...)                                                  \
    nccl_library_check(&(plan)->net->nccl,                                     \
                       (plan)->net->nccl.name(__VA_ARGS__), "nccl" #name)
/* The last arguments of every call that moves data. */
#define WHERE(plan) (plan)->comm->handle, (plan)->net->stream

static void group_start(const struct plan *plan)
{
    nccl_library_check(&plan->net->nccl, plan->net->nccl.GroupStart(),
                       "ncclGroupStart");
}

static void group_end(const struct plan *plan)
{
    nccl_library_check(&plan->net->nccl, plan->net->nccl.GroupEnd(),
                       "ncclGroupEnd");
}

static void send_block(const struct plan *plan, const void *from, int to)
{
    CALL(plan, Send, from, plan->c.count, plan->type, to, WHERE(plan));
}

static void recv_block(const struct plan *plan, void *to, int from)
{
    CALL(plan, Recv, to, plan->c.count, plan->type, from, WHERE(plan));
}

static void queue_barrier(const struct plan *plan)
{
    void *token = plan->net->token;
    CALL(plan, AllReduce, token, token, 1, ncclInt32, ncclSum, WHERE(plan));
}

static void queue_allreduce(const struct plan *plan)
{
    CALL(plan, AllReduce, plan->input, plan->output, plan->c.count, plan->type,
         plan->op, WHERE(plan));
}

static void queue_allgather(const struct plan *plan)
{
    CALL(plan, AllGather, plan->input, plan->output, plan->c.count, plan->type,
         WHERE(plan));
}

static void queue_reduce_scatter(const struct plan *plan)
{
    CALL(plan, ReduceScatter, plan->input, plan->output, plan->c.count,
         plan->type, plan->op, WHERE(plan));
}

/* Only the root has INPUT. */
static void queue_broadcast(const struct plan *plan)
{
    bool root = plan->rank == plan->c.root;
    CALL(plan, Broadcast, root ? plan->input : plan->output, plan->output,
         plan->c.count, plan->type, plan->c.root, WHERE(plan));
}

/* Only the root has OUTPUT; what others name as theirs is not used. */
static void queue_reduce(const struct plan *plan)
{
    bool root = plan->rank == plan->c.root;
    CALL(plan, Reduce, plan->input, root ? plan->output : plan->input,
         plan->c.count, plan->type, plan->op, plan->c.root, WHERE(plan));
}

static void queue_alltoall(const struct plan *plan)
{
    size_t block_B = collective_block_B(&plan->c);
    group_start(plan);
    for (int r = 0; r < plan->c.ranks; r++) {
        send_block(plan, plan->input + (size_t)r * block_B, r);
        recv_block(plan, plan->output + (size_t)r * block_B, r);
    }
    group_end(plan);
}

/* In place the root's own block is where it should be. */
static bool stays(const struct plan *plan, int peer)
{
    return plan->c.in_place && peer == plan->rank;
}

static void queue_gather(const struct plan *plan)
{
    size_t block_B = collective_block_B(&plan->c);
    int root = plan->c.root;
    group_start(plan);
    if (!stays(plan, root))
        send_block(plan, plan->input, root);
    for (int r = 0; plan->rank == root && r < plan->c.ranks; r++)
        if (!stays(plan, r))
            recv_block(plan, plan->output + (size_t)r * block_B, r);
    group_end(plan);
}

static void queue_scatter(const struct plan *plan)
{
    size_t block_B = collective_block_B(&plan->c);
    int root = plan->c.root;
    group_start(plan);
    for (int r = 0; plan->rank == root && r < plan->c.ranks; r++)
        if (!stays(plan, r))
            send_block(plan, plan->input + (size_t)r * block_B, r);
    if (!stays(plan, root))
        recv_block(plan, plan->output, root);
    group_end(plan);
}

static void queue_sendrecv(const struct plan *plan)
{
    int ranks = plan->c.ranks;
    group_start(plan);
    send_block(plan, plan->input, (plan->rank + 1) % ranks);
    recv_block(plan, plan->output, (plan->rank + ranks - 1) % ranks);
    group_end(plan);
}

static void queue_step(const struct plan *plan, const struct step *step)
{
    bool sends = step->kind == STEP_SEND;
    const struct span *span = sends ? &step->from : &step->to;
    char *at =
        plan->net->data + plan->layout.offset[span->buffer] + span->offset;
    if (sends)
        CALL(plan, Send, at, span_B(span), ncclUint8, step->peer, WHERE(plan));
    else
        CALL(plan, Recv, at, span_B(span), ncclUint8, step->peer, WHERE(plan));
}

static void queue_schedule(const struct plan *plan)
{
    for (int r = 0; r < plan->rounds; r++) {
        group_start(plan);
        for (size_t i = plan->first[r]; i < plan->first[r + 1]; i++)
            queue_step(plan, &plan->steps[i]);
        group_end(plan);
    }
}

static const ncclDataType_t types[TYPE_COUNT] = {
    [TYPE_INT8] = ncclInt8,       [TYPE_UINT8] = ncclUint8,
    [TYPE_INT32] = ncclInt32,     [TYPE_UINT32] = ncclUint32,
    [TYPE_INT64] = ncclInt64,     [TYPE_UINT64] = ncclUint64,
    [TYPE_FLOAT16] = ncclFloat16, [TYPE_BFLOAT16] = ncclBfloat16,
    [TYPE_FLOAT32] = ncclFloat32, [TYPE_FLOAT64] = ncclFloat64,
};

static const ncclRedOp_t ops[OP_COUNT] = {
    [OP_SUM] = ncclSum, [OP_PROD] = ncclProd, [OP_MIN] = ncclMin,
    [OP_MAX] = ncclMax, [OP_AVG] = ncclAvg,
};

static const struct nccl_call calls[COLL_KINDS] = {
    [COLL_BARRIER] = {queue_barrier, "ncclAllReduce, as a barrier"},
    [COLL_ALLREDUCE] = {queue_allreduce, "ncclAllReduce"},
    [COLL_ALLGATHER] = {queue_allgather, "ncclAllGather"},
    [COLL_REDUCE_SCATTER] = {queue_reduce_scatter, "ncclReduceScatter"},
    [COLL_ALLTOALL] = {queue_alltoall, "ncclSend and ncclRecv"},
    [COLL_BROADCAST] = {queue_broadcast, "ncclBroadcast"},
    [COLL_REDUCE] = {queue_reduce, "ncclReduce"},
    [COLL_GATHER] = {queue_gather, "ncclSend and ncclRecv"},
    [COLL_SCATTER] = {queue_scatter, "ncclSend and ncclRecv"},
    [COLL_SENDRECV] = {queue_sendrecv, "ncclSend and ncclRecv"},
    [COLL_PINGPONG] = {queue_schedule, "ncclSend or ncclRecv"},
    [COLL_STREAM] = {queue_schedule, "ncclSend or ncclRecv"},
    [COLL_BISTREAM] = {queue_schedule, "ncclSend and ncclRecv"},
};

/* Flatten a schedule of sends and receives. */
static void flatten(struct plan *plan, const struct algorithm *algorithm)
{
    const struct collective *c = &plan->c;
    size_t total = 0;
    plan->rounds = schedule_rounds(algorithm, c);
    plan->first = xcalloc((size_t)plan->rounds + 1, sizeof *plan->first);
    for (int r = 0; r < plan->rounds; r++) {
        plan->first[r] = total;
        total += algorithm->round(c, plan->rank, r, NULL, 0);
    }
    plan->first[plan->rounds] = total;
    plan->steps = xcalloc(total, sizeof *plan->steps);
    for (int r = 0; r < plan->rounds; r++) {
        size_t at = plan->first[r];
        algorithm->round(c, plan->rank, r, plan->steps + at, total - at);
    }
}

void nccl_queue_choose(struct plan *plan, const struct algorithm *algorithm)
{
    plan->type = types[plan->c.type];
    plan->op = ops[plan->c.op];
    plan->call = &calls[plan->c.kind];
    if (plan->call->queue == queue_schedule)
        flatten(plan, algorithm);
}
