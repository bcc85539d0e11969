/* SPDX-License-Identifier: BSD-3-Clause */
/* The transport that executes our schedules over UCX (UCP). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/ucx_net.h"

static void ucx_version(char *text, size_t capacity)
{
    unsigned major, minor, release;
    ucp_get_version(&major, &minor, &release);
    snprintf(text, capacity, "UCX %u.%u.%u", major, minor, release);
}

static void open_worker(struct net *net)
{
    ucp_config_t *config;
    ucp_params_t params = {.field_mask = UCP_PARAM_FIELD_FEATURES,
                           .features = UCP_FEATURE_TAG | UCP_FEATURE_RMA};
    ucp_worker_params_t worker = {.field_mask =
                                      UCP_WORKER_PARAM_FIELD_THREAD_MODE,
                                  .thread_mode = UCS_THREAD_MODE_SINGLE};
    ucx_check(ucp_config_read(NULL, NULL, &config), "ucp_config_read");
    ucx_check(ucp_init(&params, config, &net->context), "ucp_init");
    ucp_config_release(config);
    ucx_check(ucp_worker_create(net->context, &worker, &net->worker),
              "ucp_worker_create");
    ucx_check(
        ucp_worker_get_address(net->worker, &net->address, &net->address_B),
        "ucp_worker_get_address");
}

enum { ALIGN_B = 4096 };

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN_B - 1) / ALIGN_B * ALIGN_B;
}

static size_t asides_B(const struct net_options *options)
{
    size_t bytes = 0;
    for (int i = 0; i < options->asides; i++)
        bytes += STAGING_B + aligned(options->aside_B[i]);
    return bytes;
}

static void share_out(struct net *net, char *at,
                      const struct net_options *options)
{
    for (int i = 0; i < options->asides; i++) {
        net->aside[i] = at;
        at += STAGING_B + aligned(options->aside_B[i]);
    }
    net->staging = at;
    net->data = at + STAGING_B;
}

/* All memory of this rank in one piece, allocated and registered by UCX once:
 * slots, what operations aside need, staging, data. */
static void open_host_memory(struct net *net, const struct net_options *options)
{
    size_t slots_B = (size_t)net->slots_n * sizeof(struct slot);
    slots_B = (slots_B + 4095) / 4096 * 4096;
    ucp_mem_map_params_t params = {
        .field_mask =
            UCP_MEM_MAP_PARAM_FIELD_LENGTH | UCP_MEM_MAP_PARAM_FIELD_FLAGS,
        .length = slots_B + net->asides_B + STAGING_B + net->capacity_B,
        .flags = UCP_MEM_MAP_ALLOCATE};
    ucx_check(ucp_mem_map(net->context, &params, &net->memory_handle),
              "ucp_mem_map");
    ucp_mem_attr_t attributes = {.field_mask = UCP_MEM_ATTR_FIELD_ADDRESS};
    ucx_check(ucp_mem_query(net->memory_handle, &attributes), "ucp_mem_query");
    net->base = attributes.address;
    memset(net->base, 0, slots_B);
    net->slots = (struct slot *)net->base;
    share_out(net, net->base + slots_B, options);
    ucx_check(ucp_rkey_pack(net->context, net->memory_handle, &net->rkey,
                            &net->rkey_B),
              "ucp_rkey_pack");
}

static ucs_memory_type_t memory_type(const struct memory *memory)
{
    static const ucs_memory_type_t types[] = {
        [MEMORY_HOST] = UCS_MEMORY_TYPE_HOST,
        [MEMORY_CUDA] = UCS_MEMORY_TYPE_CUDA,
        [MEMORY_CUDA_MANAGED] = UCS_MEMORY_TYPE_CUDA_MANAGED};
    return types[memory->place];
}

/* Staging and data in memory of another kind, which no neighbour maps: no
 * slots. Every message says what memory it is of, so that UCX need not find
 * out. */
static void open_other_memory(struct net *net,
                              const struct net_options *options)
{
    struct memory *memory = net->memory;
    size_t bytes = net->asides_B + STAGING_B + net->capacity_B;
    net->allow_direct = false;
    net->slots_n = 0;
    net->base = memory->kind->alloc(memory, bytes);
    share_out(net, net->base, options);
    ucp_mem_map_params_t params = {.field_mask =
                                       UCP_MEM_MAP_PARAM_FIELD_ADDRESS |
                                       UCP_MEM_MAP_PARAM_FIELD_LENGTH |
                                       UCP_MEM_MAP_PARAM_FIELD_MEMORY_TYPE,
                                   .address = net->base,
                                   .length = bytes,
                                   .memory_type = memory_type(memory)};
    ucx_check(ucp_mem_map(net->context, &params, &net->memory_handle),
              "ucp_mem_map");
    net->param = (ucp_request_param_t){
        .op_attr_mask = UCP_OP_ATTR_FIELD_MEMORY_TYPE | UCP_OP_ATTR_FIELD_MEMH,
        .memory_type = memory_type(memory),
        .memh = net->memory_handle};
}

