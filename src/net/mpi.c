/* SPDX-License-Identifier: BSD-3-Clause */
/* The MPI library's own collectives, for comparison. Barrier and point-to-point
 * run our schedules (sends and receives only) by MPI_Isend and MPI_Irecv, so
 * that the timed region is bounded by the same library that is measured.
 *
 * MPI_Bcast has one buffer: out of place the root sends from INPUT and copies
 * it to its OUTPUT as well, as ours and NCCL's broadcasts do; in place nothing
 * is added.
 *
 * MPI has no 16-bit floating types: their elements are MPI_UINT16_T to it, and
 * reduced by operations defined here on the loops of coll/reduce.h. Nor has it
 * an average: who has the sum divides it. */
#include <dlfcn.h>
#include <limits.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/reduce.h"
#include "net/buffers.h"
#include "net/mem.h"
#include "net/transport.h"

enum { DATA_TAG = 5 };

struct net {
    size_t capacity_B;
    struct memory *memory;
    char *data;
    volatile int round, rounds, peer;
    const char *volatile what;
};

struct plan {
    struct net *net;
    struct job *group;
    MPI_Comm comm;
    struct layout layout;
    struct collective c;
    MPI_Op op; /* of reductions; to be freed when `defined` here */
    bool defined;
    bool divides; /* the sum, which this rank has, is to become an average */
    void *input, *output;
    /* A schedule of ours, flattened: steps of round r are first[r] ..
     * first[r+1]-1. NULL for the library's own. */
    struct step *steps;
    size_t *first;
    int rounds;
    MPI_Request *requests[2]; /* of the round at hand and the one before */
    int posted[2];
    bool overlapped; /* a round starts before the one before it is done */
};

static MPI_Datatype mpi_type(enum datatype type)
{
    /* Not static: with Open MPI these names are addresses, but MPI only
     * promises them to be values after MPI_Init. */
    const MPI_Datatype types[TYPE_COUNT] = {
        [TYPE_INT8] = MPI_INT8_T,      [TYPE_UINT8] = MPI_UINT8_T,
        [TYPE_INT32] = MPI_INT32_T,    [TYPE_UINT32] = MPI_UINT32_T,
        [TYPE_INT64] = MPI_INT64_T,    [TYPE_UINT64] = MPI_UINT64_T,
        [TYPE_FLOAT16] = MPI_UINT16_T, [TYPE_BFLOAT16] = MPI_UINT16_T,
        [TYPE_FLOAT32] = MPI_FLOAT,    [TYPE_FLOAT64] = MPI_DOUBLE,
    };
    return types[type];
}

/* What MPI calls back does not know type and operation: one function each. */
#define CALLBACK(name, type, op)                                               \
    static void name(void *in, void *inout, int *count, MPI_Datatype *unused)  \
    {                                                                          \
        (void)unused;                                                          \
        reduce_host(type, op, inout, in, inout, (size_t)*count, false);        \
    }
