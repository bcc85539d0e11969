/* SPDX-License-Identifier: BSD-3-Clause */
/* The one table of a topology file's figures: parsing, printing, listing and
 * the check for missing keys all go by it. Order: as a file is printed. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "topo/cluster_file.h"

#define IN(member)   offsetof(struct cluster, member)
#define TIER(member) offsetof(struct tier, member)

const struct field cluster_fields[] = {
    {"metre", UNIT_TIME, IN(metre_s), false},
    {"node.count", UNIT_COUNT, IN(node.count), true},
    {"node.gpus", UNIT_COUNT, IN(node.gpus), true},
    {"node.scaleup.rate", UNIT_RATE, IN(node.scaleup_rate), false},
    {"node.scaleup.usable", UNIT_RATE, IN(node.scaleup_usable), false},
    {"node.scaleup.latency", UNIT_TIME, IN(node.scaleup_latency), false},
    {"node.scaleup.reduces", UNIT_YES, IN(node.scaleup_reduces), false},
    {"node.nic.count", UNIT_COUNT, IN(node.nics), false},
    {"node.nic.rate", UNIT_BITS, IN(node.nic_rate), false},
    {"node.nic.usable", UNIT_RATE, IN(node.nic_usable), false},
    {"node.nic.ports", UNIT_COUNT, IN(node.nic_ports), false},
    {"node.nic.latency", UNIT_TIME, IN(node.nic_latency), false},
    {"clos.*.group", UNIT_COUNT, TIER(group), true},
    {"clos.*.switches", UNIT_COUNT, TIER(switches), true},
    {"clos.*.ports", UNIT_COUNT, TIER(ports), false},
    {"clos.*.planes", UNIT_COUNT, TIER(planes), false},
    {"clos.*.uplinks", UNIT_COUNT, TIER(uplinks), false},
    {"clos.*.rate", UNIT_BITS, TIER(rate), false},
    {"clos.*.latency", UNIT_TIME, TIER(latency), false},
    {"clos.*.cable", UNIT_LENGTH, TIER(cable), false},
    {"clos.*.wiring", UNIT_WIRING, TIER(wiring), false},
    {"mesh.tiles.x", UNIT_COUNT, IN(mesh.tiles_x), true},
    {"mesh.tiles.y", UNIT_COUNT, IN(mesh.tiles_y), true},
    {"mesh.dies.x", UNIT_COUNT, IN(mesh.dies_x), true},
    {"mesh.dies.y", UNIT_COUNT, IN(mesh.dies_y), true},
    {"mesh.wrap", UNIT_YES, IN(mesh.wrap), false},
    {"mesh.die.rate", UNIT_RATE, IN(mesh.die_rate), true},
    {"mesh.die.latency", UNIT_TIME, IN(mesh.die_latency), false},
    {"mesh.tile.rate", UNIT_RATE, IN(mesh.tile_rate), true},
    {"mesh.tile.latency", UNIT_TIME, IN(mesh.tile_latency), false},
    {"mesh.gateway.rate", UNIT_RATE, IN(mesh.gateway_rate), false},
    {"mesh.gateway.latency", UNIT_TIME, IN(mesh.gateway_latency), false},
    {"dragonfly.groups", UNIT_COUNT, IN(dragonfly.groups), true},
    {"dragonfly.switches", UNIT_COUNT, IN(dragonfly.switches), true},
    {"dragonfly.nodes", UNIT_COUNT, IN(dragonfly.nodes), true},
    {"dragonfly.ports", UNIT_COUNT, IN(dragonfly.ports), false},
    {"dragonfly.local.links", UNIT_COUNT, IN(dragonfly.local_links), true},
    {"dragonfly.local.rate", UNIT_BITS, IN(dragonfly.local_rate), true},
    {"dragonfly.local.latency", UNIT_TIME, IN(dragonfly.local_latency), false},
    {"dragonfly.global.links", UNIT_COUNT, IN(dragonfly.global_links), true},
    {"dragonfly.global.rate", UNIT_BITS, IN(dragonfly.global_rate), true},
    {"dragonfly.global.latency", UNIT_TIME, IN(dragonfly.global_latency),
     false},
    {"routing.ecmp.flows", UNIT_COUNT, IN(flows), false},
    {"job.gpus", UNIT_COUNT, IN(job.gpus), false},
    {"job.first", UNIT_INDEX, IN(job.first), false},
};

const int cluster_field_count = sizeof cluster_fields / sizeof *cluster_fields;

const char *const cluster_fabrics[] = {
    [FABRIC_NONE] = "none",   [FABRIC_CLOS] = "clos",
    [FABRIC_MESH] = "mesh",   [FABRIC_DRAGONFLY] = "dragonfly",
    [FABRIC_GRAPH] = "graph",
};

const char *const cluster_routings[] = {
    [ROUTING_ECMP] = "ecmp",
    [ROUTING_SPRAY] = "spray",
    [ROUTING_STATIC] = "static",
};

bool field_of_tier(const struct field *field)
{
    return !strncmp(field->path, "clos.*.", TIER_PREFIX);
}

bool cluster_is_name(const char *text, size_t most)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length && i <= most; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return false;
    return length >= 1 && length <= most && isalnum((unsigned char)text[0]);
}

/* --- values --------------------------------------------------------------- */

