/* SPDX-License-Identifier: BSD-3-Clause */
/* The one place that touches the operating system's clocks. A clock is a value
 * so that the measure loop can be driven by a scripted one in tests. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>

struct clock {
    double (*now_s)(void *state); /* monotonic; only differences mean anything */
    void *state;
};

/* CLOCK_MONOTONIC: the same for all processes of one booted kernel. */
struct clock clock_monotonic(void);

/* Seconds of CLOCK_MONOTONIC, for code that is not under test (progress,
 * watchdog, deadlines). */
double clock_now_s(void);

/* Wall time as RFC 3339 in UTC, "2026-11-23T08:31:00Z"; capacity >= 21. */
char *clock_utc(char *text, size_t capacity);

/* Sleep at least this long; signals may cut it short. */
void clock_sleep(double seconds);

#endif
