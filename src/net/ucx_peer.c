/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints, made lazily and only to the peers that a schedule names: what a
 * rank stores grows with its peers, not with the job (but for 4 bytes a rank).
 * Addresses travel pairwise over the job's out-of-band channel. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "net/ucx_net.h"

enum { ADDRESS_CAPACITY = 3584, RKEY_CAPACITY = 448 };

/* What two peers tell each other. */
struct card {
    uint64_t data, slot; /* addresses in the teller's process */
    uint32_t address_B, rkey_B;
    char address[ADDRESS_CAPACITY], rkey[RKEY_CAPACITY];
};

void ucx_check(ucs_status_t status, const char *call)
{
    if (status != UCS_OK && status != UCS_INPROGRESS)
        die(EXIT_MACHINE, "%s: %s", call, ucs_status_string(status));
}

struct peer *ucx_peer(struct net *net, int world)
{
    int index = net->peer_of[world];
    return index < 0 ? NULL : net->peers[index];
}

static void fill_card(const struct net *net, const struct peer *peer,
                      struct card *card)
{
    if (net->address_B > ADDRESS_CAPACITY || net->rkey_B > RKEY_CAPACITY)
        die(EXIT_MACHINE,
            "UCX: an address of %zu bytes and a key of %zu, room for %d and "
            "%d: restrict UCX_NET_DEVICES or UCX_TLS",
            net->address_B, net->rkey_B, ADDRESS_CAPACITY, RKEY_CAPACITY);
    card->data = (uint64_t)(uintptr_t)net->data;
    card->slot = (uint64_t)(uintptr_t)peer->mine;
    card->address_B = (uint32_t)net->address_B;
    card->rkey_B = (uint32_t)net->rkey_B;
    memcpy(card->address, net->address, net->address_B);
    if (net->rkey) /* of memory that others may map */
        memcpy(card->rkey, net->rkey, net->rkey_B);
}

/* Map the peer's slots and data, when both may be had. */
static void map_peer(struct net *net, struct peer *peer,
                     const struct card *card)
{
    void *data, *slot;
    if (!net->allow_direct || !card->slot || !peer->mine)
        return;
    if (ucp_rkey_ptr(peer->rkey, card->data, &data) != UCS_OK ||
        ucp_rkey_ptr(peer->rkey, card->slot, &slot) != UCS_OK)
        return;
    peer->data = data;
    peer->theirs = slot;
}

static void open_endpoint(struct net *net, struct peer *peer,
                          const struct card *card)
{
    ucp_ep_params_t params = {.field_mask = UCP_EP_PARAM_FIELD_REMOTE_ADDRESS,
                              .address = (const ucp_address_t *)card->address};
    ucx_check(ucp_ep_create(net->worker, &params, &peer->ep), "ucp_ep_create");
    if (card->rkey_B)
        ucx_check(ucp_ep_rkey_unpack(peer->ep, card->rkey, &peer->rkey),
                  "ucp_ep_rkey_unpack");
}

static struct peer *new_peer(struct net *net, int world)
{
    struct peer *peer = xcalloc(1, sizeof *peer);
    peer->world = world;
    if (job_node(net->job, world) == job_node(net->job, job_rank(net->job)) &&
        net->slots_used < net->slots_n)
        peer->mine = &net->slots[net->slots_used++];
    net->peers = xrealloc(net->peers,
                          ((size_t)net->peers_n + 1) * sizeof(struct peer *));
    net->peer_of[world] = net->peers_n;
    net->peers[net->peers_n++] = peer;
    return peer;
}

/* Both ways must agree: the sender needs to know whether its bytes are read in
 * place or wanted as a message. */
static void agree_on_reading(struct net *net, struct peer **fresh,
                             const int *worlds, int count)
{
    char *mine = xcalloc((size_t)count, 1), *theirs = xcalloc((size_t)count, 1);
    for (int i = 0; i < count; i++)
        mine[i] = fresh[i]->data != NULL;
    job_swap(net->job, count, worlds, mine, theirs, 1);
    for (int i = 0; i < count; i++)
        fresh[i]->reads_me = theirs[i] != 0;
    free(mine);
    free(theirs);
}

void ucx_connect(struct net *net, const int *worlds, int count)
{
    int *missing = xcalloc((size_t)count, sizeof *missing), n = 0;
    for (int i = 0; i < count; i++)
        if (!ucx_peer(net, worlds[i]))
            missing[n++] = worlds[i];
    struct peer **fresh = xcalloc((size_t)n, sizeof(struct peer *));
    struct card *mine = xcalloc((size_t)n, sizeof *mine),
                *theirs = xcalloc((size_t)n, sizeof *theirs);
    for (int i = 0; i < n; i++) {
        fresh[i] = new_peer(net, missing[i]);
        fill_card(net, fresh[i], &mine[i]);
    }
    job_swap(net->job, n, missing, mine, theirs, sizeof *mine);
    for (int i = 0; i < n; i++) {
        open_endpoint(net, fresh[i], &theirs[i]);
        map_peer(net, fresh[i], &theirs[i]);
    }
    agree_on_reading(net, fresh, missing, n);
    free(theirs);
    free(mine);
    free(fresh);
    free(missing);
}

static void progress(void *state)
{
    ucp_worker_progress(((struct net *)state)->worker);
}

void ucx_disconnect(struct net *net)
{
    job_barrier_polling(net->job, progress, net);
    void **requests = xcalloc((size_t)net->peers_n, sizeof(void *));
    ucp_request_param_t flush = {.op_attr_mask = 0};
    for (int i = 0; i < net->peers_n; i++) {
        if (net->peers[i]->rkey)
            ucp_rkey_destroy(net->peers[i]->rkey);
        requests[i] = ucp_ep_close_nbx(net->peers[i]->ep, &flush);
    }
    for (int i = 0; i < net->peers_n; i++) {
        if (UCS_PTR_IS_PTR(requests[i])) {
            while (ucp_request_check_status(requests[i]) == UCS_INPROGRESS)
                ucp_worker_progress(net->worker);
            ucp_request_free(requests[i]);
        }
        free(net->peers[i]);
    }
    free(requests);
    free(net->peers);
    job_barrier_polling(net->job, progress, net);
}
