/* SPDX-License-Identifier: BSD-3-Clause */
/* The checker checks: schedules that are right but for one thing are refused,
 * each with the message that names this thing. Here single steps; what is
 * claimed about whole schedules is in test_check_claims.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "coll/builder.h"
#include "coll/check.h"
#include "coll/registry.h"

enum { ROOM = 32 };

/* A round of one rank, to be spoilt. */
struct spoilt {
    int rank, round;
    struct step steps[ROOM];
    size_t count;
};

typedef void spoil_fn(struct spoilt *);

static size_t spoil(const char *name, const struct collective *c, int rank,
                    int round, struct step *out, size_t capacity, spoil_fn *fn)
{
    const struct algorithm *good = registry_find(c->kind, name);
    struct spoilt s = {.rank = rank, .round = round};

    s.count = good->round(c, rank, round, s.steps, ROOM);
    fn(&s);
    for (size_t i = 0; i < s.count && i < capacity; i++)
        out[i] = s.steps[i];
    return s.count;
}

/* One mutant: how a registered algorithm is spoilt, as a round function. */
#define MUTANT(mutant, original)                                               \
    static spoil_fn mutant;                                                    \
    static size_t mutant##_round(const struct collective *c, int rank,         \
                                 int round, struct step *out, size_t capacity) \
    {                                                                          \
        return spoil(original, c, rank, round, out, capacity, mutant);         \
    }                                                                          \
    static void mutant(struct spoilt *s)

static bool at(const struct spoilt *s, int rank, int round)
{
    return s->rank == rank && s->round == round;
}

/* Rings: step 0 sends, step 1 receives. */

MUTANT(wrong_peer, "ring")
{
    if (at(s, 1, 0))
        s->steps[0].peer = 3;
}

MUTANT(peer_is_self, "ring")
{
    if (at(s, 1, 0))
        s->steps[0].peer = 1;
}

MUTANT(receive_left_out, "ring")
{
    if (at(s, 2, 1))
        s->count = 1;
}

MUTANT(send_left_out, "ring")
{
    if (at(s, 2, 1))
        s->steps[0] = s->steps[--s->count];
}

MUTANT(transfer_left_out, "ring")
{
    if (at(s, 1, 5))
        s->steps[0] = s->steps[--s->count];
    if (at(s, 2, 5))
        s->count = 1;
}

/* A block that is complete is added to the rank's partial sum of it. */
MUTANT(contribution_doubled, "ring")
{
    if (s->round == 4) {
        s->steps[1].kind = STEP_RECV_REDUCE;
        s->steps[1].from = s->steps[1].to;
    }
}

MUTANT(own_contribution_forgotten, "ring")
{
    if (at(s, 3, 1)) {
        s->steps[1].kind = STEP_RECV;
        s->steps[1].from = (struct span){0};
    }
}

MUTANT(offset_too_low, "ring")
{
    if (at(s, 0, 0)) {
        s->steps[1].from.offset -= 4;
        s->steps[1].to.offset -= 4;
    }
}

MUTANT(offset_too_high, "ring")
{
    if (at(s, 0, 0))
        s->steps[1].to.offset += 4;
}

MUTANT(receives_into_what_it_sends, "ring")
{
    if (at(s, 2, 1))
        s->steps[1].to = s->steps[0].from;
}

MUTANT(overlaps_what_it_reads, "ring")
{
    if (at(s, 2, 1)) {
        s->steps[1].from = s->steps[1].to;
        s->steps[1].from.offset += 4;
    }
}

MUTANT(writes_input, "ring")
{
    if (at(s, 2, 1))
        s->steps[1].to.buffer = BUFFER_INPUT;
}

MUTANT(reads_unwritten, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from.buffer = BUFFER_OUTPUT;
}

MUTANT(adds_unwritten, "ring")
{
    if (at(s, 2, 0))
        s->steps[1].from.buffer = BUFFER_OUTPUT;
}

MUTANT(uses_scratch_it_has_not, "ring")
{
    if (at(s, 2, 0))
        s->steps[1].to.buffer = BUFFER_SCRATCH;
}

MUTANT(sends_less, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from.bytes -= 4;
}

MUTANT(sends_half_an_element, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from.bytes -= 2;
}

MUTANT(sends_nothing, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from = (struct span){0};
}

MUTANT(adds_less_than_it_writes, "ring")
{
    if (at(s, 2, 0))
        s->steps[1].from.bytes -= 4;
}

MUTANT(send_has_a_target, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].to = s->steps[1].to;
}

MUTANT(stride_without_blocks, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from.stride = 4;
}

MUTANT(blocks_overlap, "ring")
{
    if (at(s, 2, 0))
        s->steps[0].from = (struct span){BUFFER_INPUT, 0, 8, 4, 2};
}

MUTANT(copy_has_a_peer, "ring")
{
    if (at(s, 0, 0))
        s->steps[2] = (struct step){.kind = STEP_COPY, .peer = 1}, s->count = 3;
}

