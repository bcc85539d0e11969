/* SPDX-License-Identifier: BSD-3-Clause */
/* What a .cu needs to be C++: the words of the language, and a launch that
 * calls the kernel for each thread of each block in turn, when its turn comes. */
#ifndef FAKE_CUDA_RUNTIME_H
#define FAKE_CUDA_RUNTIME_H

#include <functional>

#include "cuda_runtime_api.h"

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(threads)

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned of_x = 1, unsigned of_y = 1, unsigned of_z = 1)
        : x(of_x), y(of_y), z(of_z)
    {
    }
};

struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
};

extern dim3 gridDim, blockDim, blockIdx, threadIdx;

/* By its plain name: the fake NCCL asks the program for it. */
extern "C" void fake_queue(cudaStream_t, std::function<void()>);
void fake_launch(const cudaLaunchConfig_t &, const std::function<void()> &);

template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config,
                               void (*kernel)(P...), A... arguments)
{
    cudaLaunchConfig_t shape = *config;
    fake_queue(config->stream, [=] {
        fake_launch(shape, [=] { kernel(P(arguments)...); });
    });
    return cudaSuccess;
}

/* One thread at a time: nothing to be atomic against. */
static inline unsigned long long atomicAdd(unsigned long long *at,
                                           unsigned long long more)
{
    unsigned long long had = *at;
    *at += more;
    return had;
}

static inline unsigned long long atomicMin(unsigned long long *at,
                                           unsigned long long least)
{
    unsigned long long had = *at;
    *at = had < least ? had : least;
    return had;
}

#endif
