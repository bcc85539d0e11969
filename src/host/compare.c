/* SPDX-License-Identifier: BSD-3-Clause */
/* Knows the list of findings only, and nothing of what they are about. */
#include "host/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { NAMED = 8 }; /* hosts named in a line; the rest is counted */

struct value {
    char text[sizeof((struct fact *)0)->value];
    int *nodes;
    int count, capacity;
};

/* One quantity: of a subject, or of all of a kind. */
struct key {
    char kind[sizeof((struct fact *)0)->kind];
    char subject[sizeof((struct fact *)0)->subject];
    char what[sizeof((struct fact *)0)->what];
    bool of_kind; /* `subject` is "", and stands for all of them */
    bool mixed;   /* of_kind: subjects of one node disagree somewhere */
    int last;     /* of_kind: node that was added last */
    struct value *values;
    int count;
};

struct compare {
    char (*hosts)[64];
    int nodes;
    struct key *keys;
    size_t count, capacity, at; /* at: where the last one was found */
    struct difference *differences;
};

struct compare *compare_new(void)
{
    return xcalloc(1, sizeof(struct compare));
}

static void key_fini(struct key *key)
{
    for (int v = 0; v < key->count; v++)
        free(key->values[v].nodes);
    free(key->values);
}

void compare_free(struct compare *compare)
{
    for (size_t i = 0; i < compare->count; i++)
        key_fini(&compare->keys[i]);
    free(compare->keys);
    free(compare->hosts);
    free(compare->differences);
    free(compare);
}

static bool is_key(const struct key *key, const struct fact *fact, bool of_kind)
{
    return key->of_kind == of_kind && strcmp(key->what, fact->what) == 0 &&
           strcmp(key->kind, fact->kind) == 0 &&
           (of_kind || strcmp(key->subject, fact->subject) == 0);
}

/* Nodes tell alike things in the same order: the next one is nearly always the
 * one after the last. */
static struct key *find_key(struct compare *compare, const struct fact *fact,
                            bool of_kind)
{
    for (size_t i = 0; i < compare->count; i++) {
        size_t at = (compare->at + 1 + i) % compare->count;
        if (is_key(&compare->keys[at], fact, of_kind)) {
            compare->at = at;
            return &compare->keys[at];
        }
    }
    if (compare->count == compare->capacity) {
        compare->capacity = compare->capacity ? 2 * compare->capacity : 64;
        compare->keys =
            xrealloc(compare->keys, compare->capacity * sizeof *compare->keys);
    }
    compare->at = compare->count++;
    struct key *key = &compare->keys[compare->at];
    memset(key, 0, sizeof *key);
    key->of_kind = of_kind;
    key->last = -1;
    memcpy(key->kind, fact->kind, sizeof key->kind);
    memcpy(key->what, fact->what, sizeof key->what);
    if (!of_kind)
        memcpy(key->subject, fact->subject, sizeof key->subject);
    return key;
}

static struct value *find_value(struct key *key, const char *text)
{
    for (int v = 0; v < key->count; v++)
        if (strcmp(key->values[v].text, text) == 0)
            return &key->values[v];
    key->values =
        xrealloc(key->values, ((size_t)key->count + 1) * sizeof *key->values);
    struct value *value = &key->values[key->count++];
    memset(value, 0, sizeof *value);
    snprintf(value->text, sizeof value->text, "%s", text);
    return value;
}

static void add_node(struct value *value, int node)
{
    if (value->count == value->capacity) {
        value->capacity = value->capacity ? 2 * value->capacity : 4;
        value->nodes = xrealloc(value->nodes,
                                (size_t)value->capacity * sizeof *value->nodes);
    }
    value->nodes[value->count++] = node;
}

/* The first subject of a kind speaks for it; the others of the same node must
 * agree with it. */
static void add_of_kind(struct key *key, int node, const char *text)
{
    struct value *value = find_value(key, text);
    if (key->last != node) {
        add_node(value, node);
        key->last = node;
    } else if (!value->count || value->nodes[value->count - 1] != node)
        key->mixed = true;
}

