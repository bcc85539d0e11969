/* SPDX-License-Identifier: BSD-3-Clause */
/* Sub-groups of a job. A rank is handled as its slot: its place when ranks are
 * sorted by node and then by number; the slots of a node follow each other.
 * Must not know of jobs or transports: a table comes in, tables go out. */
#include "bench/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *placement_name(enum placement placement)
{
    static const char *const names[] = {"packed", "spread", "rail"};
    return names[placement];
}

static int int_compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* --- the sizes --------------------------------------------------------------
 */

static const char *const expected_sizes =
    "\"all\" or rank counts such as 2,4,8, each once and at most the job's";

/* The number at *text and the comma after it; 0 when it is none. */
static int size_read(const char **text, int total)
{
    char *end;
    if (**text < '0' || **text > '9')
        return 0;
    errno = 0;
    long value = strtol(*text, &end, 10);
    if (errno || value < 1 || value > total)
        return 0;
    if (*end == ',' && end[1])
        end++;
    else if (*end)
        return 0;
    *text = end;
    return (int)value;
}

static int sizes_all(int total, int *sizes)
{
    int n = 0;
    for (int size = 2; size < total; size *= 2) {
        sizes[n++] = size;
        if (size > total / 2)
            break;
    }
    sizes[n++] = total;
    return n;
}

const char *groups_parse(const char *text, int total, int **sizes, int *n)
{
    /* Bits of an int for "all"; a list has fewer numbers than characters. */
    int *list = xcalloc(strlen(text) + 8 * sizeof(int), sizeof *list);
    int count = 0;
    if (strcmp(text, "all") == 0) {
        count = sizes_all(total, list);
    } else {
        bool good = *text != '\0';
        while (good && *text)
            good = (list[count++] = size_read(&text, total)) > 0;
        qsort(list, (size_t)count, sizeof *list, int_compare);
        for (int i = 1; i < count; i++)
            good = good && list[i] != list[i - 1];
        if (!good) {
            free(list);
            return expected_sizes;
        }
    }
    *sizes = list;
    *n = count;
    return NULL;
}

/* --- where ranks live -------------------------------------------------------
 */

struct layout {
    int total, nodes;
    int *rank_at; /* [total]: rank of a slot */
    int *first;   /* [nodes + 1]: first slot of a node */
};

static void layout_make(const int *node_of, int total, struct layout *layout)
{
    int nodes = 0;
    for (int r = 0; r < total; r++)
        if (node_of[r] >= nodes)
            nodes = node_of[r] + 1;
    layout->total = total;
    layout->nodes = nodes;
    layout->rank_at = xcalloc((size_t)total, sizeof *layout->rank_at);
    layout->first = xcalloc((size_t)nodes + 2, sizeof *layout->first);
    /* Counted one further on, first[node + 1] is where the node's next rank
     * goes, and in the end where the node ends. */
    for (int r = 0; r < total; r++)
        layout->first[node_of[r] + 2]++;
    for (int node = 0; node < nodes; node++)
        layout->first[node + 1] += layout->first[node];
    for (int r = 0; r < total; r++)
        layout->rank_at[layout->first[node_of[r] + 1]++] = r;
}

static void layout_free(struct layout *layout)
{
    free(layout->rank_at);
    free(layout->first);
}

static int node_ranks(const struct layout *layout, int node)
{
    return layout->first[node + 1] - layout->first[node];
}

/* --- placements: each lists slots, group after group ------------------------
 */

/* These return how many groups there are, at most `most`, and fill as many
 * times `ranks` slots. */
typedef int place_function(const struct layout *, int ranks, int most,
                           int *slots);

static int place_packed(const struct layout *layout, int ranks, int most,
                        int *slots)
{
    int count = layout->total / ranks;
    if (count > most)
        count = most;
    for (int i = 0; i < count * ranks; i++)
        slots[i] = i;
    return count;
}

static int place_rail(const struct layout *layout, int ranks, int most,
                      int *slots)
{
    int count = 0, found = 1;
    for (int rail = 0; found && count < most; rail++) {
        found = 0;
        for (int node = 0; node < layout->nodes && count < most; node++) {
            if (node_ranks(layout, node) <= rail)
                continue;
            /* An unfinished group of a rail is written over by the next. */
            slots[count * ranks + found++ % ranks] = layout->first[node] + rail;
            count += found % ranks == 0;
        }
    }
    return count;
}

/* Nodes that have ranks left, as a heap: on top the one that gave least to this
 * group, of these the one with most left, of these the lowest. */
struct heap {
    const struct layout *layout;
    int *nodes, n;
    int *given, *left; /* [nodes of the layout] */
};

static bool node_before(const struct heap *heap, int a, int b)
{
    if (heap->given[a] != heap->given[b])
        return heap->given[a] < heap->given[b];
    if (heap->left[a] != heap->left[b])
        return heap->left[a] > heap->left[b];
    return a < b;
}

