/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/machine.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const char form[] =
    "name: auto\n"
    "title: the nodes of this job\n"
    "source: /sys/class/infiniband of each node\n"
    "node:\n"
    "  count: {value: %d, given: the job}\n"
    "  gpus: {value: %d, given: most ranks of the job on a node}\n"
    "  scaleup:\n"
    "    rate: {value: 1000000GB/s, assumed: not known and taken as no limit}\n"
    "    latency: {value: 0us, assumed: not known}\n"
    "  nic:\n"
    "    count: {value: 1, derived: all active ports of a node as one}\n"
    "    rate: {value: %.10gGb/s, derived: %d active ports together}\n"
    "    latency: {value: 0us, assumed: not known}\n"
    "routing: spray\n"
    "clos:\n"
    "  - name: fabric\n"
    "    group: {value: %d, given: the job}\n"
    "    switches: {value: 1, assumed: carries all that NICs can send}\n"
    "    latency: {value: 0us, assumed: not known}\n";

struct cluster *machine_describe(int nodes, int most_ranks,
                                 const struct nic_wires *wires,
                                 const char *const *host)
{
    char text[sizeof form + 128];
    if (nodes < 2) {
        error(
            "--topology: 'auto' knows NICs only, and this job is on one node, "
            "expected a file of its links, such as topologies/one-node.yaml");
        return NULL;
    }
    for (int n = 0; n < nodes; n++) {
        if (wires[n].ports == 0) {
            error("--topology: 'auto': no active RDMA port on %s, expected one "
                  "on each node, or a file",
                  host[n]);
            return NULL;
        }
        if (wires[n].ports != wires[0].ports || wires[n].Gbps < wires[0].Gbps ||
            wires[n].Gbps > wires[0].Gbps) {
            error("--topology: 'auto': %s has %d active ports of %g Gb/s in "
                  "all, expected %d of %g Gb/s as on %s, or a file",
                  host[n], wires[n].ports, wires[n].Gbps, wires[0].ports,
                  wires[0].Gbps, host[0]);
            return NULL;
        }
    }
    int length = snprintf(text, sizeof text, form, nodes, most_ranks,
                          wires[0].Gbps, wires[0].ports, nodes);
    return cluster_parse(text, (size_t)length, "auto");
}
