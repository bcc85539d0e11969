/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

#include <time.h>

double clock_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double monotonic_now(void *state)
{
    (void)state;
    return clock_now_s();
}

struct clock clock_monotonic(void)
{
    return (struct clock){monotonic_now, NULL};
}

char *clock_utc(char *text, size_t capacity)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    if (strftime(text, capacity, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0 && capacity)
        text[0] = '\0';
    return text;
}

void clock_sleep(double seconds)
{
    struct timespec t = {(time_t)seconds, 0};
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}
