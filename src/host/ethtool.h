/* SPDX-License-Identifier: BSD-3-Clause */
/* Statistics of a network device as `ethtool -S` shows them: whatever its driver
 * counts, by the driver's own names (include/uapi/linux/ethtool.h; no privilege
 * is needed). Of a recorded node (root not "") they are read from the file
 * ROOT/ethtool/DEVICE, in the form that `ethtool -S DEVICE` prints. */
#ifndef HOST_ETHTOOL_H
#define HOST_ETHTOOL_H

#include <stdbool.h>

struct ethtool;

/* Those of the device's statistics whose name `wanted` takes; NULL when there
 * are none or the device does not tell. */
struct ethtool *ethtool_open(const char *root, const char *device,
                             bool (*wanted)(const char *name));
void ethtool_close(struct ethtool *);

/* Their sum now; false when it cannot be read. */
bool ethtool_sum(const struct ethtool *, double *out);

#endif
