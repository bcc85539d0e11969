/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers of option values: text in, value out. Each writes *target only when
 * the text is good and returns NULL; else it returns what was expected, to
 * stand behind "expected ". `target` is the field of struct options that the
 * reader's name says: size_t for sizes and counts, double for times and shares,
 * int for ..._int, bool for flags, an enum for words, a list for lists. */
#ifndef BENCH_VALUE_H
#define BENCH_VALUE_H

#include "bench/options.h"

typedef const char *value_reader(const char *text, void *target,
                                 const struct benchmark *);

value_reader value_size, value_some_size, value_factor, value_count, value_some,
    value_some_int, value_count_int, value_seed, value_time, value_share,
    value_flag, value_text, value_type, value_op, value_sync, value_mode,
    value_placement, value_path, value_memory, value_gpus, value_inject,
    value_pairs, value_transports, value_algorithms, value_directions;

#endif
