/* SPDX-License-Identifier: BSD-3-Clause */
/* Findings about one node: of this subject, this quantity is so, was expected
 * so, and is hence right, wrong, or not to be known. Plain data, no pointers in
 * a fact: a list travels between ranks as bytes. */
#ifndef HOST_FACTS_H
#define HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host/tree.h"

enum verdict {
    VERDICT_INFO,    /* nothing is expected of it */
    VERDICT_OK,      /* as it should be */
    VERDICT_NOTE,    /* worth a look, no fault by itself */
    VERDICT_UNKNOWN, /* could not be looked at; never counts as right */
    VERDICT_BAD,
    VERDICTS,
};

struct fact {
    enum verdict verdict;
    bool passing;  /* of the moment or this node's own: not compared */
    char kind[12]; /* "node", "GPU", "NIC", "port", "net", "bridge", "pair" */
    char subject[32]; /* which one: "mlx5_0"; "" for the node */
    char what[32];
    char value[80];
    char expected[48]; /* "" when nothing is */
    char hint[112];    /* why it matters or what to do; "" when plain */
};

struct facts {
    struct fact *list; /* freed by facts_fini */
    size_t count, capacity;
};

const char *verdict_name(enum verdict);

void facts_fini(struct facts *);

/* One more: VERDICT_INFO, compared, value "". Lives until the next is added. */
struct fact *facts_add(struct facts *, const char *kind, const char *subject,
                       const char *what);

/* All three return their fact. Texts that are too long are cut. */
struct fact *fact_value(struct fact *, enum verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct fact *fact_expected(struct fact *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct fact *fact_hint(struct fact *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Not to be known: value "unknown". */
struct fact *fact_unknown(struct fact *, const char *why);

/* The line of a file as a fact of VERDICT_INFO; unknown when it cannot be read
 * or is empty. */
struct fact *facts_add_line(struct facts *, const char *root, const char *kind,
                            const char *subject, const char *what,
                            const char *file);

size_t facts_with(const struct facts *, enum verdict);

/* Distinct values of a quantity over all subjects of a kind, in their order,
 * joined by "; "; "" when it was not asked for or is unknown everywhere. */
void facts_join(const struct facts *, const char *kind, const char *what,
                char *text, size_t capacity);

/* The human table: facts that differ in nothing but the subject are one row,
 * with how many of them; `from`: only verdicts from this one on. */
void facts_print(const struct facts *, enum verdict from, FILE *out);

#endif
