/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark reduce_scatter = {
        .name = "reduce_scatter",
        .about = "Time reduce-scatter: every rank ends with its own block of "
                 "the reduction of all ranks' vectors.",
        .kind = COLL_REDUCE_SCATTER,
    };
    return bench_main(&reduce_scatter, argc, argv);
}
