/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/nics.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    FILE_NAME = 256,
    TEXT = 64,
    /* Least MTU of an Ethernet device for an RDMA MTU of 4096: what the
     * kernel's iboe_get_mtu (include/rdma/ib_addr.h) takes off is GRH 40 + UDP
     * 8 + BTH 12 + XRC 4 + atomic 28 + ICRC 4 bytes. */
    ROCE_MTU = 4096 + 96,
};

static const char folder[] = "/sys/class/infiniband";

/* Each counts what never should happen to a link; all grow from boot on. */
static const char *const counters[] = {
    "symbol_error",    "link_error_recovery",
    "link_downed",     "local_link_integrity_errors",
    "port_rcv_errors", "excessive_buffer_overrun_errors",
};

struct port {
    const struct nic *nic;
    char path[FILE_NAME]; /* its folder */
    char name[32];        /* "mlx5_0:1" */
    char state[TEXT], physical[TEXT], layer[TEXT], rate[TEXT], type[TEXT];
    bool active;
    double Gbps; /* 0: not told */
};

void nics_read(const char *root, struct nics *out)
{
    char(*names)[TREE_NAME], path[FILE_NAME], link[TREE_LINE];
    out->answer = tree_names(root, folder, &names, &out->count);
    out->list = xcalloc((size_t)out->count, sizeof *out->list);
    for (int i = 0; i < out->count; i++) {
        struct nic *nic = &out->list[i];
        snprintf(nic->name, sizeof nic->name, "%.31s", names[i]);
        snprintf(path, sizeof path, "%s/%s/device", folder, nic->name);
        if (tree_link(root, path, link, sizeof link) != TREE_READ)
            continue;
        const char *last = strrchr(link, '/');
        snprintf(nic->address, sizeof nic->address, "%.23s",
                 last ? last + 1 : link);
    }
    free(names);
}

void nics_fini(struct nics *nics)
{
    free(nics->list);
    memset(nics, 0, sizeof *nics);
}

/* --- ports -----------------------------------------------------------------
 */

static enum tree_answer line_of(const char *root, const char *where,
                                const char *name, char *text)
{
    char path[FILE_NAME + 64];
    snprintf(path, sizeof path, "%s/%s", where, name);
    return tree_line(root, path, text, TEXT);
}

static void read_port(const char *root, const struct nic *nic,
                      const char *number, struct port *out)
{
    char above[FILE_NAME];
    out->nic = nic;
    snprintf(above, sizeof above, "%s/%s", folder, nic->name);
    snprintf(out->path, sizeof out->path, "%s/%s/ports/%.8s", folder, nic->name,
             number);
    snprintf(out->name, sizeof out->name, "%.22s:%.8s", nic->name, number);
    line_of(root, out->path, "state", out->state);
    line_of(root, out->path, "phys_state", out->physical);
    line_of(root, out->path, "link_layer", out->layer);
    line_of(root, out->path, "rate", out->rate);
    line_of(root, above, "hca_type", out->type);
    out->active = strstr(out->state, "ACTIVE") != NULL;
    char *end;
    double Gbps = strtod(out->rate, &end);
    out->Gbps = strncmp(end, " Gb/sec", 7) == 0 && Gbps > 0 ? Gbps : 0;
}

static struct port *read_ports(const char *root, const struct nics *nics,
                               int *count)
{
    struct port *ports = NULL;
    *count = 0;
    for (int i = 0; i < nics->count; i++) {
        char path[FILE_NAME], (*names)[TREE_NAME];
        int n;
        snprintf(path, sizeof path, "%s/%s/ports", folder, nics->list[i].name);
        tree_names(root, path, &names, &n);
        ports = xrealloc(ports, (size_t)(*count + n) * sizeof *ports);
        for (int k = 0; k < n; k++) {
            memset(&ports[*count], 0, sizeof *ports);
            read_port(root, &nics->list[i], names[k], &ports[(*count)++]);
        }
        free(names);
    }
    return ports;
}

struct nic_wires nics_wires(const char *root, const struct nics *nics)
{
    struct nic_wires wires = {0, 0};
    int count;
    struct port *ports = read_ports(root, nics, &count);
    for (int i = 0; i < count; i++)
        if (ports[i].active && ports[i].Gbps > 0) {
            wires.ports++;
            wires.Gbps += ports[i].Gbps;
        }
    free(ports);
    return wires;
}