bool field_good(enum field_unit unit, double value)
{
    switch (unit) {
    case UNIT_COUNT:
        return value >= 1 && value <= GPUS_MOST && value == floor(value);
    case UNIT_INDEX:
        return value >= 0 && value <= GPUS_MOST && value == floor(value);
    case UNIT_RATE:
    case UNIT_BITS:
        return value >= 1 && value <= 1e18;
    case UNIT_TIME:
        return value == 0 || (value >= 1e-12 && value <= 1000);
    case UNIT_LENGTH:
        return value == 0 || (value >= 1e-3 && value <= 1e8);
    case UNIT_YES:
    case UNIT_WIRING:
        return value == 0 || value == 1;
    }
    return false;
}

static bool whole(const char *text, double *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits < 1 || digits > 9 || text[digits])
        return false;
    *out = (double)strtol(text, NULL, 10);
    return true;
}

static bool either(const char *text, const char *no, const char *yes,
                   double *out)
{
    *out = !strcmp(text, yes);
    return *out == 1 || !strcmp(text, no);
}

static bool parse(enum field_unit unit, const char *text, double *out)
{
    size_t length = strlen(text);
    switch (unit) {
    case UNIT_COUNT:
    case UNIT_INDEX:
        return whole(text, out);
    case UNIT_RATE:
    case UNIT_BITS:
        return units_parse_rate(text, out);
    case UNIT_TIME: /* a bare number of seconds is more likely a slip */
        return length && isalpha((unsigned char)text[length - 1]) &&
               units_parse_time(text, out);
    case UNIT_LENGTH:
        return units_parse_length(text, out);
    case UNIT_YES:
        return either(text, "no", "yes", out);
    case UNIT_WIRING:
        return either(text, "rack", "rail", out);
    }
    return false;
}

bool field_parse(enum field_unit unit, const char *text, double *out)
{
    double value;
    if (!parse(unit, text, &value) || !field_good(unit, value))
        return false;
    *out = value;
    return true;
}

const char *field_expected(enum field_unit unit)
{
    static const char *const expected[] = {
        [UNIT_COUNT] = "a whole number from 1 to 16777216",
        [UNIT_INDEX] = "a whole number from 0 to 16777216",
        [UNIT_RATE] = "a rate with its unit, as 450GB/s or 400Gb/s",
        [UNIT_BITS] = "a rate with its unit, as 400Gb/s or 50GB/s",
        [UNIT_TIME] = "a time with its unit, as 500ns or 1.5us",
        [UNIT_LENGTH] = "a length with its unit, as 30m",
        [UNIT_YES] = "yes or no",
        [UNIT_WIRING] = "rail or rack",
    };
    return expected[unit];
}

const char *field_print(enum field_unit unit, double value, char *text,
                        size_t capacity)
{
    switch (unit) {
    case UNIT_COUNT:
    case UNIT_INDEX:
        snprintf(text, capacity, "%.0f", value);
        break;
    case UNIT_RATE:
        return units_print_rate(value, text, capacity);
    case UNIT_BITS:
        return units_print_bits(value, text, capacity);
    case UNIT_TIME:
        return units_print_exact_time(value, text, capacity);
    case UNIT_LENGTH:
        return units_print_length(value, text, capacity);
    case UNIT_YES:
        snprintf(text, capacity, "%s", value != 0 ? "yes" : "no");
        break;
    case UNIT_WIRING:
        snprintf(text, capacity, "%s", value != 0 ? "rail" : "rack");
        break;
    }
    return text;
}
