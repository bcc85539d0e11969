/* SPDX-License-Identifier: BSD-3-Clause */
/* The cases of a run, in the order in which they are measured: waves, then
 * sizes, then transports, algorithms or directions. The same list on every
 * rank, and from it the identity of each row before anything has run. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "bench/choice.h"
#include "bench/options.h"
#include "bench/record.h"
#include "bench/sizes.h"
#include "bench/wave.h"
#include "net/transport.h"

struct bench_case {
    int wave;
    int transport; /* index into options.transports */
    const struct transport *via;
    const char *refusal;   /* of the transport, whatever the case; NULL: none */
    const char *algorithm; /* a name, "auto", or "library" */
    int direction;         /* p2p; -1 for collectives */
    size_t size_B;         /* as asked; what runs is in the row */
    const char *reason;    /* why it is not to be tried; NULL: it is */
};

struct cases {
    struct bench_case *list;
    size_t n;
};

/* What a case means for one group: the collective and who runs it. */
struct task {
    struct collective c; /* shape.starts points into the group */
    const struct algorithm *algorithm; /* NULL: the library's own */
    const char *reason; /* why it is skipped; NULL: it runs */
};

/* refusals: why a transport can run nothing at all, by its index; NULL: it can. */
void cases_make(const struct benchmark *, const struct options *,
                const struct waves *, const struct sizes *,
                const char *const *refusals, struct cases *out);
void cases_free(struct cases *);

void case_task(const struct benchmark *, const struct options *,
               const struct choice *, const struct bench_case *,
               const struct group *, struct task *out);

/* The columns that say which case this is: all KEY columns, and nodes. */
void case_identity(const struct benchmark *, const struct options *,
                   const struct bench_case *, const struct group *,
                   const struct task *, struct record *out);

/* "allreduce ring 64KiB on 4 ranks, ucx": for progress and the watchdog. */
void case_label(const struct record *, char *text, size_t capacity);

#endif
