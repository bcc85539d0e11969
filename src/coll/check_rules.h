/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of schedule.h that can be judged without running anything: single
 * steps, the steps of one rank's round together (2, 3, 5), and the claims about
 * phases (7). Used by check.c only. */
#ifndef COLL_CHECK_RULES_H
#define COLL_CHECK_RULES_H

#include "coll/schedule.h"

/* Where a complaint goes: the first one is kept. */
struct report {
    char *why;
    size_t capacity;
};

/* Always false, so that one can `return complain(...)`. step -1: the whole
 * round; round -1: the whole rank. */
bool complain(struct report *, int rank, int round, int step,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The buffers of one rank in one piece of memory; in place INPUT and OUTPUT
 * overlap. */
struct layout {
    size_t base_B[BUFFERS], size_B[BUFFERS], total_B, type_B;
    bool input_writable, reduces, barrier, in_switch;
    int ranks;
};

struct layout layout_of(const struct algorithm *, const struct collective *,
                        int rank);

/* Steps of one rank in one round, in memory that is used again. */
struct step_list {
    struct step *steps;
    size_t count, capacity;
};

/* Asks twice, with and without capacity, and compares. Free list->steps. */
bool step_list_get(struct report *, const struct algorithm *,
                   const struct collective *, int rank, int round,
                   struct step_list *list);

/* Rules 2, 3, 5 and the bounds of buffers. */
bool rules_round(struct report *, const struct layout *,
                 const struct step_list *, int rank, int round);

/* Rule 7: that the phases tile the rounds; and then, for all ranks and rounds,
 * that the phases are as even as they claim. */
bool rules_tiling(struct report *, const struct algorithm *,
                  const struct collective *);
bool rules_phases(struct report *, const struct algorithm *,
                  const struct collective *);

#endif
