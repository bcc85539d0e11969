/* SPDX-License-Identifier: BSD-3-Clause */
/* NCCL's own collectives, for comparison. Point-to-point runs our schedules by
 * ncclSend and ncclRecv; a barrier is an all-reduce of one element.
 *
 * A communicator is made for a group's first plan and kept until its last is
 * released: with the barrier's plan it lives as long as the group is measured.
 * NCCL connects in its first operations, hence in the warm-up.
 *
 * One stream: operations are queued on it, and it is asked until they are done;
 * now and then NCCL is asked for what went wrong meanwhile. Buffers are the
 * memory's, and not registered with NCCL. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "net/nccl_net.h"

static void nccl_version(char *text, size_t capacity)
{
    struct nccl_library nccl;
    text[0] = '\0';
    if (!nccl_library_load(&nccl))
        nccl_library_version(&nccl, text, capacity);
}

static const char *nccl_refuses(const struct memory *memory, bool shared)
{
    struct nccl_library nccl;
    if (memory->kind->host)
        return "NCCL works on GPU memory only, expected --memory cuda";
    if (shared)
        return "ranks share a GPU, and NCCL takes no two of them on one";
    return nccl_library_load(&nccl);
}

/* --- opening ----------------------------------------------------------------
 */

static void cuda_check(cudaError_t code, const char *call)
{
    if (code != cudaSuccess)
        die(EXIT_MACHINE, "transport nccl: %s: %s", call,
            cudaGetErrorString(code));
}

static struct net *nccl_open(struct job *job, const struct net_options *options)
{
    struct net *net = xcalloc(1, sizeof *net);
    net->capacity_B = options->capacity_B;
    net->memory = options->memory;
    net->yields = job_oversubscribed(job);
    net->round = -1;
    net->what = "nothing";
    return net;
}

/* With the first plan: a net whose cases are all refused is opened as well. */
static void start(struct net *net)
{
    const char zeros[8] = {0};
    const char *reason = nccl_library_load(&net->nccl);
    if (reason)
        die(EXIT_MACHINE, "transport nccl: %s", reason);
    cuda_check(cudaStreamCreateWithFlags(&net->stream, cudaStreamNonBlocking),
               "cudaStreamCreateWithFlags");
    net->token = net->memory->kind->alloc(net->memory, sizeof zeros);
    net->memory->kind->copy(net->memory, net->token, zeros, sizeof zeros);
    if (net->capacity_B)
        net->data = net->memory->kind->alloc(net->memory, net->capacity_B);
}

static void nccl_close(struct net *net)
{
    if (net->stream) {
        net->memory->kind->free(net->memory, net->token);
        if (net->data)
            net->memory->kind->free(net->memory, net->data);
        cuda_check(cudaStreamDestroy(net->stream), "cudaStreamDestroy");
    }
    free(net);
}

/* --- communicators ----------------------------------------------------------
 */

static void make_communicator(struct net *net, struct nccl_comm *comm)
{
    const struct nccl_library *nccl = &net->nccl;
    int rank = job_rank(comm->group), ranks = job_size(comm->group);
    ncclUniqueId id = {.internal = ""};
    if (rank == 0)
        nccl_library_check(nccl, nccl->GetUniqueId(&id), "ncclGetUniqueId");
    job_bcast(comm->group, &id, sizeof id, 0);
    nccl_library_check(nccl, nccl->CommInitRank(&comm->handle, ranks, id, rank),
                       "ncclCommInitRank");
}

static struct nccl_comm *join(struct net *net, struct job *group)
{
    struct nccl_comm *comm = net->comms;
    while (comm && comm->group != group)
        comm = comm->next;
    if (!comm) {
        comm = xcalloc(1, sizeof *comm);
        comm->group = group;
        comm->next = net->comms;
        net->comms = comm;
        make_communicator(net, comm);
    }
    comm->plans++;
    return comm;
}

static void leave(struct net *net, struct nccl_comm *comm)
{
    struct nccl_comm **at = &net->comms;
    if (--comm->plans > 0)
        return;
    while (*at != comm)
        at = &(*at)->next;
    *at = comm->next;
    nccl_library_check(&net->nccl, net->nccl.CommDestroy(comm->handle),
                       "ncclCommDestroy");
    free(comm);
}

