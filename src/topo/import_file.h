/* SPDX-License-Identifier: BSD-3-Clause */
/* What the importers share. Nothing outside src/topo includes this. */
#ifndef TOPO_IMPORT_FILE_H
#define TOPO_IMPORT_FILE_H

#include <stdbool.h>

#include "topo/cluster_file.h"
#include "topo/import.h"

enum {
    IMPORT_NAME_MOST = 200, /* letters of a host or switch: with brackets for
                               many hosts still a hostlist's */
    IMPORT_NICS_MOST = 256, /* in a node */
    IMPORT_LINKS_MOST = 4194304, /* as `graph:` takes */
};

struct import {
    const struct import_format *format;
    const struct import_options *options;
    const char *path;
    char *text; /* of the file, to be cut up; ends with NUL, no other in it */
    size_t length;
    struct cluster *cluster;
    char *by; /* "ibnetdiscover FILE": the source of what is given; owned by
                 the cluster */
};

/* `path:line: ...`, and -1. */
int import_refuse(const struct import *, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A figure that the file gives, or that follows from it as `how` says. */
struct figure import_given(const struct import *, double value, int line);
struct figure import_derived(const struct import *, double value, int line,
                             const char *how, ...)
    __attribute__((format(printf, 4, 5)));

/* The figures of the node that the importer has not put into the cluster: of
 * the options, then of the options' `node`, whose NICs have to be those of the
 * file. 0, or -1 after one line, also where a node of several GPUs has no rate
 * between them. */
int import_node(struct import *);

/* An array with room for one more than `count`, which it has had by this: its
 * room doubles where the count is a power of two. */
void *import_grow(void *array, int count, size_t size);

/* --- lines ---------------------------------------------------------------- */

/* The next line, its end cut off, or NULL; *number counts from 1. */
char *import_line(char **rest, int *number);

/* --- names ---------------------------------------------------------------- */

/* As people sort: numbers in names by their value, "leaf2" before "leaf10". */
int import_by_nature(const char *a, const char *b);

/* Whether a text can be the name of a host or switch. */
bool import_is_name(const char *text);

/* Sorted names, to look up by. */
struct import_names {
    const char **name;
    int count;
};
/* Of a hostlist; false where it is none, after one line that calls it `what`.
 */
bool import_names_of(const char *hostlist, const char *what,
                     struct import_names *out);
bool import_names_have(const struct import_names *, const char *name);
/* In order, for those that were filled otherwise. */
void import_names_sort(struct import_names *);
void import_names_free(struct import_names *);

/* --- graphs --------------------------------------------------------------- */

/* Appends a vertex, nodes before switches, and returns its number. `name` is
 * copied. */
int import_vertex(struct import *, const char *name, bool is_node, int line);
void import_link(struct import *, int a, int b, int nic, double rate_Bps,
                 int line);
/* Whether all hosts of the options are nodes; 0, or -1 after one line. */
int import_check_hosts(const struct import *, const struct import_names *);
/* After the last: hosts, counts, and latencies of the options; refuses names
 * that stand twice and graphs too large. `said` is of the links' rates. */
int import_graph(struct import *, struct figure said);

/* The importers, by format. */
int import_ibnetdiscover(struct import *);
int import_slurm_conf(struct import *);
int import_slurm_yaml(struct import *);
int import_nccl_xml(struct import *);

#endif
