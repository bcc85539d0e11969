/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a topology file: refused or read, and what is read prints as a
 * file that reads back and prints the same. Built by tests/fuzz/run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topo/cluster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* In topologies/, so that `on:` finds files. */
    struct cluster *cluster =
        cluster_parse((const char *)data, size, "topologies/fuzz.yaml");
    if (!cluster)
        return 0;
    char *once = cluster_print(cluster);
    struct cluster *again = cluster_parse(once, strlen(once), "printed.yaml");
    char *twice = again ? cluster_print(again) : NULL;
    if (!twice || strcmp(once, twice)) {
        fprintf(stderr, "--- printed\n%s\n--- printed again\n%s\n", once,
                twice ? twice : "(refused)");
        abort();
    }
    free(once);
    free(twice);
    cluster_free(cluster);
    cluster_free(again);
    return 0;
}
