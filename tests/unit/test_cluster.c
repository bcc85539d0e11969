/* SPDX-License-Identifier: BSD-3-Clause */
/* Topology files: those of topologies/ are read, every file prints as one that
 * reads back the same, and damaged files are refused in one line. */
#include "topo/cluster.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "cluster_random.h"
#include "heard.h"

/* --- files ---------------------------------------------------------------- */

static glob_t topologies(void)
{
    glob_t files;
    if (glob("topologies/*.yaml", 0, NULL, &files) || files.gl_pathc < 16)
        fail_msg("fewer than 16 topologies/*.yaml; run from the repository");
    return files;
}

/* Not a cluster but the model's. */
static bool is_constants(const char *path)
{
    return !strcmp(path, "topologies/constants.yaml");
}

static char *text_of_file(const char *path, size_t *length)
{
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    assert_non_null(in);
    *length = fread(text, 1, (1 << 16) - 1, in);
    fclose(in);
    return text;
}

static struct cluster *parse(const char *text)
{
    return cluster_parse(text, strlen(text), "topologies/test.yaml");
}

/* --- equality ------------------------------------------------------------- */

struct listed {
    int count;
    struct {
        char path[96], value[64];
        struct figure figure;
    } row[96];
};

static void list(const char *path, const char *value,
                 const struct figure *figure, void *state)
{
    struct listed *l = state;
    assert_in_range(l->count, 0, 95);
    snprintf(l->row[l->count].path, 96, "%s", path);
    snprintf(l->row[l->count].value, 64, "%s", value);
    l->row[l->count++].figure = *figure;
}

static void expect_text(const char *what, const char *got, const char *want)
{
    if (!got != !want || (got && strcmp(got, want)))
        fail_msg("%s: expected '%s', got '%s'", what, want ? want : "(none)",
                 got ? got : "(none)");
}

static void expect_graph(const struct graph_spec *got,
                         const struct graph_spec *want)
{
    assert_int_equal(got->vertices, want->vertices);
    assert_int_equal(got->links, want->links);
    for (int i = 0; i < got->vertices; i++) {
        expect_text("vertex", got->vertex[i].name, want->vertex[i].name);
        assert_int_equal(got->vertex[i].is_node, want->vertex[i].is_node);
    }
    for (int i = 0; i < got->links; i++) {
        const struct graph_link *a = &got->link[i], *b = &want->link[i];
        if (a->a != b->a || a->b != b->b || a->nic != b->nic ||
            a->rate_Bps != b->rate_Bps || a->latency_s != b->latency_s)
            fail_msg("link %d differs", i);
    }
}

/* Everything but lines and the path. */
static void expect_equal(const struct cluster *got, const struct cluster *want)
{
    struct listed a = {0}, b = {0};
    cluster_each_figure(got, list, &a);
    cluster_each_figure(want, list, &b);
    expect_text("name", got->name, want->name);
    expect_text("title", got->title, want->title);
    assert_int_equal(got->fabric, want->fabric);
    assert_int_equal(got->routing, want->routing);
    assert_int_equal(a.count, b.count);
    assert_true(a.count > 0);
    for (int i = 0; i < a.count; i++) {
        const struct figure *x = &a.row[i].figure, *y = &b.row[i].figure;
        expect_text("path", a.row[i].path, b.row[i].path);
        if (x->value != y->value)
            fail_msg("%s: expected %.17g, got %.17g as %s", a.row[i].path,
                     y->value, x->value, a.row[i].value);
        assert_int_equal(x->origin, y->origin);
        expect_text(a.row[i].path, x->source, y->source);
    }
    expect_graph(&got->graph, &want->graph);
    assert_int_equal(got->host_count, want->host_count);
    for (int i = 0; i < got->host_count; i++)
        expect_text("host", got->hosts[i], want->hosts[i]);
}

