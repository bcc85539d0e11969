/* SPDX-License-Identifier: BSD-3-Clause */
/* Ends a hung run, and lets a signalled one end well. Uses a timer signal, no
 * thread: its state is the program's only mutable global, as signals need.
 *
 * While armed, the run's pulse (heartbeats and the transport's round counter)
 * must move within `limit_s`; if not, the rank prints in one write
 *   linerate: rank 3 (host n7) waits in round 5 of 12 for rank 2: receive, no
 *   progress for 300 s (allreduce ring 64KiB)
 * waits 1 s for the others to say the same, and ends with exit code 3. SIGTERM
 * while armed (a launcher killing the rest) prints the same line once if there
 * was no progress for a while, and ends. First SIGINT or SIGTERM of a healthy
 * run only sets a flag: the loop stops after the block at hand; the second ends
 * at once, exit code 128 + signal. */
#ifndef BENCH_WATCHDOG_H
#define BENCH_WATCHDOG_H

#include <stdbool.h>

#include "net/transport.h"

/* Once, after the job is open. A limit of 0 never ends a run. */
void watchdog_start(int rank, const char *host, double limit_s);
/* What runs now: transport to ask (NULL: none) and a label that outlives it. */
void watchdog_watch(const struct transport *, const struct net *,
                    const char *label);
void watchdog_beat(void);      /* progress was made */
void watchdog_rest(bool rest); /* true: waiting legitimately, do not judge */
bool watchdog_interrupted(void);
void watchdog_stop(void);

#endif
