/* SPDX-License-Identifier: BSD-3-Clause */
/* run.json can be parsed and repeats the run; it never holds a secret. */
#include "bench/provenance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "bench/build.h"

static char *const argv[] = {"allreduce", "-b", "8", "odd \"\xff\n"};
static const char *const names[] = {"min-bytes", "check", NULL};
static const char *const values[] = {"8", "yes"};

static struct node_facts node(int number, const char *kernel)
{
    struct node_facts facts = {.cores = 8, .cores_online = 8, .numa_nodes = 1};
    snprintf(facts.host, sizeof facts.host, "n%d", number);
    snprintf(facts.kernel, sizeof facts.kernel, "%s", kernel);
    snprintf(facts.load, sizeof facts.load, "%d.00", number);
    snprintf(facts.cpu, sizeof facts.cpu, "Brand, \"fast\"");
    facts.memory_GiB = 64;
    return facts;
}

static json_t *load(const struct node_facts *facts, int nodes)
{
    const struct provenance run = {.run_id = "r1",
                                   .argc = 4,
                                   .argv = argv,
                                   .launcher_version = "Open MPI 4.1.4",
                                   .transport_version = "UCX 1.13.1",
                                   .ranks = 2 * nodes,
                                   .nodes = nodes,
                                   .option_names = names,
                                   .option_values = values,
                                   .facts = facts};
    json_error_t why;
    char *text = provenance_json(&run);
    json_t *root = json_loads(text, 0, &why);
    if (!root)
        fail_msg("expected JSON, got line %d: %s in\n%s", why.line, why.text,
                 text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
    return root;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text)
        fail_msg("expected a text at \"%s\", got none", key);
    return text;
}

static void the_run_can_be_repeated_from_it(void **state)
{
    (void)state;
    struct node_facts facts = node(1, "6.1");
    json_t *root = load(&facts, 1);
    json_t *command = json_object_get(root, "command");
    assert_string_equal(text_at(root, "suite"), "linerate");
    assert_string_equal(text_at(root, "run_id"), "r1");
    assert_string_equal(text_at(root, "version"), build.version);
    assert_string_equal(text_at(root, "transport"), "UCX 1.13.1");
    assert_string_equal(text_at(root, "launcher"), "Open MPI 4.1.4");
    assert_string_equal(text_at(json_object_get(root, "build"), "flags"),
                        build.flags);
    assert_string_equal(text_at(json_object_get(root, "options"), "min-bytes"),
                        "8");
    assert_int_equal(json_integer_value(json_object_get(root, "format")), 1);
    assert_int_equal(json_integer_value(json_object_get(root, "ranks")), 2);
    assert_int_equal(json_array_size(command), 4);
    assert_string_equal(json_string_value(json_array_get(command, 2)), "8");
    /* Not UTF-8: kept as far as JSON can hold it. */
    assert_string_equal(json_string_value(json_array_get(command, 3)),
                        "odd \"?\n");
    json_decref(root);
}

static void only_listed_environment_is_written_and_never_a_secret(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool listed;
    } cases[] = {
        {"SECRET_TOKEN", false},
        {"UCX_TLS", true},
        {"UCX_SECRET", false},
        {"NCCL_API_KEY", false},
        {"NCCL_DEBUG", true},
        {"SLURM_JOB_ID", true},
        {"SLURM_JOB_IDX", false},
        {"MY_UCX_TLS", false},
        {"OMPI_MCA_btl", true},
        {"UCX", false},
        {"OMPI_MCA_orte_precondition_transports", false},
    };
    struct node_facts facts = node(1, "6.1");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(setenv(cases[i].name, "a=b", 1), 0);
    json_t *root = load(&facts, 1);
    json_t *environment = json_object_get(root, "environment");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const json_t *value = json_object_get(environment, cases[i].name);
        if ((value != NULL) != cases[i].listed)
            fail_msg("expected %s %s", cases[i].name,
                     cases[i].listed ? "to be written" : "to be left out");
        if (value)
            assert_string_equal(json_string_value(value), "a=b");
        unsetenv(cases[i].name);
    }
    json_decref(root);
}

static void alike_nodes_differ_in_nothing(void **state)
{
    (void)state;
    struct node_facts facts[3];
    for (int i = 0; i < 3; i++)
        facts[i] = node(i, "6.1"); /* but for their names and their load */
    json_t *root = load(facts, 3);
    json_t *differs = json_object_get(root, "differs_between_nodes");
    assert_true(json_is_array(differs));
    assert_int_equal(json_array_size(differs), 0);
    json_decref(root);
}

static void what_differs_names_the_hosts_of_each_value(void **state)
{
    (void)state;
    struct node_facts facts[20];
    for (int i = 0; i < 20; i++)
        facts[i] = node(i, i == 7 ? "6.8" : "6.1");
    facts[3].cores = -1;
    json_t *root = load(facts, 20);
    json_t *differs = json_object_get(root, "differs_between_nodes");
    assert_int_equal(json_array_size(differs), 2);

    json_t *kernel = json_array_get(differs, 0);
    assert_string_equal(text_at(kernel, "column"), "kernel");
    json_t *of = json_object_get(kernel, "values");
    json_t *odd = json_object_get(of, "6.8"),
           *rest = json_object_get(of, "6.1");
    assert_int_equal(json_array_size(odd), 1);
    assert_string_equal(json_string_value(json_array_get(odd, 0)), "n7");
    assert_int_equal(json_array_size(rest), 17);
    assert_string_equal(json_string_value(json_array_get(rest, 0)), "n0");
    assert_string_equal(json_string_value(json_array_get(rest, 16)),
                        "and 3 more");

    json_t *cores = json_array_get(differs, 1);
    assert_string_equal(text_at(cores, "column"), "cores");
    assert_non_null(
        json_object_get(json_object_get(cores, "values"), "unknown"));
    json_decref(root);
}

static void nodes_csv_has_a_quoted_row_a_node(void **state)
{
    (void)state;
    struct node_facts facts[2] = {node(1, "6.1"), node(2, "6.8")};
    facts[1].memory_GiB = -1;
    char *text = provenance_nodes_csv(facts, 2);
    assert_string_equal(
        text, "host,kernel,os,cpu,cores,cores_online,numa_nodes,memory_GiB,"
              "governor,hugepages,load,gpus,gpu,gpu_driver,gpudirect,nics,nic,"
              "nic_firmware,nic_rate,acs,memlock,faults\n"
              "n1,6.1,,\"Brand, \"\"fast\"\"\",8,8,1,64.0,,,1.00,,,,,,,,,,,\n"
              "n2,6.8,,\"Brand, \"\"fast\"\"\",8,8,1,,,,2.00,,,,,,,,,,,\n");
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_run_can_be_repeated_from_it),
        cmocka_unit_test(only_listed_environment_is_written_and_never_a_secret),
        cmocka_unit_test(alike_nodes_differ_in_nothing),
        cmocka_unit_test(what_differs_names_the_hosts_of_each_value),
        cmocka_unit_test(nodes_csv_has_a_quoted_row_a_node),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
