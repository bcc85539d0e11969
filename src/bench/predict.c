/* SPDX-License-Identifier: BSD-3-Clause */
/* All that one command line asks to predict: topologies, then rank counts, then
 * sizes, then algorithms; a row each. Under mpirun the rows are dealt to the
 * ranks, and rank 0 writes them in the same order as on one. */
#include "bench/predict.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench/folder.h"
#include "bench/sizes.h"
#include "coll/registry.h"
#include "net/job.h"
#include "sim/constants.h"

struct run {
    const struct predict_options *options;
    struct job *job;
    struct folder *folder;
    struct model_set models;
    struct sizes sizes;
    char run_id[64];
    long row; /* so far, over all ranks of the job */
    int ok, bad;
};

/* The kind of that name of which there are algorithms; -1: none. */
static int kind_of(const char *name)
{
    for (int i = 0; registry[i]; i++)
        if (registry[i]->kind != COLL_BARRIER &&
            !strcmp(collective_name(registry[i]->kind), name))
            return (int)registry[i]->kind;
    return -1;
}

/* "allreduce, allgather, ...": those with algorithms. */
static void kind_names(char *text, size_t capacity)
{
    size_t used = 0;
    int last = COLL_BARRIER;
    for (int i = 0; registry[i] && used < capacity; i++) {
        int kind = (int)registry[i]->kind;
        if (kind != COLL_BARRIER && kind != last)
            used += (size_t)snprintf(text + used, capacity - used, "%s%s",
                                     used ? ", " : "",
                                     collective_name(registry[i]->kind));
        last = kind;
    }
}

static bool is_wanted(const struct predict_options *o,
                      const struct algorithm *algorithm,
                      const struct collective *c)
{
    for (int i = 0; o->algorithms[i]; i++)
        if (!strcmp(o->algorithms[i], "all") ||
            !strcmp(o->algorithms[i], algorithm->name) ||
            (!strcmp(o->algorithms[i], "auto") &&
             registry_auto(c) == algorithm))
            return true;
    return false;
}

/* --- rows
 * ------------------------------------------------------------------------ */

static void put(struct run *run, struct record *r)
{
    snprintf(r->run_id, sizeof r->run_id, "%s", run->run_id);
    clock_utc(r->time_utc, sizeof r->time_utc);
    if (run->options->csv)
        record_write(stdout, r);
    else
        record_print(stdout, r);
    fflush(stdout);
    if (run->folder && folder_append(run->folder, r, NULL, 0))
        run->bad++;
    run->ok += strcmp(r->status, "skip") != 0;
}

static void one_row(struct run *run, const struct prediction *p)
{
    int size = job_size(run->job), owner = (int)(run->row++ % size);
    struct record record;
    if (job_rank(run->job) == owner) {
        bool tell = run->options->explain && !run->options->csv && owner == 0;
        predict_case(p, &record, tell ? stdout : NULL);
        if (owner != 0)
            job_send(run->job, &record, sizeof record, 0);
    }
    if (job_rank(run->job) == 0) {
        if (owner != 0)
            job_recv(run->job, &record, sizeof record, owner);
        put(run, &record);
    }
}

/* Ranks of one group on a node: members of an axis stand `stride` GPUs apart.
 */
static int group_per_node(const struct predict_options *o, int gpus_per_node)
{
    int stride = o->split_text && split_members(&o->split) > 1
                     ? split_rank(&o->split, 0, 1)
                     : 1;
    return stride >= gpus_per_node ? 1 : gpus_per_node / stride;
}

/* `ranks` are those of a group; all groups together fit the cluster. */
static void all_rows_at(struct run *run, const struct topology *t, int ranks)
{
    const struct predict_options *o = run->options;
    int per_node = group_per_node(o, topology_gpus_per_node(t));
    int groups = o->split_text ? split_groups(&o->split) : 1;
    struct collective c = {
        .kind = (enum collective_kind)kind_of(o->collective),
        .type = o->type,
        .op = o->op,
        .root = o->root,
        .ranks = ranks,
        .shape = {(ranks + per_node - 1) / per_node, per_node, NULL},
        .tuning = o->tuning};
    if (c.tuning.segment_B == 0)
        c.tuning.segment_B = (size_t)run->models.value.segment_B;
    for (size_t s = 0; s < run->sizes.n; s++) {
        c.count = collective_count(&c, run->sizes.list[s]);
        for (int i = 0; registry[i]; i++)
            if (registry[i]->kind == c.kind && is_wanted(o, registry[i], &c)) {
                struct prediction p = {t, &run->models, o, groups,
                                       c, registry[i]};
                one_row(run, &p);
            }
    }
}

/* --- topologies and rank counts
 * ---------------------------------------------------- */

