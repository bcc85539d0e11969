/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/seat.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* --- nodes by name ----------------------------------------------------------
 */

struct named {
    const char *name;
    int node;
};

/* Length up to the first dot. */
static size_t short_length(const char *name)
{
    return strcspn(name, ".");
}

/* By the part before the first dot. */
static int named_compare(const void *a, const void *b)
{
    const char *x = ((const struct named *)a)->name;
    const char *y = ((const struct named *)b)->name;
    size_t n = short_length(x), m = short_length(y), least = n < m ? n : m;
    int order = memcmp(x, y, least);
    return order ? order : (n > m) - (n < m);
}

/* Same in full, or one of the two has no domain. */
static bool same_host(const char *a, const char *b)
{
    return !strcmp(a, b) || !strchr(a, '.') || !strchr(b, '.');
}

static struct named *names_sorted(const struct cluster *cluster)
{
    size_t n = (size_t)cluster->host_count;
    struct named *sorted = xcalloc(n, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct named){cluster->hosts[i], (int)i};
    qsort(sorted, n, sizeof *sorted, named_compare);
    return sorted;
}

/* The node of this name, or -1. Several of the file's names may share the part
 * before the dot. */
static int node_named(const struct named *sorted, int count, const char *name)
{
    struct named key = {name, 0};
    const struct named *end = sorted + count;
    const struct named *hit =
        bsearch(&key, sorted, (size_t)count, sizeof key, named_compare);
    if (!hit)
        return -1;
    while (hit > sorted && !named_compare(hit - 1, &key))
        hit--;
    const struct named *loose = NULL;
    for (; hit < end && !named_compare(hit, &key); hit++) {
        if (!strcmp(hit->name, name))
            return hit->node;
        if (!loose && same_host(hit->name, name))
            loose = hit;
    }
    return loose ? loose->node : -1;
}

static bool nodes_by_name(const struct cluster *cluster,
                          const struct seating *who, int *node)
{
    struct named *sorted = names_sorted(cluster);
    int *taken = xcalloc((size_t)cluster->host_count, sizeof *taken);
    bool good = true;
    for (int n = 0; good && n < who->nodes; n++) {
        node[n] = node_named(sorted, cluster->host_count, who->host[n]);
        good = node[n] >= 0 && !taken[node[n]];
        if (node[n] < 0)
            error("%s: host %s runs ranks of this job, expected one of the %d "
                  "hosts that the file names (%s%s)",
                  cluster->path, who->host[n], cluster->host_count,
                  cluster->hosts[0], cluster->host_count > 1 ? ", ..." : "");
        else if (!good)
            error("%s: two nodes of this job are called %s, expected one",
                  cluster->path, who->host[n]);
        else
            taken[node[n]] = 1;
    }
    free(taken);
    free(sorted);
    return good;
}

static bool nodes_in_order(const struct topology *t, const struct seating *who,
                           int *node)
{
    const struct cluster *cluster = topology_cluster(t);
    int first = (int)figure_or(cluster->job.first, 0);
    int held = topology_nodes(t) - first;
    if (who->nodes > held) {
        error("%s: this job has %d nodes, expected at most the %d of the file",
              cluster->path, who->nodes, held);
        return false;
    }
    for (int n = 0; n < who->nodes; n++)
        node[n] = first + n;
    return true;
}

/* --- ranks on nodes ---------------------------------------------------------
 */

static bool gpus_in_order(const struct topology *t, const struct seating *who,
                          const int *node, int *gpu_of)
{
    int per_node = topology_gpus_per_node(t), worst = 0;
    int *used = xcalloc((size_t)who->nodes, sizeof *used);
    for (int r = 0; r < who->ranks; r++) {
        int n = who->node_of[r];
        gpu_of[r] = node[n] * per_node + used[n]++;
        worst = used[n] > used[worst] ? n : worst;
    }
    bool good = used[worst] <= per_node;
    if (!good)
        error("%s: %d ranks on %s, expected at most the %d GPUs of a node",
              topology_cluster(t)->path, used[worst],
              who->host ? who->host[worst] : "a node", per_node);
    free(used);
    return good;
}

bool seats_find(const struct topology *t, const struct seating *who,
                int *gpu_of)
{
    const struct cluster *cluster = topology_cluster(t);
    if (cluster->host_count && !who->host) {
        error("%s: the file names hosts, and the nodes of this job are "
              "pretended; expected no --ranks-per-node",
              cluster->path);
        return false;
    }
    int *node = xcalloc((size_t)who->nodes, sizeof *node);
    bool good = cluster->host_count ? nodes_by_name(cluster, who, node)
                                    : nodes_in_order(t, who, node);
    good = good && gpus_in_order(t, who, node, gpu_of);
    free(node);
    return good;
}
