/* SPDX-License-Identifier: BSD-3-Clause */
/* GPU memory by the CUDA runtime, which is linked statically and finds the
 * driver when it is first called: without one, opening says so. One stream a
 * rank; a ticket is a number of an event recorded on it. */
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/pattern_stream.h"
#include "net/mem.h"
#include "net/mem_gpu.h"
#include "net/mem_kernels.h"

enum {
    EVENTS = 256,     /* tickets that may be out at once */
    BLOCKS_PER_SM = 8 /* of 256 threads: 2048 threads, all that an SM holds */
};

struct cuda {
    struct memory memory; /* first: see mem.h */
    int device;
    struct kernels kernels;
    cudaStream_t stream;
    cudaEvent_t events[EVENTS];
    uint64_t marked, reached;       /* tickets given out, and done */
    struct kernel_verdict *verdict; /* on the GPU */
    struct kernel_verdict *found;   /* here, where the GPU can write it */
};

static struct cuda *cuda_of(struct memory *memory)
{
    return (struct cuda *)memory;
}

static void check(int code, const char *call)
{
    if (code != cudaSuccess)
        die(EXIT_MACHINE, "%s: %s", call,
            cudaGetErrorString((cudaError_t)code));
}

/* --- opening -------------------------------------------------------------
 */

/* What CUDA says of a pointer into it. */
static enum memory_place place_of(const void *at)
{
    struct cudaPointerAttributes about;
    if (cudaPointerGetAttributes(&about, at) != cudaSuccess)
        return MEMORY_HOST;
    return about.type == cudaMemoryTypeDevice    ? MEMORY_CUDA
           : about.type == cudaMemoryTypeManaged ? MEMORY_CUDA_MANAGED
                                                 : MEMORY_HOST;
}

static bool start(struct cuda *cuda, char *why, size_t capacity)
{
    int sms = 1, code = cudaSetDevice(cuda->device);
    if (code == cudaSuccess)
        code = cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking);
    if (code == cudaSuccess)
        code = cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount,
                                      cuda->device);
    for (int i = 0; i < EVENTS && code == cudaSuccess; i++)
        code =
            cudaEventCreateWithFlags(&cuda->events[i], cudaEventDisableTiming);
    if (code == cudaSuccess)
        code = cudaMalloc((void **)&cuda->verdict, sizeof *cuda->verdict);
    if (code == cudaSuccess)
        code = cudaMallocHost((void **)&cuda->found, sizeof *cuda->found);
    if (code != cudaSuccess)
        snprintf(why, capacity, "GPU %d: %s", cuda->device,
                 cudaGetErrorString((cudaError_t)code));
    cuda->kernels =
        (struct kernels){cuda->stream, (unsigned)sms * BLOCKS_PER_SM};
    return code == cudaSuccess;
}

static struct memory *open_kind(const struct memory_kind *kind,
                                const struct memory_wish *wish, char *why,
                                size_t capacity)
{
    int device = mem_gpu_pick(wish, why, capacity);
    if (device < 0)
        return NULL;
    struct cuda *cuda = xcalloc(1, sizeof *cuda);
    cuda->memory.kind = kind;
    cuda->device = device;
    if (!start(cuda, why, capacity)) {
        free(cuda);
        return NULL;
    }
    void *trial = kind->alloc(&cuda->memory, 1);
    cuda->memory.place = place_of(trial);
    kind->free(&cuda->memory, trial);
    return &cuda->memory;
}

static struct memory *cuda_open(const struct memory_wish *wish, char *why,
                                size_t capacity)
{
    return open_kind(&mem_cuda, wish, why, capacity);
}

static struct memory *managed_open(const struct memory_wish *wish, char *why,
                                   size_t capacity)
{
    return open_kind(&mem_cuda_managed, wish, why, capacity);
}

