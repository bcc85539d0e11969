/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a file to import: refused or taken, and what is taken prints as
 * a cluster file that reads back and prints the same. The first byte is the
 * format's number. Built by tests/fuzz/run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topo/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hostlist of very many names is legal, and takes long. */
static bool is_long(const uint8_t *data, size_t size)
{
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
        if (digits > 3 && memchr(data, '[', size))
            return true;
    }
    return false;
}

static struct figure assumed(double value)
{
    return (struct figure){value, ORIGIN_ASSUMED, "fuzz", 0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || (data[0] % 4 != 0 && is_long(data, size)))
        return 0;
    const struct import_format *format =
        &import_formats[data[0] % import_format_count];
    struct import_options options = {.name = NULL};
    if (strcmp(format->name, "nccl-xml"))
        options.scaleup_rate = assumed(1e9);
    if (!strncmp(format->name, "slurm", 5)) {
        options.nics = assumed(2);
        options.nic_rate = assumed(1e9);
        options.link_rate = assumed(2e9);
    }
    struct cluster *cluster = import_parse(format, (const char *)data + 1,
                                           size - 1, "fuzz", &options);
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
