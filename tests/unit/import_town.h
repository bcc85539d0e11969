/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of imports share. */
#ifndef TESTS_IMPORT_TOWN_H
#define TESTS_IMPORT_TOWN_H

#include <string.h>

#include "topo/import.h"

#define FIXTURES "tests/fixtures/import/"

static inline struct figure by_option(double value)
{
    return (struct figure){value, ORIGIN_ASSUMED, "--some-option", 0};
}

static inline struct cluster *parsed(const char *format, const char *text,
                                     const struct import_options *options)
{
    return import_parse(import_format(format), text, strlen(text), "file",
                        options);
}

/* Two NICs a node, all that Slurm does not say. */
static inline struct import_options slurm_options(void)
{
    return (struct import_options){.nics = by_option(2),
                                   .gpus = by_option(1),
                                   .nic_rate = by_option(25e9),
                                   .link_rate = by_option(50e9)};
}

#endif
