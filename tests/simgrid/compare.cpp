// SPDX-License-Identifier: BSD-3-Clause
// The ends of flows by SimGrid beside ours: an independent implementation of
// max-min fair sharing in virtual time (Casanova et al., JPDC 74(10), 2014).
//
//   compare CASES ENDS [LIMIT]
//
// CASES as cases.c writes them, ENDS as it solves them. Prints the largest
// relative difference of each kind of case and of all; exits with 1 when it is
// above LIMIT (1e-9).
//
// SimGrid's model CM02 with its corrections for TCP switched off is max-min
// fairness pure. Each flow goes from a host of its own to a common one over its
// route, whose latency is 0; it starts when an actor that sleeps until then
// says so. Each case runs in a process of its own, since an engine is for life.
#include <simgrid/s4u.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace sg4 = simgrid::s4u;

struct Flow {
    double start, bytes;
    std::vector<size_t> route;
};

struct Case {
    std::string name;
    std::vector<double> capacity;
    std::vector<Flow> flows;
};

static bool read_case(std::istream &in, Case &c)
{
    std::string word;
    size_t links, flows;
    if (!(in >> word >> c.name >> links >> flows) || word != "case")
        return false;
    c.capacity.assign(links, 0);
    c.flows.assign(flows, {});
    for (double &capacity : c.capacity)
        in >> capacity;
    for (Flow &flow : c.flows) {
        size_t hops;
        in >> flow.start >> flow.bytes >> hops;
        flow.route.assign(hops, 0);
        for (size_t &link : flow.route)
            in >> link;
    }
    return bool(in);
}

// After the engine has been made.
static void configure()
{
    for (const char *setting :
         {"network/model:CM02", "network/optim:Full", "network/weight-S:0",
          "network/TCP-gamma:0", "network/crosstraffic:0",
          "network/latency-factor:1", "network/bandwidth-factor:1",
          "maxmin/precision:1e-13", "surf/precision:1e-13"})
        sg4::Engine::set_config(setting);
}

// Starts every flow in its turn; then waits for each.
static void start_all(const Case *c, std::vector<sg4::CommPtr> *comms)
{
    std::vector<size_t> order(c->flows.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [c](size_t a, size_t b) {
        return c->flows[a].start < c->flows[b].start;
    });
    for (size_t f : order) {
        sg4::this_actor::sleep_until(c->flows[f].start);
        (*comms)[f]->start();
    }
    for (auto &comm : *comms)
        comm->wait();
}

static std::vector<double> simulate(const Case &c)
{
    char name[] = "compare", quiet[] = "--log=root.thres:warning";
    char *arguments[] = {name, quiet, nullptr};
    int count = 2;
    char **argument = arguments;
    sg4::Engine engine(&count, argument);
    configure();
    auto *zone = sg4::create_full_zone("zone");
    std::vector<sg4::Link *> links;
    for (size_t l = 0; l < c.capacity.size(); l++)
        links.push_back(
            zone->create_link("l" + std::to_string(l), c.capacity[l])
                ->set_latency(0)
                ->seal());
    auto *sink = zone->create_host("sink", 1e9)->seal();
    std::vector<sg4::Host *> hosts;
    for (size_t f = 0; f < c.flows.size(); f++) {
        hosts.push_back(
            zone->create_host("h" + std::to_string(f), 1e9)->seal());
        std::vector<sg4::LinkInRoute> route;
        for (size_t link : c.flows[f].route)
            route.emplace_back(links[link]);
        zone->add_route(hosts[f]->get_netpoint(), sink->get_netpoint(), nullptr,
                        nullptr, route, false);
    }
    zone->seal();
    std::vector<sg4::CommPtr> comms;
    for (size_t f = 0; f < c.flows.size(); f++)
        comms.push_back(
            sg4::Comm::sendto_init(hosts[f], sink)
                ->set_payload_size(static_cast<uint64_t>(c.flows[f].bytes)));
    sg4::Actor::create("starter", sink, start_all, &c, &comms);
    engine.run();
    std::vector<double> ends;
    for (auto &comm : comms)
        ends.push_back(comm->get_finish_time());
    return ends;
}

// In a child; the ends come back through a pipe.
static std::vector<double> simulate_apart(const Case &c)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("compare: pipe");
        exit(3);
    }
    pid_t child = fork();
    if (child == 0) {
        std::vector<double> times = simulate(c);
        size_t bytes = times.size() * sizeof times[0];
        FILE *out = fdopen(ends[1], "w");
        bool good =
            fwrite(times.data(), 1, bytes, out) == bytes && fclose(out) == 0;
        _exit(good ? 0 : 3);
    }
    close(ends[1]);
    std::vector<double> times(c.flows.size());
    FILE *in = fdopen(ends[0], "r");
    size_t got = fread(times.data(), sizeof times[0], times.size(), in);
    fclose(in);
    int status;
    if (waitpid(child, &status, 0) < 0 || status != 0 || got != times.size()) {
        std::cerr << "compare: SimGrid failed on a case of kind " << c.name
                  << "\n";
        exit(3);
    }
    return times;
}

struct Tally {
    size_t cases = 0, flows = 0;
    double worst = 0;
    void add(const Tally &other)
    {
        cases += other.cases;
        flows += other.flows;
        worst = std::max(worst, other.worst);
    }
    void print(const std::string &name) const
    {
        printf("%-20s %5zu cases %7zu flows, largest relative difference "
               "%.2g\n",
               name.c_str(), cases, flows, worst);
    }
};

static Tally compare(const Case &c, std::istream &ends)
{
    Tally tally;
    std::vector<double> theirs = simulate_apart(c);
    tally.cases = 1;
    for (double their : theirs) {
        double our;
        if (!(ends >> our)) {
            std::cerr << "compare: expected another end, got none\n";
            exit(2);
        }
        double difference = std::fabs(our - their) / their;
        // Also true of NAN, which must not pass for agreement.
        if (!(difference <= tally.worst))
            tally.worst = std::isnan(difference) ? INFINITY : difference;
        tally.flows++;
    }
    return tally;
}

int main(int count, char **argument)
{
    if (count < 3) {
        std::cerr << "usage: compare CASES ENDS [LIMIT]\n";
        return 2;
    }
    double limit = count > 3 ? strtod(argument[3], nullptr) : 1e-9;
    std::ifstream cases(argument[1]), ends(argument[2]);
    std::map<std::string, Tally> kinds;
    Tally all;
    Case c;
    while (read_case(cases, c)) {
        Tally one = compare(c, ends);
        kinds[c.name].add(one);
        all.add(one);
    }
    for (auto &kind : kinds)
        kind.second.print(kind.first);
    all.print("all");
    if (all.cases == 0) {
        std::cerr << "compare: no cases in " << argument[1] << "\n";
        return 2;
    }
    return all.worst <= limit ? 0 : 1;
}
