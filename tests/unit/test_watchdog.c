/* SPDX-License-Identifier: BSD-3-Clause */
/* A hung run ends, with a line that says where; a healthy one never does. Each
 * case is a child process: what it printed and how it ended are looked at. */
#include "bench/watchdog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct net {
    int asked;
};

static void stuck_where(const struct net *net, struct where *out)
{
    (void)net;
    *out = (struct where){5, 12, 2, "receive"};
}

/* Moves whenever it is looked at, however rarely that may be. */
static void moving_where(const struct net *net, struct where *out)
{
    ((struct net *)(uintptr_t)net)->asked++;
    *out = (struct where){net->asked, 1000000, -1, "send"};
}

static void idle_where(const struct net *net, struct where *out)
{
    (void)net;
    *out = (struct where){-1, 0, -1, "nothing"};
}

static const struct transport stuck = {.where = stuck_where};
static const struct transport moving = {.where = moving_where};
static const struct transport idle = {.where = idle_where};
static struct net net;

static const char label[] = "allreduce ring 64KiB";

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(99);
}

/* Whole seconds, whatever signals come. */
static void stay(int seconds)
{
    struct timespec rest = {.tv_sec = seconds};
    while (nanosleep(&rest, &rest) != 0)
        ;
}

/* Runs `child` in a process of its own; what it wrote to stderr is in `said`. A
 * negative code is the signal that ended it. */
static int outcome(void (*child)(void), char *said, size_t capacity)
{
    int pipes[2], status = 0;
    size_t used = 0;
    ssize_t got;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        child();
        _exit(0);
    }
    close(pipes[1]);
    while ((got = read(pipes[0], said + used, capacity - 1 - used)) > 0)
        used += (size_t)got;
    said[used] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void assert_outcome(void (*child)(void), int code, const char *line)
{
    char said[1024];
    int got = outcome(child, said, sizeof said);
    assert_string_equal(said, line);
    assert_int_equal(got, code);
}

static void hang(void)
{
    watchdog_start(3, "n7", 0.3);
    watchdog_watch(&stuck, &net, label);
    wait_for_ever();
}

static void a_run_without_progress_ends_and_says_where(void **state)
{
    (void)state;
    assert_outcome(hang, 3,
                   "linerate: rank 3 (host n7) waits in round 5 of 12 for rank "
                   "2: receive, no progress for 0.3 s (allreduce ring "
                   "64KiB)\n");
}

static void hang_busily(void)
{
    volatile unsigned long turns = 0;
    watchdog_start(0, "n0", 1);
    watchdog_watch(&idle, &net, label);
    for (;;)
        turns++;
}

static void a_run_that_spins_outside_any_round_ends_too(void **state)
{
    (void)state;
    assert_outcome(hang_busily, 3,
                   "linerate: rank 0 (host n0) waits outside any round, no "
                   "progress for 1 s (allreduce ring 64KiB)\n");
}

/* A label of any length must not overrun the line, nor lose its end. */
static void hang_with_a_long_label(void)
{
    static char longest[2000];
    memset(longest, 'x', sizeof longest - 1);
    watchdog_start(-2147483647, "n7", 0.3);
    watchdog_watch(&stuck, &net, longest);
    wait_for_ever();
}

static void a_long_line_is_cut_but_still_a_line(void **state)
{
    (void)state;
    char said[2048];
    assert_int_equal(outcome(hang_with_a_long_label, said, sizeof said), 3);
    assert_int_equal(strlen(said), 512);
    assert_int_equal(strcspn(said, "\n"), 511);
    assert_int_equal(strncmp(said, "linerate: rank -2147483647 (host n7)", 36),
                     0);
}

static void move_slowly(void)
{
    watchdog_start(3, "n7", 0.3);
    watchdog_watch(&moving, &net, label);
    while (net.asked < 6) /* 6 looks, a quarter of a second each */
        pause();
    say("moved\n");
}

static void rounds_that_move_keep_a_run_alive(void **state)
{
    (void)state;
    assert_outcome(move_slowly, 0, "moved\n");
}

static void hang_without_a_limit(void)
{
    watchdog_start(3, "n7", 0);
    watchdog_watch(&stuck, &net, label);
    stay(1);
    say("unjudged\n");
}

static void no_limit_is_no_judgement(void **state)
{
    (void)state;
    assert_outcome(hang_without_a_limit, 0, "unjudged\n");
}

static void rest_then_hang(void)
{
    watchdog_start(3, "n7", 0.3);
    watchdog_watch(&stuck, &net, label);
    watchdog_rest(true);
    stay(1);
    watchdog_watch(NULL, NULL, "");
    watchdog_rest(false);
    stay(1);
    say("rested\n");
    watchdog_watch(&stuck, &net, label);
    wait_for_ever();
}

static void resting_or_idle_is_not_judged_but_what_follows_is(void **state)
{
    (void)state;
    assert_outcome(rest_then_hang, 3,
                   "rested\nlinerate: rank 3 (host n7) waits in round 5 of 12 "
                   "for rank 2: receive, no progress for 0.3 s (allreduce "
                   "ring 64KiB)\n");
}

static void be_interrupted_twice(int number)
{
    watchdog_start(3, "n7", 1000);
    watchdog_watch(&moving, &net, label);
    if (watchdog_interrupted())
        say("too early\n");
    raise(number);
    if (watchdog_interrupted())
        say("alive\n");
    raise(number);
    say("still here\n");
}

static void interrupt_twice(void)
{
    be_interrupted_twice(SIGINT);
}

static void terminate_twice(void)
{
    be_interrupted_twice(SIGTERM);
}

static void the_first_signal_asks_and_the_second_ends(void **state)
{
    (void)state;
    assert_outcome(interrupt_twice, 130, "alive\n");
    assert_outcome(terminate_twice, 143, "alive\n");
}

static void be_terminated_while_hung(void)
{
    watchdog_start(3, "n7", 9);
    watchdog_watch(&stuck, &net, label);
    stay(2);
    raise(SIGTERM);
    wait_for_ever();
}

static void a_hung_rank_that_is_terminated_says_where(void **state)
{
    (void)state;
    char said[1024];
    const char *want = "linerate: rank 3 (host n7) waits in round 5 of 12 for "
                       "rank 2: receive, no progress for ";
    assert_int_equal(outcome(be_terminated_while_hung, said, sizeof said), 3);
    said[strlen(said) < strlen(want) ? strlen(said) : strlen(want)] = '\0';
    assert_string_equal(said, want);
}

static void stop_then_wait(void)
{
    watchdog_start(3, "n7", 0.3);
    watchdog_watch(&stuck, &net, label);
    watchdog_stop();
    stay(1);
    say("calm\n");
    raise(SIGTERM);
}

static void a_stopped_watchdog_leaves_signals_as_they_were(void **state)
{
    (void)state;
    assert_outcome(stop_then_wait, -SIGTERM, "calm\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_progress_ends_and_says_where),
        cmocka_unit_test(a_run_that_spins_outside_any_round_ends_too),
        cmocka_unit_test(a_long_line_is_cut_but_still_a_line),
        cmocka_unit_test(rounds_that_move_keep_a_run_alive),
        cmocka_unit_test(no_limit_is_no_judgement),
        cmocka_unit_test(resting_or_idle_is_not_judged_but_what_follows_is),
        cmocka_unit_test(the_first_signal_asks_and_the_second_ends),
        cmocka_unit_test(a_hung_rank_that_is_terminated_says_where),
        cmocka_unit_test(a_stopped_watchdog_leaves_signals_as_they_were),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
