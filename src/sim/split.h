/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups as a training run has them: "tp=8,pp=16,dp=128" cuts a job's ranks
 * into axes, the first one innermost (ranks next to each other), the last one
 * outermost: rank = ((dp * 16) + pp) * 8 + tp, the order of the Llama 3 paper
 * (3.3.2). A group of an axis is all ranks that differ in that axis only. */
#ifndef SIM_SPLIT_H
#define SIM_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

enum { AXES_MOST = 6, AXIS_NAME = 12 };

struct split {
    int axes;
    char name[AXES_MOST][AXIS_NAME];
    int size[AXES_MOST];
    int axis; /* the one whose groups run */
};

/* Reads the text and picks the axis of that name. NULL, or what was expected;
 * *out is then of no use. */
const char *split_read(const char *text, const char *axis, struct split *out);

int split_ranks(const struct split *);   /* the product of all axes */
int split_members(const struct split *); /* of a group of the axis */
int split_groups(const struct split *);

/* Rank in the job of member m of group g. */
int split_rank(const struct split *, int group, int member);

#endif
