/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/buffers.h"

enum { PAGE_B = 4096 };

static size_t page_up(size_t bytes)
{
    return (bytes + PAGE_B - 1) / PAGE_B * PAGE_B;
}

struct layout buffers_layout(const struct algorithm *algorithm,
                             const struct collective *c, int rank)
{
    struct layout layout = {0};
    size_t input_B = collective_has_input(c, rank) ? collective_input_B(c) : 0;
    size_t output_B =
        collective_has_output(c, rank) ? collective_output_B(c) : 0;
    size_t scratch_B =
        algorithm && algorithm->scratch_B ? algorithm->scratch_B(c) : 0;
    if (collective_shares(c, rank, &layout.offset[BUFFER_INPUT],
                          &layout.offset[BUFFER_OUTPUT])) {
        layout.offset[BUFFER_SCRATCH] =
            page_up(input_B > output_B ? input_B : output_B);
    } else {
        layout.offset[BUFFER_INPUT] = 0;
        layout.offset[BUFFER_OUTPUT] = page_up(input_B);
        layout.offset[BUFFER_SCRATCH] = page_up(input_B) + page_up(output_B);
    }
    layout.total_B = layout.offset[BUFFER_SCRATCH] + page_up(scratch_B);
    return layout;
}
