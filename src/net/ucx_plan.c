/* SPDX-License-Identifier: BSD-3-Clause */
/* A schedule compiled for one rank: steps become operations on addresses, and
 * each round learns which earlier round it must wait for. Because a schedule is
 * a pure function, a rank asks for its peer's steps too: so it knows where in
 * the peer's memory the bytes lie, and how the peer wants to receive them.
 * Memory: one op (192 bytes) a step and 16 bytes a round of this rank. */
#include <stdlib.h>

#include "base/error.h"
#include "net/hazard.h"
#include "net/ucx_net.h"

struct steps {
    struct step *list;
    size_t n, capacity;
};

/* Walks the bytes of a span in contiguous pieces. */
struct cursor {
    char *at;
    size_t left, gap, bytes;
};

static void get_steps(const struct plan *plan, int rank, int round,
                      struct steps *steps)
{
    const struct algorithm *a = plan->algorithm;
    steps->n = a->round(&plan->c, rank, round, steps->list, steps->capacity);
    if (steps->n > steps->capacity) {
        steps->capacity = 2 * steps->n;
        steps->list =
            xrealloc(steps->list, steps->capacity * sizeof *steps->list);
        a->round(&plan->c, rank, round, steps->list, steps->capacity);
    }
}

static struct cursor cursor_at(char *data, const struct layout *layout,
                               const struct span *span)
{
    return (struct cursor){
        data + layout->offset[span->buffer] + span->offset, span->bytes,
        span->count > 1 ? span->stride - span->bytes : 0, span->bytes};
}

static void cursor_move(struct cursor *cursor, size_t bytes)
{
    cursor->at += bytes;
    cursor->left -= bytes;
    if (cursor->left == 0) {
        cursor->at += cursor->gap;
        cursor->left = cursor->bytes;
    }
}

static struct op *new_op(struct plan *plan, size_t *capacity)
{
    if (plan->ops_n == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        plan->ops = xrealloc(plan->ops, *capacity * sizeof *plan->ops);
    }
    struct op *op = &plan->ops[plan->ops_n++];
    *op = (struct op){.after = -1};
    return op;
}

static struct plan_peer *plan_peer(struct plan *plan, int group_rank)
{
    int world = job_world_rank(plan->group, group_rank);
    for (int i = 0; i < plan->peers_n; i++)
        if (plan->peers[i].peer->world == world)
            return &plan->peers[i];
    die(EXIT_MACHINE, "rank %d is no peer of this plan", world);
}

static bool is_receive(enum step_kind kind)
{
    return kind == STEP_RECV || kind == STEP_RECV_REDUCE;
}

/* The step of `theirs` that meets step `index` of `mine`: the k-th send to a
 * peer meets its k-th receive from here (schedule.h, rule 1). */
static const struct step *meet(const struct steps *mine, size_t index, int me,
                               const struct steps *theirs)
{
    bool receiving = is_receive(mine->list[index].kind);
    int peer = mine->list[index].peer, before = 0;
    for (size_t i = 0; i < index; i++)
        before += mine->list[i].peer == peer &&
                  is_receive(mine->list[i].kind) == receiving &&
                  mine->list[i].kind <= STEP_RECV_REDUCE;
    for (size_t i = 0; i < theirs->n; i++) {
        const struct step *step = &theirs->list[i];
        if (step->peer == me && step->kind <= STEP_RECV_REDUCE &&
            is_receive(step->kind) != receiving && before-- == 0)
            return step;
    }
    die(EXIT_MACHINE, "a step to rank %d meets none there", peer);
}

/* Segments in which an op's bytes travel as messages. */
static void segment(struct plan *plan, struct op *op, bool reduced)
{
    op->segment_B = op->bytes;
    op->segments = 1;
    if (!op->direct && reduced && op->bytes > plan->net->segment_B) {
        op->segment_B = plan->net->segment_B;
        op->segments =
            (unsigned)((op->bytes + op->segment_B - 1) / op->segment_B);
    }
}

/* One send or receive of this rank, in the contiguous pieces on which both
 * sides agree. */
