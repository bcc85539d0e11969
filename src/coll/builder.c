/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing steps and phases into arrays of limited capacity, and the arithmetic
 * that algorithms share. Knows the rules of schedule.h, and no algorithm. */
#include "coll/builder.h"

struct span span_of(enum buffer buffer, size_t offset, size_t bytes)
{
    if (bytes == 0)
        return (struct span){0};
    return (struct span){buffer, offset, bytes, 0, 1};
}

struct span span_strided(enum buffer buffer, size_t offset, size_t bytes,
                         size_t stride, size_t count)
{
    if (bytes == 0 || count == 0)
        return (struct span){0};
    if (count == 1 || stride == bytes)
        return span_of(buffer, offset, bytes * count);
    return (struct span){buffer, offset, bytes, stride, count};
}

static void add(struct builder *b, struct step step)
{
    if (span_B(&step.from) == 0 && span_B(&step.to) == 0)
        return;
    if (b->used < b->capacity)
        b->out[b->used] = step;
    b->used++;
}

void builder_send(struct builder *b, int peer, struct span from)
{
    add(b, (struct step){.kind = STEP_SEND, .peer = peer, .from = from});
}

void builder_recv(struct builder *b, int peer, struct span to)
{
    add(b, (struct step){.kind = STEP_RECV, .peer = peer, .to = to});
}

void builder_recv_reduce(struct builder *b, int peer, struct span from,
                         struct span to)
{
    builder_recv_last(b, peer, from, to, false);
}

void builder_recv_last(struct builder *b, int peer, struct span from,
                       struct span to, bool last)
{
    add(b, (struct step){STEP_RECV_REDUCE, peer, from, to, last});
}

void builder_copy(struct builder *b, struct span from, struct span to)
{
    add(b, (struct step){STEP_COPY, -1, from, to, false});
}

void builder_reduce(struct builder *b, struct span from, struct span to)
{
    add(b, (struct step){STEP_REDUCE, -1, from, to, false});
}

void block_of(size_t count, int blocks, int index, size_t *offset,
              size_t *length)
{
    size_t each = count / (size_t)blocks, longer = count % (size_t)blocks;
    size_t i = (size_t)index;

    *offset = i * each + (i < longer ? i : longer);
    *length = each + (i < longer);
}

int wrap(int i, int n)
{
    int rest = i % n;
    return rest < 0 ? rest + n : rest;
}

static void add_phase(struct phase_list *list, struct phase phase)
{
    if (phase.rounds <= 0)
        return;
    phase.first = list->rounds;
    if (list->used < list->capacity)
        list->out[list->used] = phase;
    list->used++;
    list->rounds += phase.rounds;
}

void phase_add(struct phase_list *list, const char *name, int rounds)
{
    add_phase(list, (struct phase){.name = name, .rounds = rounds});
}

void phase_each(struct phase_list *list, const char *name, int rounds)
{
    for (int i = 0; i < rounds; i++)
        phase_add(list, name, 1);
}

void phase_pipelined(struct phase_list *list, const char *name, int rounds)
{
    add_phase(list, (struct phase){
                        .name = name, .rounds = rounds, .pipelined = true});
}

void phase_varied(struct phase_list *list, const char *name, int rounds)
{
    add_phase(list,
              (struct phase){.name = name, .rounds = rounds, .varied = true});
}

bool solo_applies(const struct collective *c)
{
    return c->ranks == 1 || c->count == 0;
}

size_t solo_phases(const struct collective *c, struct phase *out,
                   size_t capacity)
{
    struct phase_list list = {out, capacity, 0, 0};

    phase_add(&list, "copy", c->count > 0 && !c->in_place);
    return list.used;
}

size_t solo_round(const struct collective *c, struct step *out, size_t capacity)
{
    struct builder b = {out, capacity, 0};
    size_t bytes = collective_input_B(c);

    if (!c->in_place)
        builder_copy(&b, span_of(BUFFER_INPUT, 0, bytes),
                     span_of(BUFFER_OUTPUT, 0, bytes));
    return b.used;
}

int log2_floor(int n)
{
    int k = 0;

    while (n >> (k + 1))
        k++;
    return k;
}

int log2_ceil(int n)
{
    return n > 1 ? log2_floor(n - 1) + 1 : 0;
}
