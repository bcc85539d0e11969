/* SPDX-License-Identifier: BSD-3-Clause */
/* The only list of columns, in the order of summary.csv. What a column means is
 * said here once; results/README.md repeats it by program. Knows nothing of how
 * a row is written or read. */
#include "bench/record.h"

#define KEY    COLUMN_KEY
#define SCREEN COLUMN_SCREEN

#define TEXT(field, use, heading, meaning)                                     \
    {                                                                          \
#field, COLUMN_TEXT, offsetof(struct record, field),                   \
            sizeof((struct record *)0)->field, 0, use, heading, meaning        \
    }

#define NUMBER(field, digits, use, heading, meaning)                           \
    {                                                                          \
#field, COLUMN_NUMBER, offsetof(struct record, field), 0, digits, use, \
            heading, meaning                                                   \
    }

/* Times and rates carry 9 digits: more than any clock here resolves. Whole
 * numbers are written whole, whatever their digits. Shares carry 6. */
/* clang-format off */
const struct column columns[] = {
    TEXT(run_id, 0, NULL,
         "The run this row belongs to; the same in all files of the folder."),
    TEXT(time_utc, 0, NULL,
         "When the row was finished, RFC 3339, UTC."),
    TEXT(source, KEY, NULL,
         "`measured`, `simulated`, or `published` (a figure from literature)."),
    TEXT(benchmark, KEY, NULL,
         "The program: `allreduce`, `reduce_scatter`, `p2p`, ..."),
    TEXT(transport, KEY | SCREEN, "via",
         "What moved the bytes: `ucx`, `mpi`, `nccl`, or `null` (nothing is "
         "moved: the price of the harness)."),
    TEXT(algorithm, KEY | SCREEN, "algorithm",
         "The schedule and its tuning, `double-tree:segment=512KiB`; a "
         "library's own choice where it tells none."),
    TEXT(memory, KEY, NULL,
         "Where the buffers are: `host` or a kind of GPU memory."),
    TEXT(datatype, KEY, NULL,
         "Type of the elements."),
    TEXT(op, KEY, NULL,
         "Reduction; empty where nothing is reduced."),
    NUMBER(root, 9, KEY, NULL,
         "The rank, of the group, that sends or gets all; empty where none is "
         "special."),
    TEXT(in_place, KEY, NULL,
         "`yes` when the input is a part of the output buffer, or the output "
         "of the input, else `no`."),
    TEXT(topology, KEY, NULL,
         "Name of the cluster description that was used; empty for none."),
    TEXT(constants, KEY, NULL,
         "Name of the set of latencies and overheads a simulation used."),
    TEXT(placement, KEY, NULL,
         "Which ranks take part: `packed` (node by node), `spread` (evenly over "
         "nodes) or `rail` (one local rank of each node); empty for p2p."),
    NUMBER(seed, 9, KEY, NULL,
         "Seed of the data and of everything drawn at random."),
    TEXT(group, KEY, NULL,
         "Which of the groups that ran at the same time, from 0: `3 of 8`; "
         "`0 of 1` ran alone."),
    NUMBER(rank_a, 9, KEY, NULL,
         "p2p: the first rank of the pair, which sends first."),
    NUMBER(rank_b, 9, KEY, NULL,
         "p2p: the second rank of the pair."),
    TEXT(direction, KEY, NULL,
         "p2p: `latency` (one message there and one back), `uni` (a window of "
         "messages one way) or `bi` (a window both ways at once)."),
    NUMBER(window, 9, KEY, NULL,
         "p2p: messages in flight; empty for `latency`."),
    NUMBER(nodes, 9, 0, NULL,
         "Nodes that took part."),
    NUMBER(ranks, 9, KEY | SCREEN, "ranks",
         "Ranks that took part: one a GPU, or one a process on hosts."),
    NUMBER(ranks_per_node, 9, KEY, NULL,
         "Ranks on each node; empty when nodes hold different numbers."),
    NUMBER(size_B, 9, KEY | SCREEN, "size",
         "S of algbw, as it ran: bytes of the vector (all-reduce, broadcast, "
         "reduce), of all blocks together (all-gather, reduce-scatter, gather, "
         "scatter), of all that a rank sends (all-to-all), of one message "
         "(sendrecv, p2p)."),
    TEXT(mode, KEY, NULL,
         "`isolated` (a barrier before each sample) or `pipelined` (operations "
         "back to back)."),
    TEXT(sync, KEY, NULL,
         "How a sample was taken over ranks: `barrier` (longest own time) or "
         "`clock` (last exit minus first entry in global time)."),
    NUMBER(batch, 9, 0, NULL,
         "Operations in one sample, by which its time was divided."),
    NUMBER(samples, 9, SCREEN, "samples",
         "Samples taken; in a simulated row, seeds."),
    TEXT(stop, 0, NULL,
         "Why sampling stopped: `precision`, `time`, `count` or `signal`."),
    NUMBER(time_min_us, 9, 0, NULL,
         "Shortest sample; a sample is the time of one operation, last rank's "
         "finish minus the start, in microseconds."),
    NUMBER(time_p50_us, 9, SCREEN, "p50 us",
         "Median of the samples."),
    NUMBER(time_p50_lo_us, 9, SCREEN, "+-%",
         "Lower end of the median's 95 % confidence interval, from order "
         "statistics; empty below 6 samples."),
    NUMBER(time_p50_hi_us, 9, 0, NULL,
         "Upper end of the same interval."),
    NUMBER(time_mean_us, 9, 0, NULL,
         "Arithmetic mean of the samples."),
    NUMBER(time_p95_us, 9, 0, NULL,
         "95th percentile (nearest rank); empty below 20 samples."),
    NUMBER(time_p99_us, 9, SCREEN, "p99 us",
         "99th percentile (nearest rank); empty below 100 samples."),
    NUMBER(time_max_us, 9, 0, NULL,
         "Longest sample."),
    NUMBER(time_floor_us, 9, 0, NULL,
         "Simulated: total load of the busiest resource, which no timing of "
         "the same schedule can beat."),
    NUMBER(sampling_error, 6, 0, NULL,
         "Simulated: relative error that comes from pricing a sample of the "
         "rounds instead of all."),
    NUMBER(algbw_GBps, 9, SCREEN, "alg GB/s",
         "size_B / time_p50_us, in 1e9 bytes per second."),
    NUMBER(busbw_GBps, 9, SCREEN, "bus GB/s",
         "algbw x factor: all-reduce 2(n-1)/n; all-gather, reduce-scatter, "
         "all-to-all, gather, scatter (n-1)/n; else 1; p2p counts both "
         "directions when both flow at once."),
    NUMBER(wire_GBps, 9, 0, NULL,
         "Bytes that the busiest rank must send to other nodes (to other "
         "ranks, on one node) over time_p50_us; empty where unknown."),
    NUMBER(bound_GBps, 9, 0, NULL,
         "The busbw that the topology's tightest cut allows."),
    TEXT(bound_level, 0, NULL,
         "The level of the topology where that cut is."),
    NUMBER(efficiency, 6, SCREEN, "eff %",
         "busbw_GBps / bound_GBps; 1 is the physical limit."),
    NUMBER(entry_skew_us, 9, 0, NULL,
         "sync=clock: median of last entry minus first entry."),
    NUMBER(open_ms, 9, 0, NULL,
         "Time to open the transport and connect, before any sample, in "
         "milliseconds."),
    NUMBER(connections, 9, 0, NULL,
         "Most connections that any rank held; empty where unknown."),
    NUMBER(checked, 9, 0, NULL,
         "Samples whose every element was verified on every rank."),
    NUMBER(wrong, 9, SCREEN, "wrong",
         "Wrong elements, over all ranks and samples; empty when none was "
         "checked."),
    TEXT(gdr, 0, NULL,
         "GPUDirect RDMA: `proven`, `staged` (copied through other memory) or "
         "`unknown`; empty for host memory or without traffic between nodes."),
    TEXT(path, 0, NULL,
         "The way the bytes went, by the transport's own account."),
    TEXT(evidence, 0, NULL,
         "What that account, and `gdr`, rest on: the transport's words for what "
         "it did, of the worst message of a run of its own; a contradiction."),
    NUMBER(slowest_rank, 9, 0, NULL,
         "The rank that finished last in most samples."),
    TEXT(slowest_host, 0, NULL,
         "Its host."),
    TEXT(assumed, 0, NULL,
         "Inputs that were assumed, not measured or given."),
    TEXT(flags, SCREEN, "notes",
         "Any of, separated by spaces: `above-bound` (faster than its bound: "
         "one of the two is wrong), `unchecked`, `few-samples`, `outliers`, "
         "`oversubscribed` (more ranks than cores), `interrupted`, "
         "`late-entry`, `emulated-nodes`, `gpu-shared` (several ranks on a GPU, "
         "in time slices), `gpu-shared-mps` (at once), "
         "`wrong-background` (what --with ran beside it); and of NIC counters of "
         "any node that moved meanwhile: `nic-errors`, `nic-retransmits`, `nic-ecn`, "
         "`nic-waits` (data waited for credits), `nic-pauses` (pause frames)."),
    TEXT(status, SCREEN, NULL,
         "`ok`, `skip` (does not apply), `wrong` (data) or `error`."),
    TEXT(reason, SCREEN, NULL,
         "Why the status is not `ok`."),
};
/* clang-format on */

const size_t columns_count = sizeof columns / sizeof columns[0];

void record_print_columns(FILE *out)
{
    fputs("| column | holds | key | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < columns_count; i++)
        fprintf(out, "| `%s` | %s | %s | %s |\n", columns[i].name,
                columns[i].kind == COLUMN_TEXT ? "text" : "number",
                columns[i].use & COLUMN_KEY ? "yes" : "", columns[i].meaning);
}
