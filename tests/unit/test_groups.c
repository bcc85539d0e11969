/* SPDX-License-Identifier: BSD-3-Clause */
/* Sub-groups: properties over node tables even, uneven, interleaved and with
 * gaps, and a few groups worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/groups.h"

enum { RANKS = 24, KINDS = 3 };

struct table {
    const char *name;
    int total;
    int node_of[RANKS];
};

static const struct table tables[] = {
    {"one rank", 1, {0}},
    {"one node", 5, {0, 0, 0, 0, 0}},
    {"a node a rank", 6, {0, 1, 2, 3, 4, 5}},
    {"4 x 4", 16, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}},
    {"3 x 8, dealt in turn", 24, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2,
                                  0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}},
    {"1 + 3 + 2", 6, {0, 1, 1, 1, 2, 2}},
    {"5 + 1 + 1 + 4, mixed", 11, {3, 0, 0, 3, 1, 0, 2, 0, 3, 0, 3}},
    {"2 + none + 7 + 3", 12, {0, 2, 2, 2, 0, 2, 3, 2, 2, 3, 2, 3}},
};

enum { TABLES = sizeof tables / sizeof *tables };

static int ranks_on(const struct table *table, int node)
{
    int n = 0;
    for (int r = 0; r < table->total; r++)
        n += table->node_of[r] == node;
    return n;
}

static int local_index(const struct table *table, int rank)
{
    int n = 0;
    for (int r = 0; r < rank; r++)
        n += table->node_of[r] == table->node_of[rank];
    return n;
}

/* Nodes that hold more than `more` ranks. */
static int nodes_with(const struct table *table, int more)
{
    int n = 0;
    for (int node = 0; node < RANKS; node++)
        n += ranks_on(table, node) > more;
    return n;
}

static int nodes_of(const struct table *table, const int *members, int ranks)
{
    int starts[RANKS + 1];
    return groups_starts(table->node_of, members, ranks, starts);
}

/* Calls body for every table, placement and size for which there are groups. */
static int for_all(bool concurrent,
                   void (*body)(const struct table *, enum placement, int ranks,
                                const struct groups *))
{
    int met = 0;
    for (size_t t = 0; t < TABLES; t++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (int ranks = 1; ranks <= tables[t].total; ranks++) {
                struct groups groups;
                if (groups_build(tables[t].node_of, tables[t].total, ranks,
                                 (enum placement)kind, concurrent, &groups))
                    continue;
                body(&tables[t], (enum placement)kind, ranks, &groups);
                groups_free(&groups);
                met++;
            }
        }
    }
    return met;
}

#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition))                                                      \
            fail_msg("%s, %s, %d ranks: %s", table->name,                      \
                     placement_name(placement), ranks, #condition);            \
    } while (0)

/* --- groups -----------------------------------------------------------------
 */

/* Every member is a rank of the job and in one group only; node by node,
 * ascending within each; starts say where nodes begin; groups_find agrees. */
static void body_well_formed(const struct table *table,
                             enum placement placement, int ranks,
                             const struct groups *groups)
{
    int group_of[RANKS], starts[RANKS + 1];
    for (int r = 0; r < RANKS; r++)
        group_of[r] = -1;
    EXPECT(groups->ranks == ranks && groups->count >= 1);
    for (int g = 0; g < groups->count; g++) {
        const int *m = groups_members(groups, g);
        for (int i = 0; i < ranks; i++) {
            EXPECT(0 <= m[i] && m[i] < table->total);
            EXPECT(group_of[m[i]] == -1);
            group_of[m[i]] = g;
            if (i == 0)
                continue;
            int before = table->node_of[m[i - 1]], node = table->node_of[m[i]];
            EXPECT(before < node || (before == node && m[i - 1] < m[i]));
        }
        int nodes = groups_starts(table->node_of, m, ranks, starts);
        EXPECT(starts[0] == 0 && starts[nodes] == ranks);
        for (int node = 0; node < nodes; node++) {
            EXPECT(starts[node] < starts[node + 1]);
            for (int i = starts[node]; i < starts[node + 1]; i++)
                EXPECT(table->node_of[m[i]] == table->node_of[m[starts[node]]]);
        }
    }
    for (int r = 0; r < table->total; r++)
        EXPECT(groups_find(groups, r) == group_of[r]);
}

static void groups_are_well_formed(void **state)
{
    (void)state;
    assert_true(for_all(true, body_well_formed) > 100);
    assert_true(for_all(false, body_well_formed) > 100);
}

/* packed and spread: floor(total / ranks) groups. rail: of each local index as
 * many as its nodes make. Alone: one, and it is group 0 of the many. */
