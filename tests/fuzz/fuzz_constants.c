/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a file of model constants: refused, or read as a set whose every
 * range holds its value. Built by tests/fuzz/run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/constants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(double low, double value, double high)
{
    if (!(low <= value && value <= high)) {
        fprintf(stderr, "%g lies not in %g to %g\n", value, low, high);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model_set set;
    if (!constants_parse((const char *)data, size, "fuzz.yaml", "nccl-h100",
                         &set))
        return 0;
    const struct model *v = &set.value, *l = &set.low, *h = &set.high;
    within(l->start_s, v->start_s, h->start_s);
    within(l->scaleup_s, v->scaleup_s, h->scaleup_s);
    within(l->network_s, v->network_s, h->network_s);
    within(l->jitter_s, v->jitter_s, h->jitter_s);
    within(l->reduce_Bps, v->reduce_Bps, h->reduce_Bps);
    within(l->copy_Bps, v->copy_Bps, h->copy_Bps);
    within(l->switch_share, v->switch_share, h->switch_share);
    within(l->network_share, v->network_share, h->network_share);
    within(l->segment_B, v->segment_B, h->segment_B);
    return 0;
}