static void compile_message(struct plan *plan, const struct step *step,
                            const struct step *other, size_t *capacity)
{
    static const unsigned char kinds[] = {[STEP_SEND] = OP_SEND,
                                          [STEP_RECV] = OP_RECV,
                                          [STEP_RECV_REDUCE] = OP_RECV_REDUCE};
    struct plan_peer *pair = plan_peer(plan, step->peer);
    bool sending = step->kind == STEP_SEND;
    const struct step *send = sending ? step : other,
                      *receive = sending ? other : step;
    struct layout far = buffers_layout(plan->algorithm, &plan->c, step->peer);
    bool reduced = receive->kind == STEP_RECV_REDUCE;
    /* Where the peer's memory is not mapped only the shape of it matters. */
    char *near_data = plan->data;
    char *far_data = pair->peer->data
                         ? pair->peer->data + (plan->data - plan->net->data)
                         : near_data;
    struct cursor source =
        cursor_at(sending ? near_data : far_data,
                  sending ? &plan->layout : &far, &send->from);
    struct cursor target =
        cursor_at(sending ? far_data : near_data,
                  sending ? &far : &plan->layout, &receive->to);
    struct cursor operand =
        cursor_at(sending ? far_data : near_data,
                  sending ? &far : &plan->layout, &receive->from);
    if (!reduced)
        operand = target;

    size_t left = span_B(&send->from);
    do {
        size_t bytes = source.left < target.left ? source.left : target.left;
        bytes = bytes < operand.left ? bytes : operand.left;
        struct op *op = new_op(plan, capacity);
        op->kind = kinds[step->kind];
        op->peer = pair->peer;
        op->bytes = bytes;
        op->last = step->last;
        op->direct = sending ? pair->peer->reads_me : pair->peer->data != NULL;
        op->from = sending ? source.at : reduced ? operand.at : NULL;
        op->to = sending ? NULL : target.at;
        op->remote = !sending && op->direct ? source.at : NULL;
        segment(plan, op, reduced);
        uint64_t *count = sending ? &pair->sends : &pair->receives;
        op->message = *count;
        *count += op->segments;
        plan->tagged |= !op->direct;
        left -= bytes;
        cursor_move(&source, bytes);
        cursor_move(&target, bytes);
        cursor_move(&operand, bytes);
    } while (left);
}

static void compile_local(struct plan *plan, const struct step *step,
                          size_t *capacity)
{
    struct cursor from = cursor_at(plan->data, &plan->layout, &step->from),
                  to = cursor_at(plan->data, &plan->layout, &step->to);
    for (size_t left = span_B(&step->from); left;) {
        size_t bytes = from.left < to.left ? from.left : to.left;
        struct op *op = new_op(plan, capacity);
        op->kind = step->kind == STEP_COPY ? OP_COPY : OP_REDUCE;
        op->from = from.at;
        op->to = to.at;
        op->bytes = bytes;
        op->last = step->last;
        left -= bytes;
        cursor_move(&from, bytes);
        cursor_move(&to, bytes);
    }
}

static bool depends(const struct op *later, const struct op *earlier)
{
    struct reach l = {later->to, later->from, later->bytes},
                 e = {earlier->to, earlier->from, earlier->bytes};
    return hazard(&l, &e);
}

/* REDUCE reads what it writes; its `to` counts as both by depends(). */
static bool rounds_conflict(const struct plan *plan, int later, int earlier)
{
    enum { TOO_MANY = 1 << 16 }; /* pairs: then waiting is cheaper */
    const struct round *l = &plan->rounds[later], *e = &plan->rounds[earlier];
    if ((l[1].first - l[0].first) * (e[1].first - e[0].first) > TOO_MANY)
        return true;
    for (size_t i = l[0].first; i < l[1].first; i++)
        for (size_t j = e[0].first; j < e[1].first; j++)
            if (depends(&plan->ops[i], &plan->ops[j]))
                return true;
    return false;
}

static void find_dependencies(struct plan *plan)
{
    for (int r = 0; r < plan->rounds_n; r++) {
        struct round *round = &plan->rounds[r];
        round->waits_for = -1;
        for (int e = r - 1; e >= 0 && e > r - plan->lookahead; e--)
            if (rounds_conflict(plan, r, e)) {
                round->waits_for = e;
                break;
            }
        for (size_t i = round[0].first; i < round[1].first; i++)
            for (size_t j = round[0].first; j < i; j++)
                if (plan->ops[i].kind == OP_RECV_REDUCE &&
                    plan->ops[j].kind == OP_RECV_REDUCE &&
                    depends(&plan->ops[i], &plan->ops[j]))
                    plan->ops[i].after = (int)j;
    }
}

/* Vectors of GPUs need operands that lie alike: as far from a multiple of
 * STAGING_SHIFT_B as the target does. */