/* What went wrong on the way, on this rank or at its peers. */
static void ask_errors(const struct plan *plan)
{
    const struct nccl_library *nccl = &plan->net->nccl;
    ncclResult_t met = ncclSuccess;
    nccl_library_check(nccl, nccl->CommGetAsyncError(plan->comm->handle, &met),
                       "ncclCommGetAsyncError");
    nccl_library_check(nccl, met, plan->call->what);
}

/* --- plans ------------------------------------------------------------------
 */

static const char *nccl_inapplicable(struct net *net,
                                     const struct collective *c)
{
    enum { MOST = 16384 }; /* float16's least normal number is one of it */
    bool averages = c->op == OP_AVG && collective_reduces(c->kind);
    (void)net;
    if (averages && c->type == TYPE_FLOAT16 && c->ranks > MOST)
        return "NCCL multiplies by 1/n, too small for float16 on so many ranks";
    return NULL;
}

static struct plan *nccl_prepare(struct net *net, struct job *group,
                                 const struct algorithm *algorithm,
                                 const struct collective *c)
{
    struct plan *plan = xcalloc(1, sizeof *plan);
    plan->net = net;
    plan->c = *c;
    plan->rank = job_rank(group);
    plan->layout = buffers_layout(algorithm, c, plan->rank);
    if (plan->layout.total_B > net->capacity_B)
        die(EXIT_MACHINE, "transport nccl: %zu bytes asked of %zu",
            plan->layout.total_B, net->capacity_B);
    if (!net->stream)
        start(net);
    plan->comm = join(net, group);
    plan->input = net->data + plan->layout.offset[BUFFER_INPUT];
    plan->output = net->data + plan->layout.offset[BUFFER_OUTPUT];
    nccl_queue_choose(plan, algorithm);
    return plan;
}

static void nccl_view(struct plan *plan, struct plan_view *out)
{
    *out = (struct plan_view){.input = plan->input,
                              .output = plan->output,
                              .connections = -1,
                              .wire_B = -1};
}

static void nccl_release(struct plan *plan)
{
    ask_errors(plan);
    leave(plan->net, plan->comm);
    free(plan->steps);
    free(plan->first);
    free(plan);
}

/* --- the hot path -----------------------------------------------------------
 */

/* Asking costs about a microsecond: once in a millisecond for errors. */
static void wait_done(const struct plan *plan)
{
    enum { BETWEEN = 1024 };
    for (unsigned asked = 1;; asked++) {
        cudaError_t code = cudaStreamQuery(plan->net->stream);
        if (code == cudaSuccess)
            return;
        if (code != cudaErrorNotReady)
            cuda_check(code, plan->call->what);
        if (asked % BETWEEN == 0)
            ask_errors(plan);
        if (plan->net->yields)
            sched_yield();
    }
}

static void nccl_run_many(struct plan *plan, int times)
{
    struct net *net = plan->net;
    net->what = plan->call->what;
    net->round = 0;
    for (int i = 0; i < times; i++)
        plan->call->queue(plan);
    wait_done(plan);
    net->round = -1;
}

static void nccl_run(struct plan *plan)
{
    nccl_run_many(plan, 1);
}

/* --- what it says of itself -------------------------------------------------
 */

/* NCCL does not tell which way its bytes went. */
static void nccl_evidence(struct plan *plan, char *path, size_t path_capacity,
                          char *evidence, size_t evidence_capacity)
{
    snprintf(path, path_capacity, "nccl");
    nccl_library_version(&plan->net->nccl, evidence, evidence_capacity);
}

static void nccl_where(const struct net *net, struct where *out)
{
    *out = (struct where){net->round, 1, -1, net->what};
}

const struct transport transport_nccl = {
    .name = "nccl",
    .about = "NCCL's own collectives on GPU memory, for comparison",
    .schedules = false,
    .real = true,
    .version = nccl_version,
    .refuses = nccl_refuses,
    .open = nccl_open,
    .inapplicable = nccl_inapplicable,
    .prepare = nccl_prepare,
    .view = nccl_view,
    .run = nccl_run,
    .run_many = nccl_run_many,
    .release = nccl_release,
    .close = nccl_close,
    .evidence = nccl_evidence,
    .where = nccl_where,
};
