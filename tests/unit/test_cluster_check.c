/* SPDX-License-Identifier: BSD-3-Clause */
/* What a topology file may not say: each slip is refused in one line that names
 * file, line and what was expected; and the sums over ports are those of a
 * fabric that is wired cable by cable. */
#include "topo/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "cluster_town.h"
#include "heard.h"

static struct cluster *parse(const char *text)
{
    return cluster_parse(text, strlen(text), "topologies/bad.yaml");
}

/* `want` is "LINE: begin of what" of the one line that is said. */
static void expect_refused(const char *text, const char *want)
{
    struct heard heard;
    char line[256];
    heard_begin(&heard);
    struct cluster *c = parse(text);
    long lines = heard_end(&heard);
    snprintf(line, sizeof line, "linerate: topologies/bad.yaml:%s", want);
    if (c || lines != 1 || strncmp(heard.text, line, strlen(line)) ||
        !strstr(heard.text, ", expected "))
        fail_msg("expected '%s', %s and said:\n%s\nof:\n%s", line,
                 c ? "was read" : "was refused", heard.text, text);
}

/* --- the text --------------------------------------------------------------
 */

#define NODE                                                                   \
    "name: x\nsource: s\nnode: {count: 4, gpus: 1, nic: {count: 1, rate: "     \
    "1Gb/s}}\n"
#define TWO                                                                    \
    "name: x\nsource: s\nnode: {count: 4, gpus: 1, nic: {count: 1, ports: 2, " \
    "rate: 1Gb/s}}\n"
#define SIX                                                                    \
    "name: x\nsource: s\nnode: {count: 4, gpus: 1, nic: {count: 6, rate: "     \
    "1Gb/s}}\n"
#define LEAF "{name: leaf, group: 2, switches: 1, ports: 3}"
#define TOP  "{name: top, group: 2, switches: 1, uplinks: 1, rate: 1Gb/s"
#define GRAPH                                                                  \
    NODE "graph:\n  nodes: ['n[1-4]']\n  switches: [s]\n  links:\n"            \
         "    - {a: n1, b: s, nic: 0, rate: 1Gb/s}\n"                          \
         "    - {a: n2, b: s, nic: 0, rate: 1Gb/s}\n"                          \
         "    - {a: n3, b: s, nic: 0, rate: 1Gb/s}\n"
#define MESH                                                                   \
    "name: x\nsource: s\nmesh:\n  tiles: {x: 2, y: 2}\n"                       \
    "  dies: {x: 3, y: 1}\n  die: {rate: 1GB/s}\n  tile: {rate: 1GB/s}\n"
#define FLY                                                                    \
    NODE "dragonfly:\n  groups: 3\n  switches: 2\n  ports: 4\n"                \
         "  local: {links: 1, rate: 1Gb/s}\n"

static const char *const good[] = {
    NODE "clos: [" LEAF ", " TOP "}]\n",
    GRAPH "    - {b: n4, a: s, nic: 0, rate: 1Gb/s, latency: 1us}\n",
    MESH "node: {count: 4, gpus: 3}\n",
    FLY "  nodes: 1\n  global: {links: 1, rate: 1Gb/s}\n",
};

