/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults made on purpose, so that anyone can see each detector fire:
 *   corrupt=RANK[:ELEMENT]  RANK's contribution to one element is dropped
 *   slow=RANK:FACTOR        RANK takes FACTOR times as long
 *   hang=RANK               RANK never starts its 3rd run of a case
 *   die=RANK                RANK is killed at the 3rd run of the 2nd case
 * RANK is a rank of the job. */
#ifndef BENCH_INJECT_H
#define BENCH_INJECT_H

#include <stdbool.h>
#include <stddef.h>

enum inject_kind {
    INJECT_NONE,
    INJECT_CORRUPT,
    INJECT_SLOW,
    INJECT_HANG,
    INJECT_DIE
};

struct inject {
    enum inject_kind kind;
    int rank;
    size_t element; /* SIZE_MAX: the first that matters */
    double factor;
    long deadly_case; /* `die` strikes in this one (from 1) */
};

/* False, *out untouched, unless the text is one of the forms above. */
bool inject_parse(const char *text, struct inject *out);

/* For the run wrapper of a rank that is to misbehave: called before its
 * `run`-th run (from 1) of the `case_number`-th case (from 1). */
void inject_before(const struct inject *, long case_number, long run);
/* After a run that took `seconds`: a slow rank dawdles. */
void inject_after(const struct inject *, double seconds);

#endif
