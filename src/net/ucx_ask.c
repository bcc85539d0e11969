/* SPDX-License-Identifier: BSD-3-Clause */
/* What UCX says of itself: the lanes of an endpoint (what it may use), and of
 * each message of a run what was done with it. The latter is asked when the
 * message has completed and before its request is freed: UCX plans one thing
 * and may do another, and a request that completes at once leaves nothing to
 * ask, hence NO_IMM_CMPL. None of this is part of a timed run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/ucx_net.h"

enum { ANSWER_B = 512, SIZES_RETURNED = 8 };

static bool is_far(const struct net *net, const struct peer *peer)
{
    struct job *job = net->job;
    return job_node(job, peer->world) != job_node(job, job_rank(job));
}

static void hear(struct plan *plan, const struct peer *peer, void *request,
                 bool send)
{
    char text[ANSWER_B] = "";
    ucp_request_attr_t attributes = {
        .field_mask = UCP_REQUEST_ATTR_FIELD_INFO_STRING |
                      UCP_REQUEST_ATTR_FIELD_INFO_STRING_SIZE,
        .debug_string = text,
        .debug_string_size = sizeof text};
    if (ucp_request_query(request, &attributes) != UCS_OK)
        text[0] = '\0';
    gdr_hear(is_far(plan->net, peer) ? &plan->far : &plan->near, text, send);
}

void ucx_hear(struct plan *plan, const struct op *op, void *request)
{
    if (op->bytes)
        hear(plan, op->peer, request, op->kind == OP_SEND);
}

/* --- messages returned -----------------------------------------------------
 * A rank that only receives (a leaf of a broadcast) is asked nothing, and its
 * own end is what nobody else can speak of. Where messages go one way between
 * two nodes, one of each size is sent back, and asked about. */

/* Of the peer with this index, which ways messages with bytes go. */
struct ways {
    bool sends, receives;
};

static struct ways *find_ways(const struct plan *plan)
{
    const struct net *net = plan->net;
    struct ways *ways = xcalloc((size_t)net->peers_n, sizeof *ways);
    for (size_t i = 0; i < plan->ops_n; i++) {
        const struct op *op = &plan->ops[i];
        if (!op->peer || op->direct || !op->bytes || !is_far(net, op->peer))
            continue;
        struct ways *way = &ways[net->peer_of[op->peer->world]];
        way->sends |= op->kind == OP_SEND;
        way->receives |= op->kind != OP_SEND;
    }
    return ways;
}

struct returned {
    void *request;
    struct peer *peer;
    bool send;
};

static void post_return(struct plan *plan, const struct op *op, int number,
                        struct returned *out)
{
    struct net *net = plan->net;
    bool back = op->kind != OP_SEND; /* I got it, and send it back */
    *out = (struct returned){.peer = op->peer, .send = back};
    if (back) {
        uint64_t tag =
            ucx_tag(job_rank(net->job), op->peer->sent + (uint64_t)number);
        const char *from = op->kind == OP_RECV ? op->to : op->staging;
        out->request = ucp_tag_send_nbx(op->peer->ep, from, op->segment_B, tag,
                                        &net->param);
    } else {
        uint64_t tag =
            ucx_tag(op->peer->world, op->peer->received + (uint64_t)number);
        char *to = net->base + (op->from - net->base);
        out->request = ucp_tag_recv_nbx(net->worker, to, op->segment_B, tag,
                                        UINT64_MAX, &net->param);
    }
    if (UCS_PTR_IS_ERR(out->request))
        ucx_check(UCS_PTR_STATUS(out->request), "UCX message");
}

/* One message of each size that one peer's ops have, in their order, which is
 * the same on both sides. Returns how many. */
static int post_returns(struct plan *plan, const struct peer *peer,
                        struct returned *out)
{
    size_t sizes[SIZES_RETURNED];
    int n = 0;
    for (size_t i = 0; i < plan->ops_n && n < SIZES_RETURNED; i++) {
        const struct op *op = &plan->ops[i];
        bool known = op->peer != peer || !op->bytes;
        for (int k = 0; k < n; k++)
            known |= sizes[k] == op->segment_B;
        if (known)
            continue;
        sizes[n] = op->segment_B;
        post_return(plan, op, n, &out[n]);
        n++;
    }
    return n;
}

