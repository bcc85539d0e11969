/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls the NVIDIA Management Library through pointers. Shapes and numbers of
 * the calls are those of the NVML API reference (which keeps them from driver
 * to driver; a changed call gets a new name with _v2, _v3). */
#include "host/nvml.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    SUCCESS = 0,
    NOT_SUPPORTED = 3,
    FUNCTION_ABSENT = 13, /* of a driver older than the call */
    CLOCK_SM = 1,
    SENSOR_GPU = 0,
    UNCORRECTED = 1,
    SINCE_RESET = 0,
    EVER = 1,
    NVLINKS = 18, /* NVML_NVLINK_MAX_LINKS */
};

typedef void *device; /* nvmlDevice_t */

struct pci_info { /* nvmlPciInfo_t */
    char legacy[16];
    unsigned domain, bus, device, id, subsystem;
    char address[32];
};

struct session {
    nvml_find *find;
    void *state;
};

static long long answer(int code, long long value)
{
    if (code == SUCCESS)
        return value;
    return code == NOT_SUPPORTED || code == FUNCTION_ABSENT ? NVML_UNSUPPORTED
                                                            : NVML_HIDDEN;
}

/* --- questions by the shape of their call ----------------------------------
 */

enum shape { PLAIN, OF_KIND, LONG };

static const struct call {
    enum nvml_question question;
    const char *symbol;
    enum shape shape;
    int kind;
} calls[] = {
    {NVML_SM_MHZ, "nvmlDeviceGetClockInfo", OF_KIND, CLOCK_SM},
    {NVML_SM_MOST_MHZ, "nvmlDeviceGetMaxClockInfo", OF_KIND, CLOCK_SM},
    {NVML_REASONS, "nvmlDeviceGetCurrentClocksThrottleReasons", LONG, 0},
    {NVML_PSTATE, "nvmlDeviceGetPerformanceState", PLAIN, 0},
    {NVML_TEMPERATURE_C, "nvmlDeviceGetTemperature", OF_KIND, SENSOR_GPU},
    {NVML_POWER_MW, "nvmlDeviceGetPowerUsage", PLAIN, 0},
    {NVML_POWER_LIMIT_MW, "nvmlDeviceGetEnforcedPowerLimit", PLAIN, 0},
    {NVML_PERSISTENCE, "nvmlDeviceGetPersistenceMode", PLAIN, 0},
};

static int call_plain(void *f, device gpu, unsigned *out)
{
    return ((int (*)(device, unsigned *))f)(gpu, out);
}

static int call_of_kind(void *f, device gpu, unsigned kind, unsigned *out)
{
    return ((int (*)(device, unsigned, unsigned *))f)(gpu, kind, out);
}

static long long ask(const struct session *session, const struct call *call,
                     device gpu)
{
    unsigned small = 0;
    unsigned long long large = 0;
    void *f = session->find(session->state, call->symbol);
    if (!f)
        return NVML_UNSUPPORTED;
    int code;
    if (call->shape == LONG)
        code = ((int (*)(device, unsigned long long *))f)(gpu, &large);
    else if (call->shape == OF_KIND)
        code = call_of_kind(f, gpu, (unsigned)call->kind, &small);
    else
        code = call_plain(f, gpu, &small);
    return answer(code, call->shape == LONG ? (long long)large : small);
}

static void ask_ecc(const struct session *session, device gpu,
                    long long *answers)
{
    unsigned now = 0, pending = 0;
    void *mode = session->find(session->state, "nvmlDeviceGetEccMode");
    void *errors = session->find(session->state, "nvmlDeviceGetTotalEccErrors");
    if (mode) {
        int code = ((int (*)(device, unsigned *, unsigned *))mode)(gpu, &now,
                                                                   &pending);
        answers[NVML_ECC] = answer(code, now);
        answers[NVML_ECC_PENDING] = answer(code, pending);
    }
    for (unsigned span = SINCE_RESET; errors && span <= EVER; span++) {
        unsigned long long count = 0;
        int code =
            ((int (*)(device, unsigned, unsigned, unsigned long long *))errors)(
                gpu, UNCORRECTED, span, &count);
        answers[span == EVER ? NVML_UNCORRECTED_EVER : NVML_UNCORRECTED] =
            answer(code, (long long)count);
    }
}

