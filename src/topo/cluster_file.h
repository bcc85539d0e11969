/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files that read, print and check a topology file share: the one
 * table of its figures. Nothing outside src/topo includes this. */
#ifndef TOPO_CLUSTER_FILE_H
#define TOPO_CLUSTER_FILE_H

#include "topo/cluster.h"
#include "topo/yaml_tree.h"

enum {
    GPUS_MOST = 16777216,    /* 2^24: of a cluster, and any one count */
    CABLES_MOST = 268435456, /* 2^28: of one tier, mesh or dragonfly */
    HOSTS_MOST = 262144,     /* names of nodes */
    NAME_MOST = 20,          /* letters of a tier's name */
    VALUE_TEXT = 64,         /* bytes that hold any printed value */
    PATH_TEXT = 64,          /* ... any path of a figure */
};

enum field_unit {
    UNIT_COUNT,  /* whole, 1 to GPUS_MOST */
    UNIT_INDEX,  /* whole, 0 to GPUS_MOST */
    UNIT_RATE,   /* "450GB/s" */
    UNIT_BITS,   /* "400Gb/s": the same quantity, printed in bits */
    UNIT_TIME,   /* "1.5us" */
    UNIT_LENGTH, /* "30m" */
    UNIT_YES,    /* "yes" 1, "no" 0 */
    UNIT_WIRING, /* "rail" 1, "rack" 0 */
};

/* A figure: its path in the file, and where it is in struct cluster. A path
 * that begins with "clos.*." stands for each tier ("*" is its name), and its
 * offset is in struct tier. */
struct field {
    const char *path;
    enum field_unit unit;
    size_t offset;
    bool required; /* where its section is there at all */
};

extern const struct field cluster_fields[];
extern const int cluster_field_count;

/* Text to value and back. Parsing refuses what cannot be of this unit;
 * field_expected says what can ("a rate with its unit, as 400Gb/s"). */
bool field_good(enum field_unit, double value);
bool field_parse(enum field_unit, const char *text, double *out);
const char *field_print(enum field_unit, double value, char *text,
                        size_t capacity);
const char *field_expected(enum field_unit);

/* True for rows of tiers; their key in the tier is `path + TIER_PREFIX`. */
enum { TIER_PREFIX = 7 }; /* letters of "clos.*." */
bool field_of_tier(const struct field *);

static inline struct figure *field_at(const struct field *field, void *base)
{
    return (struct figure *)((char *)base + field->offset);
}

static inline const struct figure *field_in(const struct field *field,
                                            const void *base)
{
    return (const struct figure *)((const char *)base + field->offset);
}

/* The names of fabrics and routings in the file; index: the enum. */
extern const char *const cluster_fabrics[], *const cluster_routings[];
enum { FABRICS = FABRIC_GRAPH + 1, ROUTINGS = ROUTING_STATIC + 1 };

/* Letters, digits, '.', '_' and '-', at most `most`; a letter or digit first.
 */
bool cluster_is_name(const char *text, size_t most);

/* --- reading: all return 0, or -1 after one line on stderr ---------------- */

struct chain;
struct printer;

struct reader {
    struct cluster *cluster;
    const char *path;
    const struct chain *chain;
    const char *source; /* of bare values, or NULL */
    bool based;         /* on another file, which has been read */
};

/* The row of a path, or NULL; whether rows' paths go on after it and a dot. */
const struct field *cluster_field(const char *path);
bool cluster_is_section(const char *path);

int reader_wrong_kind(const struct reader *, const struct yaml_tree *item,
                      const char *what, const char *expected);
int reader_unknown_key(const struct reader *, const struct yaml_tree *item,
                       const char *prefix);
int reader_figure(const struct reader *, const struct yaml_tree *item,
                  const struct field *, struct figure *out);
/* Every key of a map whose figures have paths below `prefix`, into `base`. */
int reader_section(const struct reader *, const struct yaml_tree *map,
                   const char *prefix, void *base);

/* cluster_graph.c: `graph:` to and from struct graph_spec. */
int graph_read(const struct reader *, const struct yaml_tree *);
void graph_print(struct printer *, const struct graph_spec *);

/* --- checking: 0, or -1 after one line -------------------------------------
 */

/* That line, `path:line: ...`. */
int cluster_refuse(const struct cluster *, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int cluster_check_clos(const struct cluster *);
int cluster_check_graph(const struct cluster *);

/* --- printing ------------------------------------------------------------- */

/* A printed file, growing. */
struct printer {
    char *text;
    size_t used, room;
};
void print_add(struct printer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* `text` in double quotes, so that YAML reads back the same bytes. */
void print_quoted(struct printer *, const char *text);

#endif