#define CALLBACKS(suffix, type)                                                \
    CALLBACK(sum_##suffix, type, OP_SUM)                                       \
    CALLBACK(prod_##suffix, type, OP_PROD)                                     \
    CALLBACK(min_##suffix, type, OP_MIN)                                       \
    CALLBACK(max_##suffix, type, OP_MAX)

CALLBACKS(f16, TYPE_FLOAT16)
CALLBACKS(bf16, TYPE_BFLOAT16)

static MPI_User_function *const callbacks[TYPE_COUNT][OP_COUNT] = {
    [TYPE_FLOAT16] = {sum_f16, prod_f16, min_f16, max_f16, sum_f16},
    [TYPE_BFLOAT16] = {sum_bf16, prod_bf16, min_bf16, max_bf16, sum_bf16},
};

static void choose_op(struct plan *plan)
{
    const MPI_Op ops[OP_COUNT] = {[OP_SUM] = MPI_SUM,
                                  [OP_PROD] = MPI_PROD,
                                  [OP_MIN] = MPI_MIN,
                                  [OP_MAX] = MPI_MAX,
                                  [OP_AVG] = MPI_SUM};
    MPI_User_function *callback = callbacks[plan->c.type][plan->c.op];
    plan->op = ops[plan->c.op];
    if (callback)
        plan->defined = MPI_Op_create(callback, 1, &plan->op) == MPI_SUCCESS;
}

static void library_version(char *text, size_t capacity)
{
    job_version(text, capacity);
}

/* Open MPI's own question, and MPICH's; found at run time, as not every MPI has
 * it. */
static const char *library_refuses(const struct memory *memory, bool shared)
{
    (void)shared;
    const char *reason = NULL;
    if (memory->place == MEMORY_HOST)
        return NULL;
    void *self = dlopen(NULL, RTLD_LAZY);
    int (*query)(void) = NULL;
    void *symbol = self ? dlsym(self, "MPIX_Query_cuda_support") : NULL;
    memcpy(&query, &symbol, sizeof query);
    if (!query)
        reason = "this MPI does not say whether it takes CUDA memory "
                 "(MPIX_Query_cuda_support)";
    else if (query() != 1)
        reason = "this MPI is not CUDA-aware (MPIX_Query_cuda_support)";
    if (self)
        dlclose(self);
    return reason;
}

static struct net *library_open(struct job *job,
                                const struct net_options *options)
{
    (void)job;
    struct net *net = xcalloc(1, sizeof *net);
    net->capacity_B = options->capacity_B;
    net->memory = options->memory;
    net->round = net->peer = -1;
    net->what = "nothing";
    return net;
}

static const struct library_call {
    void (*run)(struct plan *);
    const char *what;
    const char *no_place; /* why it has no in-place form as ours is */
} calls[COLL_KINDS];

static const char *library_inapplicable(struct net *net,
                                        const struct collective *c)
{
    (void)net;
    if (c->in_place && calls[c->kind].no_place)
        return calls[c->kind].no_place;
    if (c->count > INT_MAX)
        return "MPI counts elements in an int, and there are more";
    if (!calls[c->kind].run && collective_block_B(c) > INT_MAX)
        return "MPI counts the bytes of a message in an int, and there are "
               "more";
    return NULL;
}

/* Flatten a schedule; only sends and receives may stand in it. */
static void flatten(struct plan *plan, const struct algorithm *algorithm,
                    int rank)
{
    const struct collective *c = &plan->c;
    size_t total = 0, most = 0;
    plan->rounds = schedule_rounds(algorithm, c);
    plan->first = xcalloc((size_t)plan->rounds + 1, sizeof *plan->first);
    for (int r = 0; r < plan->rounds; r++) {
        size_t steps = algorithm->round(c, rank, r, NULL, 0);
        plan->first[r] = total;
        total += steps;
        most = steps > most ? steps : most;
    }
    plan->first[plan->rounds] = total;
    plan->steps = xcalloc(total, sizeof *plan->steps);
    for (int i = 0; i < 2; i++)
        plan->requests[i] = xcalloc(most, sizeof(MPI_Request));
    /* Half windows of a stream use other buffers than the half before. */
    plan->overlapped = algorithm->half_windows;
    for (int r = 0; r < plan->rounds; r++) {
        size_t at = plan->first[r];
        algorithm->round(c, rank, r, plan->steps + at, total - at);
    }
    for (size_t i = 0; i < total; i++)
        if (plan->steps[i].kind > STEP_RECV)
            die(EXIT_MACHINE,
                "transport mpi cannot run %s: it only sends "
                "and receives",
                algorithm->name);
}

static struct plan *library_prepare(struct net *net, struct job *group,
                                    const struct algorithm *algorithm,
                                    const struct collective *c)
{
    struct plan *plan = xcalloc(1, sizeof *plan);
    plan->net = net;
    plan->group = group;
    plan->comm = *(MPI_Comm *)job_communicator(group);
    plan->c = *c;
    plan->layout = buffers_layout(algorithm, c, job_rank(group));
    if (plan->layout.total_B > net->capacity_B)
        die(EXIT_MACHINE, "transport mpi: %zu bytes asked of %zu",
            plan->layout.total_B, net->capacity_B);
    if (!net->data && net->capacity_B)
        net->data = net->memory->kind->alloc(net->memory, net->capacity_B);
    plan->input = net->data + plan->layout.offset[BUFFER_INPUT];
    plan->output = net->data + plan->layout.offset[BUFFER_OUTPUT];
    choose_op(plan);
    plan->divides = c->op == OP_AVG && collective_reduces(c->kind) &&
                    collective_has_output(c, job_rank(group));
    if (algorithm)
        flatten(plan, algorithm, job_rank(group));
    return plan;
}

static void library_view(struct plan *plan, struct plan_view *out)
{
    *out = (struct plan_view){.input = plan->input,
                              .output = plan->output,
                              .connections = -1,
                              .wire_B = -1};
}

static void post_step(struct plan *plan, const struct step *step,
                      MPI_Request *request)
{
    char *memory = plan->net->data;
    const size_t *offset = plan->layout.offset;
    plan->net->peer = job_world_rank(plan->group, step->peer);
    if (step->kind == STEP_SEND)
        MPI_Isend(memory + offset[step->from.buffer] + step->from.offset,
                  (int)span_B(&step->from), MPI_BYTE, step->peer, DATA_TAG,
                  plan->comm, request);
    else
        MPI_Irecv(memory + offset[step->to.buffer] + step->to.offset,
                  (int)span_B(&step->to), MPI_BYTE, step->peer, DATA_TAG,
                  plan->comm, request);
}

static void wait_round(struct plan *plan, int set)
{
    MPI_Waitall(plan->posted[set], plan->requests[set], MPI_STATUSES_IGNORE);
    plan->posted[set] = 0;
}

static void run_schedule(struct plan *plan)
{
    for (int r = 0; r < plan->rounds; r++) {
        int set = r % 2;
        plan->net->round = r;
        for (size_t i = plan->first[r]; i < plan->first[r + 1]; i++)
            post_step(plan, &plan->steps[i],
                      &plan->requests[set][plan->posted[set]++]);
        wait_round(plan, plan->overlapped ? 1 - set : set);
    }
    wait_round(plan, 0);
    wait_round(plan, 1);
}

static void run_allreduce(struct plan *plan)
{
    MPI_Allreduce(plan->c.in_place ? MPI_IN_PLACE : plan->input, plan->output,
                  (int)plan->c.count, mpi_type(plan->c.type), plan->op,
                  plan->comm);
}

static void run_allgather(struct plan *plan)
{
    MPI_Allgather(plan->c.in_place ? MPI_IN_PLACE : plan->input,
                  (int)plan->c.count, mpi_type(plan->c.type), plan->output,
                  (int)plan->c.count, mpi_type(plan->c.type), plan->comm);
}

static void run_reduce_scatter(struct plan *plan)
{
    MPI_Reduce_scatter_block(plan->input, plan->output, (int)plan->c.count,
                             mpi_type(plan->c.type), plan->op, plan->comm);
}

static void run_alltoall(struct plan *plan)
{
    MPI_Alltoall(plan->input, (int)plan->c.count, mpi_type(plan->c.type),
                 plan->output, (int)plan->c.count, mpi_type(plan->c.type),
                 plan->comm);
}

/* What this side does after the library, done when the call returns. */
static void move(struct memory *memory, void *to, const void *from,
                 size_t bytes)
{
    memory->kind->move(memory, to, from, bytes, false);
    mem_wait(memory);
}

static void divide(struct plan *plan)
{
    struct memory *memory = plan->net->memory;
    memory->kind->divide(memory, plan->c.type, plan->output, plan->c.count,
                         plan->c.ranks);
    mem_wait(memory);
}

static void run_broadcast(struct plan *plan)
{
    const struct collective *c = &plan->c;
    bool copies = !c->in_place && job_rank(plan->group) == c->root;

    MPI_Bcast(copies ? plan->input : plan->output, (int)c->count,
              mpi_type(c->type), c->root, plan->comm);
    if (copies)
        move(plan->net->memory, plan->output, plan->input,
             collective_block_B(c));
}

/* MPI's own mark where INPUT or OUTPUT of the root is part of the other. */
static void *unless_in_place(const struct plan *plan, void *buffer)
{
    bool shared = plan->c.in_place && job_rank(plan->group) == plan->c.root;
    return shared ? MPI_IN_PLACE : buffer;
}

static void run_reduce(struct plan *plan)
{
    MPI_Reduce(unless_in_place(plan, plan->input), plan->output,
               (int)plan->c.count, mpi_type(plan->c.type), plan->op,
               plan->c.root, plan->comm);
}

static void run_gather(struct plan *plan)
{
    MPI_Gather(unless_in_place(plan, plan->input), (int)plan->c.count,
               mpi_type(plan->c.type), plan->output, (int)plan->c.count,
               mpi_type(plan->c.type), plan->c.root, plan->comm);
}

static void run_scatter(struct plan *plan)
{
    MPI_Scatter(plan->input, (int)plan->c.count, mpi_type(plan->c.type),
                unless_in_place(plan, plan->output), (int)plan->c.count,
                mpi_type(plan->c.type), plan->c.root, plan->comm);
}

static void run_sendrecv(struct plan *plan)
{
    int ranks = plan->c.ranks, me = job_rank(plan->group);

    MPI_Sendrecv(plan->input, (int)plan->c.count, mpi_type(plan->c.type),
                 (me + 1) % ranks, DATA_TAG, plan->output, (int)plan->c.count,
                 mpi_type(plan->c.type), (me + ranks - 1) % ranks, DATA_TAG,
                 plan->comm, MPI_STATUS_IGNORE);
}

static const struct library_call calls[COLL_KINDS] = {
    [COLL_ALLREDUCE] = {run_allreduce, "MPI_Allreduce", NULL},
    [COLL_ALLGATHER] = {run_allgather, "MPI_Allgather", NULL},
    [COLL_REDUCE_SCATTER] = {run_reduce_scatter, "MPI_Reduce_scatter_block",
                             "MPI leaves the result in the first block, not in "
                             "the rank's own"},
    [COLL_ALLTOALL] = {run_alltoall, "MPI_Alltoall", NULL},
    [COLL_BROADCAST] = {run_broadcast, "MPI_Bcast", NULL},
    [COLL_REDUCE] = {run_reduce, "MPI_Reduce", NULL},
    [COLL_GATHER] = {run_gather, "MPI_Gather", NULL},
    [COLL_SCATTER] = {run_scatter, "MPI_Scatter", NULL},
    [COLL_SENDRECV] = {run_sendrecv, "MPI_Sendrecv", NULL},
};

static void library_run(struct plan *plan)
{
    struct net *net = plan->net;
    net->rounds = plan->steps ? plan->rounds : 1;
    net->round = 0;
    net->what = plan->steps ? "message" : calls[plan->c.kind].what;
    if (plan->steps)
        run_schedule(plan);
    else
        calls[plan->c.kind].run(plan);
    if (plan->divides)
        divide(plan);
    net->round = net->peer = -1;
}

static void library_release(struct plan *plan)
{
    if (plan->defined)
        MPI_Op_free(&plan->op);
    free(plan->steps);
    free(plan->first);
    free(plan->requests[0]);
    free(plan->requests[1]);
    free(plan);
}

static void library_close(struct net *net)
{
    if (net->data)
        net->memory->kind->free(net->memory, net->data);
    free(net);
}

static void library_evidence(struct plan *plan, char *path,
                             size_t path_capacity, char *evidence,
                             size_t evidence_capacity)
{
    (void)plan;
    path[0] = '\0';
    evidence[0] = '\0';
    (void)path_capacity; /* MPI does not tell which way its bytes go */
    (void)evidence_capacity;
}

static void library_where(const struct net *net, struct where *out)
{
    *out = (struct where){net->round, net->rounds, net->peer, net->what};
}

const struct transport transport_mpi = {
    .name = "mpi",
    .about = "the MPI library's own collectives, for comparison",
    .schedules = false,
    .real = true,
    .version = library_version,
    .refuses = library_refuses,
    .open = library_open,
    .inapplicable = library_inapplicable,
    .prepare = library_prepare,
    .view = library_view,
    .run = library_run,
    .release = library_release,
    .close = library_close,
    .evidence = library_evidence,
    .where = library_where,
};