static void body_as_many_as_fit(const struct table *table,
                                enum placement placement, int ranks,
                                const struct groups *groups)
{
    struct groups one;
    int fit = table->total / ranks;
    if (placement == PLACEMENT_RAIL) {
        fit = 0;
        for (int rail = 0; rail < table->total; rail++)
            fit += nodes_with(table, rail) / ranks;
    }
    EXPECT(groups->count == fit);
    EXPECT(!groups_build(table->node_of, table->total, ranks, placement, false,
                         &one));
    EXPECT(one.count == 1);
    EXPECT(memcmp(groups_members(&one, 0), groups_members(groups, 0),
                  (size_t)ranks * sizeof(int)) == 0);
    groups_free(&one);
}

static void as_many_as_fit(void **state)
{
    (void)state;
    assert_true(for_all(true, body_as_many_as_fit) > 100);
}

/* Group 0 of `ranks` is within group 0 of ranks + 1, and so of any more. */
static void body_nested(const struct table *table, enum placement placement,
                        int ranks, const struct groups *groups)
{
    struct groups larger;
    if (groups_build(table->node_of, table->total, ranks + 1, placement, false,
                     &larger))
        return;
    for (int i = 0; i < ranks; i++)
        EXPECT(groups_find(&larger, groups_members(groups, 0)[i]) == 0);
    groups_free(&larger);
}

static void sizes_are_nested(void **state)
{
    (void)state;
    assert_true(for_all(false, body_nested) > 100);
}

/* spread: group 0 touches min(ranks, nodes) nodes, and every later group as
 * many as still had ranks. rail: one rank a node, one local index. packed: no
 * rank of the job stands between two of the group. */
static void body_placed(const struct table *table, enum placement placement,
                        int ranks, const struct groups *groups)
{
    struct table left = *table; /* node -1: taken */
    for (int g = 0; g < groups->count; g++) {
        const int *m = groups_members(groups, g);
        int nodes = nodes_of(table, m, ranks), open = nodes_with(&left, 0);
        if (placement == PLACEMENT_SPREAD)
            EXPECT(nodes == (ranks < open ? ranks : open));
        if (placement == PLACEMENT_RAIL) {
            EXPECT(nodes == ranks);
            for (int i = 1; i < ranks; i++)
                EXPECT(local_index(table, m[i]) == local_index(table, m[0]));
        }
        for (int r = 0; placement == PLACEMENT_PACKED && r < table->total;
             r++) {
            int key = table->node_of[r] * RANKS + r;
            int low = table->node_of[m[0]] * RANKS + m[0];
            int high = table->node_of[m[ranks - 1]] * RANKS + m[ranks - 1];
            EXPECT((key >= low && key <= high) ==
                   (groups_find(groups, r) == g));
        }
        for (int i = 0; i < ranks; i++)
            left.node_of[m[i]] = -1;
    }
}

static void placed_as_named(void **state)
{
    (void)state;
    assert_true(for_all(true, body_placed) > 100);
}

