/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/held.h"

#include <math.h>
#include <string.h>

void held_bound(const struct topology *t, const struct collective *c,
                const int *gpu_of, int groups, struct record *r)
{
    double factor = collective_bus_factor(c);
    struct bound bound = bound_of(t, c, gpu_of, groups);
    if (bound.level < 0 || !(bound.seconds > 0) || !(factor > 0) ||
        isnan(r->busbw_GBps))
        return;
    r->bound_GBps = r->size_B / bound.seconds / 1e9 * factor;
    r->efficiency = r->busbw_GBps / r->bound_GBps;
    snprintf(r->bound_level, sizeof r->bound_level, "%s",
             topology_level_name(t, bound.level));
    if (r->efficiency > 1 + 1e-9)
        record_flag(r, "above-bound");
}

struct assumptions {
    char *text;
    size_t capacity, used;
    int count, listed;
};

static void see_figure(const char *path, const char *value,
                       const struct figure *figure, void *state)
{
    struct assumptions *a = state;
    (void)value;
    if (figure->origin != ORIGIN_ASSUMED)
        return;
    a->count++;
    if (a->used + strlen(path) + 9 >= a->capacity) /* " +12345" must fit */
        return;
    a->used += (size_t)snprintf(a->text + a->used, a->capacity - a->used,
                                "%s%s", a->used ? " " : "", path);
    a->listed++;
}

void held_assumed(const struct topology *t, char *text, size_t capacity)
{
    struct assumptions a = {text, capacity, 0, 0, 0};
    text[0] = '\0';
    cluster_each_figure(topology_cluster(t), see_figure, &a);
    if (a.count > a.listed)
        snprintf(text + a.used, capacity - a.used, " +%d", a.count - a.listed);
}
