/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark scatter = {
        .name = "scatter",
        .about = "Time scatter: every rank ends with its block of the root's.",
        .kind = COLL_SCATTER,
    };
    return bench_main(&scatter, argc, argv);
}
