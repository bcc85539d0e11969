/* SPDX-License-Identifier: BSD-3-Clause */
/* By which way a NIC can reach a GPU's memory: the module nvidia_peermem (or
 * nv_peer_mem before it), or dma-buf. The latter needs, of the kernel, RDMA on
 * dma-buf (Linux 5.12, or a vendor's RDMA stack that brings it), and, of the
 * driver, its open kernel modules (NVIDIA, "GPUDirect RDMA", requirements).
 * Read below `root` ("": this machine). */
#ifndef HOST_ROAD_H
#define HOST_ROAD_H

enum road_ability {
    ROAD_NO,
    ROAD_YES,
    ROAD_MAYBE, /* something may not be looked at */
};

enum road_ability road_peermem(const char *root);
enum road_ability road_dmabuf(const char *root);
/* Whether the kernel can give an RDMA device the pages of a dma-buf. */
enum road_ability road_kernel(const char *root);

enum road {
    ROAD_UNKNOWN, /* no way is seen, and something may not be looked at */
    ROAD_NEITHER,
    ROAD_PEERMEM,
    ROAD_DMABUF,
    ROAD_BOTH,
};

enum road road_read(const char *root);

#endif
