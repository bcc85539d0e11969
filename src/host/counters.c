/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/ethtool.h"
#include "host/nics.h"

enum { PATH_MOST = 320 };

struct counted {
    char path[PATH_MOST];
    int kind;
    double unit;
};

struct counters {
    char root[PATH_MOST];
    struct counted *list;
    int count;
    struct ethtool **devices; /* whose pause frames are counted */
    int devices_n;
};

static const struct {
    const char *file; /* below the port's folder */
    enum count_kind kind;
    double unit; /* bytes, for data: sysfs counts words of 4 */
} wanted[] = {
    {"counters/port_xmit_data", COUNT_SENT_B, 4},
    {"counters/port_rcv_data", COUNT_RECEIVED_B, 4},
    {"counters/symbol_error", COUNT_ERRORS, 1},
    {"counters/link_error_recovery", COUNT_ERRORS, 1},
    {"counters/link_downed", COUNT_ERRORS, 1},
    {"counters/port_rcv_errors", COUNT_ERRORS, 1},
    {"counters/port_rcv_remote_physical_errors", COUNT_ERRORS, 1},
    {"counters/port_xmit_discards", COUNT_ERRORS, 1},
    {"counters/local_link_integrity_errors", COUNT_ERRORS, 1},
    {"counters/excessive_buffer_overrun_errors", COUNT_ERRORS, 1},
    {"hw_counters/rx_icrc_encapsulated", COUNT_ERRORS, 1},
    {"hw_counters/req_cqe_error", COUNT_ERRORS, 1},
    {"hw_counters/resp_cqe_error", COUNT_ERRORS, 1},
    {"hw_counters/req_remote_access_errors", COUNT_ERRORS, 1},
    {"hw_counters/packet_seq_err", COUNT_RETRANSMITS, 1},
    {"hw_counters/implied_nak_seq_err", COUNT_RETRANSMITS, 1},
    {"hw_counters/out_of_sequence", COUNT_RETRANSMITS, 1},
    {"hw_counters/local_ack_timeout_err", COUNT_RETRANSMITS, 1},
    {"hw_counters/rnr_nak_retry_err", COUNT_RETRANSMITS, 1},
    {"hw_counters/roce_adp_retrans", COUNT_RETRANSMITS, 1},
    {"hw_counters/roce_slow_restart", COUNT_RETRANSMITS, 1},
    {"hw_counters/np_ecn_marked_roce_packets", COUNT_ECN, 1},
    {"hw_counters/np_cnp_sent", COUNT_ECN, 1},
    {"hw_counters/rp_cnp_handled", COUNT_ECN, 1},
    {"counters/port_xmit_wait", COUNT_WAITS, 1},
};

const char *counters_flag(enum count_kind kind)
{
    static const char *const flags[COUNTS] = {
        [COUNT_ERRORS] = "nic-errors", [COUNT_RETRANSMITS] = "nic-retransmits",
        [COUNT_ECN] = "nic-ecn",       [COUNT_WAITS] = "nic-waits",
        [COUNT_PAUSES] = "nic-pauses",
    };
    return flags[kind];
}

/* Those of a port's counters that can be read now. */
static void add_port(struct counters *c, const char *nic, const char *port)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct counted one = {.kind = (int)wanted[i].kind,
                              .unit = wanted[i].unit};
        long now;
        snprintf(one.path, sizeof one.path,
                 "/sys/class/infiniband/%.31s/ports/%.8s/%s", nic, port,
                 wanted[i].file);
        if (tree_number(c->root, one.path, &now) != TREE_READ)
            continue;
        c->list = xrealloc(c->list, (size_t)(c->count + 1) * sizeof *c->list);
        c->list[c->count++] = one;
    }
}

/* rx_pause_ctrl_phy, tx_prio3_pause, rx_pfc_ena_frames_pri3; not how long they
 * lasted (..._pause_duration). */
static bool is_pause(const char *name)
{
    const char *end = strstr(name, "pause");
    bool frames =
        end && (!strcmp(end, "pause") || !strcmp(end, "pause_ctrl_phy") ||
                !strcmp(end, "pause_frames"));
    return frames || strstr(name, "_pfc_ena_frames_pri") != NULL;
}

static void add_devices(struct counters *c, const char *nic)
{
    char folder[PATH_MOST], (*names)[TREE_NAME];
    int n;
    snprintf(folder, sizeof folder, "/sys/class/infiniband/%.31s/device/net",
             nic);
    tree_names(c->root, folder, &names, &n);
    for (int i = 0; i < n; i++) {
        struct ethtool *device = ethtool_open(c->root, names[i], is_pause);
        if (!device)
            continue;
        c->devices =
            xrealloc(c->devices, (size_t)(c->devices_n + 1) * sizeof device);
        c->devices[c->devices_n++] = device;
    }
    free(names);
}

struct counters *counters_open(const char *root)
{
    struct counters *c = xcalloc(1, sizeof *c);
    struct nics nics;
    snprintf(c->root, sizeof c->root, "%s", root);
    nics_read(root, &nics);
    for (int i = 0; i < nics.count; i++) {
        char folder[PATH_MOST], (*ports)[TREE_NAME];
        int n;
        snprintf(folder, sizeof folder, "/sys/class/infiniband/%.31s/ports",
                 nics.list[i].name);
        tree_names(root, folder, &ports, &n);
        for (int k = 0; k < n; k++)
            add_port(c, nics.list[i].name, ports[k]);
        free(ports);
        add_devices(c, nics.list[i].name);
    }
    nics_fini(&nics);
    return c;
}

void counters_close(struct counters *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->devices_n; i++)
        ethtool_close(c->devices[i]);
    free(c->devices);
    free(c->list);
    free(c);
}

void counters_read(const struct counters *c, struct nic_counts *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < c->count; i++) {
        const struct counted *one = &c->list[i];
        long now;
        if (tree_number(c->root, one->path, &now) != TREE_READ)
            continue;
        out->value[one->kind] += (double)now * one->unit;
        out->known[one->kind] = true;
    }
    for (int i = 0; i < c->devices_n; i++) {
        double pauses;
        if (!ethtool_sum(c->devices[i], &pauses))
            continue;
        out->value[COUNT_PAUSES] += pauses;
        out->known[COUNT_PAUSES] = true;
    }
}
