/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of the registry, each defined in the file of its name. Only
 * registry.c and those files include this; others ask the registry. */
#ifndef COLL_ALGORITHMS_H
#define COLL_ALGORITHMS_H

#include "coll/schedule.h"

extern const struct algorithm barrier_dissemination;

extern const struct algorithm allreduce_ring;
extern const struct algorithm allreduce_recursive_doubling;
extern const struct algorithm allreduce_rabenseifner;
extern const struct algorithm allreduce_double_tree;
extern const struct algorithm allreduce_hierarchical;
extern const struct algorithm allreduce_multi_ring;
extern const struct algorithm allreduce_nvls_tree;

extern const struct algorithm allgather_ring;
extern const struct algorithm allgather_bruck;
extern const struct algorithm allgather_recursive_doubling;
extern const struct algorithm allgather_hierarchical;

extern const struct algorithm reduce_scatter_ring;
extern const struct algorithm reduce_scatter_recursive_halving;
extern const struct algorithm reduce_scatter_pairwise;
extern const struct algorithm reduce_scatter_hierarchical;

extern const struct algorithm alltoall_pairwise;
extern const struct algorithm alltoall_bruck;
extern const struct algorithm alltoall_linear;
extern const struct algorithm alltoall_hierarchical;

extern const struct algorithm broadcast_binomial;
extern const struct algorithm broadcast_tree;
extern const struct algorithm broadcast_scatter_allgather;

extern const struct algorithm reduce_binomial;
extern const struct algorithm reduce_tree;
extern const struct algorithm reduce_scatter_gather;

extern const struct algorithm gather_linear;
extern const struct algorithm gather_binomial;

extern const struct algorithm scatter_linear;
extern const struct algorithm scatter_binomial;

extern const struct algorithm sendrecv_ring;

extern const struct algorithm p2p_pingpong;
extern const struct algorithm p2p_stream;
extern const struct algorithm p2p_bistream;

/* Answers that many rows share. */
const char *applies_always(const struct collective *);
size_t scratch_none(const struct collective *);

#endif
