/* SPDX-License-Identifier: BSD-3-Clause */
/* Words for a summary's figures, for its text and its drawing. Texts are
 * written to the caller's `text` (32 bytes hold any), which is returned. */
#ifndef TOPO_SUMMARY_WORDS_H
#define TOPO_SUMMARY_WORDS_H

#include <stddef.h>

#include "topo/summary.h"

/* "100,352". */
const char *words_count(double count, char *text, size_t capacity);
/* Four digits, in bits: "400Gb/s", "20.07Pb/s". */
const char *words_rate(double Bps, char *text, size_t capacity);
/* "7.11:1"; "" where a taper has no meaning. */
const char *words_taper(const struct summary_tier *, char *text,
                        size_t capacity);
const char *words_fabric(const struct cluster *);
const char *words_routing(const struct cluster *);
/* What may leave a level's first group, for each of its GPUs; bytes/s. */
double words_per_gpu(const struct topology *, int level);

#endif
