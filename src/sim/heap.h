/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue of ids by key, least first, in which a key may be changed: a heap
 * with four children a node and the place of each id beside it. Equal keys
 * leave by id, so the order depends on nothing but the keys. Keys are not NAN.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct heap_entry {
    double key;
    uint32_t id;
};

/* All zero: empty, for no ids. Read `entry[0]` while count > 0; the rest
 * belongs to the functions below. */
struct heap {
    struct heap_entry *entry;
    uint32_t *place; /* by id: 1 + its index in `entry`; 0: not queued */
    size_t count, ids;
};

enum { HEAP_ARITY = 4 };

static inline void heap_free(struct heap *heap)
{
    free(heap->entry);
    free(heap->place);
}

/* From now on ids are below `ids`. */
static inline void heap_reserve(struct heap *heap, size_t ids)
{
    if (ids <= heap->ids)
        return;
    size_t room = ids + ids / 2 + 16;
    heap->entry = xrealloc(heap->entry, room * sizeof *heap->entry);
    heap->place = xrealloc(heap->place, room * sizeof *heap->place);
    memset(heap->place + heap->ids, 0,
           (room - heap->ids) * sizeof *heap->place);
    heap->ids = room;
}

static inline bool heap_before(struct heap_entry a, struct heap_entry b)
{
    /* Without a branch: which of two comes first, nothing can foresee. */
    return (a.key < b.key) | ((a.key == b.key) & (a.id < b.id));
}

static inline void heap_write(struct heap *heap, size_t i, struct heap_entry e)
{
    heap->entry[i] = e;
    heap->place[e.id] = (uint32_t)i + 1;
}

/* The first of the children of a node, of which `child` is the least index. */
static inline size_t heap_first_child(const struct heap *heap, size_t child)
{
    const struct heap_entry *entry = heap->entry;
    if (child + HEAP_ARITY <= heap->count) {
        size_t a = child + heap_before(entry[child + 1], entry[child]);
        size_t b = child + 2 + heap_before(entry[child + 3], entry[child + 2]);
        return heap_before(entry[b], entry[a]) ? b : a;
    }
    size_t first = child;
    for (size_t c = child + 1; c < heap->count; c++)
        first = heap_before(entry[c], entry[first]) ? c : first;
    return first;
}

/* Puts `moved` at place i, or as far up or down from there as it must go. */
static inline void heap_settle(struct heap *heap, size_t i,
                               struct heap_entry moved)
{
    const struct heap_entry *entry = heap->entry;
    while (i > 0 && heap_before(moved, entry[(i - 1) / HEAP_ARITY])) {
        heap_write(heap, i, entry[(i - 1) / HEAP_ARITY]);
        i = (i - 1) / HEAP_ARITY;
    }
    size_t child;
    while ((child = HEAP_ARITY * i + 1) < heap->count) {
        size_t first = heap_first_child(heap, child);
        if (!heap_before(entry[first], moved))
            break;
        heap_write(heap, i, entry[first]);
        i = first;
    }
    heap_write(heap, i, moved);
}

/* Queues `id` with this key, or changes its key. */
static inline void heap_set(struct heap *heap, uint32_t id, double key)
{
    size_t i = heap->place[id] ? heap->place[id] - 1 : heap->count++;
    heap_settle(heap, i, (struct heap_entry){key, id});
}

/* Does nothing when it is not queued. */
static inline void heap_remove(struct heap *heap, uint32_t id)
{
    if (!heap->place[id])
        return;
    size_t i = heap->place[id] - 1;
    struct heap_entry last = heap->entry[--heap->count];
    heap->place[id] = 0;
    if (i < heap->count)
        heap_settle(heap, i, last);
}

#endif
