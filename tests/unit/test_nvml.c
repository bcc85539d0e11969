/* SPDX-License-Identifier: BSD-3-Clause */
/* The management library, played by functions of this file: what it answers
 * arrives under the right question, what it refuses is hidden, what it does not
 * know is unsupported, and every session that was begun is ended. */
#include "host/nvml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_LOADED = 9, LOST = 15 };

/* What the fake says, and what was done to it: the API has no room for state.
 */
static struct {
    int init, open, links;
    unsigned count, lost;
    const char *missing;
} fake;

static int fake_init(void)
{
    if (!fake.init)
        fake.open++;
    return fake.init;
}

static int fake_shutdown(void)
{
    fake.open--;
    return 0;
}

static const char *fake_error(int code)
{
    return code == NOT_LOADED ? "Driver Not Loaded" : "Other";
}

static int fake_driver(char *text, unsigned capacity)
{
    snprintf(text, capacity, "550.54.15");
    return 0;
}

static int fake_count(unsigned *count)
{
    *count = fake.count;
    return 0;
}

static int fake_handle(unsigned index, void **gpu)
{
    if (index + 1 == fake.lost)
        return LOST;
    *gpu = (void *)(uintptr_t)(0x100 + index);
    return 0;
}

static int fake_name(void *gpu, char *text, unsigned capacity)
{
    snprintf(text, capacity, "GPU of %x", (unsigned)(uintptr_t)gpu);
    return 0;
}

struct fake_pci {
    char legacy[16];
    unsigned domain, bus, device, id, subsystem;
    char address[32];
};

static int fake_pci(void *gpu, void *out)
{
    struct fake_pci *pci = out;
    pci->domain = 1;
    pci->bus = (unsigned)(uintptr_t)gpu - 0x100 + 0x9a;
    pci->device = 2;
    return 0;
}

/* Each answers a number of its own, by its arguments. */
static int fake_clock(void *gpu, unsigned clock, unsigned *MHz)
{
    (void)gpu;
    *MHz = 1000 + clock;
    return 0;
}

static int fake_max_clock(void *gpu, unsigned clock, unsigned *MHz)
{
    (void)gpu;
    *MHz = 2000 + clock;
    return 0;
}

static int fake_temperature(void *gpu, unsigned sensor, unsigned *C)
{
    (void)gpu;
    *C = 40 + sensor;
    return 0;
}

static int fake_reasons(void *gpu, unsigned long long *bits)
{
    (void)gpu;
    *bits = 0x44;
    return 0;
}

static int fake_pstate(void *gpu, unsigned *state)
{
    (void)gpu;
    *state = 8;
    return 0;
}

static int fake_power(void *gpu, unsigned *mW)
{
    (void)gpu;
    (void)mW;
    return NO_PERMISSION;
}

static int fake_limit(void *gpu, unsigned *mW)
{
    (void)gpu;
    *mW = 700000;
    return 0;
}

static int fake_persistence(void *gpu, unsigned *on)
{
    (void)gpu;
    (void)on;
    return NOT_SUPPORTED;
}

static int fake_ecc(void *gpu, unsigned *now, unsigned *pending)
{
    (void)gpu;
    *now = 1;
    *pending = 0;
    return 0;
}

static int fake_errors(void *gpu, unsigned kind, unsigned span,
                       unsigned long long *count)
{
    (void)gpu;
    *count = 10 * kind + span;
    return 0;
}

static int fake_rows(void *gpu, unsigned *corrected, unsigned *uncorrected,
                     unsigned *pending, unsigned *failed)
{
    (void)gpu;
    *corrected = 7;
    *uncorrected = 8;
    *pending = 1;
    *failed = 0;
    return 0;
}

static int fake_link(void *gpu, unsigned link, unsigned *up)
{
    (void)gpu;
    *up = link != 2;
    return (int)link < fake.links ? 0 : NOT_SUPPORTED;
}

