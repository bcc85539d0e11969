/* SPDX-License-Identifier: BSD-3-Clause */
/* From measurements to rows: the first rank of each group reports to rank 0 of
 * the job, which writes and shows them in the order of the groups. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench/turn.h"

/* What a case means for a group, and the identity of its row. */
void rows_identify(const struct session *, const struct bench_case *,
                   const struct group *, struct task *, struct record *);

/* On rank 0: is every row of this case in the resumed folder already? */
bool rows_finished(struct session *, const struct bench_case *);

/* From the first rank of a group that is not rank 0 of the job. */
void rows_report(struct session *, const struct record *, const struct sample *,
                 size_t n);

/* On rank 0: all rows of a case; its own group's comes with `samples`. */
void rows_write(struct session *, const struct bench_case *,
                const struct turn *, struct record *mine,
                struct sample *samples, size_t n);

#endif