MUTANT(local_reduction_repeats, "ring")
{
    if (at(s, 2, 5)) /* adds the finished block 0 to the finished block 1 */
        s->steps[s->count++] =
            (struct step){STEP_REDUCE, -1, span_of(BUFFER_INPUT, 24, 12),
                          span_of(BUFFER_OUTPUT, 24, 12), false};
}

MUTANT(marked_too_early, "ring")
{
    if (at(s, 1, 1))
        s->steps[1].last = true;
}

MUTANT(never_marked, "ring")
{
    if (at(s, 1, 2))
        s->steps[1].last = false;
}

MUTANT(gather_reduces, "ring")
{
    if (at(s, 1, 1)) {
        s->steps[1].kind = STEP_RECV_REDUCE;
        s->steps[1].from = s->steps[1].to;
    }
}

MUTANT(gather_sends_other_block, "ring")
{
    if (at(s, 1, 1))
        s->steps[0].from.offset = 12;
}

MUTANT(children_not_in_order, "double-tree")
{
    size_t last = 0;

    for (size_t i = 1; i < s->count; i++)
        if (s->steps[i].kind == STEP_RECV_REDUCE &&
            s->steps[i - 1].kind == STEP_RECV_REDUCE)
            last = i;
    if (last > 0)
        s->steps[last].from.buffer = BUFFER_INPUT;
}

MUTANT(messages_swapped, "stream")
{
    if (at(s, 0, STREAM_HALVES - 2)) { /* later halves write over it */
        struct step first = s->steps[0];
        s->steps[0] = s->steps[1];
        s->steps[1] = first;
    }
}

MUTANT(block_for_another, "pairwise")
{
    if (at(s, 1, 0))
        s->steps[0].from.offset += 48;
}

MUTANT(root_keeps_nothing, "binomial")
{
    if (at(s, 0, 0))
        s->count--; /* the copy from INPUT to OUTPUT */
}

MUTANT(sum_where_there_is_no_room, "binomial")
{
    if (at(s, 2, 0))
        s->steps[0].to.buffer = BUFFER_OUTPUT;
}

MUTANT(lands_where_there_is_no_room, "linear")
{
    if (at(s, 1, 0))
        s->steps[0].to.buffer = BUFFER_INPUT;
}

