/* SPDX-License-Identifier: BSD-3-Clause */
/* The two trees (tree.h) over all ranks but the root, which is the parent of
 * both heads: what the broadcast and the reduction along them share. Each tree
 * has one half of the vector. */
#ifndef COLL_ROOTED_TREE_H
#define COLL_ROOTED_TREE_H

#include "coll/tree.h"

/* Two or more ranks. Of the root itself only counts and segments have meaning.
 */
struct tree_part rooted_tree(const struct collective *, int rank);
struct tree rooted_tree_of(const struct collective *, const struct tree_part *,
                           int index);

/* One phase, or one for each round where the pipe is never full. */
size_t rooted_tree_phases(const struct collective *, const char *name,
                          struct phase *out, size_t capacity);
/* "segment=128KiB" */
void rooted_tree_tuning(const struct collective *, char *text, size_t capacity);

#endif