/* 4 nodes of 4; and 1 + 3 + 2, where spread begins on the fullest node. */
static void groups_by_hand(void **state)
{
    (void)state;
    static const struct {
        size_t table;
        enum placement placement;
        int ranks, group;
        int members[8];
    } cases[] = {
        {3, PLACEMENT_PACKED, 6, 0, {0, 1, 2, 3, 4, 5}},
        {3, PLACEMENT_PACKED, 6, 1, {6, 7, 8, 9, 10, 11}},
        {3, PLACEMENT_SPREAD, 2, 0, {0, 4}},
        {3, PLACEMENT_SPREAD, 2, 1, {8, 12}},
        {3, PLACEMENT_SPREAD, 2, 2, {1, 5}},
        {3, PLACEMENT_SPREAD, 6, 0, {0, 1, 4, 5, 8, 12}},
        {3, PLACEMENT_RAIL, 2, 0, {0, 4}},
        {3, PLACEMENT_RAIL, 2, 1, {8, 12}},
        {3, PLACEMENT_RAIL, 3, 1, {1, 5, 9}},
        {5, PLACEMENT_SPREAD, 2, 0, {1, 4}},
        {5, PLACEMENT_SPREAD, 2, 1, {0, 2}}, /* 1 2 1 left: node 1, then 0 */
        {5, PLACEMENT_SPREAD, 2, 2, {3, 5}},
        {5, PLACEMENT_RAIL, 2, 0, {0, 1}},
        {5, PLACEMENT_RAIL, 2, 1, {2, 5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct table *table = &tables[cases[i].table];
        struct groups groups;
        assert_null(groups_build(table->node_of, table->total, cases[i].ranks,
                                 cases[i].placement, true, &groups));
        const int *got = groups_members(&groups, cases[i].group);
        for (int k = 0; k < cases[i].ranks; k++)
            if (got[k] != cases[i].members[k])
                fail_msg("case %zu, member %d: expected %d, got %d", i, k,
                         cases[i].members[k], got[k]);
        groups_free(&groups);
        assert_null(groups.members);
    }
}

static void impossible_has_a_reason(void **state)
{
    (void)state;
    for (size_t t = 0; t < TABLES; t++) {
        for (int kind = 0; kind < KINDS; kind++) {
            const struct table *table = &tables[t];
            struct groups groups = {.count = 42};
            int most =
                kind == PLACEMENT_RAIL ? nodes_with(table, 0) : table->total;
            for (int ranks = 1; ranks <= table->total + 2; ranks++) {
                const char *reason =
                    groups_build(table->node_of, table->total, ranks,
                                 (enum placement)kind, false, &groups);
                if ((reason != NULL) != (ranks > most))
                    fail_msg("%s, %s, %d ranks: got '%s'", table->name,
                             placement_name((enum placement)kind), ranks,
                             reason ? reason : "a group");
                if (!reason)
                    groups_free(&groups);
                else if (ranks > table->total)
                    assert_string_equal(reason, "more ranks than the job has");
                else
                    assert_string_equal(
                        reason,
                        "rail takes one rank a node: more ranks than nodes");
            }
            assert_int_equal(groups.count, 0);
        }
    }
}

/* --- sizes ------------------------------------------------------------------
 */

static void sizes_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int total, n, sizes[8];
    } cases[] = {
        {"all", 1, 1, {1}},
        {"all", 2, 1, {2}},
        {"all", 3, 2, {2, 3}},
        {"all", 8, 3, {2, 4, 8}},
        {"all", 100, 7, {2, 4, 8, 16, 32, 64, 100}},
        {"2,4,8", 8, 3, {2, 4, 8}},
        {"8,1,3", 8, 3, {1, 3, 8}},
        {"5", 8, 1, {5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int *sizes = NULL, n = -1;
        const char *wrong =
            groups_parse(cases[i].text, cases[i].total, &sizes, &n);
        if (wrong || n != cases[i].n)
            fail_msg("'%s' of %d: expected %d sizes, got %d (%s)",
                     cases[i].text, cases[i].total, cases[i].n, n,
                     wrong ? wrong : "");
        for (int k = 0; k < n; k++)
            assert_int_equal(sizes[k], cases[i].sizes[k]);
        free(sizes);
    }
}

/* No int overflow on the way to the largest job there can be. */
static void all_of_a_huge_job(void **state)
{
    (void)state;
    int *sizes, n;
    assert_null(groups_parse("all", INT32_MAX, &sizes, &n));
    assert_int_equal(n, 31); /* 2^1 .. 2^30, and itself */
    assert_int_equal(sizes[29], 1 << 30);
    assert_int_equal(sizes[30], INT32_MAX);
    free(sizes);
}

static void bad_text_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "0",   "9",       "-2",   "2,", ",2",
        "2,,4",  "2;4", "2, 4",    " 2",   "+2", "2,2",
        "4,2,4", "2.5", "all,2",   "All",  "2k", "99999999999999999999",
        "0x2",   "2,9", "2,4,8,x", "eight"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int *sizes = NULL, n = 42;
        const char *wrong = groups_parse(bad[i], 8, &sizes, &n);
        if (!wrong || n != 42 || sizes)
            fail_msg("'%s': expected to be refused, got %d sizes", bad[i], n);
        assert_string_equal(wrong,
                            "\"all\" or rank counts such as 2,4,8, each once "
                            "and at most the job's");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"groups are disjoint and listed node by node", groups_are_well_formed,
         0, 0, 0},
        {"as many groups as fit, or group 0 alone", as_many_as_fit, 0, 0, 0},
        {"group 0 holds group 0 of every smaller size", sizes_are_nested, 0, 0,
         0},
        {"packed, spread and rail are what they say", placed_as_named, 0, 0, 0},
        {"groups are as worked by hand", groups_by_hand, 0, 0, 0},
        {"a group that cannot be has its reason", impossible_has_a_reason, 0, 0,
         0},
        {"sizes are as worked by hand", sizes_by_hand, 0, 0, 0},
        {"all of a huge job does not overflow", all_of_a_huge_job, 0, 0, 0},
        {"bad text is refused", bad_text_is_refused, 0, 0, 0},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