/* Lets the node at `i` sink to where it belongs. */
static void heap_sink(struct heap *heap, int i)
{
    for (int child = 2 * i + 1; child < heap->n; child = 2 * i + 1) {
        int *nodes = heap->nodes, node = nodes[i];
        if (child + 1 < heap->n &&
            node_before(heap, nodes[child + 1], nodes[child]))
            child++;
        if (!node_before(heap, nodes[child], node))
            return;
        nodes[i] = nodes[child];
        nodes[child] = node;
        i = child;
    }
}

static void heap_order(struct heap *heap)
{
    for (int i = heap->n / 2 - 1; i >= 0; i--)
        heap_sink(heap, i);
}

/* The next slot of the node on top. */
static int heap_take(struct heap *heap)
{
    int node = heap->nodes[0];
    int slot = heap->layout->first[node + 1] - heap->left[node];
    heap->given[node]++;
    if (--heap->left[node] == 0)
        heap->nodes[0] = heap->nodes[--heap->n];
    heap_sink(heap, 0);
    return slot;
}

static int place_spread(const struct layout *layout, int ranks, int most,
                        int *slots)
{
    size_t nodes = (size_t)layout->nodes;
    int count = layout->total / ranks;
    struct heap heap = {.layout = layout};
    heap.nodes = xcalloc(nodes, sizeof *heap.nodes);
    heap.given = xcalloc(nodes, sizeof *heap.given);
    heap.left = xcalloc(nodes, sizeof *heap.left);
    for (int node = 0; node < layout->nodes; node++) {
        heap.left[node] = node_ranks(layout, node);
        if (heap.left[node])
            heap.nodes[heap.n++] = node;
    }
    if (count > most)
        count = most;
    for (int group = 0; group < count; group++) {
        memset(heap.given, 0, nodes * sizeof *heap.given);
        heap_order(&heap);
        for (int i = 0; i < ranks; i++)
            slots[group * ranks + i] = heap_take(&heap);
    }
    free(heap.nodes);
    free(heap.given);
    free(heap.left);
    return count;
}

/* --- groups -----------------------------------------------------------------
 */

static const struct {
    place_function *place;
    const char *reason; /* why there is none */
} placements[] = {
    [PLACEMENT_PACKED] = {place_packed, "more ranks than the job has"},
    [PLACEMENT_SPREAD] = {place_spread, "more ranks than the job has"},
    [PLACEMENT_RAIL] = {place_rail,
                        "rail takes one rank a node: more ranks than nodes"},
};

const char *groups_build(const int *node_of, int total, int ranks,
                         enum placement placement, bool concurrent,
                         struct groups *out)
{
    struct layout layout;
    struct groups groups = {.ranks = ranks};
    if (ranks < 1 || ranks > total)
        return placements[PLACEMENT_PACKED].reason;
    layout_make(node_of, total, &layout);
    groups.members = xcalloc((size_t)total, sizeof *groups.members);
    groups.count = placements[placement].place(
        &layout, ranks, concurrent ? total : 1, groups.members);
    for (int g = 0; g < groups.count; g++)
        qsort(groups.members + g * ranks, (size_t)ranks, sizeof *groups.members,
              int_compare);
    for (int i = 0; i < groups.count * ranks; i++)
        groups.members[i] = layout.rank_at[groups.members[i]];
    layout_free(&layout);
    if (!groups.count) {
        groups_free(&groups);
        return placements[placement].reason;
    }
    *out = groups;
    return NULL;
}

void groups_split(const int *node_of, const struct split *split,
                  struct groups *out)
{
    struct layout layout;
    int ranks = split_members(split), count = split_groups(split);
    int *slot_of = xcalloc((size_t)(ranks * count), sizeof *slot_of);
    *out = (struct groups){.ranks = ranks, .count = count};
    out->members = xcalloc((size_t)(ranks * count), sizeof *out->members);
    layout_make(node_of, ranks * count, &layout);
    for (int i = 0; i < ranks * count; i++)
        slot_of[layout.rank_at[i]] = i;
    for (int g = 0; g < count; g++) {
        int *members = out->members + g * ranks;
        for (int m = 0; m < ranks; m++)
            members[m] = slot_of[split_rank(split, g, m)];
        qsort(members, (size_t)ranks, sizeof *members, int_compare);
        for (int m = 0; m < ranks; m++)
            members[m] = layout.rank_at[members[m]];
    }
    free(slot_of);
    layout_free(&layout);
}

void groups_free(struct groups *groups)
{
    free(groups->members);
    *groups = (struct groups){0};
}

const int *groups_members(const struct groups *groups, int group)
{
    return groups->members + group * groups->ranks;
}

int groups_find(const struct groups *groups, int rank)
{
    for (int i = 0; i < groups->count * groups->ranks; i++)
        if (groups->members[i] == rank)
            return i / groups->ranks;
    return -1;
}

int groups_starts(const int *node_of, const int *members, int ranks,
                  int *starts)
{
    int nodes = 0;
    for (int i = 0; i < ranks; i++)
        if (i == 0 || node_of[members[i]] != node_of[members[i - 1]])
            starts[nodes++] = i;
    starts[nodes] = ranks;
    return nodes;
}
