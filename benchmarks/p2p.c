/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark p2p = {
        .name = "p2p",
        .about = "Time messages between pairs of ranks: latency (half a "
                 "ping-pong), one-way and two-way bandwidth.",
        .kind = COLL_PINGPONG,
        .p2p = true,
    };
    return bench_main(&p2p, argc, argv);
}