static const char *const bad[][2] = {
    {"", "1: nothing in it"},
    {"- a\n", "1: the file is a list"},
    {"name: x\n\tnode: 1\n", "2: found a tab character"},
    {"name: [\n", "2: did not find expected node content"},
    {"name: &a x\n", "1: an anchor"},
    {"name: x\ntitle: *a\n", "2: an alias"},
    {"name: !x y\n", "1: a tag"},
    {"name: \"a\\0b\"\n", "1: a text with a NUL"},
    {"? [a]\n: b\n", "1: a key that is no text"},
    {"name: x\n---\nname: y\n", "2: a second document"},
    {"name: x\nnode:\n  count: 1\n  count: 2\n",
     "4: 'count' stands twice (first in line 3)"},
    {"[[[[[[[[[[[[[[]]]]]]]]]]]]]]\n", "1: more than 12 maps and lists"},
    {"node: {count: 1}\n", "1: no name"},
    {"name: x y\n", "1: name is 'x y'"},
    {"name: [x]\n", "1: name is a list"},
    {"name: x\ntitle: {}\n", "2: title is a map"},
    {"name: x\nsource: []\n", "2: source is a list"},
    {"name: x\nnod: 1\n",
     "2: unknown key 'nod', expected one of: name, title, source, on, clos, "
     "graph, hosts, metre, node, mesh, dragonfly, routing, job"},
    {"name: x\nnode:\n  scaleup: {speed: 1}\n",
     "3: unknown key 'speed' in node.scaleup, expected one of: rate, usable, "
     "latency, reduces"},
    {"name: x\nnode.count: 1\n", "2: unknown key 'node.count'"},
    {"name: x\nnode: {nic.count: 1}\n", "2: unknown key 'nic.count' in node"},
    {"name: x\nnode: 7\n", "2: node is a text, expected a map"},
    {"name: x\nnode: {count: [7]}\n", "2: node.count is a list"},
    {"name: x\nnode: {count: 7}\n", "2: node.count has no source"},
    {"name: x\nnode: {count: {value: 7}}\n", "2: node.count lacks its source"},
    {"name: x\nnode: {count: {given: 7}}\n", "2: node.count lacks its value"},
    {"name: x\nnode: {count: {value: 7, given: \"\"}}\n",
     "2: node.count lacks its source"},
    {"name: x\nnode:\n  count: {value: 7, given: a,\n    assumed: b}\n",
     "4: assumed in node.count, expected value: and one of"},
    {"name: x\nnode: {count: {value: 7, guessed: a}}\n", "2: guessed in"},
    {"name: x\nnode: {count: {value: [7], given: a}}\n", "2: node.count is a"},
    {"name: x\nsource: s\nnode: {count: 0}\n", "3: node.count is '0', "},
    {"name: x\nsource: s\nnode: {count: 1.5}\n", "3: node.count is '1.5', "},
    {"name: x\nsource: s\nnode: {count: -1}\n", "3: node.count is '-1', "},
    {"name: x\nsource: s\nnode: {count: 16777217}\n", "3: node.count is '1677"},
    {"name: x\nsource: s\nnode: {nic: {rate: 400}}\n",
     "3: node.nic.rate is '400', expected a rate with its unit"},
    {"name: x\nsource: s\nnode: {nic: {rate: 0Gb/s}}\n", "3: node.nic.rate is"},
    {"name: x\nsource: s\nnode: {nic: {latency: 5}}\n",
     "3: node.nic.latency is '5', expected a time with its unit"},
    {"name: x\nsource: s\nnode: {nic: {latency: 5GB/s}}\n",
     "3: node.nic.latency is '5GB/s', expected a time with its unit"},
    {"name: x\nsource: s\nnode: {scaleup: {reduces: maybe}}\n",
     "3: node.scaleup.reduces is 'maybe', expected yes or no"},
    {NODE "clos: [{name: leaf, wiring: round}]\n", "4: clos.*.wiring is 'rou"},
    {NODE "clos: [{name: leaf, cable: 3ns}]\n", "4: clos.*.cable is '3ns'"},
    {NODE "clos: 3\n", "4: clos is no list of tiers"},
    {NODE "clos: [x]\n", "4: a tier without a name"},
    {NODE "clos: [{group: 1}]\n", "4: a tier without a name"},
    {NODE "clos: [{name: this-is-a-long-name-of-a-tier}]\n", "4: name is 'th"},
    {NODE "clos: [{name: a}, {name: a}]\n", "4: a second tier 'a'"},
    {NODE "clos: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]\n",
     "4: a new tier 'e', expected at most 4"},
    {NODE "clos: [{name: a, hight: 1}]\n", "4: unknown key 'hight' in clos.*"},
    {NODE "clos: [" LEAF "]\nmesh: {}\n", "5: mesh beside clos"},
    {NODE "routing: fast\n", "4: routing is fast"},
    {NODE "routing: {spray: {}}\n", "4: unknown key 'spray' in routing"},
    {NODE "routing: {ecmp: {flows: 0}}\n", "4: routing.ecmp.flows is '0'"},
    {NODE "hosts: a\n", "4: hosts is no list"},
    {NODE "hosts: ['a[1-']\n", "4: hosts has 'a[1-', expected ranges"},
    {NODE "hosts: ['a[9-1]']\n", "4: hosts has 'a[9-1]', expected ranges"},
    {NODE "hosts: ['a,,b']\n", "4: hosts has 'a,,b', expected a name"},
    {NODE "hosts: ['a b']\n", "4: hosts has 'a b', expected names of"},
    {NODE "hosts: ['a[1-999999999][1-999999999]']\n",
     "4: more than 262144 hosts"},
    {NODE "clos: [{name: leaf, group: 4, switches: 1}]\nhosts: ['a[1-3]']\n",
     "5: 3 hosts, expected one for each of 4 nodes"},
    {NODE "clos: [{name: l, group: 4, switches: 1}]\nhosts: ['a[1-3],a2']\n",
     "3: host a2 stands twice"},
    {"name: x\non: none.yaml\n", "2: cannot read topologies/none.yaml"},
    {"name: x\non: /dev/null\n", "2: cannot read /dev/null"},
    {"name: x\non: [a]\n", "2: on is a list"},
    {"name: x\non: superpod-16k.yaml\nclos:\n  - {name: top}\n",
     "4: a new tier 'top', expected one of those of the file"},
    {"name: x\non: superpod-16k.yaml\nclos: [{name: leaf}, {name: leaf}]\n",
     "3: tier 'leaf' again"},
    {"name: x\non: superpod-16k.yaml\ndragonfly: {}\n", "3: dragonfly beside"},
};

