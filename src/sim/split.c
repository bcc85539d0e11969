/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/split.h"

#include <stdlib.h>
#include <string.h>

static const char expected[] =
    "up to 6 axes with their sizes, such as tp=8,pp=16,dp=128";

const char *split_read(const char *text, const char *axis, struct split *out)
{
    *out = (struct split){.axis = -1};
    long product = 1;
    for (const char *at = text; *at;) {
        size_t letters = strcspn(at, "=,");
        size_t digits =
            at[letters] == '=' ? strspn(at + letters + 1, "0123456789") : 0;
        if (letters == 0 || letters >= AXIS_NAME || digits == 0 || digits > 8 ||
            out->axes == AXES_MOST)
            return expected;
        int size = (int)strtol(at + letters + 1, NULL, 10);
        memcpy(out->name[out->axes], at, letters);
        out->size[out->axes++] = size;
        product *= size;
        at += letters + 1 + digits;
        if (size < 1 || product > 1 << 24 || (*at && *at != ',') ||
            (*at == ',' && !at[1]))
            return expected;
        at += *at == ',';
    }
    for (int i = 0; i < out->axes; i++)
        for (int k = 0; k < i; k++)
            if (!strcmp(out->name[i], out->name[k]))
                return "axes of different names";
    for (int i = 0; i < out->axes; i++)
        if (axis && !strcmp(axis, out->name[i]))
            out->axis = i;
    if (out->axes == 0)
        return expected;
    return out->axis < 0 ? "--group to name one of its axes" : NULL;
}

/* Ranks from one member of the axis to the next. */
static int stride_of(const struct split *s)
{
    int stride = 1;
    for (int i = 0; i < s->axis; i++)
        stride *= s->size[i];
    return stride;
}

int split_ranks(const struct split *s)
{
    int product = 1;
    for (int i = 0; i < s->axes; i++)
        product *= s->size[i];
    return product;
}

int split_members(const struct split *s)
{
    return s->size[s->axis];
}

int split_groups(const struct split *s)
{
    return split_ranks(s) / split_members(s);
}

int split_rank(const struct split *s, int group, int member)
{
    int stride = stride_of(s);
    int inner = group % stride, outer = group / stride;
    return (outer * split_members(s) + member) * stride + inner;
}