static void ask_remapping(const struct session *session, device gpu,
                          long long *answers)
{
    typedef int remapped(device, unsigned *, unsigned *, unsigned *,
                         unsigned *);
    unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
    void *f = session->find(session->state, "nvmlDeviceGetRemappedRows");
    if (!f)
        return;
    int code =
        ((remapped *)f)(gpu, &corrected, &uncorrected, &pending, &failed);
    answers[NVML_REMAP_PENDING] = answer(code, pending);
    answers[NVML_REMAP_FAILED] = answer(code, failed);
}

/* Links that the GPU does not have answer "not supported" or "invalid". */
static void ask_links(const struct session *session, device gpu,
                      long long *answers)
{
    void *f = session->find(session->state, "nvmlDeviceGetNvLinkState");
    long long links = 0, active = 0;
    for (unsigned link = 0; f && link < NVLINKS; link++) {
        unsigned up = 0;
        if (call_of_kind(f, gpu, link, &up) != SUCCESS)
            continue;
        links++;
        active += up != 0;
    }
    if (links) {
        answers[NVML_LINKS] = links;
        answers[NVML_LINKS_ACTIVE] = active;
    }
}

static void ask_gpu(const struct session *session, device gpu,
                    struct nvml_gpu *out)
{
    struct pci_info pci = {.domain = 0};
    void *where = session->find(session->state, "nvmlDeviceGetPciInfo_v3");
    void *name = session->find(session->state, "nvmlDeviceGetName");
    for (int q = 0; q < NVML_QUESTIONS; q++)
        out->answers[q] = NVML_UNSUPPORTED;
    if (where && ((int (*)(device, struct pci_info *))where)(gpu, &pci) == 0)
        snprintf(out->address, sizeof out->address, "%04x:%02x:%02x.0",
                 pci.domain, pci.bus, pci.device);
    if (name)
        ((int (*)(device, char *, unsigned))name)(gpu, out->name,
                                                  sizeof out->name);
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        out->answers[calls[c].question] = ask(session, &calls[c], gpu);
    ask_ecc(session, gpu, out->answers);
    ask_remapping(session, gpu, out->answers);
    ask_links(session, gpu, out->answers);
}

/* --- the library -----------------------------------------------------------
 */

static void fail(const struct session *session, struct nvml *out,
                 const char *call, int code)
{
    void *text = session->find(session->state, "nvmlErrorString");
    snprintf(out->failure, sizeof out->failure, "%s: %.80s", call,
             text ? ((const char *(*)(int))text)(code) : "failed");
}

static void ask_all(const struct session *session, struct nvml *out)
{
    typedef int by_index(unsigned, device *);
    unsigned count = 0;
    void *driver = session->find(session->state, "nvmlSystemGetDriverVersion");
    void *counted = session->find(session->state, "nvmlDeviceGetCount_v2");
    void *handle =
        session->find(session->state, "nvmlDeviceGetHandleByIndex_v2");
    if (driver)
        ((int (*)(char *, unsigned))driver)(out->driver, sizeof out->driver);
    int code = counted && handle ? ((int (*)(unsigned *))counted)(&count)
                                 : FUNCTION_ABSENT;
    if (code != SUCCESS) {
        fail(session, out, "nvmlDeviceGetCount_v2", code);
        return;
    }
    out->list = xcalloc(count, sizeof *out->list);
    for (unsigned i = 0; i < count; i++) {
        device gpu = NULL; /* a GPU that is lost has no handle */
        if (((by_index *)handle)(i, &gpu) == SUCCESS)
            ask_gpu(session, gpu, &out->list[out->count++]);
    }
}

void nvml_ask(nvml_find *find, void *state, struct nvml *out)
{
    struct session session = {find, state};
    memset(out, 0, sizeof *out);
    void *init = find(state, "nvmlInit_v2");
    void *shutdown = find(state, "nvmlShutdown");
    if (!init) {
        snprintf(out->failure, sizeof out->failure,
                 "the NVML here has no nvmlInit_v2");
        return;
    }
    int code = ((int (*)(void))init)();
    if (code != SUCCESS) {
        fail(&session, out, "nvmlInit_v2", code);
        return;
    }
    ask_all(&session, out);
    if (shutdown)
        ((int (*)(void))shutdown)();
}

void nvml_read(struct nvml *out)
{
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        memset(out, 0, sizeof *out);
        snprintf(out->failure, sizeof out->failure, "no libnvidia-ml.so.1");
        return;
    }
    nvml_ask(dlsym, library, out);
    dlclose(library);
}

void nvml_fini(struct nvml *nvml)
{
    free(nvml->list);
    memset(nvml, 0, sizeof *nvml);
}
