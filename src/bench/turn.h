/* SPDX-License-Identifier: BSD-3-Clause */
/* A wave as one rank lives it: its group, the group's own job, and the barriers
 * of that group over each transport. */
#ifndef BENCH_TURN_H
#define BENCH_TURN_H

#include "bench/session.h"

struct turn {
    int wave, mine; /* -1: idle in this wave */
    struct group group;
    struct job *team;
    bool crowded;        /* several groups at once */
    struct job *leaders; /* their first ranks; NULL on others, or alone */
    struct plan *barriers[LIST_MAX];
};

/* Start: collective over the job, idle ranks too. End: over the team. */
void turn_start(struct session *, int wave, struct turn *);
void turn_end(struct session *, struct turn *);

/* The team's barrier over a case's transport, prepared when first needed.
 * Collective over the team. */
struct plan *turn_barrier(struct session *, struct turn *,
                          const struct bench_case *);

#endif
