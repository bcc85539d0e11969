// SPDX-License-Identifier: BSD-3-Clause
// A libnccl.so.2 for tests. The ranks of a communicator are processes of one
// node and share a mapping; what is queued runs late, with the stream. Every
// operation is: each rank lays out what it sends, all meet, each takes what it
// receives, all meet. Every rank of a communicator takes part in every group.
//
// FAKE_NCCL in the environment: "forget" leaves rank 1 out of reductions and
// garbles the first byte of what it sends, "broken" lets rank 1 meet an
// asynchronous error after its second operation.
#include "nccl.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "cuda_runtime.h"

extern "C" {
#include "coll/reduce.h"
}

namespace {
enum { RANKS_MOST = 16, PIECES_MOST = 1024, ROOM_B = 8 << 20 };

struct piece { // of what a rank sends: bytes for `to`, -1: whoever asks
    int to;
    size_t at, bytes;
};

struct seat {
    int pieces;
    piece piece_of[PIECES_MOST];
    char room[ROOM_B];
};

struct hall { // the mapping; zeros at first
    std::atomic<int> come;
    std::atomic<unsigned> round;
    seat seats[RANKS_MOST];
};

struct transfer {
    bool sends;
    char *at;
    size_t bytes;
    int peer;
};

struct {
    int depth;
    std::vector<transfer> list;
    ncclComm_t comm;
    cudaStream_t stream;
} group;

bool told(const char *what)
{
    const char *text = getenv("FAKE_NCCL");
    return text && !strcmp(text, what);
}

[[noreturn]] void fail(const char *why)
{
    fprintf(stderr, "fake NCCL: %s\n", why);
    abort();
}
} // namespace

struct ncclComm {
    hall *shared;
    int rank, ranks, operations;
    cudaStream_t last; // that something was queued on

    seat &mine()
    {
        return shared->seats[rank];
    }
    void meet();
    void lay(const void *from, size_t bytes, int to);
    const char *of(int peer, size_t at);
    ncclResult_t queue(cudaStream_t, std::function<void()> take,
                       std::function<void()> give);
};

void ncclComm::meet()
{
    unsigned round = shared->round;
    time_t began = time(nullptr);
    if (++shared->come == ranks) {
        shared->come = 0;
        shared->round++;
    }
    while (shared->round == round) {
        sched_yield();
        if (time(nullptr) - began > 60)
            fail("a rank does not come");
    }
}

void ncclComm::lay(const void *from, size_t bytes, int to)
{
    seat &s = mine();
    size_t at =
        s.pieces ? s.piece_of[s.pieces - 1].at + s.piece_of[s.pieces - 1].bytes
                 : 0;
    if (s.pieces == PIECES_MOST || at + bytes > ROOM_B)
        fail("more than fits");
    memcpy(s.room + at, from, bytes);
    if (told("forget") && rank == 1 && bytes)
        s.room[at] ^= 0x55;
    s.piece_of[s.pieces++] = {to, at, bytes};
}

const char *ncclComm::of(int peer, size_t at)
{
    return shared->seats[peer].room + at;
}

ncclResult_t ncclComm::queue(cudaStream_t stream, std::function<void()> give,
                             std::function<void()> take)
{
    last = stream;
    fake_queue(stream, [this, give, take] {
        mine().pieces = 0;
        give();
        meet();
        take();
        meet();
        operations++;
    });
    return ncclSuccess;
}

namespace {
const struct {
    datatype ours;
    size_t bytes;
} types[] = {{TYPE_INT8, 1},    {TYPE_UINT8, 1},   {TYPE_INT32, 4},
             {TYPE_UINT32, 4},  {TYPE_INT64, 8},   {TYPE_UINT64, 8},
             {TYPE_FLOAT16, 2}, {TYPE_FLOAT32, 4}, {TYPE_FLOAT64, 8},
             {TYPE_BFLOAT16, 2}};
const reduce_op ops[] = {OP_SUM, OP_PROD, OP_MAX, OP_MIN, OP_AVG};

// Elements `at` and on of all ranks, reduced from the last rank to the first.
void reduce_all(ncclComm_t comm, size_t at_B, void *out, size_t count,
                ncclDataType_t type, ncclRedOp_t op)
{
    int left_out = told("forget") && comm->ranks > 1 ? 1 : -1;
    std::vector<char> sum(comm->of(0, at_B),
                          comm->of(0, at_B) + count * types[type].bytes);
    for (int r = comm->ranks; r-- > 1;)
        if (r != left_out)
            reduce_host(types[type].ours, ops[op], sum.data(),
                        comm->of(r, at_B), sum.data(), count, false);
    if (op == ncclAvg)
        reduce_divide(types[type].ours, sum.data(), count, comm->ranks);
    memcpy(out, sum.data(), sum.size());
}

// The n-th receive from a peer takes the n-th piece that it has for this rank.
void take_received(ncclComm_t comm, const std::vector<transfer> &list)
{
    std::vector<int> taken(comm->ranks, 0);
    for (const transfer &t : list) {
        if (t.sends)
            continue;
        const seat &from = comm->shared->seats[t.peer];
        int &next = taken[t.peer];
        while (next < from.pieces && from.piece_of[next].to != comm->rank)
            next++;
        if (next == from.pieces || from.piece_of[next].bytes != t.bytes)
            fail("a receive without its send");
        memcpy(t.at, comm->of(t.peer, from.piece_of[next++].at), t.bytes);
    }
}

ncclResult_t transfer_queue(transfer t, ncclComm_t comm, cudaStream_t stream)
{
    if (t.peer < 0 || t.peer >= comm->ranks)
        return ncclInvalidUsage;
    ncclGroupStart();
    group.list.push_back(t);
    group.comm = comm;
    group.stream = stream;
    return ncclGroupEnd();
}
} // namespace