static void every_slip_is_refused_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(bad[i][0], bad[i][1]);
}

/* --- fabrics that cannot be ------------------------------------------------
 */

static const char *const impossible[][2] = {
    {"name: x\nsource: s\nnode: {gpus: 1}\n", "3: no node.count"},
    {"name: x\nsource: s\nnode: {count: 4097, gpus: 4096, scaleup: {rate: "
     "1GB/s}}\n",
     "3: 4097 nodes x 4096 GPUs = 16781312, expected at most 16777216"},
    {"name: x\nsource: s\nnode: {count: 2, gpus: 1}\n",
     "3: 2 nodes without a fabric between them"},
    {"name: x\nsource: s\nnode: {count: 1, gpus: 8}\n",
     "3: 8 GPUs in a node and no node.scaleup.rate"},
    {"name: x\nsource: s\nnode: {count: 1, gpus: 8, scaleup: {rate: 1GB/s, "
     "usable: 2GB/s}}\n",
     "3: node.scaleup.usable is 2GB/s, expected at most node.scaleup.rate: 1G"},
    {"name: x\nsource: s\nnode: {count: 4, gpus: 1}\nclos: [" LEAF "]\n",
     "3: no node.nic.count"},
    {"name: x\nsource: s\nnode: {count: 4, gpus: 1, nic: {count: 1}}\n"
     "clos: [" LEAF "]\n",
     "3: no node.nic.rate"},
    {"name: x\nsource: s\nnode: {count: 4, gpus: 3, scaleup: {rate: 1GB/s}, "
     "nic: {count: 2, rate: 1Gb/s}}\nclos: [" LEAF "]\n",
     "3: 3 GPUs and 2 NICs in a node, expected one to be a multiple"},
    {NODE "clos: [{name: leaf, group: 4, switches: 1, ports: 3}]\n",
     "4: leaf: 4 nodes x 1 rails = 4 links down + 0 up = 4 on a switch, "
     "expected at most ports: 3"},
    {NODE "clos: [{name: leaf, group: 4, switches: 1, ports: 3, wiring: rack}"
          "]\n",
     "4: leaf: 4 nodes x 1 NICs = 4 links down + 0 up = 4 on a switch"},
    {NODE "clos: [" LEAF ", " TOP ", ports: 1}]\n",
     "4: top: 2 leaf switches x 1 uplinks / 1 = 2 links down + 0 up = 2 on a "
     "switch, expected at most ports: 1"},
    {NODE "clos: [{name: leaf, group: 2, switches: 1, ports: 2}, " TOP "}]\n",
     "4: leaf: 2 nodes x 1 rails = 2 links down + 1 up = 3 on a switch"},
    {NODE "clos: [{name: leaf, group: 3, switches: 1}]\n",
     "4: the groups of all tiers hold 3 nodes, expected at least node.count: "
     "4"},
    {NODE "clos: [{name: leaf, group: 4, switches: 2}]\n",
     "4: leaf: 1 NICs x 1 ports = 1 rails on 2 switches"},
    {NODE "clos: [{name: leaf, group: 4, switches: 5, wiring: rack}]\n",
     "4: leaf: 5 switches for 4 nodes in racks"},
    {NODE "clos: [{name: leaf, group: 4, switches: 1, uplinks: 1}]\n",
     "4: leaf, the first tier, has uplinks"},
    {NODE "clos: [" LEAF ", {name: top, group: 2, switches: 1, uplinks: 1}]\n",
     "4: top lacks rate"},
    {NODE "clos: [" LEAF ", " TOP ", wiring: rail}]\n", "4: top has wiring"},
    {NODE "clos: [" LEAF ", " TOP ", planes: 2}]\n",
     "4: top: 2 planes of 1 switches over 1 of leaf, expected a divisor"},
    {NODE "clos: [" LEAF ", {name: top, group: 2, switches: 2, uplinks: 1, "
          "rate: 1Gb/s}]\n",
     "4: top: 1 uplinks to 2 switches / 1 planes = 2"},
    {NODE "clos: [{name: leaf, group: 16777216, switches: 1}, " TOP "}]\n",
     "4: top: 2 groups of 16777216 nodes, expected at most 16777216 in all"},
    {TWO "clos: [{name: leaf, group: 4, switches: 2, wiring: rack}]\n",
     "4: rack wiring puts all 2 ports of a NIC on one switch"},
    {TWO "clos: [{name: leaf, group: 4, switches: 1}]\n",
     "4: leaf: 1 switches for the 2 ports of a NIC"},
    {NODE "clos: [" LEAF ", {name: mid, group: 1, switches: 1, uplinks: 1, "
          "rate: 1Gb/s, planes: 1}, " TOP ", planes: 3}]\n",
     "4: top: 3 planes of 1 switches over 1 of mid"},
    {SIX "clos: [{name: leaf, group: 2, switches: 6}, {name: mid, group: 2, "
         "switches: 6, planes: 2, uplinks: 3, rate: 1Gb/s}, {name: top, "
         "group: 1, switches: 6, planes: 3, uplinks: 2, rate: 1Gb/s}]\n",
     "4: top: 3 planes above 2 of mid, expected one to be a multiple"},
    {"name: x\nsource: s\nnode: {count: 16777216, gpus: 1, nic: {count: 1, "
     "rate: 1Gb/s}}\nclos: [{name: leaf, group: 16, switches: 1}, {name: top, "
     "group: 1048576, switches: 1, uplinks: 1000, rate: 1Gb/s}]\n",
     "4: top: 1048576000 links, expected at most 268435456"},
    {NODE "clos: [{name: leaf}]\n", "1: no clos.*.group in tier leaf"},
    {NODE "clos: [" LEAF ", " TOP "}]\njob: {gpus: 3, first: 2}\n",
     "5: a job of 3 GPUs, expected at most (4 - 2) nodes x 1 = 2"},
    {NODE "clos: [" LEAF ", " TOP "}]\njob: {first: 4}\n",
     "5: job.first is 4, expected a node from 0 to 3"},
    {MESH "node: {count: 4, gpus: 4}\n",
     "8: 4 GPUs in a node, expected mesh.dies.x x mesh.dies.y = 3 x 1 = 3"},
    {MESH "node: {count: 5, gpus: 3}\n",
     "8: 5 nodes, expected mesh.tiles.x x mesh.tiles.y = 2 x 2 = 4"},
    {MESH "node: {count: 4, gpus: 3, nic: {count: 1}}\n",
     "8: a mesh with node.nic"},
    {"name: x\nsource: s\nnode: {count: 20000, gpus: 1}\nmesh: {tiles: {x: "
     "200, y: 100}, dies: {x: 1, y: 1}, die: {rate: 1B/s}, tile: {rate: "
     "1B/s}}\n",
     "4: 200 - 1 + 100 - 1 = 298 links from corner to corner"},
    {FLY "  nodes: 1\n  global: {links: 3, rate: 1Gb/s}\n",
     "7: 1 NIC ports + 1 local links + 3 global links = 5 on each switch"},
    {FLY "  nodes: 1\n", "5: no dragonfly.global.links"},
    {NODE "dragonfly: {groups: 9, switches: 2, nodes: 1, local: {links: 1, "
          "rate: 1Gb/s}, global: {links: 3, rate: 1Gb/s}}\n",
     "4: 2 switches x 3 global links = 6 from each group, expected at least "
     "one to each of 8 others"},
    {NODE "dragonfly: {groups: 1, switches: 2, nodes: 1, local: {links: 1, "
          "rate: 1Gb/s}, global: {links: 3, rate: 1Gb/s}}\n",
     "4: 1 groups x 2 switches x 1 nodes = 2, expected at least node.count: 4"},
    {GRAPH, "6: more than 4 vertices and 3 links, expected links enough"},
    {GRAPH "    - {a: n3, b: s, nic: 0, rate: 1Gb/s}\n",
     "11: link 2 of NIC 0 of node n3, expected at most node.nic.ports: 1"},
    {GRAPH "    - {a: n4, b: n3, nic: 0, rate: 1Gb/s}\n",
     "11: a link from n4 to n3"},
    {GRAPH "    - {a: n4, b: s, nic: 1, rate: 1Gb/s}\n",
     "11: NIC 1 of node n4"},
    {GRAPH "    - {a: n4, b: t, nic: 0, rate: 1Gb/s}\n", "11: b is 't'"},
    {GRAPH "    - {a: n4, b: s, nic: 0}\n", "11: a link lacks rate"},
    {GRAPH "    - {a: n4, b: s, rate: 1Gb/s}\n", "11: NIC -1 of node n4"},
    {NODE "graph:\n  nodes: ['n[1-4]']\n  switches: [s, t, u]\n  links:\n"
          "    - {a: n1, b: s, nic: 0, rate: 1Gb/s}\n"
          "    - {a: n2, b: s, nic: 0, rate: 1Gb/s}\n"
          "    - {a: n3, b: s, nic: 0, rate: 1Gb/s}\n"
          "    - {a: n4, b: s, nic: 0, rate: 1Gb/s}\n"
          "    - {a: t, b: s, rate: 1Gb/s}\n"
          "    - {a: t, b: s, rate: 1Gb/s}\n",
     "6: no way from n1 to u"},
    {NODE "graph: {nodes: ['n[1-4]'], switches: [n1], links: [1, 2, 3, 4]}\n",
     "4: two vertices are called n1"},
    {NODE "graph: {nodes: ['n[1-4]'], links: []}\n", "4: graph lacks switches"},
    {NODE "graph: {nodes: ['n[1-4]'], switches: [a, b], links: [1, 2, 3, 4]}\n",
     "4: more than 5 vertices and 4 links"},
    {NODE "clos: [" LEAF ", " TOP "}]\nhosts: ['[1-99999]']\n",
     "5: 99999 hosts, expected one"},
    {"name: x\ngraph: {nodes: [a], switches: [], links: []}\n",
     "2: graph has no source"},
};

