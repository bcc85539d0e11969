/* SPDX-License-Identifier: BSD-3-Clause */
/* What topology.c shares with the files that know one kind of fabric each.
 * Nothing outside src/topo includes this. */
#ifndef TOPO_FAMILY_H
#define TOPO_FAMILY_H

#include "base/divisor.h"
#include "base/random.h"
#include "topo/topology.h"

enum { CLASSES_MOST = 64, LEVELS_MOST = 8 };

struct level {
    char name[32];
    int gpus;   /* in a group: group = gpu / gpus */
    int groups; /* how many there are */
    double capacity_Bps;
    /* Where groups are not alike, else NULL: the group of each GPU (instead of
     * `gpus`), and the capacity of each group. Freed with the topology. */
    int *group_of;
    double *capacities;
    bool reduces;
};

struct family {
    /* Adds its classes and levels; allocates `state` if it needs some. False
     * after one line on stderr. */
    bool (*build)(struct topology *);
    /* From node to node, NIC links included: appends links to the route. GPUs
     * are on different nodes; `from` and `to` are GPU numbers. A family that
     * cannot reach NIC to NIC forwards inside the first node. */
    void (*route)(const struct topology *, int from, int to, uint64_t hash,
                  struct route *out);
    void (*free)(void *state); /* may be NULL */
};

extern const struct family family_clos, family_mesh, family_dragonfly,
    family_graph;

struct topology {
    const struct cluster *cluster;
    const struct family *family; /* NULL: one node */
    void *state;                 /* of the family */
    int gpus, nodes, per_node;
    struct divisor node_size; /* per_node */
    int nics, ports;          /* a node's NICs, a NIC's ports */
    size_t links;
    int classes, levels;
    struct link_class class[CLASSES_MOST];
    struct level level[LEVELS_MOST];
    double *capacity;                             /* usable, by link */
    int scaleup_out, scaleup_in, nic_out, nic_in; /* classes, -1 without */
};

/* Adds a class of `count` links and returns its number. */
int topology_add_class(struct topology *, const char *name, size_t count,
                       double rate_Bps, double usable_Bps, double latency_s);
/* Adds a level above the last one. `groups` of 1 is left out: it cuts nothing.
 */
void topology_add_level(struct topology *, const char *name, int gpus,
                        int groups, double capacity_Bps);
/* The same where groups are not alike: `group_of` (NULL: gpu / gpus) and
 * `capacities` are taken over, also when the level is left out. */
void topology_add_uneven_level(struct topology *, const char *name, int gpus,
                               int groups, int *group_of, double *capacities);

/* Appends link `index` of a class. */
static inline void route_add(const struct topology *t, struct route *out,
                             int class, size_t index)
{
    const struct link_class *c = &t->class[class];
    out->link[out->links++] = (uint32_t)(c->first + index);
    out->latency_s += c->latency_s;
}

/* A choice among `count` (>= 1), the same for the same hash and `step`. */
static inline uint32_t choose(uint64_t hash, uint32_t step, uint32_t count)
{
    uint64_t mixed = random_mix(hash + step * 0x9e3779b97f4a7c15u);
    return (uint32_t)((mixed >> 32) * count >> 32);
}

/* Which of `count` equal ways, hop after hop: by hash, or (static routing) by
 * the next digit of the destination's number. */
struct chooser {
    bool by_destination;
    uint64_t hash;
    uint32_t step, digits;
};

static inline int chooser_pick(struct chooser *c, int count)
{
    if (!c->by_destination)
        return (int)choose(c->hash, ++c->step, (uint32_t)count);
    uint32_t digit = c->digits % (uint32_t)count;
    c->digits /= (uint32_t)count;
    return (int)digit;
}

static inline int topology_node_of(const struct topology *t, int gpu)
{
    return (int)divide((uint32_t)gpu, t->node_size);
}

/* The NIC of a GPU (where a GPU has several, by hash), and a NIC port's number
 * in the cluster. */
int topology_nic_of(const struct topology *, int gpu, uint64_t hash);
static inline size_t port_number(const struct topology *t, int node, int nic,
                                 int port)
{
    return ((size_t)node * (size_t)t->nics + (size_t)nic) * (size_t)t->ports +
           (size_t)port;
}

#endif
