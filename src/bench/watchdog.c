/* SPDX-License-Identifier: BSD-3-Clause */
/* The only mutable global of the suite, for a signal handler has no argument.
 * Everything from on_alarm and on_stop down is async-signal-safe: no stdio, no
 * memory, no locks; clock_gettime, nanosleep, write and _exit are. */
#include "bench/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

/* What moves when there is progress. */
struct pulse {
    unsigned long beats;
    int round, rounds, peer;
};

static struct watchdog {
    int rank;
    char host[64];
    double limit_s;
    _Atomic(const struct transport *) transport; /* NULL: do not judge */
    const struct net *net;
    const char *label;
    atomic_ulong beats;
    atomic_bool resting, ending;
    atomic_int signals; /* that asked to stop */
    struct pulse pulse; /* as last seen, and since when */
    double since_s;
    struct sigaction old_interrupt, old_terminate;
    bool running;
} dog;

/* --- a line, by hand --------------------------------------------------------
 */

struct line {
    char text[512];
    size_t used;
};

static void put_text(struct line *line, const char *text)
{
    while (*text && line->used < sizeof line->text)
        line->text[line->used++] = *text++;
}

static void put_number(struct line *line, long value)
{
    char digits[24];
    size_t at = sizeof digits;
    unsigned long rest =
        value < 0 ? 0 - (unsigned long)value : (unsigned long)value;
    digits[--at] = '\0';
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    put_text(line, digits + at);
}

/* "300" or "0.3": tenths only where there are some. */
static void put_seconds(struct line *line, double seconds)
{
    long tenths = (long)(seconds * 10 + 0.5);
    put_number(line, tenths / 10);
    if (tenths % 10) {
        put_text(line, ".");
        put_number(line, tenths % 10);
    }
}

static void put_where(struct line *line, const struct where *where)
{
    if (where->round < 0) {
        put_text(line, " waits outside any round");
        return;
    }
    put_text(line, " waits in round ");
    put_number(line, where->round);
    put_text(line, " of ");
    put_number(line, where->rounds);
    if (where->peer >= 0) {
        put_text(line, " for rank ");
        put_number(line, where->peer);
    }
    if (where->what) {
        put_text(line, ": ");
        put_text(line, where->what);
    }
}

/* --- judging -----------------------------------------------------------------
 */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void ask(struct where *where)
{
    const struct transport *transport = atomic_load(&dog.transport);
    *where = (struct where){.round = -1, .peer = -1};
    if (transport)
        transport->where(dog.net, where);
}

/* Seconds without progress; 0 when there was some, or when nothing is to be
 * judged. */
static double silence_s(struct where *where)
{
    double now = now_s();
    ask(where);
    struct pulse pulse = {atomic_load(&dog.beats), where->round, where->rounds,
                          where->peer};
    bool judged = atomic_load(&dog.transport) && !atomic_load(&dog.resting);
    if (!judged || pulse.beats != dog.pulse.beats ||
        pulse.round != dog.pulse.round || pulse.rounds != dog.pulse.rounds ||
        pulse.peer != dog.pulse.peer) {
        dog.pulse = pulse;
        dog.since_s = now;
    }
    return now - dog.since_s;
}

/* Says it once: libraries have threads of their own, which are given the next
 * signal while this one rests. Returns only when another is at it. */
static void give_up(const struct where *where, double silent_s)
{
    if (atomic_exchange(&dog.ending, true))
        return;
    struct line line = {.used = 0};
    struct timespec rest = {.tv_sec = 1}; /* for the others to say the same */

    put_text(&line, "linerate: rank ");
    put_number(&line, dog.rank);
    put_text(&line, " (host ");
    put_text(&line, dog.host);
    put_text(&line, ")");
    put_where(&line, where);
    put_text(&line, ", no progress for ");
    put_seconds(&line, silent_s);
    put_text(&line, " s (");
    put_text(&line, dog.label);
    put_text(&line, ")");
    if (line.used == sizeof line.text)
        line.used--;
    line.text[line.used++] = '\n';
    if (write(STDERR_FILENO, line.text, line.used) >= 0)
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
            ;
    _exit(EXIT_MACHINE);
}

static void on_alarm(int number)
{
    int saved = errno;
    struct where where;
    (void)number;
    if (silence_s(&where) >= dog.limit_s && dog.limit_s > 0)
        give_up(&where, dog.limit_s);
    errno = saved;
}

/* SIGINT and SIGTERM. A launcher that kills the rest of a hung job sends
 * SIGTERM before this rank's own limit is reached: a tenth of the limit without
 * progress is taken as hung, too. */
static void on_stop(int number)
{
    int saved = errno;
    struct where where;
    double silent_s = silence_s(&where);
    if (number == SIGTERM && silent_s > 0 && silent_s >= dog.limit_s / 10)
        give_up(&where, silent_s);
    else if (!atomic_load(&dog.ending) && atomic_fetch_add(&dog.signals, 1) > 0)
        _exit(128 + number);
    errno = saved;
}

/* --- the interface -----------------------------------------------------------
 */

static void set_timer(long period_us)
{
    struct itimerval timer = {.it_interval = {.tv_usec = period_us},
                              .it_value = {.tv_usec = period_us}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Every handler keeps the others out: they share the state above. */
static void handle(int number, void (*handler)(int), struct sigaction *old)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGALRM);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    if (sigaction(number, &action, old) != 0)
        die(EXIT_MACHINE, "cannot handle signal %d", number);
}

static void hold(sigset_t *old)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGALRM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigprocmask(SIG_BLOCK, &ours, old);
}

void watchdog_start(int rank, const char *host, double limit_s)
{
    const long quarter_us = 250000; /* far below any sensible limit */
    dog.rank = rank;
    snprintf(dog.host, sizeof dog.host, "%s", host);
    dog.limit_s = limit_s;
    atomic_store(&dog.transport, NULL);
    dog.label = "";
    atomic_store(&dog.resting, false);
    atomic_store(&dog.ending, false);
    atomic_store(&dog.signals, 0);
    dog.since_s = now_s();
    handle(SIGALRM, on_alarm, NULL);
    handle(SIGINT, on_stop, &dog.old_interrupt);
    handle(SIGTERM, on_stop, &dog.old_terminate);
    dog.running = true;
    set_timer(quarter_us);
}

void watchdog_watch(const struct transport *transport, const struct net *net,
                    const char *label)
{
    sigset_t old;
    hold(&old);
    /* Off in between, should another thread be given the signal. */
    atomic_store(&dog.transport, NULL);
    dog.net = net;
    dog.label = label;
    dog.since_s = now_s();
    atomic_store(&dog.transport, transport);
    sigprocmask(SIG_SETMASK, &old, NULL);
    watchdog_beat();
}

void watchdog_beat(void)
{
    atomic_fetch_add_explicit(&dog.beats, 1, memory_order_relaxed);
}

/* Either way is a sign of life: the time begins anew. */
void watchdog_rest(bool rest)
{
    watchdog_beat();
    atomic_store(&dog.resting, rest);
}

bool watchdog_interrupted(void)
{
    return atomic_load(&dog.signals) > 0;
}

void watchdog_stop(void)
{
    if (!dog.running)
        return;
    set_timer(0);
    signal(SIGALRM, SIG_IGN); /* one may be on its way */
    sigaction(SIGINT, &dog.old_interrupt, NULL);
    sigaction(SIGTERM, &dog.old_terminate, NULL);
    atomic_store(&dog.transport, NULL);
    dog.running = false;
}
