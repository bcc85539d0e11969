// SPDX-License-Identifier: BSD-3-Clause
// See cuda_runtime_api.h.
#include "cuda_runtime.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>

dim3 gridDim, blockDim, blockIdx, threadIdx;

struct CUstream_st {
    std::deque<std::function<void()>> queue;
};

struct CUevent_st {
    cudaStream_t stream = nullptr;
    bool done = true;
    std::chrono::steady_clock::time_point when;
};

static std::set<cudaStream_t> streams;

static bool run_one(cudaStream_t stream)
{
    if (stream->queue.empty())
        return false;
    std::function<void()> next = std::move(stream->queue.front());
    stream->queue.pop_front();
    next();
    return true;
}

void fake_queue(cudaStream_t stream, std::function<void()> work)
{
    stream->queue.push_back(std::move(work));
}

// Blocks and threads from the last to the first: no kernel may count on an
// order.
void fake_launch(const cudaLaunchConfig_t &shape,
                 const std::function<void()> &thread)
{
    gridDim = shape.gridDim;
    blockDim = shape.blockDim;
    for (unsigned b = gridDim.x; b-- > 0;)
        for (unsigned t = blockDim.x; t-- > 0;) {
            blockIdx = dim3(b);
            threadIdx = dim3(t);
            thread();
        }
}

static int gpus()
{
    const char *text = getenv("FAKE_GPUS");
    return text ? atoi(text) : 2;
}

const char *cudaGetErrorString(cudaError_t code)
{
    return code == cudaErrorNoDevice     ? "no CUDA-capable device is detected"
           : code == cudaErrorNotReady   ? "device not ready"
           : code == cudaErrorInvalidValue ? "invalid argument"
                                           : "a fake error";
}

cudaError_t cudaGetLastError()
{
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = gpus() < 0 ? 0 : 13000;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = gpus() > 0 ? gpus() : 0;
    return gpus() > 0    ? cudaSuccess
           : gpus() == 0 ? cudaErrorNoDevice
                         : cudaErrorInsufficientDriver;
}

cudaError_t cudaSetDevice(int device)
{
    return device < gpus() ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *about, int device)
{
    snprintf(about->name, sizeof about->name, "Fake GPU of number %d", device);
    return cudaSuccess;
}

// The other way round than CUDA counts, as on nodes whose fastest GPU is last.
cudaError_t cudaDeviceGetPCIBusId(char *text, int capacity, int device)
{
    snprintf(text, (size_t)capacity, "0000:%02X:00.0", 0xf0 - device);
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr which, int)
{
    // Few threads: loops go round more than once.
    *value = which == cudaDevAttrMultiProcessorCount ? 1
             : getenv("FAKE_MPS")                    ? 1
                                                     : 0;
    return cudaSuccess;
}

// A library that is told the truth can work with it.
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *about,
                                     const void *)
{
    about->type = cudaMemoryTypeUnregistered;
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **at, size_t bytes)
{
    return posix_memalign(at, 4096, bytes) ? cudaErrorInvalidValue
                                           : cudaSuccess;
}

cudaError_t cudaMallocManaged(void **at, size_t bytes, unsigned)
{
    return cudaMalloc(at, bytes);
}

// Waits for all that is under way, as CUDA's does.
cudaError_t cudaFree(void *at)
{
    for (cudaStream_t stream : streams)
        cudaStreamSynchronize(stream);
    free(at);
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **at, size_t bytes)
{
    return cudaMalloc(at, bytes);
}

cudaError_t cudaFreeHost(void *at)
{
    return cudaFree(at);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                            enum cudaMemcpyKind, cudaStream_t stream)
{
    fake_queue(stream, [=] { memcpy(to, from, bytes); });
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    *stream = new CUstream_st;
    streams.insert(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    while (run_one(stream))
        ;
    return cudaSuccess;
}

// As cudaEventQuery.
cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    static const bool early = getenv("FAKE_EARLY");
    return early || !run_one(stream) ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    streams.erase(stream);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    *event = new CUevent_st;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    event->stream = stream;
    event->done = false;
    fake_queue(stream, [=] {
        event->done = true;
        event->when = std::chrono::steady_clock::now();
    });
    return cudaSuccess;
}

// Asking takes the stream one step on, whatever the answer.
cudaError_t cudaEventQuery(cudaEvent_t event)
{
    static const bool early = getenv("FAKE_EARLY");
    bool done = event->done || early;
    if (!done)
        run_one(event->stream);
    return done ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    while (!event->done && run_one(event->stream))
        ;
    return event->done ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    *ms =
        std::chrono::duration<float, std::milli>(to->when - from->when).count();
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}