static double best_of_type(const struct port *ports, int count,
                           const char *type)
{
    double best = 0;
    for (int i = 0; i < count; i++)
        if (ports[i].active && strcmp(ports[i].type, type) == 0 &&
            ports[i].Gbps > best)
            best = ports[i].Gbps;
    return best;
}

/* Is another port of the same card in use? Ports of a card are ports of one
 * device, or functions of one PCI address ("0000:3b:00.1"). */
static bool has_active_sibling(const struct port *ports, int count,
                               const struct port *port)
{
    for (int i = 0; i < count; i++) {
        const char *a = ports[i].nic->address, *b = port->nic->address;
        size_t card = strcspn(b, ".");
        if (&ports[i] != port && ports[i].active &&
            (ports[i].nic == port->nic ||
             (card && b[card] && !strncmp(a, b, card + 1))))
            return true;
    }
    return false;
}

static void examine_state(const struct port *ports, int count,
                          const struct port *port, struct facts *facts)
{
    struct fact *fact = facts_add(facts, "port", port->name, "state");
    const char *state = strchr(port->state, ' ');
    const char *physical = strchr(port->physical, ' ');
    if (!state) {
        fact_unknown(fact, "may not be read");
        return;
    }
    bool spare = !port->active && has_active_sibling(ports, count, port);
    fact_value(fact,
               port->active ? VERDICT_OK
               : spare      ? VERDICT_NOTE
                            : VERDICT_BAD,
               "%s%s%s", state + 1, physical ? "," : "",
               physical ? physical : "");
    fact_expected(fact, "ACTIVE");
    if (!port->active)
        fact_hint(fact, spare ? "another port of this card is active; not used?"
                              : "no cable, no peer, or no subnet manager");
}

static void examine_rate(const struct port *port, double best,
                         struct facts *facts)
{
    struct fact *fact = facts_add(facts, "port", port->name, "rate");
    if (!port->Gbps) {
        fact_unknown(fact, "may not be read");
        return;
    }
    if (!port->active) /* the lowest rate there is, and it means nothing */
        fact_value(fact, VERDICT_INFO, "%s", port->rate);
    else {
        fact_value(fact, port->Gbps < best ? VERDICT_BAD : VERDICT_OK, "%s",
                   port->rate);
        fact_expected(fact, "%g Gb/sec", best);
        if (port->Gbps < best)
            fact_hint(fact, "as another %s of this node has", port->type);
    }
}

/* Can the slot feed the port? */
static void examine_feed(const char *root, const struct port *port,
                         struct facts *facts)
{
    double slot_Gbps = port->nic->address[0]
                           ? pci_link_Bps(root, port->nic->address) * 8 / 1e9
                           : 0;
    if (!slot_Gbps || !port->Gbps || !port->active)
        return; /* each is a fact of its own already */
    struct fact *fact = facts_add(facts, "port", port->name, "PCIe rate");
    bool enough = slot_Gbps >= port->Gbps;
    fact_value(fact, enough ? VERDICT_OK : VERDICT_BAD, "%.0f Gb/s", slot_Gbps);
    fact_expected(fact, "%g Gb/s or more", port->Gbps);
    if (!enough)
        fact_hint(fact, "the slot cannot feed the port");
}

static void examine_counters(const char *root, const struct port *port,
                             struct facts *facts)
{
    struct fact *fact = facts_add(facts, "port", port->name, "link errors");
    char said[sizeof fact->value] = "";
    size_t used = 0, read = 0;
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        char path[FILE_NAME + 64];
        long count;
        snprintf(path, sizeof path, "%s/counters/%s", port->path, counters[i]);
        if (tree_number(root, path, &count) != TREE_READ)
            continue;
        read++;
        if (count && used < sizeof said)
            used +=
                (size_t)snprintf(said + used, sizeof said - used, "%s%s %ld",
                                 used ? ", " : "", counters[i], count);
    }
    fact->passing = true;
    if (used) {
        fact_value(fact, VERDICT_NOTE, "%s", said);
        fact_hint(fact, "since boot: bad if they still grow");
    } else if (read == sizeof counters / sizeof *counters)
        fact_value(fact, VERDICT_OK, "0");
    else
        fact_unknown(fact, "may not be read");
}

/* --- network devices -------------------------------------------------------
 */

