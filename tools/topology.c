/* SPDX-License-Identifier: BSD-3-Clause */
/* `topology`: looks at cluster files. A table of sub-commands; each takes the
 * arguments after its name and returns the exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sim/constants.h"
#include "topo/draw.h"
#include "topo/import.h"
#include "topo/summary.h"

static const char usage[] =
    "Usage: topology check [--sources] FILE...\n"
    "       topology print FILE\n"
    "       topology summary FILE...\n"
    "       topology draw FILE [-o PICTURE.svg]\n"
    "       topology import FORMAT FILE [-o CLUSTER.yaml] [OPTION VALUE]...\n"
    "\n"
    "  check    says whether each file describes a cluster that can be, and\n"
    "           what of it is given, derived and assumed; --sources lists\n"
    "           every figure with who says so\n"
    "  print    the file in its normal form, what it stands on included\n"
    "  summary  counts, links and optics by tier, cuts, distances\n"
    "  draw     a picture (SVG) of its tiers; to standard output without -o\n"
    "  import   the cluster file of what another program says of a cluster;\n"
    "           to standard output without -o\n";

/* A cluster and its links, or neither. */
struct opened {
    struct cluster *cluster;
    struct topology *topology;
};

static bool open_file(const char *path, struct opened *out)
{
    out->cluster = cluster_read(path);
    out->topology = out->cluster ? topology_build(out->cluster) : NULL;
    if (!out->topology)
        cluster_free(out->cluster);
    return out->topology != NULL;
}

static void close_file(struct opened *opened)
{
    topology_free(opened->topology);
    cluster_free(opened->cluster);
}

static int refuse(const char *what, const char *expected)
{
    error("topology: %s, expected %s", what, expected);
    return EXIT_USAGE;
}

/* --- check ------------------------------------------------------------------
 */

static void print_source(const char *path, const char *value,
                         const struct figure *figure, void *state)
{
    static const char *const origins[] = {
        [ORIGIN_ABSENT] = "absent",
        [ORIGIN_GIVEN] = "given",
        [ORIGIN_DERIVED] = "derived",
        [ORIGIN_ASSUMED] = "assumed",
    };
    (void)state;
    printf("  %-26s %-12s %-8s %s\n", path, value, origins[figure->origin],
           figure->source);
}

/* The file of model constants lies among the topologies, under this name. */
static bool is_constants(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !strcmp(slash ? slash + 1 : path, "constants.yaml");
}

static bool check_constants(const char *path)
{
    int sets = constants_count(path);
    if (sets >= 0)
        printf("ok  %s: model constants, sets: %d\n", path, sets);
    return sets >= 0;
}

static int check(int count, char **argument)
{
    bool sources = count > 0 && !strcmp(argument[0], "--sources");
    int code = EXIT_GOOD;
    if (count - sources < 1)
        return refuse("check without a file", "topology files");
    for (int i = sources; i < count; i++) {
        struct opened opened;
        struct summary s;
        if (is_constants(argument[i])) {
            code = check_constants(argument[i]) ? code : EXIT_USAGE;
            continue;
        }
        if (!open_file(argument[i], &opened)) {
            code = EXIT_USAGE;
            continue;
        }
        summary_of(opened.topology, &s);
        printf("ok  %s: %d GPUs, nodes: %d; figures: %d given, %d derived, "
               "%d assumed\n",
               argument[i], topology_gpus(opened.topology),
               topology_nodes(opened.topology), s.given, s.derived, s.assumed);
        if (sources)
            cluster_each_figure(opened.cluster, print_source, NULL);
        close_file(&opened);
    }
    return code;
}

/* --- the others -------------------------------------------------------------
 */

static int print(int count, char **argument)
{
    if (count != 1)
        return refuse("print of no file or several", "one topology file");
    struct cluster *cluster = cluster_read(argument[0]);
    if (!cluster)
        return EXIT_USAGE;
    char *text = cluster_print(cluster);
    fputs(text, stdout);
    free(text);
    cluster_free(cluster);
    return EXIT_GOOD;
}

static int summarise(int count, char **argument)
{
    int code = EXIT_GOOD;
    if (count < 1)
        return refuse("summary without a file", "topology files");
    for (int i = 0; i < count; i++) {
        struct opened opened;
        struct summary s;
        if (!open_file(argument[i], &opened)) {
            code = EXIT_USAGE;
            continue;
        }
        summary_of(opened.topology, &s);
        summary_print(&s, stdout);
        close_file(&opened);
    }
    return code;
}

