/* SPDX-License-Identifier: BSD-3-Clause */
/* `doctor`: is this node fit to be measured, and what differs between nodes?
 * Looks, and measures nothing. Under mpirun the first rank of each node looks,
 * and rank 0 prints and compares, one node after the other. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/error.h"
#include "bench/build.h"
#include "host/compare.h"
#include "host/health.h"
#include "net/job.h"

static const char usage[] =
    "Usage: doctor [--all] [--json] [--root DIR]\n"
    "\n"
    "Looks at this node: system, GPUs, NICs, ports, PCI bridges. Under mpirun\n"
    "or srun, one rank a node or more, at all of them and at what differs.\n"
    "\n"
    "  --all       every finding of every node; of several nodes it is else\n"
    "              only what is bad, unknown or worth a look\n"
    "  --json      all of it as JSON\n"
    "  --root DIR  a recorded tree instead of this node (/proc and /sys below\n"
    "              DIR, the answers of NVML in DIR/nvml.txt); with %r, which\n"
    "              stands for the rank, each rank is a node of its own\n"
    "\n"
    "Exit codes: 0 nothing is wrong (unknowns are counted in the last line),\n"
    "1 something is bad or differs, 2 the command line is.\n";

enum { FORMAT_VERSION = 1 }; /* of the JSON; grows with a changed meaning */

struct wish {
    bool all, json, each_rank;
    const char *root; /* "" for this machine */
};

struct sums {
    int nodes;
    size_t bad, unknown, notes, differences;
};

static bool parse(int argc, char **argv, struct wish *out)
{
    *out = (struct wish){.root = ""};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0)
            out->all = true;
        else if (strcmp(argv[i], "--json") == 0)
            out->json = true;
        else if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
            out->root = argv[++i];
        else {
            if (strcmp(argv[i], "--root") == 0)
                error("doctor: --root without a folder, expected --root DIR");
            else
                error("doctor: '%s', expected --all, --json, --root DIR or "
                      "--help",
                      argv[i]);
            return false;
        }
    }
    out->each_rank = strstr(out->root, "%r") != NULL;
    return true;
}

/* --- looking ---------------------------------------------------------------
 */

/* The root with the rank in it, without a slash at its end. Caller frees. */
static char *own_root(const struct wish *wish, int rank)
{
    size_t capacity = strlen(wish->root) + 16;
    char *root = xcalloc(capacity, 1);
    const char *at = strstr(wish->root, "%r");
    if (at)
        snprintf(root, capacity, "%.*s%d%s", (int)(at - wish->root), wish->root,
                 rank, at + 2);
    else
        snprintf(root, capacity, "%s", wish->root);
    for (size_t n = strlen(root); n > 0 && root[n - 1] == '/'; n--)
        root[n - 1] = '\0'; /* "/" becomes "", which is this machine */
    return root;
}

static bool is_tree(const char *root)
{
    struct stat status;
    char *path = xcalloc(strlen(root) + 8, 1);
    snprintf(path, strlen(root) + 8, "%s/proc", root);
    bool good = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    if (!good)
        error("doctor: --root %s: no tree there, expected a folder with proc "
              "and sys",
              root);
    free(path);
    return good;
}

static void look(const char *root, struct facts *facts)
{
    struct nvml nvml;
    if (root[0])
        nvml_recorded(root, &nvml);
    else
        nvml_read(&nvml);
    health_examine(root, &nvml, facts);
    nvml_fini(&nvml);
}

/* --- telling ---------------------------------------------------------------
 */

static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string("not UTF-8");
}

static json_t *fact_object(const struct fact *fact)
{
    const char *verdict =
        fact->verdict == VERDICT_INFO ? "info" : verdict_name(fact->verdict);
    json_t *object = json_object();
    json_object_set_new(object, "kind", text_of(fact->kind));
    json_object_set_new(object, "subject", text_of(fact->subject));
    json_object_set_new(object, "what", text_of(fact->what));
    json_object_set_new(object, "value", text_of(fact->value));
    json_object_set_new(object, "verdict", text_of(verdict));
    if (fact->expected[0])
        json_object_set_new(object, "expected", text_of(fact->expected));
    if (fact->hint[0])
        json_object_set_new(object, "hint", text_of(fact->hint));
    return object;
}

static void put(json_t *value, const char *before)
{
    fputs(before, stdout);
    if (!value || json_dumpf(value, stdout, JSON_COMPACT) != 0)
        die(EXIT_MACHINE, "doctor: the JSON cannot be written");
    json_decref(value);
}

/* Node by node, so that a cluster's need not fit in memory. */
static void tell_json(const char *host, const struct facts *facts, int node)
{
    json_t *object = json_object(), *list = json_array();
    for (size_t i = 0; i < facts->count; i++)
        json_array_append_new(list, fact_object(&facts->list[i]));
    json_object_set_new(object, "host", text_of(host));
    json_object_set_new(object, "facts", list);
    put(object, node ? ",\n  " : "\n  ");
}

static void tell_text(const char *host, const struct facts *facts, bool all)
{
    printf("%s\n", host);
    facts_print(facts, all ? VERDICT_INFO : VERDICT_NOTE, stdout);
}

static json_t *hosts_of(const struct compare *compare, const int *nodes,
                        int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, text_of(compare_host(compare, nodes[i])));
    return list;
}