static void expect_identity(const struct cluster *c)
{
    char *text = cluster_print(c);
    struct cluster *again = cluster_parse(text, strlen(text), "printed");
    if (!again)
        fail_msg("%s prints as what is refused:\n%s", c->name, text);
    expect_equal(again, c);
    char *twice = cluster_print(again);
    assert_string_equal(twice, text);
    free(text);
    free(twice);
    cluster_free(again);
}

/* --- the files ------------------------------------------------------------ */

static void every_topology_is_read_and_prints_as_itself(void **state)
{
    (void)state;
    glob_t files = topologies();
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (is_constants(files.gl_pathv[i]))
            continue;
        struct cluster *c = cluster_read(files.gl_pathv[i]);
        char path[128];
        if (!c)
            fail_msg("%s was refused", files.gl_pathv[i]);
        snprintf(path, sizeof path, "topologies/%s.yaml", c->name);
        expect_text("name and file", path, files.gl_pathv[i]);
        assert_non_null(c->title);
        expect_identity(c);
        cluster_free(c);
    }
    globfree(&files);
}

/* GPUs as published, or the arithmetic of it; and how many of the job. */
static void clusters_have_the_gpus_that_are_published(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        double gpus, job;
    } rows[] = {
        {"one-node", 8, 0},
        {"rack-8x8", 64, 0},
        {"lab-2x4", 8, 0},
        {"superpod-16k", 16384, 0},
        {"meta-24k-roce", 24576, 0},
        {"meta-24k-infiniband", 24576, 0},
        {"llama3-16k", 24576, 16384},
        {"colossus-100k", 196 * 512, 0},
        {"colossus-100k-2to1", 196 * 512, 0},
        {"colossus-100k-4to1", 196 * 512, 0},
        {"colossus-100k-7to1", 196 * 512, 0},
        {"colossus-200k", 2 * 196 * 512, 0},
        {"dojo-exapod", 3000, 0},
        {"nvl72", 16 * 72, 0},
        {"hpn-7", 16 * 15360, 0},
        {"frontier", 9856 * 8, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[128];
        snprintf(path, sizeof path, "topologies/%s.yaml", rows[i].path);
        struct cluster *c = cluster_read(path);
        assert_non_null(c);
        double gpus = c->node.count.value * c->node.gpus.value;
        if (gpus != rows[i].gpus || figure_or(c->job.gpus, 0) != rows[i].job)
            fail_msg("%s: expected %g GPUs and a job of %g, got %g and %g",
                     path, rows[i].gpus, rows[i].job, gpus,
                     figure_or(c->job.gpus, 0));
        cluster_free(c);
    }
}

/* The README's example is a file, and its table names each of the others. */
static void the_readme_is_true(void **state)
{
    (void)state;
    size_t length;
    glob_t files = topologies();
    char *text = text_of_file("topologies/README.md", &length), path[128];
    char *begin = strstr(text, "```yaml\n"), *end = NULL;
    assert_non_null(begin);
    end = strstr(begin + 8, "```");
    assert_non_null(end);
    struct cluster *c = cluster_parse(begin + 8, (size_t)(end - begin - 8),
                                      "topologies/README.md");
    assert_non_null(c);
    expect_identity(c);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *name = strrchr(files.gl_pathv[i], '/') + 1;
        snprintf(path, sizeof path, "`%.*s`", (int)strcspn(name, "."), name);
        if (!strstr(text, path))
            fail_msg("README.md does not name %s", path);
    }
    globfree(&files);
    cluster_free(c);
    free(text);
}

static const char *const small = "name: small\n"
                                 "source: the maker\n"
                                 "node:\n"
                                 "  count: 4\n"
                                 "  gpus: {value: 1, assumed: a whim}\n"
                                 "  nic: {count: 1, rate: 400Gb/s}\n"
                                 "clos:\n"
                                 "  - name: leaf\n"
                                 "    group: 4\n"
                                 "    switches: 1\n"
                                 "    cable: 30m\n"
                                 "    latency: 600ns\n";