static void await(struct plan *plan, const struct returned *returned)
{
    struct net *net = plan->net;
    ucs_status_t status;
    if (!returned->request)
        return;
    while ((status = ucp_request_check_status(returned->request)) ==
           UCS_INPROGRESS)
        ucp_worker_progress(net->worker);
    ucx_check(status, "UCX message");
    if (returned->send)
        hear(plan, returned->peer, returned->request, true);
    ucp_request_free(returned->request);
}

static void return_messages(struct plan *plan)
{
    struct net *net = plan->net;
    struct ways *ways = find_ways(plan);
    struct returned *all =
        xcalloc((size_t)net->peers_n * SIZES_RETURNED, sizeof *all);
    int n = 0;
    for (int p = 0; p < net->peers_n; p++) {
        if (ways[p].sends == ways[p].receives)
            continue;
        int more = post_returns(plan, net->peers[p], &all[n]);
        if (ways[p].receives)
            net->peers[p]->sent += (uint64_t)more;
        else
            net->peers[p]->received += (uint64_t)more;
        n += more;
    }
    for (int i = 0; i < n; i++)
        await(plan, &all[i]);
    free(all);
    free(ways);
}

void ucx_ask(struct plan *plan, struct gdr_heard *near, struct gdr_heard *far)
{
    struct net *net = plan->net;
    const uint32_t mask = net->param.op_attr_mask;
    plan->near = plan->far = (struct gdr_heard){.answers = 0};
    net->param.op_attr_mask = mask | UCP_OP_ATTR_FLAG_NO_IMM_CMPL;
    net->asking = true;
    ucx_run(plan);
    return_messages(plan);
    net->asking = false;
    net->param.op_attr_mask = mask;
    *near = plan->near;
    *far = plan->far;
}

void ucx_count_messages(const struct plan *plan, double *all, double *far)
{
    *all = *far = 0;
    for (size_t i = 0; i < plan->ops_n; i++) {
        const struct op *op = &plan->ops[i];
        if (!op->peer || op->direct || !op->bytes)
            continue;
        *all += op->segments;
        if (is_far(plan->net, op->peer))
            *far += op->segments;
    }
}

/* --- lanes
 * --------------------------------------------------------------------*/

/* The transports of an endpoint's lanes, from ucp_ep_print_info, which every
 * UCX has: lines such as "#  lane[0]:  2:posix/memory.0 md[1] -> ...". Lanes
 * say what UCX may use, not what one operation took. */
static void endpoint_lanes(ucp_ep_h ep, char *text, size_t capacity)
{
    char *info = NULL;
    size_t info_B = 0, used = strlen(text);
    FILE *stream = open_memstream(&info, &info_B);
    if (!stream)
        return;
    ucp_ep_print_info(ep, stream);
    fclose(stream);
    for (char *at = info; (at = strstr(at, "lane[")) != NULL; at++) {
        char *colon = strchr(at, ':');
        char *name = colon ? strchr(colon + 1, ':') : NULL;
        size_t length = name ? strcspn(++name, "/ \n") : 0;
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)length, name ? name : "");
        if (!length || strstr(text, word) || used + length + 2 > capacity)
            continue;
        used +=
            (size_t)snprintf(text + used, capacity - used, "%s%s",
                             used && text[used - 1] != ':' ? "+" : "", word);
    }
    free(info);
}

void ucx_evidence(struct plan *plan, char *path, size_t path_capacity,
                  char *evidence, size_t evidence_capacity)
{
    char lanes[96] = "";
    bool direct = false, tagged = false;
    for (int i = 0; i < plan->peers_n; i++) {
        struct peer *peer = plan->peers[i].peer;
        bool in_place = (!plan->peers[i].sends || peer->reads_me) &&
                        (!plan->peers[i].receives || peer->data);
        direct |= in_place;
        tagged |= !in_place;
        if (!in_place && i < 4) /* the first few stand for their like */
            endpoint_lanes(peer->ep, lanes, sizeof lanes);
    }
    snprintf(path, path_capacity, "%s%s%s%s", direct ? "in-place" : "",
             direct && tagged ? "+" : "", tagged ? "tag:" : "", lanes);
    char near[160], far[160];
    gdr_say(&plan->near, near, sizeof near);
    gdr_say(&plan->far, far, sizeof far);
    snprintf(evidence, evidence_capacity, "%s%s%s%s%s",
             direct ? "ucp_rkey_ptr mapped the peers' memory" : "",
             direct && (near[0] || far[0]) ? "; " : "", near,
             near[0] && far[0] ? "; " : "", far);
    if (!evidence[0] && tagged)
        snprintf(evidence, evidence_capacity, "lanes of ucp_ep_print_info");
}
