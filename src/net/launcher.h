/* SPDX-License-Identifier: BSD-3-Clause */
/* What the environment says about the launcher that started this process. */
#ifndef NET_LAUNCHER_H
#define NET_LAUNCHER_H

/* Processes that the launcher started together, or 0 when none is seen. */
int launcher_size(void);

/* This process's number among them, or -1: known before MPI starts, so that
 * only one of many complains about an option. */
int launcher_rank(void);

/* Its number among those of its node, or -1. */
int launcher_local_rank(void);

/* Ends the process with one line when it was launched as one of several but
 * sees only itself: N lonely ranks must never look like a job of N. */
void launcher_refuse_lonely(int size_seen);

#endif
