/* SPDX-License-Identifier: BSD-3-Clause */
/* run.json and nodes.csv as text. Takes from the environment only what is on a
 * list: an environment holds secrets. Knows no files and no ranks. */
#include "bench/provenance.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/build.h"

extern char **environ;

enum {
    FORMAT_VERSION = 1, /* of run.json; grows when a key changes its meaning */
    HOSTS_LISTED = 16,  /* of those that share a value; the rest is counted */
    VALUE = 128,        /* bytes of the longest node value */
};

/* --- JSON helpers ----------------------------------------------------------
 */

/* Text as JSON, which must be UTF-8: where it is not, bytes beyond ASCII become
 * '?'. */
static json_t *json_of(const char *text)
{
    json_t *value = json_string(text ? text : "");
    if (value)
        return value;
    char *ascii = xcalloc(strlen(text) + 1, 1);
    for (size_t i = 0; text[i]; i++)
        ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    value = json_string(ascii);
    free(ascii);
    return value;
}

/* Steals `value`. Fails only for want of memory. */
static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        die(EXIT_MACHINE, "out of memory for run.json");
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        die(EXIT_MACHINE, "out of memory for run.json");
}

/* --- the environment -------------------------------------------------------
 */

/* A '*' at the end stands for anything. */
static const char *const allowed[] = {
    "UCX_*",        "OMPI_MCA_*",   "OMP_*",        "CUDA_*",          "NCCL_*",
    "SLURM_JOB_ID", "SLURM_NNODES", "SLURM_NTASKS", "LD_LIBRARY_PATH",
};

/* Parts of names that are left out even of a listed family: what tells of a
 * secret, and what Open MPI's launcher tells its own processes (addresses,
 * session folders, the key of the job), which nobody set and nobody can repeat.
 */
static const char *const never[] = {
    "SECRET",        "TOKEN",
    "PASSW",         "_KEY",
    "CREDENTIAL",    "PRECONDITION",
    "OMPI_MCA_ORTE", "OMPI_MCA_ESS",
    "OMPI_MCA_PMIX", "OMPI_MCA_INITIAL",
};

static bool matches(const char *pattern, const char *name, size_t length)
{
    size_t fixed = strlen(pattern);
    if (pattern[fixed - 1] == '*')
        return length >= fixed - 1 && strncmp(pattern, name, fixed - 1) == 0;
    return length == fixed && strncmp(pattern, name, length) == 0;
}

