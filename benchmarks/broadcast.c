/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/bench.h"

int main(int argc, char **argv)
{
    static const struct benchmark broadcast = {
        .name = "broadcast",
        .about = "Time broadcast: every rank ends with the root's vector.",
        .kind = COLL_BROADCAST,
    };
    return bench_main(&broadcast, argc, argv);
}
