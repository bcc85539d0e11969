/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether GPUDirect RDMA is proven: recorded answers of UCX, recorded nodes,
 * and what the witnesses together prove. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/counters.h"
#include "host/nics.h"
#include "net/gdr.h"
#include "recorded_node.h"

static const char *const classes[] = {[GDR_ZERO_COPY] = "zero-copy",
                                      [GDR_SILENT] = "silent",
                                      [GDR_UNREAD] = "unread",
                                      [GDR_STAGED] = "staged"};

/* --- answers
 * ------------------------------------------------------------------*/

struct recorded {
    char class[512], words[512], text[512];
};

static bool get_line(FILE *in, char *line, size_t capacity)
{
    do
        if (!fgets(line, (int)capacity, in))
            return false;
    while (line[0] == '#');
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static bool get_record(FILE *in, struct recorded *out)
{
    do
        if (!get_line(in, out->class, sizeof out->class))
            return false;
    while (!out->class[0]);
    return get_line(in, out->words, sizeof out->words) &&
           get_line(in, out->text, sizeof out->text);
}

static void check_answer(const struct recorded *r)
{
    struct gdr_answer got;
    char class[64];
    gdr_read(r->text, &got);
    snprintf(class, sizeof class, "%s%s", classes[got.class],
             got.estimate ? " estimate" : "");
    print_message("%s\n  expected %s (%s), got %s (%s)\n", r->text, r->class,
                  r->words, class, got.words);
    assert_string_equal(class, r->class);
    assert_int_equal(strncmp(got.words, r->words, strlen(got.words)), 0);
    assert_true(strlen(got.words) == strlen(r->words) ||
                strlen(got.words) == GDR_WORDS - 1);
}

/* Zero-copy is what names it, by RDMA, of GPU memory, whole; what cannot be
 * read is never proof. */
static void recorded_answers_are_read_as_recorded(void **state)
{
    (void)state;
    struct recorded r;
    int n = 0, seen[4] = {0};
    FILE *in = fopen("tests/data/gdr/answers.txt", "r");
    assert_non_null(in);
    for (; get_record(in, &r); n++) {
        check_answer(&r);
        for (int k = 0; k < 4; k++)
            seen[k] += !strncmp(r.class, classes[k], strlen(classes[k]));
    }
    fclose(in);
    assert_true(n >= 30);
    for (int k = 0; k < 4; k++)
        assert_true(seen[k] > 1);
}

#define GOOD                                                                   \
    "{cpml|proto} tag_send from cuda/GPU0 length 65536 rendezvous zero-copy "  \
    "read from remote rc_mlx5/mlx5_0:1 45000.0 MB/s 1.00 us"
#define COPIED                                                                 \
    "{cpml|proto} tag_send from cuda/GPU0 length 64 eager copy-in copy-out "   \
    "rc_mlx5/mlx5_0:1 45.0 MB/s 1.00 us"

static void the_worst_of_several_answers_counts(void **state)
{
    (void)state;
    struct gdr_heard heard = {.answers = 0};
    char text[160];
    gdr_say(&heard, text, sizeof text);
    assert_string_equal(text, "");
    gdr_hear(&heard, GOOD, true);
    gdr_hear(&heard, "{cpml|rcv_tag} recv length 65536 cuda memory", false);
    gdr_say(&heard, text, sizeof text);
    assert_string_equal(text, "UCX: rendezvous zero-copy read from remote "
                              "rc_mlx5/mlx5_0:1, 1 message");
    gdr_hear(&heard, COPIED, true);
    gdr_hear(&heard, GOOD, true);
    gdr_say(&heard, text, sizeof text);
    assert_string_equal(text, "UCX: eager copy-in copy-out rc_mlx5/mlx5_0:1, "
                              "worst of 3 messages");
    assert_int_equal(heard.worst, GDR_STAGED);
    assert_int_equal(heard.estimates, 2);
}

/* A send that names nothing is worse than one that names zero-copy. */
static void a_silent_send_spoils_the_rest(void **state)
{
    (void)state;
    struct gdr_heard heard = {.answers = 0};
    char text[160];
    gdr_hear(&heard, GOOD, true);
    gdr_hear(&heard, "", true);
    gdr_say(&heard, text, sizeof text);
    print_message("%s\n", text);
    assert_int_equal(heard.worst, GDR_SILENT);
    assert_non_null(strstr(text, "names no protocol"));
}

/* --- the verdict
 * --------------------------------------------------------------*/

enum { RANKS = 4 };

/* Two nodes of two ranks that send 50 MB each, all of it well. Listed so that
 * nodes are mixed. */
static void make_good(struct gdr_testimony t[RANKS])
{
    for (int r = 0; r < RANKS; r++) {
        t[r] = (struct gdr_testimony){.rank = r,
                                      .node = r % 2,
                                      .wire_B = 50e6,
                                      .messages = 20,
                                      .counts = r < 2,
                                      .counted_B = r < 2 ? 101e6 : (double)NAN,
                                      .road = ROAD_PEERMEM};
        gdr_hear(&t[r].heard, GOOD, true);
    }
}

static void expect(struct gdr_testimony t[RANKS], bool crowded,
                   const char *verdict, const char *because)
{
    char evidence[160];
    const char *got =
        gdr_name(gdr_judge(t, RANKS, crowded, evidence, sizeof evidence));
    print_message("expected '%s' (... %s ...), got '%s': %s\n", verdict,
                  because, got, evidence);
    assert_string_equal(got, verdict);
    assert_non_null(strstr(evidence, because));
}

static void zero_copy_that_the_nics_account_for_is_proven(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    expect(t, false, "proven", "read from remote rc_mlx5/mlx5_0:1");
    make_good(t);
    expect(t, false, "proven", "NICs sent 1.010 of the bytes, peermem");
}

static void one_staged_rank_makes_the_row_staged(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    gdr_hear(&t[2].heard, COPIED, true);
    expect(t, false, "staged", "rank 2: UCX: eager copy-in copy-out");
    make_good(t);
    t[0].counted_B = NAN; /* what UCX admits needs no further witness */
    gdr_hear(&t[3].heard, COPIED, true);
    expect(t, true, "staged", "rank 3");
}

static void what_is_not_said_is_unknown(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    t[1].heard = (struct gdr_heard){.answers = 0};
    expect(t, false, "unknown", "rank 1: UCX does not say");
    make_good(t);
    t[1].wire_B = 0; /* it only received, and was not asked */
    t[1].heard = (struct gdr_heard){.answers = 0};
    expect(t, false, "unknown", "rank 1: UCX does not say");
    make_good(t);
    gdr_hear(&t[3].heard, "flags:0x5 send length 8 f() cuda memory", true);
    expect(t, false, "unknown", "rank 3: UCX names no protocol");
    make_good(t);
    gdr_hear(&t[0].heard,
             "{} tag_send from cuda/GPU0 length 8 teleported rc_mlx5/x:1",
             true);
    expect(t, false, "unknown", "teleported");
    make_good(t);
    t[0].wire_B = t[1].wire_B = t[2].wire_B = t[3].wire_B = -1;
    expect(t, false, "unknown", "the transport does not say");
}

static void contradictions_are_unknown_and_named(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    t[1].counted_B = 99.9e6;
    expect(t, false, "unknown",
           "contradiction: node 1 had 1e+08 bytes to send, its NICs sent "
           "9.99e+07");
    make_good(t);
    t[0].counted_B = 0;
    expect(t, false, "unknown", "contradiction: node 0");
    make_good(t);
    t[2].road = ROAD_NEITHER;
    expect(t, false, "unknown", "neither peermem nor dma-buf");
}

static void an_account_that_cannot_be_made_is_unknown(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    expect(t, true, "unknown", "other groups ran at once");
    make_good(t);
    t[1].counted_B = NAN;
    expect(t, false, "unknown", "node 1: its NICs' counters cannot be read");
    make_good(t);
    t[1].counted_B = -4e9;
    expect(t, false, "unknown", "node 1: a NIC's counter fell");
    make_good(t);
    t[0].counted_B = 200e6;
    expect(t, false, "unknown", "node 0 had 1e+08 bytes to send");
}

/* 1.1 for headers, 0.02 of all 200 MB for what goes the other way, 512 bytes
 * for each of 40 messages, 64 KiB: 114,086,016 of 100 MB, worked by hand. */
static void the_account_allows_headers_and_no_more(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    t[0].counted_B = 100e6;
    t[1].counted_B = 114086016;
    expect(t, false, "proven", "");
    make_good(t);
    t[1].counted_B = 114086017;
    expect(t, false, "unknown", "others' traffic");
}

/* A rank that has nothing to do with other nodes need not speak; and where
 * nothing leaves a node there is nothing to prove. */
static void only_what_leaves_a_node_counts(void **state)
{
    (void)state;
    struct gdr_testimony t[RANKS];
    make_good(t);
    t[2].wire_B = t[2].messages = 0;
    t[2].heard = (struct gdr_heard){.answers = 0};
    t[0].counted_B = 50.5e6;
    expect(t, false, "proven", "");
    make_good(t);
    for (int r = 0; r < RANKS; r++)
        t[r].wire_B = t[r].messages = 0;
    expect(t, false, "", "");
}

/* --- recorded nodes
 * -----------------------------------------------------------*/

/* Words of 4 bytes that each NIC of the tree has sent so far; `hidden`: no one
 * may read them. */
static void put_sent(const char *root, long words, bool hidden)
{
    struct nics nics;
    nics_read(root, &nics);
    assert_true(nics.count > 0);
    for (int i = 0; i < nics.count; i++) {
        char path[320], command[720];
        snprintf(path, sizeof path,
                 "%.63s/sys/class/infiniband/%s/ports/1/counters", root,
                 nics.list[i].name);
        if (hidden)
            snprintf(command, sizeof command,
                     "mkdir -p %s && ln -sf port_xmit_data %s/port_xmit_data",
                     path, path);
        else
            snprintf(command, sizeof command,
                     "mkdir -p %s && echo %ld >%s/port_xmit_data", path, words,
                     path);
        assert_int_equal(system(command), 0);
    }
    nics_fini(&nics);
}

/* Both nodes are like the recorded one. Each NIC sends its part of 100 MB. */
static void expect_node(const char *name, bool hidden, const char *verdict,
                        const char *because)
{
    struct gdr_testimony t[RANKS];
    struct nic_counts before, after;
    struct nics nics;
    char root[64];
    recorded_unpack(name, root);
    nics_read(root, &nics);
    put_sent(root, 1000, hidden);
    struct counters *counters = counters_open(root);
    counters_read(counters, &before);
    put_sent(root, 1000 + 25250000 / nics.count, hidden);
    counters_read(counters, &after);
    make_good(t);
    for (int r = 0; r < RANKS; r++) {
        t[r].road = road_read(root);
        if (t[r].counts)
            t[r].counted_B =
                after.known[COUNT_SENT_B]
                    ? after.value[COUNT_SENT_B] - before.value[COUNT_SENT_B]
                    : (double)NAN;
    }
    counters_close(counters);
    nics_fini(&nics);
    recorded_remove(root);
    print_message("%s:\n", name);
    expect(t, false, verdict, because);
}

static void recorded_nodes_prove_what_they_can(void **state)
{
    (void)state;
    expect_node("good", false, "proven", "peermem or dma-buf");
    expect_node("no-peermem", false, "unknown", "neither peermem nor dma-buf");
    /* ACS costs speed: bytes take a detour, but not through memory. */
    expect_node("acs-on", false, "proven", "NICs sent 1.010");
    expect_node("two-nics", false, "proven", "NICs sent 1.010");
    expect_node("no-permission", true, "unknown", "cannot be read");
    expect_node("no-permission", false, "proven", "NICs sent 1.010");
}

/* --- UCX's settings
 * -----------------------------------------------------------*/

static void expect_setting(const char *proto, const char *direct, bool required,
                           const char *against, const char *direct_after)
{
    unsetenv("UCX_PROTO_ENABLE");
    unsetenv("UCX_IB_GPU_DIRECT_RDMA");
    if (proto)
        setenv("UCX_PROTO_ENABLE", proto, 1);
    if (direct)
        setenv("UCX_IB_GPU_DIRECT_RDMA", direct, 1);
    const char *got = gdr_environment(required);
    const char *after = getenv("UCX_IB_GPU_DIRECT_RDMA");
    print_message("expected %s and %s, got %s and %s\n",
                  against ? against : "-", direct_after ? direct_after : "-",
                  got ? got : "-", after ? after : "-");
    assert_string_equal(got ? got : "", against ? against : "");
    assert_string_equal(after ? after : "", direct_after ? direct_after : "");
    if (!proto && !against)
        assert_string_equal(getenv("UCX_PROTO_ENABLE"), "y");
    if (proto)
        assert_string_equal(getenv("UCX_PROTO_ENABLE"), proto);
}

static void ucx_is_set_to_speak_unless_the_user_said_otherwise(void **state)
{
    (void)state;
    expect_setting(NULL, NULL, false, NULL, NULL);
    expect_setting("n", "n", false, NULL, "n");
    expect_setting(NULL, NULL, true, NULL, "y");
    expect_setting("yes", "on", true, NULL, "y");
    expect_setting(NULL, "try", true, "UCX_IB_GPU_DIRECT_RDMA", "try");
    expect_setting("n", NULL, true, "UCX_PROTO_ENABLE", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_answers_are_read_as_recorded),
        cmocka_unit_test(the_worst_of_several_answers_counts),
        cmocka_unit_test(a_silent_send_spoils_the_rest),
        cmocka_unit_test(zero_copy_that_the_nics_account_for_is_proven),
        cmocka_unit_test(one_staged_rank_makes_the_row_staged),
        cmocka_unit_test(what_is_not_said_is_unknown),
        cmocka_unit_test(contradictions_are_unknown_and_named),
        cmocka_unit_test(an_account_that_cannot_be_made_is_unknown),
        cmocka_unit_test(the_account_allows_headers_and_no_more),
        cmocka_unit_test(only_what_leaves_a_node_counts),
        cmocka_unit_test(recorded_nodes_prove_what_they_can),
        cmocka_unit_test(ucx_is_set_to_speak_unless_the_user_said_otherwise),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
