/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of formats, and what is alike in all of them: the file's bytes, the
 * cluster's name, the figures that come from options. */
#include "topo/import.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "topo/import_file.h"

enum { FILE_MOST_B = 1 << 30, SOURCE_MOST = 1024, WORD_MOST = 64 };

const struct import_format import_formats[] = {
    {"ibnetdiscover", "the text that ibnetdiscover prints",
     "--topology --nics-per-node --nic-rate --link-rate ",
     import_ibnetdiscover},
    {"slurm-conf", "Slurm's topology.conf: a tree or blocks",
     "--devices --topology ", import_slurm_conf},
    {"slurm-yaml", "Slurm's topology.yaml: a tree or blocks", "--devices ",
     import_slurm_yaml},
    {"nccl-xml", "a node, as NCCL writes it to NCCL_TOPO_DUMP_FILE",
     "--topology --hosts --gpus-per-node --nics-per-node --nic-rate "
     "--link-rate --link-latency ",
     import_nccl_xml},
};

const int import_format_count = sizeof import_formats / sizeof *import_formats;

const struct import_format *import_format(const char *name)
{
    for (int i = 0; i < import_format_count; i++)
        if (!strcmp(import_formats[i].name, name))
            return &import_formats[i];
    return NULL;
}

int import_refuse(const struct import *im, int line, const char *format, ...)
{
    char what[SOURCE_MOST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error("%s:%d: %s", im->path, line, what);
}

/* --- figures -------------------------------------------------------------- */

struct figure import_given(const struct import *im, double value, int line)
{
    return (struct figure){value, ORIGIN_GIVEN, im->by, line};
}

struct figure import_derived(const struct import *im, double value, int line,
                             const char *how, ...)
{
    char text[SOURCE_MOST];
    va_list arguments;
    va_start(arguments, how);
    vsnprintf(text, sizeof text, how, arguments);
    va_end(arguments);
    return (struct figure){value, ORIGIN_DERIVED,
                           cluster_text(im->cluster, text), line};
}

/* `from` where there is nothing yet, its source copied into the cluster; line
 * 0, since it is not of the imported file. */
static void take(struct import *im, struct figure *to,
                 const struct figure *from)
{
    if (to->origin != ORIGIN_ABSENT || from->origin == ORIGIN_ABSENT)
        return;
    *to = *from;
    to->source = cluster_text(im->cluster, from->source);
    to->line = 0;
}

/* The node of --node has to be the one whose NICs the file shows. */
static int check_same(const struct import *im)
{
    const struct node_spec *ours = &im->cluster->node;
    const struct node_spec *theirs = &im->options->node->node;
    char rate[VALUE_TEXT], other[VALUE_TEXT];
    if (ours->nics.origin && theirs->nics.origin &&
        ours->nics.value != theirs->nics.value)
        return import_refuse(im, ours->nics.line ? ours->nics.line : 1,
                             "%.0f NICs in a node, expected %.0f as the node "
                             "of --node has",
                             ours->nics.value, theirs->nics.value);
    if (!ours->nic_rate.origin || !theirs->nic_rate.origin ||
        ours->nic_rate.value == theirs->nic_rate.value)
        return 0;
    field_print(UNIT_BITS, ours->nic_rate.value, rate, sizeof rate);
    field_print(UNIT_BITS, theirs->nic_rate.value, other, sizeof other);
    return import_refuse(im, ours->nic_rate.line ? ours->nic_rate.line : 1,
                         "NICs of %s, expected %s as the node of --node has",
                         rate, other);
}

int import_node(struct import *im)
{
    const struct import_options *o = im->options;
    struct node_spec *node = &im->cluster->node;
    if (o->node && check_same(im))
        return -1;
    const struct {
        struct figure *to;
        const struct figure *from;
    } pairs[] = {{&node->gpus, &o->gpus},
                 {&node->nics, &o->nics},
                 {&node->nic_rate, &o->nic_rate},
                 {&node->nic_latency, &o->nic_latency},
                 {&node->scaleup_rate, &o->scaleup_rate}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i].to->origin && pairs[i].from->origin)
            return import_refuse(im, pairs[i].to->line ? pairs[i].to->line : 1,
                                 "%s, but the file says it itself, expected "
                                 "only what it does not say",
                                 pairs[i].from->source);
        take(im, pairs[i].to, pairs[i].from);
    }
    for (int i = 0; o->node && i < cluster_field_count; i++) {
        const struct field *field = &cluster_fields[i];
        if (!strncmp(field->path, "node.", 5) || !strcmp(field->path, "metre"))
            take(im, field_at(field, im->cluster), field_in(field, o->node));
    }
    if (!node->gpus.origin) {
        node->gpus = import_given(im, node->nics.value, 0);
        node->gpus.origin = ORIGIN_ASSUMED;
        node->gpus.source = "one for each NIC; not in what was imported";
    }
    if (node->gpus.value > 1 && !node->scaleup_rate.origin)
        return import_refuse(im, 1,
                             "%.0f GPUs in a node and no rate between them, "
                             "expected --scaleup-rate RATE, --node FILE or "
                             "--gpus-per-node 1",
                             node->gpus.value);
    return 0;
}

