/* SPDX-License-Identifier: BSD-3-Clause */
/* Small files of /proc and /sys below a root, which is "" for this machine and
 * a folder for a recorded one. Everything the suite knows of a node's hardware
 * comes through here, so a recorded tree answers as its machine would have.
 *
 * What is not there and what may not be looked at are two answers: the first
 * can be a fact ("no such module"), the second never is. */
#ifndef HOST_TREE_H
#define HOST_TREE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TREE_LINE = 4096, /* a list of processors of a large node fits */
    TREE_NAME = 128,  /* longest name in a listing */
};

enum tree_answer { TREE_READ, TREE_ABSENT, TREE_REFUSED };

/* `name` is an absolute path ("/proc/..."). On all answers but TREE_READ the
 * text is "". Blanks, quotes and line ends around it are taken off; it is cut
 * to fit. */
enum tree_answer tree_line(const char *root, const char *name, char *text,
                           size_t capacity);

/* What follows `key`, blanks and `separator` (0: blanks alone) on the first
 * line that starts so. TREE_ABSENT also when no line does. */
enum tree_answer tree_value(const char *root, const char *name, const char *key,
                            char separator, char *text, size_t capacity);

/* The first line that holds `word`. */
enum tree_answer tree_find(const char *root, const char *name, const char *word,
                           char *text, size_t capacity);

/* A whole number, in base 10 or, with 0x, 16; a file that holds none is
 * TREE_REFUSED, and *out is untouched on all answers but TREE_READ. */
enum tree_answer tree_number(const char *root, const char *name, long *out);

/* Bytes of a file from its start, at most `capacity`; -1 when it cannot be
 * opened. */
long tree_bytes(const char *root, const char *name, unsigned char *bytes,
                size_t capacity);

/* What a symbolic link says. */
enum tree_answer tree_link(const char *root, const char *name, char *text,
                           size_t capacity);

/* Whether a path is there; TREE_READ says yes. */
enum tree_answer tree_there(const char *root, const char *name);

/* Names in a folder, sorted, without those that start with a dot; *names is one
 * block that the caller frees (NULL when there are none). Names too long for
 * TREE_NAME are left out: none in /sys are. */
enum tree_answer tree_names(const char *root, const char *folder,
                            char (**names)[TREE_NAME], int *count);

#endif
