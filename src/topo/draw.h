/* SPDX-License-Identifier: BSD-3-Clause */
/* A cluster as a picture: one box a tier, not one a switch, so that 200,704
 * GPUs are as legible as 8. Beside each tier a bar shows what a GPU has left of
 * its rate into the network when all GPUs of a group send out of it. */
#ifndef TOPO_DRAW_H
#define TOPO_DRAW_H

#include <stdio.h>

#include "topo/summary.h"

/* SVG, whole. */
void draw_svg(const struct summary *, FILE *out);

#endif
