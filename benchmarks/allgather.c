/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark allgather = {
        .name = "allgather",
        .about = "Time all-gather: every rank ends with all ranks' blocks.",
        .kind = COLL_ALLGATHER,
    };
    return bench_main(&allgather, argc, argv);
}