/* --- files ---------------------------------------------------------------- */

char *import_line(char **rest, int *number)
{
    char *line = *rest;
    if (!line || !*line)
        return NULL;
    size_t length = strcspn(line, "\n");
    *rest = line + length + (line[length] == '\n');
    line[length] = '\0';
    if (length && line[length - 1] == '\r')
        line[length - 1] = '\0';
    ++*number;
    return line;
}

/* "fabric" of "dir/fabric.txt"; what no name may have becomes '-'. */
static char *name_of(struct import *im)
{
    const char *base = strrchr(im->path, '/');
    char word[WORD_MOST + 1];
    size_t used = 0;
    for (base = base ? base + 1 : im->path; *base && used < WORD_MOST; base++)
        word[used++] =
            isalnum((unsigned char)*base) || strchr("._", *base) ? *base : '-';
    word[used] = '\0';
    char *dot = strrchr(word, '.');
    if (dot && dot > word)
        *dot = '\0';
    return cluster_text(im->cluster,
                        cluster_is_name(word, WORD_MOST) ? word : "imported");
}

static int set_names(struct import *im)
{
    char text[SOURCE_MOST];
    const char *name = im->options->name;
    if (name && !cluster_is_name(name, WORD_MOST))
        return import_refuse(im, 1,
                             "a cluster called '%.64s', expected --name of at "
                             "most %d letters, digits, '.', '_', '-'",
                             name, WORD_MOST);
    im->cluster->name = name ? cluster_text(im->cluster, name) : name_of(im);
    snprintf(text, sizeof text, "%s %s", im->format->name, im->path);
    for (char *at = text; *at; at++) /* a path need not be UTF-8 */
        *at = *at >= ' ' && *at <= '~' ? *at : '?';
    im->by = cluster_text(im->cluster, text);
    snprintf(text, sizeof text, "Imported from %s", im->by);
    im->cluster->title = cluster_text(im->cluster, text);
    im->cluster->path = cluster_text(im->cluster, im->path);
    return 0;
}

static int line_at(const char *text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

struct cluster *import_parse(const struct import_format *format,
                             const char *text, size_t length, const char *path,
                             const struct import_options *options)
{
    struct import im = {
        .format = format,
        .options = options,
        .path = path,
        .text = xcalloc(length + 1, 1),
        .length = length,
        .cluster = xcalloc(1, sizeof *im.cluster),
    };
    const char *zero = memchr(text, 0, length);
    int status = set_names(&im);
    memcpy(im.text, text, length);
    if (!status && zero)
        status = import_refuse(&im, line_at(text, (size_t)(zero - text)),
                               "a zero byte, expected a text");
    if (!status)
        status = format->read(&im);
    free(im.text);
    if (!status && !cluster_check(im.cluster))
        return im.cluster;
    cluster_free(im.cluster);
    return NULL;
}

/* A file, or what comes through a pipe. NULL after one line. */
static char *load(const char *path, size_t *length)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t room = 1 << 16;
    char *text = xcalloc(room, 1);
    ssize_t got = file < 0 ? -1 : 0;
    *length = 0;
    while (file >= 0 && *length < FILE_MOST_B &&
           (got = read(file, text + *length, room - *length)) > 0) {
        *length += (size_t)got;
        if (*length == room)
            text = xrealloc(text, room *= 2);
    }
    if (file >= 0)
        close(file);
    if (got == 0)
        return text;
    error("%s:1: cannot be read, expected a file of at most 1 GiB", path);
    free(text);
    return NULL;
}

struct cluster *import_read(const struct import_format *format,
                            const char *path,
                            const struct import_options *options)
{
    size_t length;
    char *text = load(path, &length);
    struct cluster *cluster =
        text ? import_parse(format, text, length, path, options) : NULL;
    free(text);
    return cluster;
}
