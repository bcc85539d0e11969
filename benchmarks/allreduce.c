/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark allreduce = {
        .name = "allreduce",
        .about = "Time all-reduce: every rank ends with the reduction of all "
                 "ranks' vectors.",
        .kind = COLL_ALLREDUCE,
    };
    return bench_main(&allreduce, argc, argv);
}
