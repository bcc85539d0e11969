/* SPDX-License-Identifier: BSD-3-Clause */
/* What this build is; written by the Makefile into $(B)/found.c. */
#ifndef BENCH_BUILD_H
#define BENCH_BUILD_H

struct build {
    const char *version;  /* git describe */
    const char *found;    /* "UCX 1.13.1, Open MPI 4.1.4, CUDA 13.0, NCCL no" */
    const char *flags;    /* compiler and flags */
    const char *compiler; /* its version */
};

extern const struct build build;

#endif