static const struct {
    const char *what;
    enum collective_kind kind;
    const char *original;
    size_t (*round)(const struct collective *, int, int, struct step *, size_t);
    const char *message;
} mutants[] = {
    {"wrong peer", COLL_ALLREDUCE, "ring", wrong_peer_round,
     "rank 1, round 0, step 0: rank 3 does not receive this"},
    {"peer is self", COLL_ALLREDUCE, "ring", peer_is_self_round,
     "rank 1, round 0, step 0: peer 1 is not another of the 4 ranks"},
    {"receive left out", COLL_ALLREDUCE, "ring", receive_left_out_round,
     "rank 1, round 1, step 0: rank 2 does not receive this"},
    {"send left out", COLL_ALLREDUCE, "ring", send_left_out_round,
     "rank 3, round 1, step 1: rank 2 does not send this"},
    {"transfer left out", COLL_ALLREDUCE, "ring", transfer_left_out_round,
     "rank 2: element 0 of OUTPUT has the contribution of rank 3 0 times"},
    {"contribution doubled", COLL_ALLREDUCE, "ring", contribution_doubled_round,
     "2 times"},
    {"own contribution forgotten", COLL_ALLREDUCE, "ring",
     own_contribution_forgotten_round,
     "has the contribution of rank 3 0 times"},
    {"offset too low", COLL_ALLREDUCE, "ring", offset_too_low_round,
     "rank 0, round 0, step 1: reduces different elements"},
    {"offset too high", COLL_ALLREDUCE, "ring", offset_too_high_round,
     "rank 0, round 0, step 1: reaches byte 52 of output, which has 48"},
    {"receives into what it sends", COLL_ALLREDUCE, "ring",
     receives_into_what_it_sends_round,
     "rank 2, round 1, step 1: touches what step 0 writes"},
    {"overlaps what it reads", COLL_ALLREDUCE, "ring",
     overlaps_what_it_reads_round,
     "rank 2, round 1, step 1: writes part of what it reads"},
    {"writes input", COLL_ALLREDUCE, "ring", writes_input_round,
     "rank 2, round 1, step 1: writes INPUT"},
    {"reads unwritten", COLL_ALLREDUCE, "ring", reads_unwritten_round,
     "rank 2, round 0, step 0: reads what was never written"},
    {"adds unwritten", COLL_ALLREDUCE, "ring", adds_unwritten_round,
     "rank 2, round 0, step 1: reads what was never written"},
    {"uses scratch it has not", COLL_ALLREDUCE, "ring",
     uses_scratch_it_has_not_round, "of scratch, which has 0"},
    {"sends less", COLL_ALLREDUCE, "ring", sends_less_round,
     "rank 2, round 0, step 0: 8 bytes, but rank 3 has 12"},
    {"sends half an element", COLL_ALLREDUCE, "ring",
     sends_half_an_element_round, "does not consist of whole elements"},
    {"sends nothing", COLL_ALLREDUCE, "ring", sends_nothing_round,
     "rank 2, round 0, step 0: has no bytes"},
    {"adds less than it writes", COLL_ALLREDUCE, "ring",
     adds_less_than_it_writes_round,
     "rank 2, round 0, step 1: from has 8 bytes, to has 12"},
    {"send has a target", COLL_ALLREDUCE, "ring", send_has_a_target_round,
     "has a span that it should not have"},
    {"stride without blocks", COLL_ALLREDUCE, "ring",
     stride_without_blocks_round, "has a stride for a single block"},
    {"blocks overlap", COLL_ALLREDUCE, "ring", blocks_overlap_round,
     "has blocks that overlap each other"},
    {"copy has a peer", COLL_ALLREDUCE, "ring", copy_has_a_peer_round,
     "rank 0, round 0, step 2: has a peer, 1"},
    {"local reduction repeats", COLL_ALLREDUCE, "ring",
     local_reduction_repeats_round, "has the contribution of rank 2 2 times"},
    {"marked too early", COLL_ALLREDUCE, "ring", marked_too_early_round,
     "rank 1, round 1, step 1: is marked last, and has the contribution of "
     "rank 2 0 times"},
    {"never marked", COLL_ALLREDUCE, "ring", never_marked_round,
     "rank 1, round 2, step 1: has all contributions and is not marked last"},
    {"children not in order", COLL_ALLREDUCE, "double-tree",
     children_not_in_order_round, "touches what step"},
    {"gather reduces", COLL_ALLGATHER, "ring", gather_reduces_round,
     "rank 1, round 1, step 1: reduces, uncalled for"},
    {"gather sends other block", COLL_ALLGATHER, "ring",
     gather_sends_other_block_round, "of OUTPUT is element"},
    {"block for another", COLL_ALLTOALL, "pairwise", block_for_another_round,
     "rank 2: element 12 of OUTPUT is element 36 of rank 1"},
    {"contribution to another's block", COLL_REDUCE_SCATTER, "pairwise",
     block_for_another_round, "reduces different elements of the vector"},
    {"root keeps nothing", COLL_BROADCAST, "binomial", root_keeps_nothing_round,
     "rank 0: element 0 of OUTPUT was never written"},
    {"sum where there is no room", COLL_REDUCE, "binomial",
     sum_where_there_is_no_room_round,
     "rank 2, round 0, step 0: reaches byte 48 of output, which has 0"},
    {"lands where there is no room", COLL_SCATTER, "linear",
     lands_where_there_is_no_room_round,
     "rank 1, round 0, step 0: reaches byte 48 of input, which has 0"},
    {"messages swapped", COLL_STREAM, "stream", messages_swapped_round,
     "rank 1: element 0 of OUTPUT is element 12 of rank 0"},
};

/* 4 ranks with 12 elements of 4 bytes, so that all blocks have 3; a window of
 * 4 messages between 2 ranks. */
static struct collective small(enum collective_kind kind)
{
    struct collective c = {.kind = kind,
                           .ranks = collective_facts(kind)->p2p ? 2 : 4,
                           .count = 12,
                           .type = TYPE_INT32};

    c.tuning.window = 4;
    return c;
}

/* Theorem: each mutant is refused, for the very reason for which it is wrong;
 * the original passes. */
static void every_mutant_is_refused_for_its_fault(void **state)
{
    const size_t count = sizeof mutants / sizeof mutants[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct collective c = small(mutants[i].kind);
        const struct algorithm *good =
            registry_find(c.kind, mutants[i].original);
        struct algorithm bad = *good;
        char why[256] = "";
        if (!check_schedule(good, &c, why, sizeof why))
            fail_msg("%s is refused: %s", good->name, why);
        bad.round = mutants[i].round;
        if (check_schedule(&bad, &c, why, sizeof why))
            fail_msg("%s: passed, expected \"%s\"", mutants[i].what,
                     mutants[i].message);
        if (!strstr(why, mutants[i].message))
            fail_msg("%s: \"%s\", expected \"%s\"", mutants[i].what, why,
                     mutants[i].message);
    }
}

/* Theorem: `why` is never overrun, however short. */
static void a_short_reason_is_cut(void **state)
{
    struct collective c = small(COLL_ALLREDUCE);
    struct algorithm bad = *registry_find(c.kind, "ring");
    char why[8] = "0123456";

    (void)state;
    bad.round = wrong_peer_round;
    assert_false(check_schedule(&bad, &c, why, 5));
    assert_string_equal(why, "rank");
    assert_int_equal(why[5], '5');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_is_refused_for_its_fault),
        cmocka_unit_test(a_short_reason_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
