/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the nccl transport share; nobody else includes it. */
#ifndef NET_NCCL_NET_H
#define NET_NCCL_NET_H

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "net/buffers.h"
#include "net/mem.h"
#include "net/transport.h"

/* The calls that are used, by their names without "nccl". */
#define NCCL_CALLS(X)                                                          \
    X(GetVersion)                                                              \
    X(GetErrorString)                                                          \
    X(GetLastError)                                                            \
    X(GetUniqueId)                                                             \
    X(CommInitRank)                                                            \
    X(CommGetAsyncError)                                                       \
    X(CommDestroy)                                                             \
    X(AllReduce)                                                               \
    X(AllGather)                                                               \
    X(ReduceScatter)                                                           \
    X(Broadcast)                                                               \
    X(Reduce)                                                                  \
    X(Send)                                                                    \
    X(Recv)                                                                    \
    X(GroupStart)                                                              \
    X(GroupEnd)

#define NCCL_MEMBER(name) __typeof__(nccl##name) *name;
struct nccl_library {
    NCCL_CALLS(NCCL_MEMBER)
};

/* NULL, or why not. Loaded once, it stays: it is not made to be unloaded. */
const char *nccl_library_load(struct nccl_library *out);
/* "NCCL 2.28.9" */
void nccl_library_version(const struct nccl_library *, char *text,
                          size_t capacity);
/* Dies with NCCL's words unless the code is good. */
void nccl_library_check(const struct nccl_library *, ncclResult_t code,
                        const char *call);

/* One a group that has plans. */
struct nccl_comm {
    struct job *group;
    ncclComm_t handle;
    int plans;
    struct nccl_comm *next;
};

struct net {
    size_t capacity_B;
    struct memory *memory;
    char *data;
    bool yields; /* ranks share cores: waiting gives way */
    struct nccl_library nccl;
    cudaStream_t stream; /* NULL until something is prepared */
    void *token;         /* what a barrier reduces: one element */
    struct nccl_comm *comms;
    volatile int round;
    const char *volatile what;
};

struct nccl_call {
    void (*queue)(const struct plan *); /* returns before it is done */
    const char *what;
};

struct plan {
    struct net *net;
    struct nccl_comm *comm;
    const struct nccl_call *call;
    struct layout layout;
    struct collective c;
    ncclDataType_t type;
    ncclRedOp_t op;
    int rank;
    char *input, *output;
    /* A schedule of ours, flattened: steps of round r are first[r] ..
     * first[r+1]-1. NULL for the library's own. */
    struct step *steps;
    size_t *first;
    int rounds;
};

/* Type, operation and call of a plan whose collective is known; the schedule is
 * that of p2p, and of other kinds it is not looked at. */
void nccl_queue_choose(struct plan *, const struct algorithm *);

#endif
