/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a named set of model constants from a YAML file (by default
 * topologies/constants.yaml):
 *
 *     nccl-h100:
 *       about: "NCCL on H100 nodes"
 *       start: {value: 8us, low: 6us, high: 10us, derived: "fit ..."}
 *       ...
 *
 * Each figure has a value, its source (given, derived or assumed) and perhaps
 * the range in which it is believed to lie. "wires-only" is built in. */
#ifndef SIM_CONSTANTS_H
#define SIM_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/model.h"

/* False after one line `file:line: what, expected what`. `path` NULL: the
 * project's own file, in topologies/ of the working directory or, of installed
 * programs, in share/linerate/topologies beside their bin/. */
bool constants_read(const char *path, const char *name, struct model_set *out);

/* How many good sets a file holds; -1 after one line. */
int constants_count(const char *path);

/* The same as constants_read from memory; `path` is for messages. */
bool constants_parse(const char *text, size_t length, const char *path,
                     const char *name, struct model_set *out);

#endif
