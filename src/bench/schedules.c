/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/print.h"
#include "coll/registry.h"
#include "net/launcher.h"

enum { RANKS_MOST = 1 << 20 };

static bool is_wanted(const struct algorithm *algorithm,
                      const struct options *options, const struct collective *c)
{
    for (int i = 0; options->algorithms[i]; i++) {
        const char *name = options->algorithms[i];
        if (!strcmp(name, "all") || !strcmp(name, algorithm->name) ||
            (!strcmp(name, "auto") && registry_auto(c) == algorithm))
            return true;
    }
    return false;
}

static bool is_of_kind(const struct algorithm *algorithm,
                       const struct benchmark *benchmark)
{
    return benchmark->p2p ? collective_facts(algorithm->kind)->p2p
                          : algorithm->kind == benchmark->kind;
}

static int print_at(const struct benchmark *benchmark,
                    const struct options *options, int ranks)
{
    int printed = 0;
    for (int i = 0; registry[i]; i++) {
        if (!is_of_kind(registry[i], benchmark))
            continue;
        int per_node =
            options->ranks_per_node ? options->ranks_per_node : ranks;
        struct collective c = {
            .kind = registry[i]->kind,
            .type = options->type,
            .op = options->op,
            .root = options->root,
            .ranks = ranks,
            .in_place = options->in_place,
            .shape = {(ranks + per_node - 1) / per_node, per_node, NULL},
            .tuning = options->tuning};
        c.count = collective_count(&c, options->min_B);
        if (!benchmark->p2p && !is_wanted(registry[i], options, &c))
            continue;
        const char *reason = collective_inapplicable(&c);
        reason = reason ? reason : registry[i]->inapplicable(&c);
        if (reason) {
            printf("# %s %s: %d ranks: skipped: %s\n", collective_name(c.kind),
                   registry[i]->name, ranks, reason);
            continue;
        }
        schedule_print(stdout, registry[i], &c, -1);
        printed++;
    }
    return printed;
}

int schedules_print(const struct benchmark *benchmark,
                    const struct options *options)
{
    const char *at = options->ranks   ? options->ranks
                     : benchmark->p2p ? "2"
                                      : "4";
    int printed = 0;
    if (launcher_rank() > 0)
        return EXIT_GOOD;
    while (*at) {
        char *end;
        long ranks = strtol(at, &end, 10);
        if (end == at || ranks < 1 || ranks > RANKS_MOST ||
            (*end && *end != ',') || (*end && !end[1])) {
            error("%s: --ranks: '%s', expected numbers such as 2,4,8 with "
                  "--print-schedule",
                  benchmark->name, options->ranks);
            return EXIT_USAGE;
        }
        printed += print_at(benchmark, options, (int)ranks);
        at = *end ? end + 1 : end;
    }
    return printed ? EXIT_GOOD : EXIT_MACHINE;
}