ncclResult_t ncclGetVersion(int *version)
{
    *version = 29999;
    return ncclSuccess;
}

const char *ncclGetErrorString(ncclResult_t code)
{
    return code == ncclRemoteError ? "remote process exited or there was a "
                                     "network error"
                                   : "invalid usage";
}

const char *ncclGetLastError(ncclComm_t)
{
    return told("broken") ? "the fake one was told to break" : "";
}

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    static int made;
    snprintf(id->internal, sizeof id->internal, "/linerate-nccl-%ld-%d",
             (long)getpid(), ++made);
    return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t *out, int ranks, ncclUniqueId id,
                              int rank)
{
    int file = shm_open(id.internal, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ranks > RANKS_MOST || ftruncate(file, sizeof(hall)))
        fail("no shared memory");
    void *at = mmap(nullptr, sizeof(hall), PROT_READ | PROT_WRITE, MAP_SHARED,
                    file, 0);
    if (at == MAP_FAILED)
        fail("no shared memory");
    close(file);
    *out = new ncclComm{static_cast<hall *>(at), rank, ranks, 0, nullptr};
    (*out)->meet();
    if (rank == 0)
        shm_unlink(id.internal);
    return ncclSuccess;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *met)
{
    bool broken = told("broken") && comm->rank == 1 && comm->operations > 2;
    *met = broken ? ncclRemoteError : ncclSuccess;
    return ncclSuccess;
}

// Waits for what is under way, as NCCL's does.
ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
    if (comm->last)
        cudaStreamSynchronize(comm->last);
    munmap(comm->shared, sizeof(hall));
    delete comm;
    return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void *in, void *out, size_t count,
                           ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                           cudaStream_t stream)
{
    return comm->queue(
        stream, [=] { comm->lay(in, count * types[type].bytes, -1); },
        [=] { reduce_all(comm, 0, out, count, type, op); });
}

ncclResult_t ncclReduceScatter(const void *in, void *out, size_t count,
                               ncclDataType_t type, ncclRedOp_t op,
                               ncclComm_t comm, cudaStream_t stream)
{
    size_t block_B = count * types[type].bytes;
    return comm->queue(
        stream, [=] { comm->lay(in, block_B * comm->ranks, -1); },
        [=] { reduce_all(comm, block_B * comm->rank, out, count, type, op); });
}

ncclResult_t ncclReduce(const void *in, void *out, size_t count,
                        ncclDataType_t type, ncclRedOp_t op, int root,
                        ncclComm_t comm, cudaStream_t stream)
{
    return comm->queue(
        stream, [=] { comm->lay(in, count * types[type].bytes, -1); },
        [=] {
            if (comm->rank == root)
                reduce_all(comm, 0, out, count, type, op);
        });
}

ncclResult_t ncclAllGather(const void *in, void *out, size_t count,
                           ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream)
{
    size_t block_B = count * types[type].bytes;
    return comm->queue(
        stream, [=] { comm->lay(in, block_B, -1); },
        [=] {
            for (int r = 0; r < comm->ranks; r++)
                memcpy(static_cast<char *>(out) + block_B * r, comm->of(r, 0),
                       block_B);
        });
}

ncclResult_t ncclBroadcast(const void *in, void *out, size_t count,
                           ncclDataType_t type, int root, ncclComm_t comm,
                           cudaStream_t stream)
{
    size_t bytes = count * types[type].bytes;
    return comm->queue(
        stream,
        [=] {
            if (comm->rank == root)
                comm->lay(in, bytes, -1);
        },
        [=] { memcpy(out, comm->of(root, 0), bytes); });
}

ncclResult_t ncclSend(const void *from, size_t count, ncclDataType_t type,
                      int to, ncclComm_t comm, cudaStream_t stream)
{
    char *at = static_cast<char *>(const_cast<void *>(from));
    return transfer_queue({true, at, count * types[type].bytes, to}, comm,
                          stream);
}

ncclResult_t ncclRecv(void *to, size_t count, ncclDataType_t type, int from,
                      ncclComm_t comm, cudaStream_t stream)
{
    return transfer_queue(
        {false, static_cast<char *>(to), count * types[type].bytes, from}, comm,
        stream);
}

ncclResult_t ncclGroupStart()
{
    group.depth++;
    return ncclSuccess;
}

ncclResult_t ncclGroupEnd()
{
    if (--group.depth > 0 || group.list.empty())
        return ncclSuccess;
    ncclComm_t comm = group.comm;
    std::vector<transfer> list = std::move(group.list);
    group.list.clear();
    return comm->queue(
        group.stream,
        [=] {
            for (const transfer &t : list)
                if (t.sends)
                    comm->lay(t.at, t.bytes, t.peer);
        },
        [=] { take_received(comm, list); });
}