static void figures_carry_value_origin_source_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value, *source;
        double number;
        enum origin origin;
        int line;
    } want[] = {
        {"node.count", "4", "the maker", 4, ORIGIN_GIVEN, 4},
        {"node.gpus", "1", "a whim", 1, ORIGIN_ASSUMED, 5},
        {"node.nic.count", "1", "the maker", 1, ORIGIN_GIVEN, 6},
        {"node.nic.rate", "400Gb/s", "the maker", 50e9, ORIGIN_GIVEN, 6},
        {"clos.leaf.group", "4", "the maker", 4, ORIGIN_GIVEN, 9},
        {"clos.leaf.switches", "1", "the maker", 1, ORIGIN_GIVEN, 10},
        {"clos.leaf.latency", "600ns", "the maker", 600 * 1e-9, ORIGIN_GIVEN,
         12},
        {"clos.leaf.cable", "30m", "the maker", 30, ORIGIN_GIVEN, 11},
    };
    enum { WANT = sizeof want / sizeof *want };
    struct cluster *c = parse(small);
    struct listed got = {0};
    assert_non_null(c);
    cluster_each_figure(c, list, &got);
    assert_int_equal(got.count, WANT);
    for (int i = 0; i < WANT; i++) {
        const struct figure *f = &got.row[i].figure;
        expect_text("path", got.row[i].path, want[i].path);
        expect_text(want[i].path, got.row[i].value, want[i].value);
        expect_text(want[i].path, f->source, want[i].source);
        assert_true(f->value == want[i].number);
        assert_int_equal(f->origin, want[i].origin);
        assert_int_equal(f->line, want[i].line);
    }
    cluster_free(c);
}

/* `on:`: what the file gives is the file's, all else the base's, seen from the
 * line of `on:`; tiers go by name, whatever their order. */
static void a_file_overrides_what_it_stands_on(void **state)
{
    (void)state;
    struct cluster *base = cluster_read("topologies/superpod-16k.yaml");
    struct cluster *c =
        parse("name: half\n"
              "on: superpod-16k.yaml\n"
              "node: {count: {value: 1024, given: me}}\n"
              "clos:\n"
              "  - {name: core, switches: {value: 128, derived: half}}\n"
              "  - {name: leaf, cable: {value: 5m, assumed: near}}\n"
              "routing: {ecmp: {flows: {value: 2, given: me}}}\n"
              "hosts: ['n[0001-1024]']\n");
    assert_non_null(base);
    assert_non_null(c);
    assert_string_equal(c->name, "half");
    assert_string_equal(c->title, base->title);
    assert_true(c->node.count.value == 1024);
    assert_int_equal(c->node.count.line, 3);
    assert_true(c->node.gpus.value == 8);
    assert_int_equal(c->node.gpus.line, 2);
    assert_int_equal(c->clos.tiers, 3);
    assert_true(c->clos.tier[2].switches.value == 128);
    assert_true(c->clos.tier[2].uplinks.value == 32);
    assert_true(c->clos.tier[0].cable.value == 5);
    assert_true(c->clos.tier[0].group.value == 32);
    assert_int_equal(base->routing, ROUTING_SPRAY);
    assert_int_equal(c->routing, ROUTING_ECMP);
    assert_true(c->flows.value == 2);
    assert_int_equal(c->host_count, 1024);
    assert_string_equal(c->hosts[1023], "n1024");
    expect_identity(c);
    cluster_free(c);
    c = parse("name: even\non: meta-24k-roce.yaml\nrouting: spray\n");
    assert_non_null(c);
    assert_int_equal(c->routing, ROUTING_SPRAY);
    assert_int_equal(c->flows.origin, ORIGIN_ABSENT);
    cluster_free(c);
    cluster_free(base);
}

