/* SPDX-License-Identifier: BSD-3-Clause */
/* The theorem: with these waits, running rounds early gives what running them
 * one after the other gives. Every pair of reads and writes of two short
 * ranges, by hand; and a barrier's empty steps, without whose order it holds
 * nobody. */
#include "net/hazard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char memory[64];

static void reads_may_overlap_and_nothing_else(void **state)
{
    (void)state;
    for (int shift = -12; shift <= 12; shift++) {
        const char *here = memory + 24, *there = memory + 24 + shift;
        bool touch = shift > -8 && shift < 8; /* two ranges of 8 bytes */
        struct reach read_here = {NULL, here, 8}, write_here = {here, NULL, 8},
                     read_there = {NULL, there, 8},
                     write_there = {there, NULL, 8};
        assert_int_equal(hazard(&read_here, &read_there), false);
        assert_int_equal(hazard(&read_here, &write_there), touch);
        assert_int_equal(hazard(&write_here, &read_there), touch);
        assert_int_equal(hazard(&write_here, &write_there), touch);
    }
}

/* Ring: what is received in a round is sent in the next. Ping-pong: the answer
 * is sent from where the question arrived. */
static void what_is_received_is_sent_only_then(void **state)
{
    struct reach receive = {memory, NULL, 16}, send = {NULL, memory, 16};
    (void)state;
    assert_true(hazard(&send, &receive));
}

static void steps_of_no_bytes_keep_their_order(void **state)
{
    struct reach tell = {NULL, memory, 0}, hear = {memory + 8, NULL, 0},
                 data = {NULL, memory + 32, 8};
    (void)state;
    assert_true(hazard(&tell, &hear));
    assert_true(hazard(&tell, &data));
    assert_true(hazard(&data, &hear));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_may_overlap_and_nothing_else),
        cmocka_unit_test(what_is_received_is_sent_only_then),
        cmocka_unit_test(steps_of_no_bytes_keep_their_order),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
