#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Measured runs held against a described cluster.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

quick="-n 3 -w 1 -q --csv"
lab=$BATS_TEST_DIRNAME/../../topologies/lab-2x4.yaml

@test "with --topology each measured row has a bound, and its share of it" {
    # Two nodes of two ranks: a node's four 1 Gb/s NICs carry 0.5 GB/s out. For
    # two groups of two, S/2 of each all-gather must leave each node.
    job 4 allgather --ranks-per-node 2 --topology "$lab" -b 4MiB -e 4MiB \
        --algorithm ring,bruck $quick >rows.csv
    all_right rows.csv
    columns rows.csv topology bound_GBps bound_level busbw_GBps efficiency \
        assumed | awk '
        { n++ }
        $1 != "lab-2x4" || $3 != "node" { print "bad row " $0; bad = 1 }
        # busbw factor 3/4 over S/2 through 0.5 GB/s
        ($2 - 0.75)^2 > 1e-12 { print "bound " $2 ", expected 0.75"; bad = 1 }
        ($4 / $2 - $5)^2 > 1e-6 * $5 * $5 { print "share of " $0; bad = 1 }
        $6 !~ /node.scaleup.rate/ { print "not said to be assumed: " $6; bad = 1 }
        END { exit bad || n != 2 }'
}

@test "what a fabric cannot do is flagged above-bound" {
    job 4 p2p --topology "$lab" -b 1MiB -e 1MiB $quick >p2p.csv
    all_right p2p.csv
    [ "$(columns p2p.csv bound_level | sort -u)" = GPU ]
    sed 's/rate: .value: 4GB/rate: {value: 1MB/' "$lab" >slow.yaml
    job 4 p2p --topology slow.yaml -b 1MiB -e 1MiB $quick >slow.csv
    [ "$(columns slow.csv flags | grep -c above-bound)" = 3 ]
}

@test "without --topology bound, share and topology are empty" {
    job 2 allreduce -b 1KiB -e 1KiB $quick >rows.csv
    [ "$(columns rows.csv topology bound_GBps efficiency assumed)" = "- - - -" ]
}

@test "a file that does not fit the job is refused in one line, before any row" {
    printf 'on: %s\nname: other\nhosts: [nobody1, nobody2]\n' "$lab" >named.yaml
    for arguments in "--topology named.yaml" "--topology absent.yaml" \
        "--topology auto" "--topology auto --ranks-per-node 2" \
        "--ranks-per-node 5 --topology $lab" \
        "--ranks-per-node 1 --topology $lab"; do
        run job 5 allreduce $arguments -b 8 -e 8 --out folder -q
        echo "$arguments: $output"
        [ "$status" = 2 ]
        [ "$(grep -c '^linerate: .*, expected ' <<<"$output")" = 1 ]
        [ ! -e folder ]
    done
}

@test "ranks are found by their host's name" {
    printf 'on: %s\nname: mine\nhosts: [nobody, %s]\n' "$lab" "$(hostname)" \
        >named.yaml
    job 2 allreduce --topology named.yaml -b 1KiB -e 1KiB $quick >rows.csv
    all_right rows.csv
    [ "$(columns rows.csv topology)" = mine ]
}

@test "a topology is part of what makes a case: --resume measures it anew" {
    job 2 allreduce -b 1KiB -e 1KiB $quick --out run >first.csv
    job 2 allreduce -b 1KiB -e 1KiB $quick --out run --resume \
        --topology "$lab" >second.csv
    job 2 allreduce -b 1KiB -e 1KiB $quick --out run --resume \
        --topology "$lab" >third.csv
    [ "$(columns run/summary.csv topology | tr '\n' ' ')" = "- lab-2x4 " ]
    [ "$(wc -l <third.csv)" = 1 ]
}
