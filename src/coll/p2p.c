/* SPDX-License-Identifier: BSD-3-Clause */
/* Point to point between ranks 0 and 1: there and back for latency; half
 * windows of messages for bandwidth, one way or both ways at once. An executor
 * may have a half under way while the one before it drains. */
#include <stdio.h>

#include "coll/algorithms.h"
#include "coll/builder.h"

static const char *inapplicable(const struct collective *c)
{
    if (c->ranks != 2)
        return "needs exactly 2 ranks";
    return collective_inapplicable(c);
}

static size_t pingpong_phases(const struct collective *c, struct phase *out,
                              size_t capacity)
{
    struct phase_list list = {out, capacity, 0, 0};

    phase_add(&list, "there", c->count > 0);
    phase_add(&list, "back", c->count > 0);
    return list.used;
}

static size_t pingpong_round(const struct collective *c, int rank, int round,
                             struct step *out, size_t capacity)
{
    struct builder b = {out, capacity, 0};
    size_t bytes = collective_input_B(c);

    /* Rank 0 begins; rank 1 answers with what it received, which it can only
     * when it has. */
    if (rank == round)
        builder_send(&b, 1 - rank,
                     span_of(rank ? BUFFER_OUTPUT : BUFFER_INPUT, 0, bytes));
    else
        builder_recv(&b, 1 - rank, span_of(BUFFER_OUTPUT, 0, bytes));
    return b.used;
}

static size_t stream_phases(const struct collective *c, struct phase *out,
                            size_t capacity)
{
    struct phase_list list = {out, capacity, 0, 0};

    phase_add(&list, "stream", c->count > 0 ? STREAM_HALVES : 0);
    return list.used;
}

static size_t stream_round(const struct collective *c, int rank, int round,
                           struct step *out, size_t capacity)
{
    struct builder b = {out, capacity, 0};
    int window = collective_window(c), half = window > 1 ? window / 2 : 1;
    int first = window > 1 ? round % 2 * half : 0;
    size_t bytes = c->count * datatype_size(c->type);
    bool both = c->kind == COLL_BISTREAM;

    for (int i = first; i < first + half; i++) {
        size_t offset = (size_t)i * bytes;
        if (rank == 0 || both)
            builder_send(&b, 1 - rank, span_of(BUFFER_INPUT, offset, bytes));
        if (rank == 1 || both)
            builder_recv(&b, 1 - rank, span_of(BUFFER_OUTPUT, offset, bytes));
    }
    return b.used;
}

static void stream_tuning(const struct collective *c, char *text,
                          size_t capacity)
{
    snprintf(text, capacity, "window=%d", collective_window(c));
}

const struct algorithm p2p_pingpong = {
    .name = "ping-pong",
    .kind = COLL_PINGPONG,
    .inapplicable = inapplicable,
    .phases = pingpong_phases,
    .round = pingpong_round,
    .scratch_B = scratch_none,
};

const struct algorithm p2p_stream = {
    .name = "stream",
    .kind = COLL_STREAM,
    .inapplicable = inapplicable,
    .phases = stream_phases,
    .round = stream_round,
    .scratch_B = scratch_none,
    .tuning = stream_tuning,
    .half_windows = true,
};

const struct algorithm p2p_bistream = {
    .name = "bistream",
    .kind = COLL_BISTREAM,
    .inapplicable = inapplicable,
    .phases = stream_phases,
    .round = stream_round,
    .scratch_B = scratch_none,
    .tuning = stream_tuning,
    .half_windows = true,
};
