/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/model.h"

#include <math.h>

const struct model model_wires_only = {
    .name = "wires-only", .reduce_Bps = INFINITY, .copy_Bps = INFINITY};
