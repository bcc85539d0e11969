/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that go on beside the one that is run. Messages of a pair of ranks
 * are numbered in the order of its operations, which is known in advance as
 * long as one plan at a time uses the pair: groups of different axes of a split
 * share no pair, since two ranks of a group differ in its axis alone. */
#include <limits.h>
#include <sched.h>

#include "net/ucx_net.h"

static struct plan *prepare(struct net *net, int aside, struct job *group,
                            const struct algorithm *algorithm,
                            const struct collective *c)
{
    char *end = aside + 1 < ASIDES_MOST && net->aside[aside + 1]
                    ? net->aside[aside + 1]
                    : net->staging,
         *data = net->aside[aside] + STAGING_B;
    return ucx_plan_at(net, group, algorithm, c, net->aside[aside], data,
                       (size_t)(end - data));
}

static void start(struct plan *plan)
{
    struct net *net = plan->net;
    plan->ended = 0;
    plan->limit = LONG_MAX;
    plan->under_way = false;
    net->beside[net->beside_n++] = plan;
}

static long begun(const struct plan *plan)
{
    return plan->ended + plan->under_way;
}

static bool advance(struct plan *plan)
{
    if (!plan->under_way) {
        if (plan->ended == plan->limit)
            return false;
        ucx_begin(plan);
        plan->under_way = true;
    }
    bool moved = ucx_advance(plan);
    if (ucx_has_ended(plan)) {
        ucx_end(plan);
        plan->ended++;
        plan->under_way = false;
        moved = true;
    }
    return moved;
}

bool ucx_advance_asides(struct net *net)
{
    bool moved = false;
    for (int i = 0; i < net->beside_n; i++)
        moved |= advance(net->beside[i]);
    return moved;
}

static void stop(struct plan *plan, long operations)
{
    struct net *net = plan->net;
    int kept = 0;
    plan->limit = operations;
    while (plan->ended < plan->limit) {
        ucp_worker_progress(net->worker);
        if (!advance(plan))
            sched_yield();
    }
    for (int i = 0; i < net->beside_n; i++)
        if (net->beside[i] != plan)
            net->beside[kept++] = net->beside[i];
    net->beside_n = kept;
}

const struct asides ucx_asides = {prepare, start, begun, stop};
