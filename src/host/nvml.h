/* SPDX-License-Identifier: BSD-3-Clause */
/* What NVIDIA's management library says of the GPUs. It comes with the driver,
 * not with a toolkit, so it is opened at run time and its absence is an answer.
 * Asking creates no CUDA context and needs no root.
 *
 * Two sources give the same answers: the library, through a function that finds
 * its symbols (dlsym, or a test's own), and a recording below a root. */
#ifndef HOST_NVML_H
#define HOST_NVML_H

#include <stddef.h>

enum nvml_question {
    NVML_ECC,         /* 1: on */
    NVML_ECC_PENDING, /* after the next reset */
    NVML_UNCORRECTED, /* ECC errors since the driver came up */
    NVML_UNCORRECTED_EVER,
    NVML_REMAP_PENDING, /* 1: rows are remapped at the next reset */
    NVML_REMAP_FAILED,  /* 1: there was no spare row */
    NVML_SM_MHZ,
    NVML_SM_MOST_MHZ,
    NVML_REASONS, /* bits: why the clock is not higher */
    NVML_PSTATE,  /* 0: full speed; 8 and above: idle */
    NVML_TEMPERATURE_C,
    NVML_POWER_MW,
    NVML_POWER_LIMIT_MW,
    NVML_PERSISTENCE, /* 1: on */
    NVML_LINKS,       /* NVLinks that the GPU has */
    NVML_LINKS_ACTIVE,
    NVML_QUESTIONS,
};

/* Instead of an answer, which is never negative. */
enum { NVML_UNSUPPORTED = -1, NVML_HIDDEN = -2 };

struct nvml_gpu {
    char address[24]; /* on PCI: "0000:18:00.0" */
    char name[80];
    long long answers[NVML_QUESTIONS];
};

struct nvml {
    char failure[112]; /* why nothing could be asked; "" when it could */
    char driver[48];
    struct nvml_gpu *list;
    int count;
};

typedef void *nvml_find(void *state, const char *symbol);

/* This machine's library, asked once and closed again. */
void nvml_read(struct nvml *out);
/* The same over symbols that `find` finds. */
void nvml_ask(nvml_find *find, void *state, struct nvml *out);
/* The recording <root>/nvml.txt: a line "driver VERSION", then for each GPU a
 * line "gpu ADDRESS NAME" and lines "QUESTION NUMBER", with the names of
 * nvml_question_name; also "unsupported" for a number. What is not recorded is
 * hidden. */
void nvml_recorded(const char *root, struct nvml *out);
void nvml_fini(struct nvml *);

const char *nvml_question_name(enum nvml_question);

#endif