static void hosts_are_expanded_in_the_order_of_the_nodes(void **state)
{
    (void)state;
    static const char *const want[] = {"node009", "node010", "node070",
                                       "host071", "r1n8",    "r1n9",
                                       "r2n8",    "r2n9",    "8"};
    char text[1024];
    snprintf(text, sizeof text,
             "%shosts: ['node[009-010,070],host071', 'r[1-2]n[8-9]', 8]\n",
             small);
    char *four = strstr(text, "count: 4");
    four[7] = '9';
    strstr(text, "group: 4")[7] = '9';
    struct cluster *c = parse(text);
    assert_non_null(c);
    assert_int_equal(c->host_count, 9);
    for (int i = 0; i < 9; i++)
        expect_text("host", c->hosts[i], want[i]);
    expect_identity(c);
    char *printed = cluster_print(c);
    assert_non_null(strstr(printed, "\"node[009-010]\"\n  - \"node070\"\n"));
    free(printed);
    cluster_free(c);
}

/* --- any cluster -----------------------------------------------------------
 */

static void random_clusters_print_as_themselves(void **state)
{
    (void)state;
    int kinds[FABRIC_GRAPH + 1] = {0};
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct cluster *c = cluster_random(seed);
        if (cluster_check(c))
            fail_msg("seed %d: was meant to be possible", (int)seed);
        expect_identity(c);
        kinds[c->fabric]++;
        cluster_free(c);
    }
    for (int i = 0; i <= FABRIC_GRAPH; i++)
        assert_true(kinds[i] > 100);
}

/* --- damaged files -------------------------------------------------------- */

struct tally {
    long read, refused;
};

static void try_damaged(const char *text, size_t length, struct tally *tally)
{
    struct cluster *c = cluster_parse(text, length, "topologies/damaged.yaml");
    tally->read += c != NULL;
    tally->refused += c == NULL;
    cluster_free(c);
}

/* One to four bytes changed, or the end cut off: read or refused in exactly one
 * line, and always freed (address sanitizer). */
static void damaged_files_are_read_or_refused_in_one_line(void **state)
{
    (void)state;
    static const char letters[] = "\n :-{}[]\"'#&*!|>%,0123456789abgnorsy\xc3";
    glob_t files = topologies();
    struct random random = {2024};
    struct tally tally = {0, 0};
    struct heard heard;
    heard_begin(&heard);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        size_t length;
        char *text = text_of_file(files.gl_pathv[i], &length);
        char *copy = malloc(length);
        for (int trial = 0; trial < 1000; trial++) {
            int changes = 1 + (int)random_below(&random, 4);
            memcpy(copy, text, length);
            for (int k = 0; k < changes; k++) {
                size_t at = (size_t)random_below(&random, length);
                copy[at] =
                    trial % 2
                        ? letters[random_below(&random, sizeof letters - 1)]
                        : (char)random_below(&random, 256);
            }
            try_damaged(copy, length, &tally);
        }
        for (int trial = 0; trial < 60; trial++)
            try_damaged(text, (size_t)random_below(&random, length), &tally);
        free(text);
        free(copy);
    }
    long lines = heard_end(&heard);
    globfree(&files);
    if (lines != tally.refused)
        fail_msg("%ld files refused in %ld lines, expected one each",
                 tally.refused, lines);
    if (tally.read < 100 || tally.refused < 1000)
        fail_msg("%ld read and %ld refused: damage of one kind only",
                 tally.read, tally.refused);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_topology_is_read_and_prints_as_itself),
        cmocka_unit_test(clusters_have_the_gpus_that_are_published),
        cmocka_unit_test(the_readme_is_true),
        cmocka_unit_test(figures_carry_value_origin_source_and_line),
        cmocka_unit_test(a_file_overrides_what_it_stands_on),
        cmocka_unit_test(hosts_are_expanded_in_the_order_of_the_nodes),
        cmocka_unit_test(random_clusters_print_as_themselves),
        cmocka_unit_test(damaged_files_are_read_or_refused_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
