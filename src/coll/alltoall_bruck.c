/* SPDX-License-Identifier: BSD-3-Clause */
/* Bruck's all-to-all (Bruck, Ho, Kipnis, Upfal, Weathersby, "Efficient
 * algorithms for all-to-all communications in multiport message-passing
 * systems", 1997): ceil(log2 n) messages a rank for any n, for short blocks;
 * each block is sent once for every bit of the distance that it travels.
 *
 * Block i of a rank is the one for the rank i further. In round k the blocks
 * with bit k of i set go 2^k ranks on: packed one after the other into one
 * message, so that half of the blocks cost one latency. SCRATCH is
 *
 *     kept[n]     block i at i, while it is neither packed nor just come
 *     packed[n/2] what is sent in this round, ascending by i
 *     come[n/2]   what is received in it, the same i
 *
 * Between two exchanges, what has come goes to `kept` or, where the next bit is
 * set too, straight into the next message. In the end block i is the one of the
 * rank i behind: from there to OUTPUT it is a mirror image, copied block by
 * block, TURNED blocks a round. */
#include "coll/algorithms.h"
#include "coll/builder.h"

enum { TURNED = 32 };

/* Places in SCRATCH, in blocks. */
struct places {
    size_t kept, packed, come;
};

static struct places places_of(const struct collective *c)
{
    size_t n = (size_t)c->ranks;

    return (struct places){0, n, n + n / 2};
}

/* `count` runs of `length` blocks, `stride` apart, in blocks. */
static struct span runs(const struct collective *c, enum buffer buffer,
                        size_t at, size_t length, size_t stride, size_t count)
{
    size_t block_B = collective_block_B(c);

    return span_strided(buffer, at * block_B, length * block_B,
                        stride * block_B, count);
}

/* Blocks i below n with bit `k` of i set. */
static size_t with_bit(const struct collective *c, int k)
{
    size_t n = (size_t)c->ranks, half = (size_t)1 << k, rest = n % (2 * half);

    return n / (2 * half) * half + (rest > half ? rest - half : 0);
}

/* The first round: even blocks of INPUT, counted from the own one on, are kept,
 * odd ones packed. */
static void turn_in(struct builder *b, const struct collective *c, int rank)
{
    struct places at = places_of(c);
    size_t n = (size_t)c->ranks, own = (size_t)rank;

    for (size_t odd = 0; odd < 2; odd++) {
        size_t before = n - own > odd ? (n - own - odd + 1) / 2 : 0;
        size_t next = odd + 2 * before, after = (n - next + 1) / 2;
        size_t to = odd ? at.packed : at.kept, stride = odd ? 1 : 2;
        if (next >= n)
            after = 0;
        builder_copy(b, runs(c, BUFFER_INPUT, own + odd, 1, 2, before),
                     runs(c, BUFFER_SCRATCH, to, 1, stride, before));
        builder_copy(
            b, runs(c, BUFFER_INPUT, own + next - n, 1, 2, after),
            runs(c, BUFFER_SCRATCH, to + before * stride, 1, stride, after));
    }
}

static void exchange(struct builder *b, const struct collective *c, int rank,
                     int k)
{
    struct places at = places_of(c);
    size_t count = with_bit(c, k);

    builder_send(b, wrap(rank + (1 << k), c->ranks),
                 runs(c, BUFFER_SCRATCH, at.packed, count, 0, 1));
    builder_recv(b, wrap(rank - (1 << k), c->ranks),
                 runs(c, BUFFER_SCRATCH, at.come, count, 0, 1));
}

/* Copies a quarter, 1 to 3, of each four runs of `width` blocks; in `kept` four
 * runs lie together, in `packed` and `come` two. */
static void copy_quarter(struct builder *b, const struct collective *c,
                         int quarter, size_t width, size_t from,
                         size_t from_apart, size_t to, size_t to_apart)
{
    size_t n = (size_t)c->ranks, four = 4 * width, whole = n / four;
    size_t start = (size_t)quarter * width, rest = n % four;
    size_t tail = rest > start ? rest - start : 0;

    if (tail > width)
        tail = width;
    builder_copy(b, runs(c, BUFFER_SCRATCH, from, width, from_apart, whole),
                 runs(c, BUFFER_SCRATCH, to, width, to_apart, whole));
    builder_copy(b,
                 runs(c, BUFFER_SCRATCH, from + whole * from_apart, tail, 0, 1),
                 runs(c, BUFFER_SCRATCH, to + whole * to_apart, tail, 0, 1));
}

/* Between exchange k and the next. By bits k + 1 and k of i, quarter 01 has
 * come and is kept from now on, 11 has come and goes on, 10 was kept and goes.
 */
static void repack(struct builder *b, const struct collective *c, int k)
{
    struct places at = places_of(c);
    size_t width = (size_t)1 << k, two = 2 * width, four = 4 * width;

    copy_quarter(b, c, 1, width, at.come, two, at.kept + width, four);
    copy_quarter(b, c, 2, width, at.kept + two, four, at.packed, two);
    copy_quarter(b, c, 3, width, at.come + width, two, at.packed + width, two);
}

/* Blocks of the upper half came last and were not kept. */
static void turn_out(struct builder *b, const struct collective *c, int rank,
                     int round)
{
    struct places at = places_of(c);
    size_t upper = (size_t)1 << (log2_ceil(c->ranks) - 1);
    int first = round * TURNED, end = first + TURNED;

    for (int i = first; i < end && i < c->ranks; i++) {
        size_t block = (size_t)i, to = (size_t)wrap(rank - i, c->ranks);
        size_t from = block < upper ? at.kept + block : at.come + block - upper;
        builder_copy(b, runs(c, BUFFER_SCRATCH, from, 1, 0, 1),
                     runs(c, BUFFER_OUTPUT, to, 1, 0, 1));
    }
}

static size_t phases(const struct collective *c, struct phase *out,
                     size_t capacity)
{
    if (solo_applies(c))
        return solo_phases(c, out, capacity);

    struct phase_list list = {out, capacity, 0, 0};
    phase_each(&list, "pack and exchange", 2 * log2_ceil(c->ranks));
    phase_add(&list, "turn", c->ranks / TURNED);
    phase_add(&list, "turn the rest", c->ranks % TURNED != 0);
    return list.used;
}

static size_t round_steps(const struct collective *c, int rank, int round,
                          struct step *out, size_t capacity)
{
    if (solo_applies(c))
        return solo_round(c, out, capacity);

    struct builder b = {out, capacity, 0};
    int turn = round - 2 * log2_ceil(c->ranks);
    if (turn >= 0)
        turn_out(&b, c, rank, turn);
    else if (round == 0)
        turn_in(&b, c, rank);
    else if (round % 2)
        exchange(&b, c, rank, round / 2);
    else
        repack(&b, c, round / 2 - 1);
    return b.used;
}

static size_t scratch_B(const struct collective *c)
{
    size_t n = (size_t)c->ranks;

    return solo_applies(c) ? 0 : (n + 2 * (n / 2)) * collective_block_B(c);
}

const struct algorithm alltoall_bruck = {
    .name = "bruck",
    .kind = COLL_ALLTOALL,
    .inapplicable = collective_inapplicable,
    .phases = phases,
    .round = round_steps,
    .scratch_B = scratch_B,
};
