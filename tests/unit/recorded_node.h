/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the recorded nodes of tests/data/doctor, unpacked below a new
 * folder. Tests run from the repository. */
#ifndef RECORDED_NODE_H
#define RECORDED_NODE_H

#include <stdio.h>
#include <stdlib.h>

#include "host/health.h"

static inline void recorded_unpack(const char *name, char root[64])
{
    char command[192];
    snprintf(root, 64, "/tmp/test_node.XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(command, sizeof command, "tests/data/doctor/unpack %s %s", name,
             root);
    if (system(command) != 0)
        fail_msg("%s failed; tests run from the repository", command);
}

static inline void recorded_remove(const char *root)
{
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static inline void recorded_examine_at(const char *root, struct facts *out)
{
    struct nvml nvml;
    *out = (struct facts){NULL, 0, 0};
    nvml_recorded(root, &nvml);
    health_examine(root, &nvml, out);
    nvml_fini(&nvml);
}

static inline void recorded_examine(const char *name, struct facts *out)
{
    char root[64];
    recorded_unpack(name, root);
    recorded_examine_at(root, out);
    recorded_remove(root);
}

#endif
