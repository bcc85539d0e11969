/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem: what the definition of a collective makes of the ranks' data is
 * what verify expects, for every kind, rank and root; and a contribution that
 * is spoilt, old or out of its place is blamed on the rank it comes from, by
 * those ranks alone that it reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coll/pattern.h"
#include "coll/reduce.h"

enum {
    COUNT = 700, /* more than a block of the implementation, and no multiple */
    RANKS = 4,
    FIRST = COLL_ALLREDUCE,
    KINDS = COLL_SENDRECV - COLL_ALLREDUCE + 1
};

struct town {
    struct collective c;
    struct pattern pattern;
    uint32_t in[RANKS][RANKS * COUNT], out[RANKS][RANKS * COUNT];
};

static void fill(struct town *town)
{
    for (int r = 0; r < RANKS; r++)
        pattern_fill(&town->pattern, &town->c, r, town->in[r]);
}

static struct town *town_open(int kind, int root)
{
    struct town *town = calloc(1, sizeof *town);
    town->c = (struct collective){.kind = (enum collective_kind)kind,
                                  .count = COUNT,
                                  .type = TYPE_UINT32,
                                  .op = OP_SUM,
                                  .root = root,
                                  .ranks = RANKS};
    town->pattern = (struct pattern){42, 7, RANKS};
    fill(town);
    return town;
}

static void copy(uint32_t *to, const uint32_t *from)
{
    memcpy(to, from, COUNT * sizeof *to);
}

static void add_up(uint32_t *to, const struct town *town, int block)
{
    copy(to, town->in[0] + block * COUNT);
    for (int r = 1; r < RANKS; r++)
        reduce_host(TYPE_UINT32, OP_SUM, to, to, town->in[r] + block * COUNT,
                    COUNT, false);
}

/* Each collective once more, by its definition. */
static void perform(struct town *town)
{
    int root = town->c.root;
    for (int r = 0; r < RANKS; r++) {
        uint32_t *out = town->out[r];
        switch (town->c.kind) {
        case COLL_ALLREDUCE:
            add_up(out, town, 0);
            break;
        case COLL_REDUCE_SCATTER:
            add_up(out, town, r);
            break;
        case COLL_REDUCE:
            if (r == root)
                add_up(out, town, 0);
            break;
        case COLL_BROADCAST:
            copy(out, town->in[root]);
            break;
        case COLL_SCATTER:
            copy(out, town->in[root] + r * COUNT);
            break;
        case COLL_SENDRECV:
            copy(out, town->in[r == 0 ? RANKS - 1 : r - 1]);
            break;
        default:
            for (int from = 0; from < RANKS; from++)
                if (town->c.kind != COLL_GATHER || r == root)
                    copy(out + from * COUNT,
                         town->in[from] +
                             (town->c.kind == COLL_ALLTOALL ? r * COUNT : 0));
            break;
        }
    }
}

static struct verdict judge(const struct town *town, int rank)
{
    struct verdict v;
    pattern_verify(&town->pattern, &town->c, rank, town->out[rank], &v);
    return v;
}

static size_t due(const struct collective *c, int rank)
{
    return collective_has_output(c, rank)
               ? collective_output_B(c) / sizeof(uint32_t)
               : 0;
}

static void the_definition_gives_what_is_expected(void **state)
{
    (void)state;
    for (int kind = FIRST; kind < FIRST + KINDS; kind++)
        for (int root = 0; root < RANKS; root++) {
            struct town *town = town_open(kind, root);
            perform(town);
            for (int r = 0; r < RANKS; r++) {
                struct verdict v = judge(town, r);
                if (v.wrong || v.checked != due(&town->c, r))
                    fail_msg("%s, root %d, rank %d: %zu wrong of %zu, expected "
                             "0 of %zu",
                             collective_name(town->c.kind), root, r, v.wrong,
                             v.checked, due(&town->c, r));
            }
            free(town);
        }
}

/* On how many ranks one spoilt element of INPUT is seen. */
static int reached(const struct collective *c)
{
    bool one_gets = c->kind == COLL_REDUCE_SCATTER ||
                    c->kind == COLL_ALLTOALL || c->kind == COLL_REDUCE ||
                    c->kind == COLL_GATHER || c->kind == COLL_SCATTER ||
                    c->kind == COLL_SENDRECV;
    return one_gets ? 1 : RANKS;
}

