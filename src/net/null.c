/* SPDX-License-Identifier: BSD-3-Clause */
/* The transport that moves nothing: it prices the harness itself and lets every
 * option be tested. Its results are not checked, and its rows say so. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "net/buffers.h"
#include "net/mem.h"
#include "net/transport.h"

struct net {
    size_t capacity_B;
    struct memory *memory;
    char *data;
};

struct plan {
    struct net *net;
    struct layout layout;
};

static const char *null_refuses(const struct memory *memory, bool shared)
{
    (void)memory;
    (void)shared;
    return NULL;
}

static struct net *null_open(struct job *job, const struct net_options *options)
{
    (void)job;
    struct net *net = xcalloc(1, sizeof *net);
    net->capacity_B = options->capacity_B;
    net->memory = options->memory;
    return net;
}

static void null_version(char *text, size_t capacity)
{
    snprintf(text, capacity, "%s", "");
}

static const char *null_inapplicable(struct net *net,
                                     const struct collective *c)
{
    (void)net;
    (void)c;
    return NULL;
}

static struct plan *null_prepare(struct net *net, struct job *group,
                                 const struct algorithm *algorithm,
                                 const struct collective *c)
{
    struct plan *plan = xcalloc(1, sizeof *plan);
    plan->net = net;
    plan->layout = buffers_layout(algorithm, c, job_rank(group));
    if (!net->data && net->capacity_B)
        net->data = net->memory->kind->alloc(net->memory, net->capacity_B);
    return plan;
}

static void null_view(struct plan *plan, struct plan_view *out)
{
    *out = (struct plan_view){
        .input = plan->net->data + plan->layout.offset[BUFFER_INPUT],
        .output = plan->net->data + plan->layout.offset[BUFFER_OUTPUT],
        .wire_B = -1}; /* no connections */
}

static void null_run(struct plan *plan)
{
    (void)plan;
}

static void null_release(struct plan *plan)
{
    free(plan);
}

static void null_close(struct net *net)
{
    if (net->data)
        net->memory->kind->free(net->memory, net->data);
    free(net);
}

static void null_evidence(struct plan *plan, char *path, size_t path_capacity,
                          char *evidence, size_t evidence_capacity)
{
    (void)plan;
    snprintf(path, path_capacity, "none");
    snprintf(evidence, evidence_capacity, "moves nothing");
}

static void null_where(const struct net *net, struct where *out)
{
    (void)net;
    *out = (struct where){.round = -1, .peer = -1, .what = "nothing"};
}

const struct transport transport_null = {
    .name = "null",
    .about = "moves nothing: the cost of the harness itself",
    .schedules = true,
    .real = false,
    .version = null_version,
    .refuses = null_refuses,
    .open = null_open,
    .inapplicable = null_inapplicable,
    .prepare = null_prepare,
    .view = null_view,
    .run = null_run,
    .release = null_release,
    .close = null_close,
    .evidence = null_evidence,
    .where = null_where,
};