static size_t staging_shift(const struct plan *plan, const struct op *op)
{
    return plan->net->late ? (uintptr_t)op->to % STAGING_SHIFT_B : 0;
}

static size_t staging_need(const struct plan *plan, const struct op *op)
{
    size_t in_flight =
        op->segments < SEGMENTS_IN_FLIGHT ? op->segments : SEGMENTS_IN_FLIGHT;
    return op->kind == OP_RECV_REDUCE && !op->direct
               ? (staging_shift(plan, op) + in_flight * op->segment_B + 63) /
                     64 * 64
               : 0;
}

/* Rounds LOOKAHEAD apart are never under way together: they share a part. */
static bool place_staging(struct plan *plan)
{
    size_t most = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < plan->rounds_n; r++) {
            size_t used = 0;
            for (size_t i = plan->rounds[r].first;
                 i < plan->rounds[r + 1].first; i++) {
                plan->ops[i].staging = plan->staging +
                                       (size_t)(r % LOOKAHEAD) * most + used +
                                       staging_shift(plan, &plan->ops[i]);
                used += staging_need(plan, &plan->ops[i]);
            }
            if (pass == 0 && used > most)
                most = used;
        }
        if (most * LOOKAHEAD > STAGING_B)
            return false;
    }
    return true;
}

/* Whom this rank ever talks to, each once. */
static void find_peers(struct plan *plan, struct steps *steps)
{
    int me = job_rank(plan->group), *worlds = NULL, n = 0;
    char *seen = xcalloc((size_t)plan->c.ranks, 1);
    for (int r = 0; r < plan->rounds_n; r++) {
        get_steps(plan, me, r, steps);
        for (size_t i = 0; i < steps->n; i++) {
            int peer = steps->list[i].peer;
            if (peer < 0 || seen[peer])
                continue;
            seen[peer] = 1;
            worlds = xrealloc(worlds, ((size_t)n + 1) * sizeof *worlds);
            worlds[n++] = job_world_rank(plan->group, peer);
        }
    }
    ucx_connect(plan->net, worlds, n);
    plan->peers = xcalloc((size_t)n, sizeof *plan->peers);
    plan->peers_n = n;
    for (int i = 0; i < n; i++)
        plan->peers[i].peer = ucx_peer(plan->net, worlds[i]);
    free(worlds);
    free(seen);
}

static void count_wire(struct plan *plan)
{
    struct job *job = plan->net->job;
    int node = job_node(job, job_rank(job));
    bool one_node = job_nodes(plan->group) == 1;
    plan->wire_B = 0;
    for (size_t i = 0; i < plan->ops_n; i++)
        if (plan->ops[i].kind == OP_SEND &&
            (one_node || job_node(job, plan->ops[i].peer->world) != node))
            plan->wire_B += (double)plan->ops[i].bytes;
}

static void compile_rounds(struct plan *plan, struct steps *mine,
                           struct steps *theirs)
{
    int me = job_rank(plan->group);
    size_t capacity = 0;
    plan->rounds = xcalloc((size_t)plan->rounds_n + 1, sizeof *plan->rounds);
    for (int r = 0; r < plan->rounds_n; r++) {
        plan->rounds[r].first = plan->ops_n;
        get_steps(plan, me, r, mine);
        for (size_t i = 0; i < mine->n; i++) {
            const struct step *step = &mine->list[i];
            if (step->kind > STEP_RECV_REDUCE) {
                compile_local(plan, step, &capacity);
                continue;
            }
            get_steps(plan, step->peer, r, theirs);
            compile_message(plan, step, meet(mine, i, me, theirs), &capacity);
        }
    }
    plan->rounds[plan->rounds_n].first = plan->ops_n;
}

void ucx_compile(struct plan *plan)
{
    struct steps mine = {0}, theirs = {0};
    size_t segment_B = plan->net->segment_B;
    plan->rounds_n = schedule_rounds(plan->algorithm, &plan->c);
    find_peers(plan, &mine);
    compile_rounds(plan, &mine, &theirs);
    free(mine.list);
    free(theirs.list);
    if (!place_staging(plan))
        die(EXIT_MACHINE,
            "%s: receives of a round need more than %d bytes of staging at "
            "segments of %zu bytes",
            plan->algorithm->name, STAGING_B, segment_B);
    plan->lookahead = plan->algorithm->half_windows ? 2 : LOOKAHEAD;
    find_dependencies(plan);
    count_wire(plan);
}
