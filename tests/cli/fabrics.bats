#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Every cluster file, whatever its fabric, runs every registered all-reduce and
# all-gather to the end; and a graph is a fabric like any other.
load common
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
}

topologies=$ROOT/topologies

# Rank counts of which each algorithm has one that suits it, on nodes of 4, 8,
# 25 and 72 GPUs: powers of two, and whole nodes, more than one.
counts=8,16,50,64,144

@test "every topology file runs every all-reduce and all-gather to the end" {
    files=()
    for file in "$topologies"/*.yaml; do
        [ "${file##*/}" = constants.yaml ] || files+=(-t "$file")
    done
    [ "${#files[@]}" -ge 34 ]
    for what in allreduce allgather; do
        : >cases
        for first in 0 20; do # ten files at once
            "$BUILD/predict" $what "${files[@]:first:20}" --algorithm all \
                -b 1MiB -e 1MiB --ranks $counts --csv -q >rows
            columns rows topology algorithm status time_p50_us efficiency reason >>cases
        done
        awk -v what=$what '
            { seen[$1 " " $2]; files[$1] }
            $3 == "ok" && $4 > 0 && $5 > 0 && $5 <= 1 { ran[$1 " " $2] = 1; next }
            $3 == "skip" && $6 != "-" { why[$1 " " $2] = why[$1 " " $2] " " $6; next }
            { print what " bad: " $0; bad++ }
            END {
                for (i in files) n++
                for (i in seen) {
                    cases++
                    if (ran[i]) continue
                    # No rank count changes these two.
                    if (i ~ /nvls-tree/ && why[i] ~ /scale-up_switch_of_this_cluster_does_not_reduce/) continue
                    if (i ~ /^one-node / && why[i] ~ /all_ranks_are_on_one_node/) continue
                    print what " never ran: " i ":" why[i]; bad++
                }
                if (n < 17 || cases < 4 * n) { print n " files, " cases " cases"; bad++ }
                exit bad > 0
            }' cases
    done
}

@test "a mesh and a dragonfly run every algorithm on all of their GPUs" {
    for what in allreduce allgather; do
        "$BUILD/predict" $what -t "$topologies/dojo-exapod.yaml" \
            -t "$topologies/frontier.yaml" --algorithm all -b 64MiB -e 64MiB \
            --csv -q >rows
        columns rows topology ranks status efficiency flags >cases
        awk '$3 == "ok" && $4 > 0 && $4 <= 1 && $5 == "-" { n[$1 " " $2]++ }
             END { exit !(n["dojo-exapod 3000"] >= 3 && n["frontier 78848"] >= 3) }' cases
    done
}

# Four nodes on two leaves, two spines.
graph() { # ROUTING
    cat <<E
name: town
source: drawn by hand
node:
  count: 4
  gpus: 2
  scaleup: {rate: 100GB/s}
  nic: {count: 1, rate: 80Gb/s}
routing: $1
graph:
  nodes: ["node[1-4]"]
  switches: ["leaf[1-2]", "spine[1-2]"]
  links:
    - {a: node1, nic: 0, b: leaf1, rate: 80Gb/s}
    - {a: node2, nic: 0, b: leaf1, rate: 80Gb/s}
    - {a: node3, nic: 0, b: leaf2, rate: 80Gb/s}
    - {a: node4, nic: 0, b: leaf2, rate: 80Gb/s}
    - {a: leaf1, b: spine1, rate: 20Gb/s}
    - {a: leaf1, b: spine2, rate: 20Gb/s}
    - {a: leaf2, b: spine1, rate: 20Gb/s}
    - {a: leaf2, b: spine2, rate: 20Gb/s}
E
}

@test "a graph by hand: sprayed, a ring runs at the rate of a leaf's two uplinks" {
    graph spray >town.yaml
    "$BUILD/predict" allgather -t town.yaml --algorithm ring -b 1GiB -e 1GiB \
        --csv -q >rows
    columns rows time_p50_us bound_level status >cases
    # 7/8 of 2^30 bytes leave each leaf through 2 x 2.5 GB/s.
    awk '{ t = 7 / 8 * 2 ^ 30 / 5e9 * 1e6; print t, $0
           exit !($1 > t * 0.999 && $1 < t * 1.001 && $2 == "layer_1" && $3 == "ok") }' cases
}

@test "a graph with a cable too many on one spine is hashed over, and not sprayed over" {
    graph ecmp | sed '/leaf2, b: spine2/p' >town.yaml
    "$BUILD/predict" allreduce -t town.yaml --algorithm all -b 1MiB -e 1MiB -q
    sed -i 's/^routing: ecmp/routing: spray/' town.yaml
    run --separate-stderr "$BUILD/predict" allreduce -t town.yaml -q
    [ "$status" = 2 ] || { echo "$output"; return 1; }
    [ "${#stderr_lines[@]}" = 1 ]
    [[ $stderr == *"town.yaml:"*"expected routing ecmp or static"* ]]
}
