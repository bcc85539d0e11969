/* SPDX-License-Identifier: BSD-3-Clause */
/* Hostlists as Slurm writes them: "node[001-064,070],login1" is node001 to
 * node064, node070 and login1, in this order. Names are letters, digits, '.',
 * '_' and '-'; a range keeps the width of its first number; several brackets in
 * one name count like digits of a number, the last fastest. */
#ifndef TOPO_CLUSTER_HOSTS_H
#define TOPO_CLUSTER_HOSTS_H

#include <stddef.h>

enum { HOST_NAME_MOST = 253 }; /* RFC 1035, 2.3.4, as text */

/* How many names an expression stands for, without making them; -1 when it is
 * no hostlist, and then *why says what was expected. More than `most` are
 * counted as most + 1. */
long hosts_count(const char *expression, long most, const char **why);

/* Calls `see` with each name of an expression that hosts_count took. */
void hosts_each(const char *expression, void (*see)(const char *, void *state),
                void *state);

/* How many of `names` (at least 1) from the first on are one bracket, and its
 * text: hosts_each of it gives these names. */
int hosts_run(char *const *names, int count, char *text, size_t capacity);

#endif
