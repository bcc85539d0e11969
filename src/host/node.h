/* SPDX-License-Identifier: BSD-3-Clause */
/* What one node is: read from /proc and /sys below a given root, so that tests
 * feed recorded trees. Unknown is "" or -1, never a guess. Plain data, no
 * pointers: it travels between ranks as bytes. */
#ifndef HOST_NODE_H
#define HOST_NODE_H

struct node_facts {
    char host[64], kernel[96], cpu[96], os[96];
    long cores; /* logical processors this process may use */
    long cores_online;
    double memory_GiB;
    long numa_nodes;
    char governor[32];  /* cpufreq governor of cpu0 */
    char hugepages[32]; /* transparent_hugepage/enabled, the chosen word */
    char load[32];      /* load average over 1 minute at start */
    /* By health_describe only; values that differ are joined by "; ". */
    char gpus[8], gpu[80], gpu_driver[48], gpudirect[32];
    char nics[8], nic[64], nic_firmware[64], nic_rate[64];
    char acs[80], memlock[32];
    char faults[128]; /* all that is bad, cut to fit */
};

/* root: "" for this machine. */
void node_describe(const char *root, struct node_facts *out);

/* Bytes that programs may still take without pushing others out; -1: unknown. */
double node_free_B(const char *root);

/* Column names and the values as text, for nodes.csv and what differs. */
int node_columns(void);
const char *node_column_name(int column);
void node_column_value(const struct node_facts *, int column, char *text,
                       unsigned long capacity);

#endif