/* Asked of a context of its own: none is open yet. */
static const char *ucx_refuses(const struct memory *memory, bool shared)
{
    (void)shared;
    ucp_config_t *config;
    ucp_context_h context;
    ucp_params_t params = {.field_mask = UCP_PARAM_FIELD_FEATURES,
                           .features = UCP_FEATURE_TAG};
    ucp_context_attr_t has = {.field_mask = UCP_ATTR_FIELD_MEMORY_TYPES};
    if (memory->place == MEMORY_HOST)
        return NULL;
    ucx_check(ucp_config_read(NULL, NULL, &config), "ucp_config_read");
    ucx_check(ucp_init(&params, config, &context), "ucp_init");
    ucp_config_release(config);
    ucx_check(ucp_context_query(context, &has), "ucp_context_query");
    ucp_cleanup(context);
    return has.memory_types >> memory_type(memory) & 1
               ? NULL
               : "this UCX cannot reach CUDA memory (no cuda_copy in its "
                 "transports, or UCX_TLS leaves it out)";
}

static struct net *ucx_open(struct job *job, const struct net_options *options)
{
    struct net *net = xcalloc(1, sizeof *net);
    net->job = job;
    net->allow_direct = options->direct;
    net->memory = options->memory;
    net->late = !net->memory->kind->host;
    net->segment_B = options->segment_B ? options->segment_B : SEGMENT_B;
    net->segment_B = (net->segment_B + 63) / 64 * 64;
    net->capacity_B = aligned(options->capacity_B + 1);
    net->asides_B = asides_B(options);
    net->slots_n = job_local_ranks(job);
    net->oversubscribed = job_oversubscribed(job);
    net->peer_of = xcalloc((size_t)job_size(job), sizeof *net->peer_of);
    for (int i = 0; i < job_size(job); i++)
        net->peer_of[i] = -1;
    open_worker(net);
    if (net->late)
        open_other_memory(net, options);
    else
        open_host_memory(net, options);
    job_barrier(job);
    return net;
}

static const char *ucx_inapplicable(struct net *net, const struct collective *c)
{
    (void)net;
    (void)c;
    return NULL;
}

struct plan *ucx_plan_at(struct net *net, struct job *group,
                         const struct algorithm *algorithm,
                         const struct collective *c, char *staging, char *data,
                         size_t capacity_B)
{
    struct plan *plan = xcalloc(1, sizeof *plan);
    plan->net = net;
    plan->group = group;
    plan->algorithm = algorithm;
    plan->c = *c;
    plan->staging = staging;
    plan->data = data;
    plan->layout = buffers_layout(algorithm, c, job_rank(group));
    if (plan->layout.total_B > capacity_B)
        die(EXIT_MACHINE, "transport ucx: %zu bytes asked of %zu",
            plan->layout.total_B, capacity_B);
    ucx_compile(plan);
    return plan;
}

static struct plan *ucx_prepare(struct net *net, struct job *group,
                                const struct algorithm *algorithm,
                                const struct collective *c)
{
    return ucx_plan_at(net, group, algorithm, c, net->staging, net->data,
                       net->capacity_B);
}

static void ucx_view(struct plan *plan, struct plan_view *out)
{
    *out = (struct plan_view){
        .input = plan->data + plan->layout.offset[BUFFER_INPUT],
        .output = plan->data + plan->layout.offset[BUFFER_OUTPUT],
        .connections = plan->net->peers_n,
        .wire_B = plan->wire_B};
    ucx_count_messages(plan, &out->messages, &out->far_messages);
}

static void ucx_release(struct plan *plan)
{
    free(plan->ops);
    free(plan->rounds);
    free(plan->peers);
    free(plan);
}

static void ucx_close(struct net *net)
{
    ucx_disconnect(net);
    if (net->rkey)
        ucp_rkey_buffer_release(net->rkey);
    ucx_check(ucp_mem_unmap(net->context, net->memory_handle), "ucp_mem_unmap");
    if (net->late)
        net->memory->kind->free(net->memory, net->base);
    ucp_worker_release_address(net->worker, net->address);
    ucp_worker_destroy(net->worker);
    ucp_cleanup(net->context);
    free(net->peer_of);
    free(net);
}

static void ucx_where(const struct net *net, struct where *out)
{
    static const char *const what[OP_KINDS] = {[OP_SEND] = "send",
                                               [OP_RECV] = "receive",
                                               [OP_RECV_REDUCE] =
                                                   "receive-reduce"};
    const struct plan *plan = net->running;
    *out = (struct where){.round = -1, .peer = -1, .what = "nothing"};
    if (!plan || plan->head >= plan->rounds_n)
        return;
    out->round = plan->head;
    out->rounds = plan->rounds_n;
    const struct round *round = &plan->rounds[plan->head];
    for (size_t i = round[0].first; i < round[1].first; i++) {
        const struct op *op = &plan->ops[i];
        if (op->done || !op->peer)
            continue;
        out->peer = op->peer->world;
        out->what = what[op->kind];
        if (op->kind != OP_SEND) /* what is missing says more than what is not
                                    taken */
            return;
    }
}

const struct transport transport_ucx = {
    .name = "ucx",
    .about = "executes the schedules over UCX: in place between neighbours "
             "where it can, else as tagged messages",
    .schedules = true,
    .real = true,
    .version = ucx_version,
    .refuses = ucx_refuses,
    .open = ucx_open,
    .inapplicable = ucx_inapplicable,
    .prepare = ucx_prepare,
    .view = ucx_view,
    .run = ucx_run,
    .ask = ucx_ask,
    .asides = &ucx_asides,
    .release = ucx_release,
    .close = ucx_close,
    .evidence = ucx_evidence,
    .where = ucx_where,
};
