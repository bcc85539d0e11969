/* SPDX-License-Identifier: BSD-3-Clause */
/* The one table of an import's options. A figure that comes from one is
 * assumed: nobody but the one who typed it says so. */
#include <string.h>

#include "base/error.h"
#include "topo/import_file.h"

enum { KIND_TEXT = -1, KIND_NODE = -2 }; /* others: enum field_unit */

#define IN(member) offsetof(struct import_options, member)

const struct import_option import_option_rows[] = {
    {"--name", "NAME", "of the cluster; else the file's", KIND_TEXT, IN(name)},
    {"--hosts", "LIST", "only these hosts, as node[001-064]", KIND_TEXT,
     IN(hosts)},
    {"--devices", "LIST", "NICs in their order, as mlx5_0,mlx5_3; no others",
     KIND_TEXT, IN(devices)},
    {"--topology", "NAME", "that of a topology.yaml; else its default",
     KIND_TEXT, IN(topology)},
    {"--node", "FILE", "cluster file whose node: says what is missing",
     KIND_NODE, IN(node)},
    {"--gpus-per-node", "N", "else as many as NICs", UNIT_COUNT, IN(gpus)},
    {"--nics-per-node", "N", "where the file does not say; else 1", UNIT_COUNT,
     IN(nics)},
    {"--nic-rate", "RATE", "of one NIC, as 400Gb/s", UNIT_BITS, IN(nic_rate)},
    {"--nic-latency", "TIME", "GPU memory to wire", UNIT_TIME, IN(nic_latency)},
    {"--link-rate", "RATE", "of a link between two switches", UNIT_BITS,
     IN(link_rate)},
    {"--link-latency", "TIME", "of every cable and the switch at its end",
     UNIT_TIME, IN(link_latency)},
    {"--scaleup-rate", "RATE", "of a GPU to its node's others, as 450GB/s",
     UNIT_RATE, IN(scaleup_rate)},
};

const int import_option_count =
    sizeof import_option_rows / sizeof *import_option_rows;

static bool set_figure(const struct import_option *row, struct figure *out,
                       const char *text)
{
    char shown[YAML_TREE_SHOWN];
    enum field_unit unit = (enum field_unit)row->kind;
    *out = (struct figure){.origin = ORIGIN_ASSUMED, .source = row->name};
    if (field_parse(unit, text, &out->value))
        return true;
    error("%s is '%s', expected %s", row->name, yaml_tree_show(text, shown),
          field_expected(unit));
    return false;
}

bool import_set(struct import_options *options,
                const struct import_format *format, const char *name,
                const char *value)
{
    for (int i = 0; i < import_option_count; i++) {
        const struct import_option *row = &import_option_rows[i];
        char *at = (char *)options + row->offset;
        size_t length = strlen(row->name);
        if (strcmp(row->name, name))
            continue;
        for (const char *no = format->not_of; (no = strstr(no, name)); no++)
            if (no[length] == ' ') {
                error("%s with %s, expected only what its files do not say",
                      name, format->name);
                return false;
            }
        if (row->kind >= 0)
            return set_figure(row, (struct figure *)at, value);
        if (row->kind == KIND_TEXT)
            *(const char **)at = value;
        return true;
    }
    error("option '%.40s', expected one of topology --help", name);
    return false;
}
