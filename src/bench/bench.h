/* SPDX-License-Identifier: BSD-3-Clause */
/* A whole benchmark: a descriptor and a call. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "bench/options.h"

/* Parse, open, measure every case, write every row, close. The exit code. */
int bench_main(const struct benchmark *, int argc, char **argv);

#endif
