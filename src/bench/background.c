/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/background.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "net/buffers.h"

struct aside {
    const struct with *with;
    struct group group;
    struct job *team;
    struct collective c;
    const struct algorithm *algorithm;
    struct plan *plan;
    struct plan_view view;
    struct pattern pattern;
    long operations;
};

struct background {
    struct job *job;
    const struct transport *via;
    struct aside aside[ASIDES_MOST];
    int n;
};

/* The operation of this rank's group; why it cannot run, or NULL. */
static const char *choose(struct aside *aside, const struct options *options,
                          const struct choice *choice)
{
    struct collective *c = &aside->c;
    *c = (struct collective){
        .kind = aside->with->kind,
        .type = options->type,
        .op = options->op,
        .ranks = aside->group.ranks,
        .shape = {aside->group.nodes, 0, aside->group.starts},
        .tuning = options->tuning};
    c->count = collective_count(c, aside->with->size_B);
    aside->algorithm = choice_best(choice, "ucx", c);
    return collective_inapplicable(c);
}

struct background *background_make(const struct benchmark *benchmark,
                                   const struct options *options,
                                   const struct choice *choice,
                                   const struct waves *waves, struct job *job,
                                   int *code)
{
    const char *reason = NULL;
    *code = 0;
    if (!options->with.n)
        return NULL;
    struct background *b = xcalloc(1, sizeof *b);
    b->job = job;
    for (; b->n < options->with.n && !reason; b->n++) {
        struct aside *aside = &b->aside[b->n];
        aside->with = &options->with.item[b->n];
        waves_axis_group(waves, &aside->with->split, job_rank(job),
                         &aside->group);
        reason = choose(aside, options, choice);
    }
    if (reason) {
        if (job_rank(job) == 0)
            error("%s: --with: %s %s, expected one that can run",
                  benchmark->name, collective_name(b->aside[b->n - 1].c.kind),
                  reason);
        *code = EXIT_USAGE;
        background_free(b);
        return NULL;
    }
    for (int i = 0; i < b->n; i++)
        b->aside[i].team =
            job_group(job, b->aside[i].group.members, b->aside[i].group.ranks);
    return b;
}

void background_free(struct background *b)
{
    for (int i = 0; b && i < b->n; i++) {
        if (b->aside[i].team)
            job_leave(b->aside[i].team);
        group_free(&b->aside[i].group);
    }
    free(b);
}

void background_needs(struct background *b, struct net_options *out)
{
    for (int i = 0; i < b->n; i++) {
        struct aside *aside = &b->aside[i];
        double need = (double)buffers_layout(aside->algorithm, &aside->c,
                                             job_rank(aside->team))
                          .total_B;
        job_max(b->job, &need, 1);
        out->aside_B[i] = (size_t)need;
    }
    out->asides = b->n;
}

void background_prepare(struct background *b, const struct transport *via,
                        struct net *net)
{
    b->via = via;
    for (int i = 0; i < b->n; i++) {
        struct aside *aside = &b->aside[i];
        aside->plan = via->asides->prepare(net, i, aside->team,
                                           aside->algorithm, &aside->c);
        via->view(aside->plan, &aside->view);
    }
}

void background_release(struct background *b)
{
    for (int i = 0; i < b->n; i++)
        if (b->aside[i].plan) {
            b->via->release(b->aside[i].plan);
            b->aside[i].plan = NULL;
        }
}

void background_start(struct background *b, struct memory *memory,
                      const struct pattern *pattern, unsigned long number,
                      const struct inject *corrupt)
{
    for (int i = 0; i < b->n; i++) {
        struct aside *aside = &b->aside[i];
        aside->pattern =
            (struct pattern){pattern->seed, number, aside->c.ranks};
        memory->kind->fill(memory, &aside->pattern, &aside->c,
                           job_rank(aside->team), aside->view.input);
        if (corrupt && collective_has_input(&aside->c, job_rank(aside->team)))
            mem_spoil(memory, &aside->c, aside->view.input, corrupt->element);
        b->via->asides->start(aside->plan);
    }
}

size_t background_stop(struct background *b, struct memory *memory,
                       struct wrong *out)
{
    size_t wrong = 0;
    for (int i = 0; i < b->n; i++) {
        struct aside *aside = &b->aside[i];
        struct verdict verdict = {.wrong = 0};
        double begun = (double)b->via->asides->begun(aside->plan);
        job_max(aside->team, &begun, 1);
        aside->operations = (long)begun;
        b->via->asides->stop(aside->plan, aside->operations);
        if (aside->operations)
            memory->kind->verify(memory, &aside->pattern, &aside->c,
                                 job_rank(aside->team), aside->view.output,
                                 &verdict);
        wrong_note(out, &verdict, aside->pattern.iteration, aside->team);
        wrong += verdict.wrong;
    }
    return wrong;
}

void background_describe(const struct background *b, char *text,
                         size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < b->n && used < capacity; i++) {
        const struct aside *aside = &b->aside[i];
        const struct with_list one = {{*aside->with}, 1};
        char name[96];
        used += (size_t)snprintf(
            text + used, capacity - used, "%swith %s: %ld times", i ? "; " : "",
            with_print(&one, name, sizeof name), aside->operations);
    }
}
