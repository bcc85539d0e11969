/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark reduce = {
        .name = "reduce",
        .about =
            "Time reduce: the root ends with the reduction of all vectors.",
        .kind = COLL_REDUCE,
    };
    return bench_main(&reduce, argc, argv);
}
