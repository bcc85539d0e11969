/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes from minimum, maximum and step. Knows numbers only. */
#include "bench/sizes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"

enum { SIZES_MOST = 10000 }; /* more is a slip of the keyboard */

/* Doubles count every byte up to here (8 PiB), and no memory is larger. */
static const double size_most_B = 9007199254740992.0;

static bool size_add(struct sizes *sizes, size_t size_B)
{
    if (sizes->n && sizes->list[sizes->n - 1] >= size_B)
        return true; /* rounded to the one before */
    if (sizes->n == SIZES_MOST)
        return false;
    sizes->list[sizes->n++] = size_B;
    return true;
}

static bool add_steps(struct sizes *sizes, size_t min_B, size_t max_B,
                      size_t step_B)
{
    for (size_t size_B = min_B;; size_B += step_B) {
        if (!size_add(sizes, size_B))
            return false;
        if (step_B > max_B - size_B)
            return true;
    }
}

static bool add_factors(struct sizes *sizes, double min_B, double max_B,
                        double factor)
{
    for (double size_B = min_B; round(size_B) <= max_B; size_B *= factor)
        if (!size_add(sizes, (size_t)round(size_B)))
            return false;
    return true;
}

static const char *complaint(size_t min_B, size_t max_B, double factor,
                             size_t step_B)
{
    if (min_B > max_B)
        return "the least size is larger than the most";
    if ((double)max_B >= size_most_B)
        return "sizes must be below 8 PiB";
    if (!step_B && !(factor > 1 && isfinite(factor)))
        return "the factor must be more than 1";
    return NULL;
}

const char *sizes_build(size_t min_B, size_t max_B, double factor,
                        size_t step_B, size_t element_B, struct sizes *out)
{
    const char *wrong = complaint(min_B, max_B, factor, step_B);
    if (wrong)
        return wrong;
    struct sizes sizes = {xcalloc(SIZES_MOST, sizeof *sizes.list), 0};
    bool fits = true;
    if (step_B) {
        fits = add_steps(&sizes, min_B, max_B, step_B);
    } else {
        size_t from_B = min_B;
        if (!min_B) {
            size_add(&sizes, 0);
            from_B = element_B ? element_B : 1;
        }
        fits = add_factors(&sizes, (double)from_B, (double)max_B, factor);
    }
    if (!fits) {
        sizes_free(&sizes);
        return "these are more than 10000 sizes";
    }
    *out = sizes;
    return NULL;
}

void sizes_free(struct sizes *sizes)
{
    free(sizes->list);
    *sizes = (struct sizes){NULL, 0};
}
