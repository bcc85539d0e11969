/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of memories where CUDA is the fake one. */
#include "net/mem.h"

const struct memory_kind *const memory_kinds[] = {&mem_host, &mem_cuda,
                                                  &mem_cuda_managed, NULL};
