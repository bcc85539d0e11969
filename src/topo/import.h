/* SPDX-License-Identifier: BSD-3-Clause */
/* Clusters made of what other programs say of them. What the file says is
 * `given` with the format and the file as its source; what it does not say
 * comes from the options, and is `assumed`, or from the cluster file of one
 * node, with that file's own sources. Nothing is guessed: a figure that is
 * needed and that nobody gives is refused, and the line names the option.
 *
 * ibnetdiscover: the text that this program of infiniband-diags prints. A
 *   switch is a vertex, by the name in its description ("MF0;NAME:MODEL/U1")
 *   where that is its own, else by its GUID. A channel adapter "HOST DEVICE"
 *   is a NIC of node HOST; adapters of a host are numbered by the number that
 *   ends DEVICE, so that a rail keeps its number in all hosts. Each cable is a
 *   link of its own. Rates are those of the data, after the line's code.
 *   Aggregation nodes (adapters inside switches) and routers are left out.
 * slurm-conf: topology.conf, trees and blocks. A child is joined to its switch
 *   by one link, a node by each of its NICs. Blocks are joined by one switch.
 * slurm-yaml: topology.yaml, the topology that is the cluster's default (or
 *   that of the options), tree or block.
 * nccl-xml: what NCCL writes into NCCL_TOPO_DUMP_FILE: one node, no fabric. */
#ifndef TOPO_IMPORT_H
#define TOPO_IMPORT_H

#include "topo/cluster.h"

/* Absent figures have origin ORIGIN_ABSENT, absent texts are NULL. */
struct import_options {
    const char *name;     /* of the cluster; NULL: from the file's */
    const char *hosts;    /* hostlist: only these hosts are nodes */
    const char *devices;  /* "mlx5_0,mlx5_3": NIC 0, NIC 1 of every node, and
                             no others; NULL: all, by their numbers */
    const char *topology; /* of a topology.yaml that has several */
    struct figure gpus;   /* in a node; absent: one for each NIC */
    struct figure nics; /* in a node, where the file does not say; absent: 1 */
    struct figure nic_rate, nic_latency;   /* as node.nic's */
    struct figure link_rate, link_latency; /* of cables, all alike */
    struct figure scaleup_rate;            /* as node.scaleup's */
    const struct cluster *node; /* its node: what the file does not say; a
                                   figure above comes first. NULL: none */
};

/* The options by their names on a command line. */
struct import_option {
    const char *name, *value, *help; /* "--nic-rate", "RATE", ... */
    int kind;                        /* a text, or a figure's unit */
    size_t offset;                   /* in struct import_options */
};
extern const struct import_option import_option_rows[];
extern const int import_option_count;

struct import;

struct import_format {
    const char *name;
    const char *says;   /* what such a file is, for help */
    const char *not_of; /* options that say nothing here, each with a blank
                           behind it */
    /* Makes im->cluster of im->text; 0, or -1 after one line on stderr. */
    int (*read)(struct import *);
};

extern const struct import_format import_formats[];
extern const int import_format_count;

/* Sets an option; of --node, which is a file for the caller to read, only says
 * whether it may stand here. False after one line on stderr. `value` has to
 * outlive the options. */
bool import_set(struct import_options *, const struct import_format *,
                const char *name, const char *value);

/* The row of a name, or NULL. */
const struct import_format *import_format(const char *name);

/* The cluster that a file describes, as cluster_read gives one: it passes
 * cluster_check, cluster_print prints it and cluster_free frees it. NULL after
 * one line `file:line: what, expected what`. */
struct cluster *import_read(const struct import_format *, const char *path,
                            const struct import_options *);

/* The same from memory; `path` is for messages and sources. */
struct cluster *import_parse(const struct import_format *, const char *text,
                             size_t length, const char *path,
                             const struct import_options *);

#endif
