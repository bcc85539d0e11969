/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark alltoall = {
        .name = "alltoall",
        .about = "Time all-to-all: every rank sends every rank a block of its "
                 "own.",
        .kind = COLL_ALLTOALL,
    };
    return bench_main(&alltoall, argc, argv);
}