static void cuda_close(struct memory *memory)
{
    struct cuda *cuda = cuda_of(memory);
    check(cudaStreamSynchronize(cuda->stream), "cudaStreamSynchronize");
    for (int i = 0; i < EVENTS; i++)
        cudaEventDestroy(cuda->events[i]);
    cudaFree(cuda->verdict);
    cudaFreeHost(cuda->found);
    cudaStreamDestroy(cuda->stream);
    free(cuda);
}

static void cuda_identify(const struct memory *memory,
                          struct memory_identity *out)
{
    mem_gpu_identify(((const struct cuda *)memory)->device, out);
}

/* --- buffers -------------------------------------------------------------
 */

static void *cuda_alloc(struct memory *memory, size_t bytes)
{
    void *at = NULL;
    (void)memory;
    check(cudaMalloc(&at, bytes ? bytes : 1), "cudaMalloc");
    return at;
}

static void *managed_alloc(struct memory *memory, size_t bytes)
{
    void *at = NULL;
    (void)memory;
    check(cudaMallocManaged(&at, bytes ? bytes : 1, cudaMemAttachGlobal),
          "cudaMallocManaged");
    return at;
}

static void cuda_free(struct memory *memory, void *at)
{
    (void)memory;
    check(cudaFree(at), "cudaFree");
}

static void cuda_move(struct memory *memory, void *to, const void *from,
                      size_t bytes, bool streaming)
{
    (void)streaming;
    if (bytes)
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault,
                              cuda_of(memory)->stream),
              "cudaMemcpyAsync");
}

static void finish(struct cuda *cuda, const char *what)
{
    check(cudaStreamSynchronize(cuda->stream), what);
}

static void cuda_copy(struct memory *memory, void *to, const void *from,
                      size_t bytes)
{
    cuda_move(memory, to, from, bytes, false);
    finish(cuda_of(memory), "copy");
}

/* --- the pattern ---------------------------------------------------------
 */

static struct kernel_pattern kernel_pattern(const struct pattern_stream *s)
{
    static const enum kernel_deal deals[OP_COUNT] = {
        [OP_SUM] = DEAL_BITS,   [OP_PROD] = DEAL_BITS,  [OP_MIN] = DEAL_HALVES,
        [OP_MAX] = DEAL_HALVES, [OP_AVG] = DEAL_POWERS,
    };
    bool answer = s->reduced && s->rank < 0;
    /* Of min, max and avg the answer is what role 0 contributes. */
    struct kernel_pattern p = {
        .key = s->key, .ranks = 1, .bits = s->bits, .power = s->power};
    if (!s->reduced || (answer && deals[s->op] == DEAL_BITS))
        return p;
    p.deal = deals[s->op];
    p.max = s->op == OP_MAX;
    if (answer) {
        p.divide = s->op == OP_AVG ? (int)s->deal.ranks : 0;
        return p;
    }
    p.comb = pattern_comb((int)s->deal.ranks, s->bits);
    p.ranks = s->deal.ranks;
    p.stride = s->deal.stride;
    p.start = pattern_role(&s->deal, s->rank, 0);
    return p;
}

static void cuda_fill(struct memory *memory, const struct pattern *pattern,
                      const struct collective *c, int rank, void *input)
{
    struct cuda *cuda = cuda_of(memory);
    struct pattern_stream s = pattern_contributed(pattern, c, rank);
    struct kernel_pattern p = kernel_pattern(&s);
    if (!collective_has_input(c, rank))
        return;
    check(kernels_fill(&cuda->kernels, c->type, &p, 0, input,
                       collective_input_B(c) / datatype_size(c->type)),
          "fill");
    finish(cuda, "fill");
}

/* The first wrong elements, as the host's own verifier puts them. */
static void explain(struct memory *memory, const struct pattern *pattern,
                    const struct collective *c, int rank, const char *output,
                    const struct kernel_verdict *found, struct verdict *out)
{
    const size_t first = sizeof out->first / sizeof *out->first;
    _Static_assert(sizeof out->first / sizeof *out->first <= KERNELS_FIRST,
                   "the kernel finds as many");
    size_t size = datatype_size(c->type);
    for (size_t i = 0; i < first && i < out->wrong; i++) {
        char got[8];
        size_t element = found->first[i];
        cuda_copy(memory, got, output + element * size, size);
        pattern_explain(pattern, c, rank, element, got, &out->first[i]);
    }
}