static bool apply_faults(const struct predict_options *o, struct topology *t)
{
    for (int i = 0; i < o->faults_n; i++) {
        const struct fault *f = &o->faults[i];
        bool there =
            f->nic ? topology_degrade_nic(t, (int)f->index, f->share)
                   : topology_degrade_link(t, (uint32_t)f->index, f->share);
        if (!there) {
            error("predict: --fault: %s %ld, expected one of the %s of %s",
                  f->nic ? "nic" : "link", f->index,
                  f->nic ? "GPUs with a NIC" : "links",
                  topology_cluster(t)->name);
            return false;
        }
    }
    return true;
}

/* Next number of a list such as "8,all"; 0 at its end, -1 when malformed. */
static int next_ranks(const char **at, int all)
{
    char *end;
    if (!**at)
        return 0;
    long ranks = strtol(*at, &end, 10);
    if (end == *at && !strncmp(*at, "all", 3)) {
        ranks = all;
        end = (char *)*at + 3;
    }
    if (end == *at || ranks < 1 || ranks > 1 << 24 || (*end && *end != ','))
        return -1;
    *at = *end && end[1] ? end + 1 : *end ? "?" : end;
    return (int)ranks;
}

/* All rows of a file or, with `look`, only whether they can be asked for. */
static int run_topology(struct run *run, const char *path, bool look)
{
    const struct predict_options *o = run->options;
    struct cluster *cluster = cluster_read(path);
    struct topology *t = cluster ? topology_build(cluster) : NULL;
    int code = t && apply_faults(o, t) ? 0 : EXIT_USAGE;
    char whole[16] = "";
    if (t) {
        int job = (int)figure_or(cluster->job.gpus, topology_gpus(t));
        if (o->split_text)
            job = split_members(&o->split);
        snprintf(whole, sizeof whole, "%d", job);
    }
    for (const char *at = o->ranks ? o->ranks : whole; !code && *at;) {
        int ranks = next_ranks(&at, topology_gpus(t));
        if (ranks < 0) {
            if (job_rank(run->job) == 0)
                error("predict: --ranks: '%s', expected numbers such as "
                      "1024,16384 or all",
                      o->ranks);
            code = EXIT_USAGE;
        } else if (!look) {
            all_rows_at(run, t, ranks);
        }
    }
    topology_free(t);
    cluster_free(cluster);
    return code;
}

/* --- the whole
 * ---------------------------------------------------------------------- */

static int prepare(struct run *run)
{
    const struct predict_options *o = run->options;
    if (kind_of(o->collective) < 0) {
        char names[256];
        kind_names(names, sizeof names);
        error("predict: '%s', expected a collective: %s", o->collective, names);
        return EXIT_USAGE;
    }
    for (int i = 0; o->algorithms[i]; i++)
        if (strcmp(o->algorithms[i], "all") &&
            strcmp(o->algorithms[i], "auto") &&
            !registry_find((enum collective_kind)kind_of(o->collective),
                           o->algorithms[i])) {
            error("predict: --algorithm: '%s', expected all, auto or one that "
                  "%s has",
                  o->algorithms[i], o->collective);
            return EXIT_USAGE;
        }
    const char *wrong = sizes_build(o->min_B, o->max_B, o->factor, o->step_B,
                                    datatype_size(o->type), &run->sizes);
    if (wrong) {
        error("predict: sizes: %s", wrong);
        return EXIT_USAGE;
    }
    if (!constants_read(o->constants_file, o->constants, &run->models))
        return EXIT_USAGE;
    return 0;
}

/* Nothing is written before all that was asked for has been looked at. */
static int open_output(struct run *run)
{
    const struct predict_options *o = run->options;
    int code = 0;
    snprintf(run->run_id, sizeof run->run_id, "predict");
    if (job_rank(run->job))
        return 0;
    if (o->out) {
        run->folder = folder_open(o->out, false, &code);
        if (run->folder)
            snprintf(run->run_id, sizeof run->run_id, "%s",
                     folder_run_id(run->folder));
    }
    if (!code && o->csv)
        record_write_header(stdout);
    else if (!code)
        record_print_heading(stdout);
    return code;
}

int predict_run(const struct predict_options *options)
{
    int none = 0;
    struct run run = {.options = options, .job = job_open(&none, NULL)};
    int code = prepare(&run);
    for (int i = 0; !code && options->topologies[i]; i++)
        code = run_topology(&run, options->topologies[i], true);
    if (!code)
        code = open_output(&run);
    for (int i = 0; !code && options->topologies[i]; i++)
        code = run_topology(&run, options->topologies[i], false);
    if (run.folder)
        folder_close(run.folder);
    sizes_free(&run.sizes);
    if (!code && job_rank(run.job) == 0 && (run.bad || run.ok == 0))
        code = EXIT_MACHINE;
    job_close(run.job);
    return code;
}
