/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of the management library from a recording. */
#include "host/nvml.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char *const questions[NVML_QUESTIONS] = {
    [NVML_ECC] = "ecc",
    [NVML_ECC_PENDING] = "ecc_pending",
    [NVML_UNCORRECTED] = "uncorrected",
    [NVML_UNCORRECTED_EVER] = "uncorrected_ever",
    [NVML_REMAP_PENDING] = "remap_pending",
    [NVML_REMAP_FAILED] = "remap_failed",
    [NVML_SM_MHZ] = "sm_MHz",
    [NVML_SM_MOST_MHZ] = "sm_most_MHz",
    [NVML_REASONS] = "reasons",
    [NVML_PSTATE] = "pstate",
    [NVML_TEMPERATURE_C] = "temperature_C",
    [NVML_POWER_MW] = "power_mW",
    [NVML_POWER_LIMIT_MW] = "power_limit_mW",
    [NVML_PERSISTENCE] = "persistence",
    [NVML_LINKS] = "links",
    [NVML_LINKS_ACTIVE] = "links_active",
};

const char *nvml_question_name(enum nvml_question question)
{
    return questions[question];
}

static void add_gpu(const char *rest, struct nvml *out)
{
    size_t length = strcspn(rest, " ");
    out->list =
        xrealloc(out->list, ((size_t)out->count + 1) * sizeof *out->list);
    struct nvml_gpu *gpu = &out->list[out->count++];
    memset(gpu, 0, sizeof *gpu);
    snprintf(gpu->address, sizeof gpu->address, "%.*s", (int)length, rest);
    snprintf(gpu->name, sizeof gpu->name, "%s",
             rest[length] ? rest + length + 1 : "");
    for (int q = 0; q < NVML_QUESTIONS; q++)
        gpu->answers[q] = NVML_HIDDEN;
}

static void take_answer(const char *word, const char *rest,
                        struct nvml_gpu *gpu)
{
    char *end;
    long long value = strtoll(rest, &end, 0);
    for (int q = 0; q < NVML_QUESTIONS; q++)
        if (strcmp(word, questions[q]) == 0) {
            if (strcmp(rest, "unsupported") == 0)
                gpu->answers[q] = NVML_UNSUPPORTED;
            else if (end != rest && !*end && value >= 0)
                gpu->answers[q] = value;
        }
}

void nvml_recorded(const char *root, struct nvml *out)
{
    char path[768], line[256];
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, "%s/nvml.txt", root);
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(out->failure, sizeof out->failure, "no answers of NVML were recorded");
        return;
    }
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = strchr(line, ' ');
        if (!rest)
            continue;
        *rest++ = '\0';
        if (strcmp(line, "driver") == 0)
            snprintf(out->driver, sizeof out->driver, "%.47s", rest);
        else if (strcmp(line, "gpu") == 0)
            add_gpu(rest, out);
        else if (out->count)
            take_answer(line, rest, &out->list[out->count - 1]);
    }
    fclose(in);
}
