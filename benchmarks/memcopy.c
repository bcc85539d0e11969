/* SPDX-License-Identifier: BSD-3-Clause */
/* The limit that shared-memory collectives are held against: how fast the
 * processes of this machine copy memory when all copy at once. Each of
 * `processes` processes, on a core of its own, copies what an all-gather makes
 * it copy: an equal block from each process's shared buffer into its own
 * output, `bytes` in all. No library, no protocol, no waiting but a start
 * together; a sample is the slowest process's time. GB/s is bytes over the
 * median sample, so it compares with the algbw of `allgather -b BYTES`. */
#define _GNU_SOURCE
#include <argp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "bench/stats.h"
#include "coll/reduce.h"

enum { PROCESSES = 64, SAMPLES = 15 };

struct asked {
    int processes;
    size_t bytes;
};

/* In memory that all share. */
struct meeting {
    atomic_int arrived;
    double seconds[PROCESSES];
};

typedef void copy(void *to, const void *from, size_t bytes);

static void copy_libc(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

static void copy_streaming(void *to, const void *from, size_t bytes)
{
    reduce_copy(to, from, bytes, true);
}

/* The processor's own copy loop, where it has one; else libc's. */
static void copy_microcode(void *to, const void *from, size_t bytes)
{
#if defined(__x86_64__)
    __asm__ volatile("rep movsb"
                     : "+D"(to), "+S"(from), "+c"(bytes)
                     :
                     : "memory");
#else
    memcpy(to, from, bytes);
#endif
}

static const struct {
    const char *name;
    copy *run;
} ways[] = {
    {"memcpy", copy_libc},
    {"streaming", copy_streaming},
    {"microcode", copy_microcode},
};

static void *shared(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        die(EXIT_MACHINE, "memcopy: no memory for %zu bytes", bytes);
    return p;
}

static void own_core(int process)
{
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        die(EXIT_MACHINE, "memcopy: no list of allowed cores");
    int left = process % CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && left-- == 0)
            CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void meet(struct meeting *meeting, const struct asked *asked, int time)
{
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < asked->processes * time)
        sched_yield();
}

/* One process: SAMPLES samples of each way; process 0 keeps the slowest. */
static void work(const struct asked *asked, struct meeting *meeting,
                 char *const *inputs, int me, double *samples)
{
    size_t block = asked->bytes / (size_t)asked->processes;
    char *out = shared(asked->bytes);
    int time = 0;
    own_core(me);
    memset(out, 1, asked->bytes);
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++)
        for (int i = 0; i < SAMPLES; i++) {
            meet(meeting, asked, ++time);
            double start = clock_now_s();
            for (int k = 0; k < asked->processes; k++) {
                int from = (me + k) % asked->processes;
                ways[way].run(out + (size_t)from * block, inputs[from], block);
            }
            meeting->seconds[me] = clock_now_s() - start;
            meet(meeting, asked, ++time);
            double slowest = 0;
            for (int k = 0; k < asked->processes; k++)
                if (meeting->seconds[k] > slowest)
                    slowest = meeting->seconds[k];
            if (me == 0)
                samples[way * SAMPLES + (size_t)i] = slowest;
            meet(meeting, asked, ++time); /* before the next overwrites it */
        }
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct asked *asked = state->input;
    char *end;
    switch (key) {
    case 'p':
        asked->processes = (int)strtol(text, &end, 10);
        if (*end || asked->processes < 1 || asked->processes > PROCESSES)
            die(EXIT_USAGE, "--processes: '%s', expected 1 to %d", text,
                PROCESSES);
        return 0;
    case 'b':
        if (!units_parse_size(text, &asked->bytes) || asked->bytes < 4096)
            die(EXIT_USAGE, "--bytes: '%s', expected a size from 4KiB", text);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"processes", 'p', "N", 0, "processes that copy at once (2)", 0},
        {"bytes", 'b', "SIZE", 0, "bytes that each copies (256MiB)", 0},
        {0}};
    static const struct argp argp = {
        options, read_option, NULL,
        "How fast the processes of this machine copy memory when all copy at "
        "once: the limit of shared-memory collectives.\vPrints CSV: "
        "way,processes,bytes,median_us,GBps.",
        NULL, NULL, NULL};
    struct asked asked = {.processes = 2, .bytes = 256 << 20};
    argp_parse(&argp, argc, argv, 0, NULL, &asked);

    enum { WAYS = sizeof ways / sizeof *ways };
    struct meeting *meeting = shared(sizeof *meeting);
    double samples[WAYS * SAMPLES], scratch[SAMPLES];
    char *inputs[PROCESSES];
    for (int i = 0; i < asked.processes; i++) {
        inputs[i] = shared(asked.bytes / (size_t)asked.processes);
        memset(inputs[i], i, asked.bytes / (size_t)asked.processes);
    }
    for (int i = 1; i < asked.processes; i++) {
        pid_t child = fork();
        if (child < 0)
            die(EXIT_MACHINE, "memcopy: could not start process %d", i);
        if (child == 0) {
            work(&asked, meeting, inputs, i, samples);
            _exit(0);
        }
    }
    work(&asked, meeting, inputs, 0, samples);
    while (wait(NULL) > 0)
        ;
    printf("way,processes,bytes,median_us,GBps\n");
    for (int way = 0; way < WAYS; way++) {
        struct stats stats;
        stats_of(samples + way * SAMPLES, SAMPLES, scratch, &stats);
        printf("%s,%d,%zu,%.1f,%.3f\n", ways[way].name, asked.processes,
               asked.bytes, stats.p50 * 1e6,
               (double)asked.bytes / stats.p50 / 1e9);
    }
    return EXIT_GOOD;
}
