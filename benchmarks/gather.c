/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark gather = {
        .name = "gather",
        .about = "Time gather: the root ends with all ranks' blocks.",
        .kind = COLL_GATHER,
    };
    return bench_main(&gather, argc, argv);
}
