/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/ethtool.h"

#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "base/error.h"
#include "host/tree.h"

struct ethtool {
    char root[256], device[IFNAMSIZ];
    bool (*wanted)(const char *name);
    int socket; /* -1: a recorded device */
    int all;    /* statistics of the device */
    int *at, n; /* numbers of those that were wanted */
};

/* --- a device of this machine ----------------------------------------------
 */

static bool ask(const struct ethtool *e, void *question)
{
    struct ifreq request = {.ifr_data = question};
    memcpy(request.ifr_name, e->device, sizeof request.ifr_name);
    return ioctl(e->socket, SIOCETHTOOL, &request) == 0;
}

/* How many statistics the device has. */
static int count_all(const struct ethtool *e)
{
    uint64_t room[(sizeof(struct ethtool_sset_info) + sizeof(uint32_t)) / 8 +
                  1] = {0};
    struct ethtool_sset_info *info = (struct ethtool_sset_info *)room;
    info->cmd = ETHTOOL_GSSET_INFO;
    info->sset_mask = (uint64_t)1 << ETH_SS_STATS;
    return ask(e, info) && info->sset_mask ? (int)info->data[0] : 0;
}

static void find_wanted(struct ethtool *e)
{
    struct ethtool_gstrings *names =
        xcalloc(1, sizeof *names + (size_t)e->all * ETH_GSTRING_LEN);
    *names = (struct ethtool_gstrings){.cmd = ETHTOOL_GSTRINGS,
                                       .string_set = ETH_SS_STATS,
                                       .len = (uint32_t)e->all};
    e->at = xcalloc((size_t)e->all, sizeof *e->at);
    for (int i = 0; ask(e, names) && i < e->all; i++) {
        char name[ETH_GSTRING_LEN + 1];
        snprintf(name, sizeof name, "%.*s", ETH_GSTRING_LEN,
                 (const char *)names->data + i * ETH_GSTRING_LEN);
        if (e->wanted(name))
            e->at[e->n++] = i;
    }
    free(names);
}

static bool sum_device(const struct ethtool *e, double *out)
{
    struct ethtool_stats *stats =
        xcalloc(1, sizeof *stats + (size_t)e->all * sizeof(uint64_t));
    stats->cmd = ETHTOOL_GSTATS;
    stats->n_stats = (uint32_t)e->all;
    bool good = ask(e, stats);
    *out = 0;
    for (int i = 0; good && i < e->n; i++)
        *out += (double)stats->data[e->at[i]];
    free(stats);
    return good;
}

/* --- a recorded one --------------------------------------------------------
 */

/* "     rx_prio3_pause: 12" */
static int sum_recording(const struct ethtool *e, double *out)
{
    enum { MOST = 1 << 18 };
    char path[64], *text = xcalloc(MOST + 1, 1);
    int known = 0;
    *out = 0;
    snprintf(path, sizeof path, "/ethtool/%s", e->device);
    long bytes = tree_bytes(e->root, path, (unsigned char *)text, MOST);
    for (char *at = text, *end; bytes > 0 && *at; at = end) {
        char name[ETH_GSTRING_LEN + 1];
        double value;
        end = at + strcspn(at, "\n");
        end += *end == '\n';
        if (sscanf(at, " %32[^: \n]: %lf", name, &value) == 2 &&
            e->wanted(name)) {
            *out += value;
            known++;
        }
    }
    free(text);
    return known;
}

/* --- both ------------------------------------------------------------------
 */

struct ethtool *ethtool_open(const char *root, const char *device,
                             bool (*wanted)(const char *name))
{
    struct ethtool *e = xcalloc(1, sizeof *e);
    double sum;
    snprintf(e->root, sizeof e->root, "%s", root);
    snprintf(e->device, sizeof e->device, "%s", device);
    e->wanted = wanted;
    e->socket = root[0] ? -1 : socket(AF_INET, SOCK_DGRAM, 0);
    if (root[0]) {
        e->n = sum_recording(e, &sum);
    } else if (e->socket >= 0) {
        e->all = count_all(e);
        if (e->all > 0)
            find_wanted(e);
    }
    if (e->n == 0) {
        ethtool_close(e);
        e = NULL;
    }
    return e;
}

void ethtool_close(struct ethtool *e)
{
    if (!e)
        return;
    if (e->socket >= 0)
        close(e->socket);
    free(e->at);
    free(e);
}

bool ethtool_sum(const struct ethtool *e, double *out)
{
    return e->root[0] ? sum_recording(e, out) > 0 : sum_device(e, out);
}