static void cuda_verify(struct memory *memory, const struct pattern *pattern,
                        const struct collective *c, int rank,
                        const void *output, struct verdict *out)
{
    struct cuda *cuda = cuda_of(memory);
    size_t each = collective_part_count(c), size = datatype_size(c->type);
    *out = (struct verdict){.checked = 0};
    cuda->found->wrong = 0;
    memset(cuda->found->first, 0xff, sizeof cuda->found->first);
    cuda_move(memory, cuda->verdict, cuda->found, sizeof *cuda->found, false);
    for (int part = 0; part < collective_parts(c, rank); part++) {
        struct wanted wanted = collective_wanted(c, rank, part);
        struct pattern_stream s = pattern_wanted(pattern, c, wanted);
        struct kernel_pattern p = kernel_pattern(&s);
        size_t base = (size_t)part * each;
        check(kernels_verify(&cuda->kernels, c->type, &p,
                             (uint64_t)wanted.part * each,
                             (const char *)output + base * size, each, base,
                             cuda->verdict),
              "verify");
        out->checked += each;
    }
    cuda_copy(memory, cuda->found, cuda->verdict, sizeof *cuda->found);
    out->wrong = cuda->found->wrong;
    explain(memory, pattern, c, rank, output, cuda->found, out);
}

/* --- the hot path --------------------------------------------------------
 */

static void cuda_reduce(struct memory *memory, enum datatype type,
                        enum reduce_op op, int by, void *out, const void *a,
                        const void *b, size_t count, bool streaming)
{
    (void)streaming;
    check(kernels_reduce(&cuda_of(memory)->kernels, type, op, by, out, a, b,
                         count),
          "reduce");
}

static void cuda_divide(struct memory *memory, enum datatype type,
                        void *elements, size_t count, int by)
{
    check(kernels_divide(&cuda_of(memory)->kernels, type, elements, count, by),
          "divide");
}

static uint64_t cuda_mark(struct memory *memory)
{
    struct cuda *cuda = cuda_of(memory);
    cudaEvent_t event = cuda->events[++cuda->marked % EVENTS];
    if (cuda->marked - cuda->reached > EVENTS) { /* it is out still */
        check(cudaEventSynchronize(event), "cudaEventSynchronize");
        cuda->reached++;
    }
    check(cudaEventRecord(event, cuda->stream), "cudaEventRecord");
    return cuda->marked;
}

static bool cuda_reached(struct memory *memory, uint64_t ticket)
{
    struct cuda *cuda = cuda_of(memory);
    while (cuda->reached < ticket) {
        int code = cudaEventQuery(cuda->events[(cuda->reached + 1) % EVENTS]);
        if (code == cudaErrorNotReady)
            return false;
        check(code, "cudaEventQuery");
        cuda->reached++;
    }
    return true;
}

#define KIND(title, words, opening, allocating)                                \
    {                                                                          \
        .name = title, .about = words, .gpus = mem_gpu_addresses,              \
        .open = opening, .close = cuda_close, .identify = cuda_identify,       \
        .alloc = allocating, .free = cuda_free, .copy = cuda_copy,             \
        .fill = cuda_fill, .verify = cuda_verify, .move = cuda_move,           \
        .reduce = cuda_reduce, .divide = cuda_divide, .mark = cuda_mark,       \
        .reached = cuda_reached,                                               \
    }

const struct memory_kind mem_cuda =
    KIND("cuda", "of the rank's GPU", cuda_open, cuda_alloc);
const struct memory_kind mem_cuda_managed =
    KIND("cuda-managed", "moved by the driver between node and GPU",
         managed_open, managed_alloc);
