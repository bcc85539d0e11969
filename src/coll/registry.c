/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of algorithms, and the preference by which one is taken before
 * anything was measured. Knows the algorithms by their rows only. */
#include "coll/registry.h"

#include <stdio.h>
#include <string.h>

#include "coll/algorithms.h"

const struct algorithm *const registry[] = {
    &barrier_dissemination,
    &allreduce_ring,
    &allreduce_recursive_doubling,
    &allreduce_rabenseifner,
    &allreduce_double_tree,
    &allreduce_hierarchical,
    &allreduce_multi_ring,
    &allreduce_nvls_tree,
    &allgather_ring,
    &allgather_recursive_doubling,
    &allgather_bruck,
    &allgather_hierarchical,
    &reduce_scatter_ring,
    &reduce_scatter_recursive_halving,
    &reduce_scatter_pairwise,
    &reduce_scatter_hierarchical,
    &alltoall_pairwise,
    &alltoall_bruck,
    &alltoall_linear,
    &alltoall_hierarchical,
    &broadcast_binomial,
    &broadcast_tree,
    &broadcast_scatter_allgather,
    &reduce_binomial,
    &reduce_tree,
    &reduce_scatter_gather,
    &gather_linear,
    &gather_binomial,
    &scatter_linear,
    &scatter_binomial,
    &sendrecv_ring,
    &p2p_pingpong,
    &p2p_stream,
    &p2p_bistream,
    NULL,
};

/* The first row of the kind whose limits hold and whose algorithm applies is
 * taken; the last row of a kind has no limits, and is taken in any case. S is
 * collective_size_B, and S / n, "block", is what a ring sends in a round.
 *
 * The limits are round numbers for networks of a few microseconds and tens of
 * GB/s, where latency x rate is some 64 KiB: a message should be about as long
 * for its latency not to matter. Few rounds below, few bytes above. */
struct preference {
    const struct algorithm *algorithm;
    size_t least_S, most_S, least_block, most_block;
};

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)
#define ANY ((size_t)-1)

static const struct preference preferences[] = {
    {&barrier_dissemination, 0, ANY, 0, ANY},
    /* log2 n rounds of the whole vector */
    {&allreduce_recursive_doubling, 0, 16 * KIB, 0, ANY},
    /* the fabric carries each byte once, not once a rank */
    {&allreduce_hierarchical, 1 * MIB, ANY, 0, ANY},
    {&allreduce_ring, 0, ANY, 64 * KIB, ANY},
    /* large, but cut into short blocks by many ranks: no ring */
    {&allreduce_double_tree, 1 * MIB, ANY, 0, ANY},
    {&allreduce_rabenseifner, 0, ANY, 0, ANY},
    {&allgather_hierarchical, 1 * MIB, ANY, 0, ANY},
    {&allgather_ring, 0, ANY, 64 * KIB, ANY},
    {&allgather_recursive_doubling, 0, ANY, 0, ANY},
    {&allgather_bruck, 0, ANY, 0, ANY},
    {&reduce_scatter_hierarchical, 1 * MIB, ANY, 0, ANY},
    {&reduce_scatter_ring, 0, ANY, 64 * KIB, ANY},
    {&reduce_scatter_recursive_halving, 0, ANY, 0, ANY},
    /* log2 n messages where latency is all; p times fewer of them between
       nodes; then latencies overlapped; long ones need no help */
    {&alltoall_bruck, 0, ANY, 0, 256},
    {&alltoall_hierarchical, 0, ANY, 0, 64 * KIB},
    {&alltoall_linear, 0, ANY, 0, 64 * KIB},
    {&alltoall_pairwise, 0, ANY, 0, ANY},
    {&broadcast_binomial, 0, 16 * KIB, 0, ANY},
    {&broadcast_tree, 1 * MIB, ANY, 0, ANY},
    {&broadcast_scatter_allgather, 0, ANY, 64 * KIB, ANY},
    {&broadcast_binomial, 0, ANY, 0, ANY},
    {&reduce_binomial, 0, 16 * KIB, 0, ANY},
    {&reduce_tree, 1 * MIB, ANY, 0, ANY},
    {&reduce_scatter_gather, 0, ANY, 0, ANY},
    /* inside the tree blocks are passed on several times: short ones only */
    {&gather_binomial, 0, ANY, 0, 4 * KIB},
    {&gather_linear, 0, ANY, 0, ANY},
    {&scatter_binomial, 0, ANY, 0, 4 * KIB},
    {&scatter_linear, 0, ANY, 0, ANY},
    {&sendrecv_ring, 0, ANY, 0, ANY},
    {&p2p_pingpong, 0, ANY, 0, ANY},
    {&p2p_stream, 0, ANY, 0, ANY},
    {&p2p_bistream, 0, ANY, 0, ANY},
};

const char *applies_always(const struct collective *c)
{
    (void)c;
    return NULL;
}

size_t scratch_none(const struct collective *c)
{
    (void)c;
    return 0;
}

const struct algorithm *registry_find(enum collective_kind kind,
                                      const char *name)
{
    for (int i = 0; registry[i]; i++)
        if (registry[i]->kind == kind && strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}

void registry_names(enum collective_kind kind, char *text, size_t capacity)
{
    size_t used = 0;

    if (capacity > 0)
        text[0] = '\0';
    for (int i = 0; registry[i] && used < capacity; i++)
        if (registry[i]->kind == kind)
            used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                     used ? ", " : "", registry[i]->name);
}

const struct algorithm *registry_auto(const struct collective *c)
{
    const size_t rows = sizeof preferences / sizeof preferences[0];
    const struct algorithm *last = NULL;
    size_t S = collective_size_B(c), block = S / (size_t)c->ranks;

    for (size_t i = 0; i < rows; i++) {
        const struct preference *p = &preferences[i];
        if (p->algorithm->kind != c->kind)
            continue;
        last = p->algorithm;
        if (S >= p->least_S && S <= p->most_S && block >= p->least_block &&
            block <= p->most_block && !last->inapplicable(c))
            return last;
    }
    return last;
}
