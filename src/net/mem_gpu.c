/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/mem_gpu.h"

#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cudaDevAttrMpsEnabled, which older CUDA has no name for. */
enum { MPS_ENABLED = 133 };

/* "13.0" */
static void print_version(int version, char *text, size_t capacity)
{
    snprintf(text, capacity, "%d.%d", version / 1000, version % 1000 / 10);
}

static void no_gpu(cudaError_t code, char *why, size_t capacity)
{
    int driver = 0, runtime = 0;
    char has[16], needs[16];
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    print_version(driver, has, sizeof has);
    print_version(runtime, needs, sizeof needs);
    if (driver == 0)
        snprintf(why, capacity, "no NVIDIA driver, expected one for CUDA %s",
                 needs);
    else if (code == cudaErrorInsufficientDriver)
        snprintf(why, capacity,
                 "the driver knows CUDA %s, expected CUDA %s or newer", has,
                 needs);
    else
        snprintf(why, capacity, "%s", cudaGetErrorString(code));
}

struct gpu {
    char address[MEM_ADDRESS_B];
    int device; /* as CUDA counts */
};

static int by_address(const void *a, const void *b)
{
    return strcmp(((const struct gpu *)a)->address,
                  ((const struct gpu *)b)->address);
}

/* In the order of PCI addresses, as nvidia-smi counts; CUDA puts the fastest
 * first. Addresses have fixed widths: their text is in their order. */
static int list_gpus(struct gpu *gpus)
{
    int count = 0;
    cudaError_t code = cudaGetDeviceCount(&count);
    if (code != cudaSuccess)
        return -(int)code;
    count = count < MEM_GPUS_MOST ? count : MEM_GPUS_MOST;
    for (int i = 0; i < count; i++) {
        gpus[i].device = i;
        cudaDeviceGetPCIBusId(gpus[i].address, MEM_ADDRESS_B, i);
    }
    qsort(gpus, (size_t)count, sizeof *gpus, by_address);
    return count;
}

int mem_gpu_pick(const struct memory_wish *wish, char *why, size_t capacity)
{
    struct gpu gpus[MEM_GPUS_MOST] = {{.device = 0}};
    int count = list_gpus(gpus);
    if (count <= 0) {
        no_gpu(count ? (cudaError_t)-count : cudaErrorNoDevice, why, capacity);
        return -1;
    }
    int number = wish->count ? wish->list[wish->local_rank % wish->count]
                             : wish->local_rank % count;
    if (number >= count) {
        snprintf(why, capacity, "no GPU %d, expected 0 to %d", number,
                 count - 1);
        return -1;
    }
    return gpus[number].device;
}

int mem_gpu_addresses(char (*address)[MEM_ADDRESS_B], int most)
{
    struct gpu gpus[MEM_GPUS_MOST] = {{.device = 0}};
    int count = list_gpus(gpus);
    count = count < most ? count : most;
    for (int i = 0; i < count; i++)
        memcpy(address[i], gpus[i].address, MEM_ADDRESS_B);
    return count > 0 ? count : 0;
}

void mem_gpu_identify(int device, struct memory_identity *out)
{
    struct cudaDeviceProp about;
    int driver = 0, runtime = 0, mps = 0;
    char has[16], uses[16];
    *out = (struct memory_identity){.gpu = ""};
    if (cudaGetDeviceProperties(&about, device) == cudaSuccess)
        snprintf(out->gpu, sizeof out->gpu, "%.79s", about.name);
    cudaDeviceGetPCIBusId(out->address, sizeof out->address, device);
    if (cudaDeviceGetAttribute(&mps, (enum cudaDeviceAttr)MPS_ENABLED,
                               device) == cudaSuccess)
        out->mps = mps != 0;
    cudaGetLastError(); /* an older driver does not know the attribute */
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    print_version(driver, has, sizeof has);
    print_version(runtime, uses, sizeof uses);
    snprintf(out->versions, sizeof out->versions, "CUDA %s, driver for CUDA %s",
             uses, has);
}