/* Never over a file that is there. */
static FILE *open_new(const char *path)
{
    FILE *out = path ? fopen(path, "wx") : stdout;
    if (!out)
        error("topology: %s: cannot be made, expected a new file", path);
    return out;
}

static bool close_new(FILE *out, const char *path)
{
    bool good = !ferror(out);
    if ((out == stdout ? fflush(out) : fclose(out)) == 0 && good)
        return true;
    error("topology: %s: cannot be written to the end, expected room for it",
          path ? path : "standard output");
    return false;
}

static int draw(int count, char **argument)
{
    bool named = count == 3 && !strcmp(argument[1], "-o");
    if (count != 1 && !named)
        return refuse("draw with other arguments",
                      "one topology file, then perhaps -o PICTURE.svg");
    struct opened opened;
    struct summary s;
    if (!open_file(argument[0], &opened))
        return EXIT_USAGE;
    summary_of(opened.topology, &s);
    const char *path = named ? argument[2] : NULL;
    FILE *out = open_new(path);
    bool good = out != NULL;
    if (good) {
        draw_svg(&s, out);
        good = close_new(out, path);
    }
    close_file(&opened);
    return good ? EXIT_GOOD : EXIT_USAGE;
}

/* --- import -----------------------------------------------------------------
 */

struct request {
    struct import_options options;
    struct cluster *node; /* of --node, or NULL */
    const char *out;
};

static bool take_option(struct request *r, const struct import_format *format,
                        const char *name, const char *value)
{
    if (!value) {
        refuse("an option of import without its value", "OPTION VALUE");
        return false;
    }
    if (!strcmp(name, "-o")) {
        r->out = value;
        return true;
    }
    if (!import_set(&r->options, format, name, value))
        return false;
    if (strcmp(name, "--node"))
        return true;
    if (r->node) {
        refuse("--node twice", "one cluster file");
        return false;
    }
    r->options.node = r->node = cluster_read(value);
    return r->node != NULL;
}

/* Only what can be built is written. */
static int import_file(const struct import_format *format, const char *path,
                       const struct request *r)
{
    struct opened opened = {import_read(format, path, &r->options), NULL};
    if (!opened.cluster)
        return EXIT_USAGE;
    opened.topology = topology_build(opened.cluster);
    FILE *out = opened.topology ? open_new(r->out) : NULL;
    bool good = out != NULL;
    if (good) {
        char *text = cluster_print(opened.cluster);
        fputs(text, out);
        free(text);
        good = close_new(out, r->out);
    }
    close_file(&opened);
    return good ? EXIT_GOOD : EXIT_USAGE;
}

static int import(int count, char **argument)
{
    struct request r = {.out = NULL};
    const struct import_format *format =
        count > 0 ? import_format(argument[0]) : NULL;
    if (!format || count < 2)
        return refuse(format ? "import without a file" : "import of no format",
                      "import FORMAT FILE (--help lists the formats)");
    bool good = true;
    for (int i = 2; i < count && good; i += 2)
        good = take_option(&r, format, argument[i],
                           i + 1 < count ? argument[i + 1] : NULL);
    int code = good ? import_file(format, argument[1], &r) : EXIT_USAGE;
    cluster_free(r.node);
    return code;
}

static int help(void)
{
    fputs(usage, stdout);
    printf("\nFormats of import:\n");
    for (int i = 0; i < import_format_count; i++)
        printf("  %-15s %s\n", import_formats[i].name, import_formats[i].says);
    printf("\nOptions of import (what they say is assumed):\n");
    for (int i = 0; i < import_option_count; i++)
        printf("  %-15s %-5s %s\n", import_option_rows[i].name,
               import_option_rows[i].value, import_option_rows[i].help);
    printf("\nExit codes: 0 good, 2 a file or the command line is not.\n");
    return EXIT_GOOD;
}

static const struct command {
    const char *name;
    int (*run)(int count, char **argument);
} commands[] = {
    {"check", check}, {"print", print},   {"summary", summarise},
    {"draw", draw},   {"import", import},
};

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        return help();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(name, commands[i].name))
            return commands[i].run(argc - 2, argv + 2);
    error("topology: '%s', expected check, print, summary, draw or import "
          "(--help)",
          name);
    return EXIT_USAGE;
}