static bool tells_a_secret(const char *name)
{
    char upper[256] = "";
    for (size_t i = 0; name[i] && i + 1 < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strstr(upper, never[i]))
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static json_t *environment(void)
{
    size_t count = 0;
    while (environ && environ[count])
        count++;
    char **sorted = xcalloc(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = environ[i];
    qsort(sorted, count, sizeof *sorted, by_text);

    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(sorted[i], "=");
        char name[256];
        if (sorted[i][length] != '=' || length >= sizeof name)
            continue;
        memcpy(name, sorted[i], length);
        name[length] = '\0';
        bool listed = false;
        for (size_t k = 0; k < sizeof allowed / sizeof allowed[0]; k++)
            listed = listed || matches(allowed[k], name, length);
        if (listed && !tells_a_secret(name))
            set(object, name, json_of(sorted[i] + length + 1));
    }
    free(sorted);
    return object;
}

/* --- what differs between nodes --------------------------------------------
 */

/* Names are each node's own, and the load is of the moment. */
static bool differs_by_nature(const char *column)
{
    return strcmp(column, "host") == 0 || strcmp(column, "load") == 0;
}

/* Long lists end in a count: a cluster has more names than a reader eyes. */
static void shorten(json_t *hosts)
{
    char more[32];
    size_t size = json_array_size(hosts);
    if (size <= HOSTS_LISTED)
        return;
    while (json_array_size(hosts) > HOSTS_LISTED)
        json_array_remove(hosts, json_array_size(hosts) - 1);
    snprintf(more, sizeof more, "and %zu more", size - HOSTS_LISTED);
    append(hosts, json_of(more));
}

/* {"6.1.0": ["n1", "n2", "and 14 more"], ...} in the order of the nodes. */
static json_t *hosts_by_value(const struct node_facts *facts, int nodes,
                              int column)
{
    json_t *values = json_object(), *hosts;
    const char *key;

    for (int i = 0; i < nodes; i++) {
        char text[VALUE];
        node_column_value(&facts[i], column, text, sizeof text);
        json_t *value = json_of(text[0] ? text : "unknown");
        key = json_string_value(value);
        hosts = json_object_get(values, key);
        if (!hosts) {
            hosts = json_array();
            set(values, key, hosts);
        }
        append(hosts, json_of(facts[i].host));
        json_decref(value);
    }
    json_object_foreach(values, key, hosts) shorten(hosts);
    return values;
}

/* In the order of the columns of nodes.csv. */
static json_t *differences(const struct node_facts *facts, int nodes)
{
    json_t *list = json_array();
    for (int column = 0; column < node_columns(); column++) {
        if (differs_by_nature(node_column_name(column)))
            continue;
        json_t *values = hosts_by_value(facts, nodes, column);
        if (json_object_size(values) < 2) {
            json_decref(values);
            continue;
        }
        json_t *entry = json_object();
        set(entry, "column", json_of(node_column_name(column)));
        set(entry, "values", values);
        append(list, entry);
    }
    return list;
}

/* --- run.json --------------------------------------------------------------
 */

static json_t *build_object(void)
{
    json_t *object = json_object();
    set(object, "found", json_of(build.found));
    set(object, "flags", json_of(build.flags));
    set(object, "compiler", json_of(build.compiler));
    return object;
}

static json_t *command(int argc, char *const *argv)
{
    json_t *list = json_array();
    for (int i = 0; i < argc; i++)
        append(list, json_of(argv[i]));
    return list;
}

static json_t *options(const char *const *names, const char *const *values)
{
    json_t *object = json_object();
    for (size_t i = 0; names && names[i]; i++)
        set(object, names[i], json_of(values[i]));
    return object;
}

char *provenance_json(const struct provenance *run)
{
    char utc[32];
    json_t *root = json_object();
    set(root, "format", json_integer(FORMAT_VERSION));
    set(root, "suite", json_of("linerate"));
    set(root, "version", json_of(build.version));
    set(root, "run_id", json_of(run->run_id));
    set(root, "time_utc", json_of(clock_utc(utc, sizeof utc)));
    set(root, "command", command(run->argc, run->argv));
    set(root, "build", build_object());
    set(root, "launcher", json_of(run->launcher_version));
    set(root, "transport", json_of(run->transport_version));
    set(root, "ranks", json_integer(run->ranks));
    set(root, "nodes", json_integer(run->nodes));
    set(root, "options", options(run->option_names, run->option_values));
    set(root, "environment", environment());
    set(root, "differs_between_nodes", differences(run->facts, run->nodes));

    char *text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    if (!text)
        die(EXIT_MACHINE, "out of memory for run.json");
    size_t length = strlen(text); /* a text file ends in a line end */
    text = xrealloc(text, length + 2);
    memcpy(text + length, "\n", 2);
    return text;
}

/* --- nodes.csv -------------------------------------------------------------
 */

char *provenance_nodes_csv(const struct node_facts *facts, int nodes)
{
    char *text = NULL, value[VALUE];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        die(EXIT_MACHINE, "out of memory for nodes.csv");
    for (int column = 0; column < node_columns(); column++)
        fprintf(out, "%s%s", column ? "," : "", node_column_name(column));
    fputc('\n', out);
    for (int i = 0; i < nodes; i++) {
        for (int column = 0; column < node_columns(); column++) {
            if (column)
                fputc(',', out);
            node_column_value(&facts[i], column, value, sizeof value);
            record_write_text(out, value);
        }
        fputc('\n', out);
    }
    if (fclose(out) != 0)
        die(EXIT_MACHINE, "out of memory for nodes.csv");
    return text;
}