static void *find(void *state, const char *symbol)
{
    static const struct {
        const char *name;
        void *function;
    } symbols[] = {
        {"nvmlInit_v2", fake_init},
        {"nvmlShutdown", fake_shutdown},
        {"nvmlErrorString", fake_error},
        {"nvmlSystemGetDriverVersion", fake_driver},
        {"nvmlDeviceGetCount_v2", fake_count},
        {"nvmlDeviceGetHandleByIndex_v2", fake_handle},
        {"nvmlDeviceGetName", fake_name},
        {"nvmlDeviceGetPciInfo_v3", fake_pci},
        {"nvmlDeviceGetClockInfo", fake_clock},
        {"nvmlDeviceGetMaxClockInfo", fake_max_clock},
        {"nvmlDeviceGetTemperature", fake_temperature},
        {"nvmlDeviceGetCurrentClocksThrottleReasons", fake_reasons},
        {"nvmlDeviceGetPerformanceState", fake_pstate},
        {"nvmlDeviceGetPowerUsage", fake_power},
        {"nvmlDeviceGetEnforcedPowerLimit", fake_limit},
        {"nvmlDeviceGetPersistenceMode", fake_persistence},
        {"nvmlDeviceGetEccMode", fake_ecc},
        {"nvmlDeviceGetTotalEccErrors", fake_errors},
        {"nvmlDeviceGetRemappedRows", fake_rows},
        {"nvmlDeviceGetNvLinkState", fake_link},
    };
    assert_ptr_equal(state, &fake);
    if (fake.missing && strcmp(symbol, fake.missing) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (strcmp(symbols[i].name, symbol) == 0)
            return symbols[i].function;
    fail_msg("asked for %s, which the library does not have", symbol);
    return NULL;
}

static void ask(struct nvml *out)
{
    nvml_ask(find, &fake, out);
    assert_int_equal(fake.open, 0);
}

static void expect(const struct nvml_gpu *gpu, enum nvml_question question,
                   long long expected)
{
    if (gpu->answers[question] != expected)
        fail_msg("%s: expected %lld, got %lld", nvml_question_name(question),
                 expected, gpu->answers[question]);
}

static int reset(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.count = 2;
    fake.links = 18;
    return 0;
}

static void answers_arrive_under_their_questions(void **state)
{
    (void)state;
    static const long long expected[NVML_QUESTIONS] = {
        [NVML_ECC] = 1,
        [NVML_ECC_PENDING] = 0,
        [NVML_UNCORRECTED] = 10,
        [NVML_UNCORRECTED_EVER] = 11,
        [NVML_REMAP_PENDING] = 1,
        [NVML_REMAP_FAILED] = 0,
        [NVML_SM_MHZ] = 1001,
        [NVML_SM_MOST_MHZ] = 2001,
        [NVML_REASONS] = 0x44,
        [NVML_PSTATE] = 8,
        [NVML_TEMPERATURE_C] = 40,
        [NVML_POWER_MW] = NVML_HIDDEN,
        [NVML_POWER_LIMIT_MW] = 700000,
        [NVML_PERSISTENCE] = NVML_UNSUPPORTED,
        [NVML_LINKS] = 18,
        [NVML_LINKS_ACTIVE] = 17,
    };
    struct nvml nvml;
    ask(&nvml);
    assert_string_equal(nvml.failure, "");
    assert_string_equal(nvml.driver, "550.54.15");
    assert_int_equal(nvml.count, 2);
    assert_string_equal(nvml.list[1].name, "GPU of 101");
    assert_string_equal(nvml.list[0].address, "0001:9a:02.0");
    assert_string_equal(nvml.list[1].address, "0001:9b:02.0");
    for (int q = 0; q < NVML_QUESTIONS; q++)
        expect(&nvml.list[1], q, expected[q]);
    nvml_fini(&nvml);
}

static void a_driver_too_old_for_a_call_does_not_support_it(void **state)
{
    (void)state;
    struct nvml nvml;
    fake.missing = "nvmlDeviceGetRemappedRows";
    ask(&nvml);
    expect(&nvml.list[0], NVML_REMAP_PENDING, NVML_UNSUPPORTED);
    expect(&nvml.list[0], NVML_ECC, 1);
    nvml_fini(&nvml);
}

static void a_gpu_without_links_does_not_support_them(void **state)
{
    (void)state;
    struct nvml nvml;
    fake.links = 0;
    ask(&nvml);
    expect(&nvml.list[0], NVML_LINKS, NVML_UNSUPPORTED);
    expect(&nvml.list[0], NVML_LINKS_ACTIVE, NVML_UNSUPPORTED);
    nvml_fini(&nvml);
}

static void a_lost_gpu_is_left_out(void **state)
{
    (void)state;
    struct nvml nvml;
    fake.lost = 1;
    ask(&nvml);
    assert_int_equal(nvml.count, 1);
    assert_string_equal(nvml.list[0].name, "GPU of 101");
    nvml_fini(&nvml);
}

static void a_library_that_does_not_start_says_why(void **state)
{
    (void)state;
    struct nvml nvml;
    fake.init = NOT_LOADED;
    ask(&nvml);
    assert_int_equal(nvml.count, 0);
    assert_string_equal(nvml.failure, "nvmlInit_v2: Driver Not Loaded");
    nvml_fini(&nvml);
    reset(NULL);
    fake.missing = "nvmlInit_v2";
    ask(&nvml);
    assert_true(nvml.failure[0]);
    nvml_fini(&nvml);
}

/* This machine may have a library or none: either is an answer. */
static void this_machine_is_asked_without_harm(void **state)
{
    (void)state;
    struct nvml nvml;
    nvml_read(&nvml);
    assert_true(nvml.failure[0] || nvml.driver[0]);
    nvml_fini(&nvml);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers_arrive_under_their_questions, reset),
        cmocka_unit_test_setup(a_driver_too_old_for_a_call_does_not_support_it,
                               reset),
        cmocka_unit_test_setup(a_gpu_without_links_does_not_support_them,
                               reset),
        cmocka_unit_test_setup(a_lost_gpu_is_left_out, reset),
        cmocka_unit_test_setup(a_library_that_does_not_start_says_why, reset),
        cmocka_unit_test(this_machine_is_asked_without_harm),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
