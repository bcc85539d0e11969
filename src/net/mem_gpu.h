/* SPDX-License-Identifier: BSD-3-Clause */
/* Which GPU a rank takes, and what it is. Of CUDA builds only. */
#ifndef NET_MEM_GPU_H
#define NET_MEM_GPU_H

#include "net/mem.h"

/* The GPU of this rank, as CUDA counts (mem.h says which one is wished for); -1
 * and why when there is none. */
int mem_gpu_pick(const struct memory_wish *, char *why, size_t capacity);

/* As in mem.h. */
int mem_gpu_addresses(char (*address)[MEM_ADDRESS_B], int most);

void mem_gpu_identify(int device, struct memory_identity *out);

#endif