/* MTU of the Ethernet device of a RoCE port. */
static void examine_mtu(const char *root, const struct port *port,
                        struct facts *facts)
{
    char path[FILE_NAME], (*names)[TREE_NAME];
    int count;
    snprintf(path, sizeof path, "%s/%s/device/net", folder, port->nic->name);
    tree_names(root, path, &names, &count);
    struct fact *fact = facts_add(facts, "port", port->name, "MTU");
    long mtu = -1;
    if (count > 0) {
        size_t used = strlen(path);
        snprintf(path + used, sizeof path - used, "/%.64s/mtu", names[0]);
        tree_number(root, path, &mtu);
    }
    if (mtu < 0)
        fact_unknown(fact, "its network device is not to be seen");
    else {
        fact_value(fact, mtu < ROCE_MTU ? VERDICT_BAD : VERDICT_OK, "%ld", mtu);
        fact_expected(fact, "%d or more", ROCE_MTU);
        if (mtu < ROCE_MTU)
            fact_hint(fact, "RDMA packets of less than 4096 bytes");
    }
    free(names);
}

static bool has_rdma(const struct nics *nics, const char *address)
{
    for (int i = 0; i < nics->count; i++)
        if (strcmp(nics->list[i].address, address) == 0)
            return true;
    return false;
}

static void examine_plain(const char *root, const char *name,
                          struct facts *facts)
{
    static const char *const wanted[][2] = {
        {"state", "operstate"}, {"MTU", "mtu"}, {"Mb/s", "speed"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char path[FILE_NAME];
        snprintf(path, sizeof path, "/sys/class/net/%.64s/%s", name,
                 wanted[i][1]);
        struct fact *fact =
            facts_add_line(facts, root, "net", name, wanted[i][0], path);
        if (strcmp(fact->value, "-1") == 0) /* the driver's "not known" */
            fact_unknown(fact, "the driver does not tell");
    }
}

void nics_examine_plain(const char *root, const struct nics *nics,
                        struct facts *facts)
{
    char(*names)[TREE_NAME];
    int count;
    tree_names(root, "/sys/class/net", &names, &count);
    for (int i = 0; i < count; i++) {
        char path[FILE_NAME], link[TREE_LINE], state[TEXT];
        snprintf(path, sizeof path, "/sys/class/net/%s/device", names[i]);
        if (tree_link(root, path, link, sizeof link) != TREE_READ)
            continue; /* a device of software */
        const char *last = strrchr(link, '/');
        snprintf(path, sizeof path, "/sys/class/net/%s/operstate", names[i]);
        tree_line(root, path, state, sizeof state);
        if (!has_rdma(nics, last ? last + 1 : link) &&
            strcmp(state, "down") != 0) /* nobody plugged it in */
            examine_plain(root, names[i], facts);
    }
    free(names);
}

/* --- all of it -------------------------------------------------------------
 */

static void examine_nic(const char *root, const struct pci *pci,
                        const struct nic *nic, struct facts *facts)
{
    static const char *const wanted[][2] = {
        {"type", "hca_type"}, {"board", "board_id"}, {"firmware", "fw_ver"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char path[FILE_NAME];
        snprintf(path, sizeof path, "%s/%s/%s", folder, nic->name,
                 wanted[i][1]);
        facts_add_line(facts, root, "NIC", nic->name, wanted[i][0], path);
    }
    const struct pci_device *device = pci_find(pci, nic->address);
    if (device)
        pci_examine(root, pci, device, "NIC", nic->name, false, facts);
    else
        fact_unknown(facts_add(facts, "NIC", nic->name, "PCI address"),
                     "not seen on PCI");
}

void nics_examine(const char *root, const struct pci *pci,
                  const struct nics *nics, struct facts *facts)
{
    int count;
    struct port *ports = read_ports(root, nics, &count);
    int active = 0;
    for (int i = 0; i < count; i++)
        active += ports[i].active;
    if (nics->count)
        fact_value(facts_add(facts, "node", "", "ports"), VERDICT_INFO,
                   "%d active of %d", active, count);
    for (int i = 0; i < nics->count; i++)
        examine_nic(root, pci, &nics->list[i], facts);
    for (int i = 0; i < count; i++) {
        fact_value(facts_add(facts, "port", ports[i].name, "link layer"),
                   ports[i].layer[0] ? VERDICT_INFO : VERDICT_UNKNOWN, "%s",
                   ports[i].layer[0] ? ports[i].layer : "unknown");
        examine_state(ports, count, &ports[i], facts);
        examine_rate(&ports[i], best_of_type(ports, count, ports[i].type),
                     facts);
        examine_feed(root, &ports[i], facts);
        if (strcmp(ports[i].layer, "Ethernet") == 0)
            examine_mtu(root, &ports[i], facts);
        examine_counters(root, &ports[i], facts);
    }
    free(ports);
}