static void impossible_fabrics_are_refused_with_the_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++)
        expect_refused(impossible[i][0], impossible[i][1]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct cluster *c = parse(good[i]);
        if (!c)
            fail_msg("refused, expected it to be read:\n%s", good[i]);
        cluster_free(c);
    }
}

/* --- files on each other ----------------------------------------------------
 */

static void write_file(const char *folder, int number, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%d.yaml", folder, number);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/* A circle of two, and a chain of nine (eight are read). */
static void circles_and_long_chains_are_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_cluster.XXXXXX", path[64], text[256];
    struct heard heard;
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "name: n%d\non: %d.yaml\n", i,
                 i == 1 ? 0 : i + 1);
        write_file(folder, i,
                   i == 9 ? "name: last\nsource: s\n"
                            "node: {count: 1, gpus: 1}\n"
                          : text);
    }
    for (int begin = 0; begin < 10; begin++) {
        snprintf(path, sizeof path, "%s/%d.yaml", folder, begin);
        heard_begin(&heard);
        struct cluster *c = cluster_read(path);
        long lines = heard_end(&heard);
        if (begin < 2)
            assert_non_null(strstr(heard.text, "stands on itself"));
        assert_int_equal(lines, begin < 2);
        assert_true((c != NULL) == (begin >= 2));
        cluster_free(c);
    }
    write_file(folder, 1, "name: n1\non: 2.yaml\n");
    snprintf(path, sizeof path, "%s/1.yaml", folder);
    heard_begin(&heard);
    assert_null(cluster_read(path));
    assert_int_equal(heard_end(&heard), 1);
    assert_non_null(strstr(heard.text, "more than 8 files on each other"));
    for (int i = 0; i < 10; i++) {
        snprintf(path, sizeof path, "%s/%d.yaml", folder, i);
        remove(path);
    }
    remove(folder);
}

