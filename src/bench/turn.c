/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/turn.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "coll/registry.h"

/* The first rank of each of several groups. */
static struct job *gather_leaders(struct session *session,
                                  const struct turn *turn)
{
    int count = turn->group.of;
    int *members = xcalloc((size_t)count, sizeof *members);
    for (int g = 0; g < count; g++) {
        struct group group;
        waves_group(session->waves, turn->wave, g, &group);
        members[g] = group.members[0];
        group_free(&group);
    }
    struct job *leaders = job_group(session->job, members, count);
    free(members);
    return leaders;
}

void turn_start(struct session *session, int wave, struct turn *turn)
{
    /* Ranks that were idle have slept here; all start a wave together. */
    job_barrier(session->job);
    memset(turn, 0, sizeof *turn);
    turn->wave = wave;
    turn->mine = waves_mine(session->waves, wave, job_rank(session->job));
    waves_group(session->waves, wave, turn->mine < 0 ? 0 : turn->mine,
                &turn->group);
    if (turn->group.reason)
        turn->mine = -1;
    if (session->options.measure.sync == SYNC_CLOCK)
        clocksync_refine(session->job, clock_monotonic(), false,
                         &session->clock);
    if (turn->mine >= 0)
        turn->team =
            job_group(session->job, turn->group.members, turn->group.ranks);
    turn->crowded = turn->group.of > 1;
    if (turn->crowded && turn->mine >= 0 && job_rank(turn->team) == 0)
        turn->leaders = gather_leaders(session, turn);
}

void turn_end(struct session *session, struct turn *turn)
{
    for (int t = 0; session->options.transports[t]; t++)
        if (turn->barriers[t])
            transport_find(session->options.transports[t])
                ->release(turn->barriers[t]);
    if (turn->leaders)
        job_leave(turn->leaders);
    if (turn->team)
        job_leave(turn->team);
    group_free(&turn->group);
}

struct plan *turn_barrier(struct session *session, struct turn *turn,
                          const struct bench_case *one)
{
    if (!turn->barriers[one->transport]) {
        struct collective c = {
            .kind = COLL_BARRIER,
            .ranks = turn->group.ranks,
            .shape = {turn->group.nodes, 0, turn->group.starts}};
        turn->barriers[one->transport] =
            one->via->prepare(session->nets[one->transport], turn->team,
                              registry_find(COLL_BARRIER, "dissemination"), &c);
    }
    return turn->barriers[one->transport];
}
