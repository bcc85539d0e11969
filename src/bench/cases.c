/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "coll/registry.h"
#include "net/mem.h"

static const enum collective_kind direction_kinds[DIRECTIONS] = {
    COLL_PINGPONG, COLL_STREAM, COLL_BISTREAM};

struct list {
    struct cases *cases;
    size_t capacity;
};

static void add(struct list *list, struct bench_case one)
{
    struct cases *cases = list->cases;
    if (cases->n == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        cases->list =
            xrealloc(cases->list, list->capacity * sizeof *cases->list);
    }
    cases->list[cases->n++] = one;
}

/* One transport at one size: a case an algorithm, or one for a library. */
static void add_algorithms(struct list *list, const struct benchmark *benchmark,
                           const struct options *options, struct bench_case one)
{
    one.direction = -1;
    if (!one.via->schedules) {
        one.algorithm = "library";
        add(list, one);
        return;
    }
    for (int a = 0; options->algorithms[a]; a++) {
        one.algorithm = options->algorithms[a];
        if (strcmp(one.algorithm, "all")) {
            add(list, one);
            continue;
        }
        for (int i = 0; registry[i]; i++)
            if (registry[i]->kind == benchmark->kind &&
                !registry[i]->in_switch) {
                one.algorithm = registry[i]->name;
                add(list, one);
            }
    }
}

static void add_directions(struct list *list, const struct options *options,
                           struct bench_case one)
{
    for (int d = 0; d < DIRECTIONS; d++) {
        if (!options->directions[d])
            continue;
        one.direction = d;
        one.algorithm = "auto";
        add(list, one);
    }
}

void cases_make(const struct benchmark *benchmark,
                const struct options *options, const struct waves *waves,
                const struct sizes *sizes, const char *const *refusals,
                struct cases *out)
{
    struct list list = {out, 0};
    *out = (struct cases){NULL, 0};
    for (int w = 0; w < waves_count(waves); w++)
        for (size_t s = 0; s < sizes->n; s++)
            for (int t = 0; options->transports[t]; t++) {
                struct bench_case one = {
                    .wave = w,
                    .transport = t,
                    .via = transport_find(options->transports[t]),
                    .refusal = refusals[t],
                    .size_B = sizes->list[s]};
                if (benchmark->p2p)
                    add_directions(&list, options, one);
                else
                    add_algorithms(&list, benchmark, options, one);
            }
}

void cases_free(struct cases *cases)
{
    free(cases->list);
    *cases = (struct cases){NULL, 0};
}

static struct collective case_collective(const struct benchmark *benchmark,
                                         const struct options *options,
                                         const struct bench_case *one,
                                         const struct group *group)
{
    struct collective c = {.kind = benchmark->p2p
                                       ? direction_kinds[one->direction]
                                       : benchmark->kind,
                           .type = options->type,
                           .op = options->op,
                           .root = options->root,
                           .ranks = group->ranks,
                           .in_place = options->in_place,
                           .shape = {group->nodes, 0, group->starts},
                           .tuning = options->tuning};
    c.count = collective_count(&c, one->size_B);
    return c;
}

/* Who runs it; NULL for a library's own. */
static const struct algorithm *pick_algorithm(const struct benchmark *benchmark,
                                              const struct choice *choice,
                                              const struct bench_case *one,
                                              const struct collective *c)
{
    if (benchmark->p2p)
        return registry_auto(c);
    if (!strcmp(one->algorithm, "library"))
        return NULL;
    return strcmp(one->algorithm, "auto")
               ? registry_find(benchmark->kind, one->algorithm)
               : choice_best(choice, one->via->name, c);
}

void case_task(const struct benchmark *benchmark, const struct options *options,
               const struct choice *choice, const struct bench_case *one,
               const struct group *group, struct task *out)
{
    *out = (struct task){.reason = group->reason};
    out->c = case_collective(benchmark, options, one, group);
    if (!out->reason)
        out->reason = collective_inapplicable(&out->c);
    out->algorithm = pick_algorithm(benchmark, choice, one, &out->c);
    if (!out->reason && out->algorithm)
        out->reason = out->algorithm->in_switch
                          ? "reduces in the switch, which is only simulated"
                          : out->algorithm->inapplicable(&out->c);
    if (!out->reason)
        out->reason = one->refusal;
    if (!out->reason)
        out->reason = one->via->inapplicable(NULL, &out->c);
    if (!out->reason)
        out->reason = one->reason;
}

static void put(char *text, size_t capacity, const char *value)
{
    snprintf(text, capacity, "%s", value);
}

static void name_pair(const struct bench_case *one, const struct group *group,
                      const struct task *task, struct record *out)
{
    put(out->direction, sizeof out->direction, direction_names[one->direction]);
    if (task->c.kind != COLL_PINGPONG)
        out->window = collective_window(&task->c);
    if (group->reason)
        return;
    out->rank_a = group->members[0];
    out->rank_b = group->members[1];
}

void case_identity(const struct benchmark *benchmark,
                   const struct options *options, const struct bench_case *one,
                   const struct group *group, const struct task *task,
                   struct record *out)
{
    static const char *const placements[] = {"packed", "spread", "rail"};
    const struct collective *c = &task->c;
    record_clear(out);
    put(out->source, sizeof out->source, "measured");
    put(out->benchmark, sizeof out->benchmark, benchmark->name);
    put(out->transport, sizeof out->transport, one->via->name);
    if (task->algorithm)
        schedule_name(task->algorithm, c, out->algorithm,
                      sizeof out->algorithm);
    else
        put(out->algorithm, sizeof out->algorithm, one->algorithm);
    put(out->memory, sizeof out->memory, options->memory->name);
    put(out->datatype, sizeof out->datatype, datatype_name(c->type));
    if (collective_reduces(c->kind))
        put(out->op, sizeof out->op, op_name(c->op));
    if (collective_facts(c->kind)->rooted)
        out->root = c->root;
    put(out->in_place, sizeof out->in_place, c->in_place ? "yes" : "no");
    if (!benchmark->p2p)
        put(out->placement, sizeof out->placement,
            placements[options->placement]);
    snprintf(out->group, sizeof out->group, "%s%s%d of %d",
             group->axis ? group->axis : "", group->axis ? " " : "",
             group->number, group->of);
    if (options->with.n) {
        char with[64];
        size_t used = strlen(out->group);
        snprintf(out->group + used, sizeof out->group - used, " with %s",
                 with_print(&options->with, with, sizeof with));
    }
    if (benchmark->p2p)
        name_pair(one, group, task, out);
    out->seed = (double)options->seed;
    out->nodes = group->reason ? out->nodes : group->nodes;
    out->ranks = group->ranks;
    if (!group->reason && shape_uniform(c))
        out->ranks_per_node = shape_uniform(c);
    out->size_B = (double)collective_size_B(c);
    put(out->mode, sizeof out->mode,
        options->measure.mode == MODE_PIPELINED ? "pipelined" : "isolated");
    put(out->sync, sizeof out->sync,
        options->measure.sync == SYNC_CLOCK ? "clock" : "barrier");
}

void case_label(const struct record *record, char *text, size_t capacity)
{
    char size[32];
    units_print_size((size_t)record->size_B, size, sizeof size);
    if (record->direction[0])
        snprintf(text, capacity, "%s %s %s, ranks %.0f and %.0f, %s",
                 record->benchmark, record->direction, size, record->rank_a,
                 record->rank_b, record->transport);
    else
        snprintf(text, capacity, "%s %s %s on %.0f ranks, %s",
                 record->benchmark, record->algorithm, size, record->ranks,
                 record->transport);
}
