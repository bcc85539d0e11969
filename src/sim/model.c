/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/model.h"

#include <math.h>

#include "base/random.h"

const struct model model_wires_only = {.name = "wires-only",
                                       .reduce_Bps = INFINITY,
                                       .copy_Bps = INFINITY,
                                       .switch_share = 1,
                                       .network_share = 1};

static double between(struct random *random, double low, double high)
{
    double part = (double)random_below(random, 1u << 30) / (double)(1u << 30);
    return low < high ? low + part * (high - low) : low;
}

struct model model_draw(const struct model_set *set, uint64_t seed,
                        uint64_t draw)
{
    struct model m = set->value;
    const struct model *l = &set->low, *h = &set->high;
    struct random random = {random_mix(seed) + draw};
    if (draw == 0)
        return m;
    m.start_s = between(&random, l->start_s, h->start_s);
    m.scaleup_s = between(&random, l->scaleup_s, h->scaleup_s);
    m.network_s = between(&random, l->network_s, h->network_s);
    m.jitter_s = between(&random, l->jitter_s, h->jitter_s);
    m.reduce_Bps = between(&random, l->reduce_Bps, h->reduce_Bps);
    m.copy_Bps = between(&random, l->copy_Bps, h->copy_Bps);
    m.switch_share = between(&random, l->switch_share, h->switch_share);
    m.network_share = between(&random, l->network_share, h->network_share);
    return m;
}