static json_t *difference_object(const struct compare *compare,
                                 const struct difference *difference)
{
    json_t *object = json_object();
    json_object_set_new(object, "what", text_of(difference->what));
    json_object_set_new(object, "value", text_of(difference->value));
    json_object_set_new(
        object, "hosts",
        hosts_of(compare, difference->nodes, difference->count));
    json_object_set_new(object, "most_have", text_of(difference->majority));
    json_object_set_new(object, "most", json_integer(difference->others_count));
    return object;
}

static void tell_differences(const struct wish *wish, struct compare *compare,
                             struct sums *sums)
{
    int count;
    const struct difference *list = compare_differences(compare, &count);
    sums->differences = (size_t)count;
    if (wish->json)
        fputs("],\n \"differences\": [", stdout);
    else if (sums->nodes > 1)
        printf("%s\n", count ? "what differs" : "nothing differs");
    for (int i = 0; i < count; i++)
        if (wish->json)
            put(difference_object(compare, &list[i]), i ? ",\n  " : "\n  ");
        else {
            fputs("  ", stdout);
            compare_print(compare, &list[i], stdout);
        }
}

static void tell_sums(const struct wish *wish, const struct sums *sums)
{
    if (wish->json) {
        printf("],\n \"bad\": %zu, \"unknown\": %zu}\n", sums->bad,
               sums->unknown);
        return;
    }
    printf("%d node%s: %zu bad, %zu unknown, %zu worth a look", sums->nodes,
           sums->nodes == 1 ? "" : "s", sums->bad, sums->unknown, sums->notes);
    if (sums->nodes > 1)
        printf(", %zu difference%s", sums->differences,
               sums->differences == 1 ? "" : "s");
    putchar('\n');
}

/* --- the job ---------------------------------------------------------------
 */

/* Whether a rank looks: one a node, or each where roots are by rank. */
static bool looks(struct job *job, const struct wish *wish, int rank)
{
    if (wish->each_rank)
        return true;
    for (int r = 0; r < rank; r++)
        if (job_node(job, r) == job_node(job, rank))
            return false;
    return true;
}

static void take(const struct wish *wish, const char *host,
                 const struct facts *facts, struct compare *compare,
                 struct sums *sums)
{
    if (wish->json)
        tell_json(host, facts, sums->nodes);
    else
        tell_text(host, facts, wish->all);
    compare_add(compare, host, facts);
    sums->nodes++;
    sums->bad += facts_with(facts, VERDICT_BAD);
    sums->unknown += facts_with(facts, VERDICT_UNKNOWN);
    sums->notes += facts_with(facts, VERDICT_NOTE);
}

enum { HOST = 64 };

static void receive(struct job *job, int from, char *host, struct facts *out)
{
    job_recv(job, host, HOST, from);
    job_recv(job, &out->count, sizeof out->count, from);
    out->list = xcalloc(out->count, sizeof *out->list);
    job_recv(job, out->list, out->count * sizeof *out->list, from);
}

static void deliver(struct job *job, const char *host,
                    const struct facts *facts)
{
    job_send(job, host, HOST, 0);
    job_send(job, &facts->count, sizeof facts->count, 0);
    job_send(job, facts->list, facts->count * sizeof *facts->list, 0);
}

static double gather(struct job *job, const struct wish *wish, char *host,
                     struct facts *mine)
{
    struct sums sums = {0, 0, 0, 0, 0};
    struct compare *compare = compare_new();
    if (wish->json)
        printf(
            "{\"format\": %d, \"suite\": \"linerate\", \"version\": \"%s\",\n"
            " \"nodes\": [",
            FORMAT_VERSION, build.version);
    take(wish, host, mine, compare, &sums);
    for (int r = 1; r < job_size(job); r++)
        if (looks(job, wish, r)) {
            struct facts facts = {NULL, 0, 0};
            receive(job, r, host, &facts);
            take(wish, host, &facts, compare, &sums);
            facts_fini(&facts);
        }
    tell_differences(wish, compare, &sums);
    tell_sums(wish, &sums);
    compare_free(compare);
    return sums.bad || sums.differences ? EXIT_WRONG : EXIT_GOOD;
}

static double examine(struct job *job, const struct wish *wish,
                      const char *root)
{
    struct facts mine = {NULL, 0, 0};
    struct node_facts node;
    char host[HOST] = "";
    double code = EXIT_GOOD;
    if (looks(job, wish, job_rank(job))) {
        node_describe(root, &node);
        snprintf(host, sizeof host, "%s", node.host[0] ? node.host : "unnamed");
        look(root, &mine);
        if (job_rank(job) == 0) {
            bool several =
                wish->each_rank ? job_size(job) > 1 : job_nodes(job) > 1;
            struct wish own = *wish;
            own.all = wish->all || !several;
            code = gather(job, &own, host, &mine);
        } else
            deliver(job, host, &mine);
    }
    facts_fini(&mine);
    job_max(job, &code, 1); /* all end alike */
    return code;
}

int main(int argc, char **argv)
{
    struct wish wish;
    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(usage, stdout);
        return EXIT_GOOD;
    }
    if (!parse(argc, argv, &wish))
        return EXIT_USAGE;
    struct job *job = job_open(&argc, &argv);
    char *root = own_root(&wish, job_rank(job));
    double code = root[0] && !is_tree(root) ? EXIT_USAGE : EXIT_GOOD;
    job_max(job, &code, 1);
    if (code == EXIT_GOOD)
        code = examine(job, &wish, root);
    free(root);
    job_close(job);
    return (int)code;
}
