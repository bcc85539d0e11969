/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints results/README.md: how a run lies on disk, and the columns from the
 * one table of them. A test compares the file with what this prints. */
#include <stdio.h>

#include "base/error.h"
#include "bench/record.h"

static const char intro[] =
    "# Results\n"
    "\n"
    "<!-- Written by `columns > results/README.md`; the table comes from\n"
    "src/bench/columns.c. -->\n"
    "\n"
    "A run is a folder:\n"
    "\n"
    "| file | holds |\n"
    "|---|---|\n"
    "| `summary.csv` | one row a case: the columns below |\n"
    "| `samples.csv` | one row a sample: `run_id`, `row` (the row of "
    "`summary.csv`, from 1), `iteration`, `time_us`, `entry_skew_us`, "
    "`slowest_rank` |\n"
    "| `run.json` | what is needed to repeat it: command, options, versions, "
    "build, environment, what differs between nodes |\n"
    "| `nodes.csv` | one row a node: system, GPUs, NICs, and what is wrong "
    "(`faults`), as `doctor` finds it without asking NVML |\n"
    "| `ranks.csv` | one row a rank: its node and host, and the GPU whose "
    "memory it measured on |\n"
    "\n"
    "The CSV is RFC 4180 with lines that end in a line feed: a header, no\n"
    "comments, fields with a comma, a quote or a line break in quotes. Empty\n"
    "means missing; a number never means an error. Decimals have a point, and\n"
    "no exponent from 1e-9 to 1e18. Read columns by name: later versions may\n"
    "add some, and `CHANGELOG.md` says so.\n"
    "\n"
    "Samples and then the row are appended and synced when a case is done. A\n"
    "run that is killed keeps every row; `--resume` cuts off a half-written\n"
    "last line and goes on with the cases that have no row, or only one of\n"
    "status `error`. Cases are the same when all columns marked *key* are.\n"
    "\n"
    "GB is 1e9 bytes; K, M and G in sizes are binary (64KiB is 65536 bytes).\n"
    "\n"
    "## Columns of summary.csv\n"
    "\n";

int main(void)
{
    fputs(intro, stdout);
    record_print_columns(stdout);
    return fclose(stdout) == 0 ? EXIT_GOOD : EXIT_MACHINE;
}
