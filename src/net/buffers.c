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
    size_t input_B = collective_input_B(c), output_B = collective_output_B(c);
    size_t scratch_B =
        algorithm && algorithm->scratch_B ? algorithm->scratch_B(c) : 0;
    if (c->in_place) {
        layout.offset[BUFFER_OUTPUT] = 0;
        layout.offset[BUFFER_INPUT] =
            c->kind == COLL_ALLGATHER ? (size_t)rank * input_B : 0;
        layout.offset[BUFFER_SCRATCH] = page_up(output_B);
    } else {
        layout.offset[BUFFER_INPUT] = 0;
        layout.offset[BUFFER_OUTPUT] = page_up(input_B);
        layout.offset[BUFFER_SCRATCH] = page_up(input_B) + page_up(output_B);
    }
    layout.total_B = layout.offset[BUFFER_SCRATCH] + page_up(scratch_B);
    return layout;
}