/* Theorem: each rank that has data can be spoilt, is named, and nobody else. */
static void a_spoilt_rank_is_named_by_those_it_reaches(void **state)
{
    int spoilt = 0;
    (void)state;
    for (int kind = FIRST; kind < FIRST + KINDS; kind++)
        for (int bad = 0; bad < RANKS; bad++)
            for (size_t at = 0; at < RANKS * COUNT; at += COUNT / 2 + 1) {
                struct town *town = town_open(kind, 1);
                size_t have = collective_input_B(&town->c) / 4;
                int seen = 0;
                if (collective_has_input(&town->c, bad) && at < have) {
                    pattern_spoil(&town->c, town->in[bad], at);
                    perform(town);
                    for (int r = 0; r < RANKS; r++) {
                        struct verdict v = judge(town, r);
                        seen += v.wrong > 0;
                        if (v.wrong && (v.wrong != 1 || v.first[0].rank != bad))
                            fail_msg("%s: %zu wrong, rank %d, expected 1, rank "
                                     "%d",
                                     collective_name(town->c.kind), v.wrong,
                                     v.first[0].rank, bad);
                    }
                    if (seen != reached(&town->c))
                        fail_msg("%s: rank %d spoilt at %zu, seen by %d ranks, "
                                 "expected %d",
                                 collective_name(town->c.kind), bad, at, seen,
                                 reached(&town->c));
                    spoilt++;
                }
                free(town);
            }
    assert_true(spoilt > 90);
}

/* Theorem: what the last iteration left is seen, wherever something is due. */
static void old_data_is_seen_by_all_who_get_any(void **state)
{
    (void)state;
    for (int kind = FIRST; kind < FIRST + KINDS; kind++) {
        struct town *town = town_open(kind, 3);
        perform(town);
        town->pattern.iteration++;
        for (int r = 0; r < RANKS; r++) {
            struct verdict v = judge(town, r);
            assert_true(v.wrong >= due(&town->c, r) * 99 / 100);
            if (due(&town->c, r))
                assert_string_equal(v.first[0].how, "stale");
        }
        free(town);
    }
}

/* Blocks for other ranks, and blocks of other ranks, are called misplaced. */
static void a_block_of_another_place_is_misplaced(void **state)
{
    (void)state;
    struct town *town = town_open(COLL_ALLTOALL, 0);
    perform(town);
    copy(town->out[1] + 2 * COUNT, town->in[2] + 3 * COUNT);
    struct verdict v = judge(town, 1);
    assert_true(v.wrong > COUNT * 99 / 100);
    assert_int_equal(v.first[0].element, 2 * COUNT);
    assert_int_equal(v.first[0].rank, 2);
    assert_string_equal(v.first[0].how, "misplaced");
    perform(town);
    copy(town->out[1] + 2 * COUNT, town->in[0] + 1 * COUNT);
    v = judge(town, 1);
    assert_int_equal(v.first[0].rank, 2);
    assert_string_equal(v.first[0].how, "misplaced");
    free(town);
    town = town_open(COLL_SCATTER, 2);
    perform(town);
    copy(town->out[3], town->in[2]);
    v = judge(town, 3);
    assert_int_equal(v.first[0].rank, 2);
    assert_string_equal(v.first[0].how, "misplaced");
    free(town);
}

/* Theorem: a rank without INPUT is left alone: there may be no memory. */
static void nothing_is_filled_where_there_is_no_input(void **state)
{
    (void)state;
    for (int kind = COLL_BROADCAST; kind <= COLL_SCATTER; kind += 3) {
        struct town *town = town_open(kind, 2);
        for (int r = 0; r < RANKS; r++) {
            uint32_t sum = 0;
            for (int i = 0; i < RANKS * COUNT; i++)
                sum |= town->in[r][i];
            assert_int_equal(sum != 0, r == 2);
        }
        free(town);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_definition_gives_what_is_expected),
        cmocka_unit_test(a_spoilt_rank_is_named_by_those_it_reaches),
        cmocka_unit_test(old_data_is_seen_by_all_who_get_any),
        cmocka_unit_test(a_block_of_another_place_is_misplaced),
        cmocka_unit_test(nothing_is_filled_where_there_is_no_input),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
