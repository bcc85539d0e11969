/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark sendrecv = {
        .name = "sendrecv",
        .about = "Time a ring shift: every rank sends to the next one.",
        .kind = COLL_SENDRECV,
    };
    return bench_main(&sendrecv, argc, argv);
}
