/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/record.h"
#include "net/mem.h"

enum seating { SEATED_ALONE, SEATED_SHARED, SEATED_MPS };

/* One GPU, as told apart in the whole job. */
struct gpu {
    int node;
    const struct memory_identity *seat;
};

static int by_place(const void *a, const void *b)
{
    const struct gpu *x = a, *y = b;
    return x->node != y->node ? (x->node > y->node) - (x->node < y->node)
                              : strcmp(x->seat->address, y->seat->address);
}

static enum seating seating_of(const struct memory_identity *seat,
                               const struct job *job)
{
    int size = job_size(job);
    enum seating worst = SEATED_ALONE;
    struct gpu *gpus = xcalloc((size_t)size, sizeof *gpus);
    for (int r = 0; r < size; r++)
        gpus[r] = (struct gpu){job_node(job, r), &seat[r]};
    qsort(gpus, (size_t)size, sizeof *gpus, by_place);
    for (int r = 1; r < size; r++) {
        if (!gpus[r].seat->address[0] || by_place(&gpus[r - 1], &gpus[r]))
            continue;
        bool mps = gpus[r - 1].seat->mps && gpus[r].seat->mps;
        if (worst != SEATED_SHARED)
            worst = mps ? SEATED_MPS : SEATED_SHARED;
    }
    free(gpus);
    return worst;
}

void ranks_learn(struct job *job, struct memory *memory, struct ranks *out)
{
    static const char *const flags[] = {[SEATED_ALONE] = NULL,
                                        [SEATED_SHARED] = "gpu-shared",
                                        [SEATED_MPS] = "gpu-shared-mps"};
    struct memory_identity mine = {.gpu = ""};
    enum seating seating = SEATED_ALONE;
    memory->kind->identify(memory, &mine);
    *out = (struct ranks){.flag = NULL};
    if (job_rank(job) == 0)
        out->seat = xcalloc((size_t)job_size(job), sizeof *out->seat);
    job_gather(job, &mine, sizeof mine, out->seat);
    if (out->seat)
        seating = seating_of(out->seat, job);
    job_bcast(job, &seating, sizeof seating, 0);
    out->flag = flags[seating];
}

void ranks_free(struct ranks *ranks)
{
    free(ranks->seat);
    ranks->seat = NULL;
}

char *ranks_csv(const struct ranks *ranks, const struct job *job)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        die(EXIT_MACHINE, "out of memory for ranks.csv");
    fputs("rank,node,host,gpu,pci_address,versions\n", out);
    for (int r = 0; r < job_size(job); r++) {
        const struct memory_identity *seat = &ranks->seat[r];
        const char *words[] = {job_host(job, r), seat->gpu, seat->address,
                               seat->versions};
        fprintf(out, "%d,%d", r, job_node(job, r));
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            putc(',', out);
            record_write_text(out, words[i]);
        }
        putc('\n', out);
    }
    if (fclose(out))
        die(EXIT_MACHINE, "out of memory for ranks.csv");
    return text;
}
