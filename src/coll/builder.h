/* SPDX-License-Identifier: BSD-3-Clause */
/* Helpers with which algorithms write their steps. A builder drops steps of no
 * bytes (rule 1), counts beyond capacity, and never allocates. */
#ifndef COLL_BUILDER_H
#define COLL_BUILDER_H

#include "coll/schedule.h"

struct builder {
    struct step *out;
    size_t capacity, used;
};

struct span span_of(enum buffer buffer, size_t offset, size_t bytes);
struct span span_strided(enum buffer buffer, size_t offset, size_t bytes,
                         size_t stride, size_t count);

void builder_send(struct builder *, int peer, struct span from);
void builder_recv(struct builder *, int peer, struct span to);
void builder_recv_reduce(struct builder *, int peer, struct span from,
                         struct span to);
/* The same, marked where it is the `last` reduction of these bytes (rule 8). */
void builder_recv_last(struct builder *, int peer, struct span from,
                       struct span to, bool last);
void builder_copy(struct builder *, struct span from, struct span to);
void builder_reduce(struct builder *, struct span from, struct span to);

/* Block `index` of `blocks` of `count` elements as equal as can be (the first
 * count % blocks blocks have one more): offset and length in elements. */
void block_of(size_t count, int blocks, int index, size_t *offset,
              size_t *length);

/* i modulo n, from 0 to n - 1 also for negative i. */
int wrap(int i, int n);

/* The same for phases; the rounds follow on from the phase before. A phase of
 * no rounds is left out. */
struct phase_list {
    struct phase *out;
    size_t capacity, used;
    int rounds; /* so far */
};

void phase_add(struct phase_list *, const char *name, int rounds);
/* `rounds` phases of one round each: where the peers change every round. */
void phase_each(struct phase_list *, const char *name, int rounds);
/* Rounds with other peers each, alike in all else (rule 7). */
void phase_varied(struct phase_list *, const char *name, int rounds);
void phase_pipelined(struct phase_list *, const char *name, int rounds);

/* What every algorithm does where there is nothing to tell anybody: no rounds
 * without bytes, or for one rank in place; one COPY for one rank otherwise. */
bool solo_applies(const struct collective *);
size_t solo_phases(const struct collective *, struct phase *out,
                   size_t capacity);
size_t solo_round(const struct collective *, struct step *out, size_t capacity);

/* The largest k with 2^k <= n, and the least with 2^k >= n; n >= 1. */
int log2_floor(int n);
int log2_ceil(int n);

#endif