/* --- ports, cable by cable --------------------------------------------------
 */

enum { SWITCHES = 4096 };

/* The most links on any one switch of tier k, by wiring each one as struct tier
 * says; -1 when two switches of one plane and group have none between them. */
static int most_links(const struct cluster *c, int k)
{
    static int down[SWITCHES], pair[64 * 64];
    const struct tier *tier = &c->clos.tier[k], *low = tier - 1;
    int nodes = (int)c->node.count.value, below = 1, most = 0;
    int switches = (int)tier->switches.value, joined = 1;
    memset(down, 0, sizeof down);
    for (int i = 0; i < k; i++)
        below *= (int)c->clos.tier[i].group.value;
    int group = (int)tier->group.value, groups = (nodes + below - 1) / below;
    for (int g = 0; g < groups; g++) {
        if (k == 0) {
            for (int port = 0; port < (int)c->node.nics.value; port++)
                down[g / group * switches + port % switches]++;
            continue;
        }
        int planes = (int)tier->planes.value, each = switches / planes;
        for (int s = 0; s < (int)low->switches.value; s++) {
            int i =
                g % group * ((int)low->switches.value / planes) + s / planes;
            memset(pair, 0, sizeof pair);
            for (int l = 0; l < (int)tier->uplinks.value; l++) {
                int up = (l + i * (int)tier->uplinks.value) % each;
                down[g / group * switches + s % planes + planes * up]++;
                pair[up] = 1;
            }
            for (int up = 0; up < each; up++)
                joined &= pair[up];
        }
    }
    for (int i = 0; i < SWITCHES; i++)
        most = down[i] > most ? down[i] : most;
    if (k + 1 < c->clos.tiers)
        most += (int)tier[1].uplinks.value;
    return joined ? most : -1;
}

