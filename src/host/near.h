/* SPDX-License-Identifier: BSD-3-Clause */
/* Which NUMA node a process runs on and a PCI device hangs on, below `root`
 * ("": this machine): what hwloc reads, from the same files. */
#ifndef HOST_NEAR_H
#define HOST_NEAR_H

/* The node that holds all of these processors, a list such as "0-3,8"; -1 when
 * they are of several, or it cannot be told. */
long near_node_of(const char *root, const char *processors);

/* The same of the processors that this process may run on. */
long near_own_node(void);

/* Of a device, "0000:18:00.0" in either case; -1 when it is not told. */
long near_device_node(const char *root, const char *address);

#endif
