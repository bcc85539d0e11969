/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that cannot be imported are refused in one line that names the place;
 * damaged ones too, or what they say is a cluster like any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "heard.h"
#include "import_town.h"

#define IB_HEAD "Switch\t9 \"S-a\" # \"s\"\n"
#define IB_CA   "Ca\t1 \"H-b\" # \"n x\"\n"

static void bad_files_are_refused_where_they_are_bad(void **state)
{
    (void)state;
    static const struct {
        const char *format, *text, *said; /* "file:LINE: WHAT" */
    } bad[] = {
        {"ibnetdiscover", "", "file:1: no cables"},
        {"ibnetdiscover", "hello\n", "file:1: 'hello', expected what"},
        {"ibnetdiscover", "[1] \"S-a\"[1] # \"s\" 4xHDR\n",
         "before any device"},
        {"ibnetdiscover", IB_HEAD "[1] \"H-b\"[1] # \"n x\" 4xODR\n",
         "file:2: a cable of '4xODR'"},
        {"ibnetdiscover", IB_HEAD "[1] \"H-b\"[1] # \"n x\" lid 4\n",
         "file:2: a cable without width"},
        {"ibnetdiscover", IB_HEAD "[10] \"H-b\"[1] # \"n x\" 4xHDR\n",
         "file:2: port 10 of a device of 9"},
        {"ibnetdiscover", IB_HEAD "[1] \"H-b\"[1] # \"n x\" 4xHDR\n",
         "file:2: a cable to H-b, which has no section"},
        {"ibnetdiscover", IB_HEAD IB_HEAD "[1] \"S-a\"[1] # \"s\" 4xHDR\n",
         "file:2: device S-a twice"},
        {"ibnetdiscover",
         IB_HEAD "[1] \"H-b\"[1] # \"n x\" 4xHDR\n" IB_CA
                 "[1] \"S-a\"[1] # \"s\" 4xEDR\n",
         "file:4: a cable of another rate than at its other end, line 2"},
        {"ibnetdiscover",
         IB_HEAD "[1] \"H-b\"[1] # \"n x\" 4xHDR\n" IB_CA
                 "[1] \"S-a\"[2] # \"s\" 4xHDR\n",
         "file:4: port 1 of H-b has another cable at line 2"},
        {"ibnetdiscover",
         IB_HEAD "[1] \"H-b\"[1] # \"\" 4xHDR\nCa\t1 \"H-b\" # \"MT4123 "
                 "ConnectX6 Mellanox\"\n",
         "file:3: an adapter described as 'MT4123"},
        {"ibnetdiscover",
         IB_HEAD "[1] \"H-b\"[1] # \"\" 4xHDR\n[2] \"H-c\"[1] # \"\" 4xHDR\n"
                 "[3] \"H-d\"[1] # \"\" 4xHDR\n" IB_CA
                 "Ca\t1 \"H-c\" # \"n y\"\nCa\t1 \"H-d\" # \"m x\"\n",
         "file:5: host n has 2 adapters, expected 1 as m has"},
        {"ibnetdiscover",
         IB_HEAD IB_CA "Ca\t2 \"H-c\" # \"m x\"\n"
                       "[1] \"S-a\"[1] # 4xHDR\n[2] \"S-a\"[2] # 4xHDR\n",
         "file:2: NIC 0 of node n has no link"},
        {"slurm-conf", "", "file:1: no switches"},
        {"slurm-conf", "Nodes=a\n", "file:1: Nodes of nothing"},
        {"slurm-conf", "\nSwitchName=s Nods=a\n", "file:2: key 'Nods'"},
        {"slurm-conf", "SwitchName=s Nodes=a[3-1]\n",
         "file:1: s has 'a[3-1]', expected ranges"},
        {"slurm-conf", "SwitchName=s\n", "file:1: s has nothing below"},
        {"slurm-conf", "SwitchName=s Nodes=a\nBlockName=b Nodes=c\n",
         "file:2: switches and blocks"},
        {"slurm-conf", "SwitchName=s Switches=t[1-2]\nSwitchName=t1 Nodes=a\n",
         "file:1: switch t2 is below s and nowhere"},
        {"slurm-conf", "SwitchName=s Nodes=a\nSwitchName=s Nodes=b\n",
         "file:2: switch s, which line 1 has too"},
        {"slurm-conf", "SwitchName=s Nodes=a\nSwitchName=t Nodes=b\n",
         "file:2: no way from a to b"},
        {"slurm-conf", "SwitchName=s Nodes=a[1-9999999]\n", "fewer"},
        {"slurm-yaml", "a: b\n", "file:1: not a topology"},
        {"slurm-yaml", "- topology: x\n  flat: true\n", "without links"},
        {"slurm-yaml", "- topology: x\n- topology: y\n",
         "file:1: 2 topologies, none with cluster_default"},
        {"slurm-yaml", "- topology: x\n  tree: {switch: a}\n",
         "file:2: a tree without switches"},
        {"slurm-yaml",
         "- topology: x\n  tree:\n    switches:\n    - {switch: a, node: b}\n",
         "file:4: key 'node' in a switch"},
        {"nccl-xml", "", "file:1: no GPUs"},
        {"nccl-xml", "<graph/>", "file:1: the file is not a <system>"},
        {"nccl-xml", "<system>\n<cpu>\n</system>", "file:3: the end of an"},
        {"nccl-xml", "<system>\n<cpu", "file:2: an attribute that cannot"},
        {"nccl-xml", "<system><gpu dev='x' sm='90'/></system>",
         "dev of gpu is 'x'"},
        {"nccl-xml", "<system><gpu dev='0' sm='90'/>\n<gpu dev='0' sm='90'/>",
         "file:2: the file ends inside"},
        {"nccl-xml",
         "<system><gpu dev='0' sm='90'/>\n<gpu dev='0' sm='90'/></system>",
         "file:2: GPU 0, which line 1 has too"},
        {"nccl-xml",
         "<system><gpu dev='0' sm='90'/><gpu dev='1' sm='90'/></system>",
         "no rate between them, expected --scaleup-rate"},
        {"nccl-xml",
         "<system><gpu dev='0' sm='90'/><net name='a' speed='100'/>\n"
         "<net name='b' speed='200'/></system>",
         "file:2: b of 200 Mb/s, expected 100 as a has"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct import_options options = {0};
        struct heard heard;
        if (bad[i].format[0] == 's')
            options = slurm_options();
        heard_begin(&heard);
        struct cluster *c = parsed(bad[i].format, bad[i].text, &options);
        long lines = heard_end(&heard);
        if (c || lines != 1 || !strstr(heard.text, bad[i].said) ||
            !strstr(heard.text, ", expected") || !strstr(heard.text, "file:"))
            fail_msg("'%s': expected one line with '%s', got %ld: %s",
                     bad[i].text, bad[i].said, lines, heard.text);
    }
}

/* A rate that nobody gives is asked for by the name of its option. */
static void what_nobody_says_is_asked_for(void **state)
{
    (void)state;
    static const char tree[] =
        "SwitchName=s Nodes=a\nSwitchName=t Switches=s\n";
    struct import_options options = {0};
    struct heard heard;
    heard_begin(&heard);
    assert_null(parsed("slurm-conf", tree, &options));
    options.link_rate = by_option(1e9);
    assert_null(parsed("slurm-conf", tree, &options));
    assert_int_equal(heard_end(&heard), 2);
    assert_non_null(strstr(heard.text, "--link-rate"));
    assert_non_null(strstr(heard.text, "--nic-rate"));
    options.nic_rate = by_option(1e9);
    struct cluster *c = parsed("slurm-conf", tree, &options);
    assert_non_null(c);
    cluster_free(c);
}

/* One byte changed, cut off or doubled: either one line, or a cluster that
 * passes all checks and prints as itself. */
static void damaged_files_are_refused_in_one_line_or_taken(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"ibnetdiscover", FIXTURES "fat-tree.ibnetdiscover"},
        {"slurm-conf", FIXTURES "topology.conf"},
        {"slurm-yaml", FIXTURES "topology.yaml"},
        {"nccl-xml", FIXTURES "h100.xml"}};
    struct random random = {5};
    int refused = 0, taken = 0;
    for (int round = 0; round < 800; round++) {
        const char *const *file = files[round % 4];
        static char text[1 << 16];
        FILE *in = fopen(file[1], "rb");
        assert_non_null(in);
        size_t length = fread(text, 1, sizeof text, in);
        fclose(in);
        assert_in_range(length, 100, sizeof text - 1);
        size_t at = random_below(&random, length);
        if (round % 3 == 0)
            length = at;
        else
            text[at] = (char)random_below(&random, round % 3 == 1 ? 128 : 256);
        struct import_options options = {0};
        if (file[0][0] == 's')
            options = slurm_options();
        else if (file[0][0] == 'i')
            options.gpus = by_option(1);
        struct heard heard;
        heard_begin(&heard);
        struct cluster *c = import_parse(import_format(file[0]), text, length,
                                         "file", &options);
        long lines = heard_end(&heard);
        if (lines != (c ? 0 : 1))
            fail_msg("round %d: %ld lines: %s", round, lines, heard.text);
        if (c) {
            char *once = cluster_print(c);
            struct cluster *again = cluster_parse(once, strlen(once), "again");
            if (!again)
                fail_msg("round %d prints as what is refused", round);
            cluster_free(again);
            free(once);
        }
        refused += !c;
        taken += c != NULL;
        cluster_free(c);
    }
    assert_true(refused > 100);
    assert_true(taken > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_are_refused_where_they_are_bad),
        cmocka_unit_test(what_nobody_says_is_asked_for),
        cmocka_unit_test(damaged_files_are_refused_in_one_line_or_taken),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