/* Accepted with as many ports as the fullest switch has links, refused with one
 * less, and refused when a pair of switches has no link. */
static void port_sums_are_those_of_the_cables(void **state)
{
    (void)state;
    struct random random = {99};
    int tried = 0, unjoined = 0;
    for (int trial = 0; trial < 3000; trial++) {
        struct cluster c = town_clos(1 + (int)random_below(&random, 60), 8);
        int planes = 1 << random_below(&random, 3), lower = 8;
        town_tier(&c, "leaf", 1 + (int)random_below(&random, 8), lower, 1, 0);
        for (int k = 1; k < 3; k++) {
            int each = 1 + (int)random_below(&random, 4);
            planes = lower % planes ? 1 : planes;
            town_tier(&c, k == 1 ? "mid" : "top", 8, planes * each, planes,
                      each + (int)random_below(&random, 6) - 1 + (each == 1));
            c.clos.tier[k].wiring = (struct figure){0};
            lower = planes * each;
        }
        int k = (int)random_below(&random, 3), any = most_links(&c, 1);
        int top = most_links(&c, 2), most = most_links(&c, k);
        c.clos.tier[k].ports = fig(most);
        struct heard heard;
        heard_begin(&heard);
        int status = any < 0 || top < 0 ? -1 : 0;
        int got = cluster_check(&c);
        c.clos.tier[k].ports = fig(most - 1);
        int less = most < 2 ? -1 : cluster_check(&c);
        heard_end(&heard);
        if (got != status || less != -1)
            fail_msg("trial %d: with %d ports expected %d, got %d; with one "
                     "less %d: %s",
                     trial, most, status, got, less, heard.text);
        tried += status == 0;
        unjoined += status != 0;
    }
    if (tried < 500 || unjoined < 100)
        fail_msg("only %d possible and %d unjoined", tried, unjoined);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slip_is_refused_with_its_line),
        cmocka_unit_test(impossible_fabrics_are_refused_with_the_sum),
        cmocka_unit_test(circles_and_long_chains_are_refused),
        cmocka_unit_test(port_sums_are_those_of_the_cables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