void compare_add(struct compare *compare, const char *host,
                 const struct facts *facts)
{
    int node = compare->nodes++;
    compare->hosts = xrealloc(compare->hosts,
                              (size_t)compare->nodes * sizeof *compare->hosts);
    snprintf(compare->hosts[node], sizeof *compare->hosts, "%s", host);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->list[i];
        if (fact->passing)
            continue;
        add_of_kind(find_key(compare, fact, true), node, fact->value);
        if (fact->subject[0])
            add_node(find_value(find_key(compare, fact, false), fact->value),
                     node);
    }
}

/* --- what differs ----------------------------------------------------------
 */

/* A quantity of the node itself that some nodes lack is one more value. */
static void add_absent(const struct compare *compare, struct key *key)
{
    int present = 0;
    for (int v = 0; v < key->count; v++)
        present += key->values[v].count;
    if (strcmp(key->kind, "node") != 0 || present == compare->nodes)
        return;
    bool *has = xcalloc((size_t)compare->nodes, sizeof *has);
    for (int v = 0; v < key->count; v++)
        for (int i = 0; i < key->values[v].count; i++)
            has[key->values[v].nodes[i]] = true;
    for (int n = 0; n < compare->nodes; n++)
        if (!has[n])
            add_node(find_value(key, "none"), n);
    free(has);
}

/* A kind whose subjects disagree on some node is compared by subject; one whose
 * subjects never do, as a whole. */
static bool is_compared(struct compare *compare, const struct key *key)
{
    for (size_t i = 0; !key->of_kind && i < compare->count; i++) {
        const struct key *kind = &compare->keys[i];
        if (kind->of_kind && strcmp(kind->kind, key->kind) == 0 &&
            strcmp(kind->what, key->what) == 0)
            return kind->mixed;
    }
    return !key->mixed;
}

static const struct value *majority(const struct key *key)
{
    const struct value *most = &key->values[0];
    for (int v = 1; v < key->count; v++)
        if (key->values[v].count > most->count)
            most = &key->values[v];
    return most;
}

static void name_quantity(const struct key *key, char *text, size_t capacity)
{
    const char *whose = key->of_kind ? key->kind : key->subject;
    bool own = strcmp(key->kind, "node") == 0;
    snprintf(text, capacity, "%s%s%s", own ? "" : whose, own ? "" : " ",
             key->what);
}

static void add_differences(struct compare *compare, const struct key *key,
                            int *count)
{
    const struct value *most = majority(key);
    for (int v = 0; v < key->count; v++) {
        const struct value *value = &key->values[v];
        if (value == most || !value->count)
            continue;
        compare->differences =
            xrealloc(compare->differences,
                     ((size_t)*count + 1) * sizeof *compare->differences);
        struct difference *out = &compare->differences[(*count)++];
        *out = (struct difference){.value = value->text,
                                   .nodes = value->nodes,
                                   .count = value->count,
                                   .majority = most->text,
                                   .others = most->nodes,
                                   .others_count = most->count};
        name_quantity(key, out->what, sizeof out->what);
    }
}

const struct difference *compare_differences(struct compare *compare,
                                             int *count)
{
    *count = 0;
    for (size_t i = 0; i < compare->count; i++) {
        struct key *key = &compare->keys[i];
        add_absent(compare, key);
        if (is_compared(compare, key))
            add_differences(compare, key, count);
    }
    return compare->differences;
}

const char *compare_host(const struct compare *compare, int node)
{
    return compare->hosts[node];
}

void compare_print(const struct compare *compare,
                   const struct difference *difference, FILE *out)
{
    for (int i = 0; i < difference->count && i < NAMED; i++)
        fprintf(out, "%s%s", i ? ", " : "",
                compare_host(compare, difference->nodes[i]));
    if (difference->count > NAMED)
        fprintf(out, " and %d more", difference->count - NAMED);
    fprintf(out, ": %s %s where ", difference->what, difference->value);
    if (difference->others_count == 1)
        fprintf(out, "%s has", compare_host(compare, difference->others[0]));
    else
        fprintf(out, "%d others have", difference->others_count);
    fprintf(out, " %s\n", difference->majority);
}
