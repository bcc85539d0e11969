/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/wave.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/pairs.h"

struct waves {
    bool p2p;
    enum pairs_kind pairs;
    enum placement placement;
    int total;    /* ranks of the job */
    int *node_of; /* [total], pretended nodes too */
    int *sizes;   /* collectives: ranks of each wave's groups */
    int count;
    struct groups *groups; /* collectives: [count] */
    const char *axis;      /* of --split; NULL: none */
    const char **reasons;  /* why a wave has no group; NULL: it has */
};

/* p2p: one wave of ranks 0 and 1, or of disjoint pairs, or a tournament. */
static void make_pairs(struct waves *waves)
{
    if (waves->pairs == PAIRS_ALL && waves->total > 1)
        waves->count = pairs_rounds(waves->total);
    else
        waves->count = 1;
}

/* One wave: all groups of a training axis. */
static int make_split(struct waves *waves, const struct benchmark *benchmark,
                      const struct options *options, bool speak)
{
    const struct split *split = &options->split;
    if (split_ranks(split) != waves->total) {
        if (speak)
            error("%s: --split: '%s' are %d ranks, expected the %d of this job",
                  benchmark->name, options->split_text, split_ranks(split),
                  waves->total);
        return -1;
    }
    waves->count = 1;
    waves->axis = split->name[split->axis];
    waves->sizes = xcalloc(1, sizeof *waves->sizes);
    waves->sizes[0] = split_members(split);
    waves->groups = xcalloc(1, sizeof *waves->groups);
    waves->reasons = xcalloc(1, sizeof(char *));
    groups_split(waves->node_of, split, waves->groups);
    return 0;
}

static int make_groups(struct waves *waves, const struct benchmark *benchmark,
                       const struct options *options, bool speak)
{
    if (options->split_text)
        return make_split(waves, benchmark, options, speak);
    if (options->ranks) {
        const char *expected = groups_parse(options->ranks, waves->total,
                                            &waves->sizes, &waves->count);
        if (expected) {
            if (speak)
                error("%s: --ranks: '%s', expected %s", benchmark->name,
                      options->ranks, expected);
            return -1;
        }
    } else {
        waves->sizes = xcalloc(1, sizeof *waves->sizes);
        waves->sizes[0] = waves->total;
        waves->count = 1;
    }
    waves->groups = xcalloc((size_t)waves->count, sizeof *waves->groups);
    waves->reasons = xcalloc((size_t)waves->count, sizeof(char *));
    for (int w = 0; w < waves->count; w++)
        waves->reasons[w] = groups_build(
            waves->node_of, waves->total, waves->sizes[w], options->placement,
            options->concurrent, &waves->groups[w]);
    return 0;
}

struct waves *waves_make(const struct benchmark *benchmark,
                         const struct options *options, struct job *job)
{
    struct waves *waves = xcalloc(1, sizeof *waves);
    waves->p2p = benchmark->p2p;
    waves->pairs = options->pairs;
    waves->total = job_size(job);
    waves->node_of = xcalloc((size_t)waves->total, sizeof *waves->node_of);
    for (int r = 0; r < waves->total; r++)
        waves->node_of[r] = options->ranks_per_node
                                ? r / options->ranks_per_node
                                : job_node(job, r);
    if (waves->p2p) {
        make_pairs(waves);
    } else if (make_groups(waves, benchmark, options, job_rank(job) == 0)) {
        waves_free(waves);
        return NULL;
    }
    return waves;
}

void waves_free(struct waves *waves)
{
    if (!waves)
        return;
    for (int w = 0; waves->groups && w < waves->count; w++)
        groups_free(&waves->groups[w]);
    free(waves->groups);
    free(waves->reasons);
    free(waves->sizes);
    free(waves->node_of);
    free(waves);
}

int waves_count(const struct waves *waves)
{
    return waves->count;
}

int waves_groups(const struct waves *waves, int wave)
{
    if (!waves->p2p)
        return waves->reasons[wave] ? 1 : waves->groups[wave].count;
    return waves->pairs == PAIRS_TWO || waves->total < 2 ? 1 : waves->total / 2;
}

static void pair_members(const struct waves *waves, int wave, int number,
                         int *members)
{
    members[0] = 0;
    members[1] = 1;
    if (waves->pairs == PAIRS_ALL)
        pairs_meeting(waves->total, wave, number, &members[0], &members[1]);
    else if (waves->pairs == PAIRS_DISJOINT)
        pairs_halves(waves->total, number, &members[0], &members[1]);
}

void waves_group(const struct waves *waves, int wave, int number,
                 struct group *out)
{
    *out = (struct group){
        .number = number, .of = waves_groups(waves, wave), .axis = waves->axis};
    out->ranks = waves->p2p ? 2 : waves->sizes[wave];
    if (waves->p2p && waves->total < 2)
        out->reason = "needs two ranks, and the job has one";
    else if (!waves->p2p)
        out->reason = waves->reasons[wave];
    if (out->reason)
        return;
    size_t ranks = (size_t)out->ranks;
    out->members = xcalloc(ranks, sizeof *out->members);
    out->starts = xcalloc(ranks + 1, sizeof *out->starts);
    if (waves->p2p)
        pair_members(waves, wave, number, out->members);
    else
        memcpy(out->members, groups_members(&waves->groups[wave], number),
               ranks * sizeof *out->members);
    out->nodes =
        groups_starts(waves->node_of, out->members, out->ranks, out->starts);
}

void waves_axis_group(const struct waves *waves, const struct split *split,
                      int rank, struct group *out)
{
    struct groups groups;
    groups_split(waves->node_of, split, &groups);
    size_t ranks = (size_t)groups.ranks;
    *out = (struct group){.number = groups_find(&groups, rank),
                          .of = groups.count,
                          .axis = split->name[split->axis],
                          .ranks = groups.ranks};
    out->members = xcalloc(ranks, sizeof *out->members);
    out->starts = xcalloc(ranks + 1, sizeof *out->starts);
    memcpy(out->members, groups_members(&groups, out->number),
           ranks * sizeof *out->members);
    out->nodes =
        groups_starts(waves->node_of, out->members, out->ranks, out->starts);
    groups_free(&groups);
}

void group_free(struct group *group)
{
    free(group->members);
    free(group->starts);
    *group = (struct group){0};
}

int waves_mine(const struct waves *waves, int wave, int rank)
{
    if (!waves->p2p)
        return waves->reasons[wave] ? -1
                                    : groups_find(&waves->groups[wave], rank);
    for (int g = 0; g < waves_groups(waves, wave); g++) {
        int members[2];
        if (waves->total < 2)
            return -1;
        pair_members(waves, wave, g, members);
        if (members[0] == rank || members[1] == rank)
            return g;
    }
    return -1;
}
