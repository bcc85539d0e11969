#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Sub-groups and pairs of a job.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

quick="-n 3 -w 1 -q --csv"

@test "--ranks measures each size of group, --ranks all the powers of two" {
    job 5 allreduce --ranks 2,3 -b 1KiB -e 1KiB $quick > a.csv
    all_right a.csv
    [ "$(columns a.csv ranks | tr '\n' ' ')" = "2 3 " ]
    job 5 allreduce --ranks all -b 1KiB -e 1KiB $quick > b.csv
    [ "$(columns b.csv ranks | tr '\n' ' ')" = "2 4 5 " ]
}

@test "--concurrent gives a row for each group that fits" {
    job 5 allreduce --ranks 2 --concurrent -b 1KiB -e 1KiB $quick > out.csv
    all_right out.csv
    [ "$(columns out.csv group | tr '\n' ' ')" = "0_of_2 1_of_2 " ]
}

@test "placement decides on how many nodes a group lies" {
    for case in "packed 1" "spread 2" "rail 2"; do
        set -- $case
        job 4 allreduce --ranks 2 --ranks-per-node 2 --placement $1 -b 1KiB \
            -e 1KiB $quick > $1.csv
        [ "$(columns $1.csv placement nodes)" = "$1 $2" ]
    done
}

@test "a size that no group can have is refused or skipped with its reason" {
    run job 3 allreduce --ranks 4 -b 8 -e 8 -q
    [ "$status" = 2 ]
    echo "$output" | grep "linerate: allreduce: --ranks: '4', expected "
    run job 4 allreduce --ranks 3 --placement rail --ranks-per-node 2 -b 8 \
        -e 8 -q --csv
    [ "$status" = 3 ]
    echo "$output" | grep ',skip,'
}

@test "--pairs=all lets every pair meet exactly once, for even and odd jobs" {
    for n in 2 3 4 5; do
        job $n p2p --pairs=all --direction uni -b 1KiB -e 1KiB $quick > $n.csv
        all_right $n.csv
        columns $n.csv rank_a rank_b | sort > met.txt
        for a in $(seq 0 $((n - 1))); do
            for b in $(seq $((a + 1)) $((n - 1))); do echo "$a $b"; done
        done | sort > expected.txt
        diff met.txt expected.txt
    done
}

@test "--pairs measures disjoint pairs at once" {
    job 5 p2p --pairs --direction latency -b 8 -e 8 $quick > out.csv
    [ "$(columns out.csv rank_a rank_b | tr '\n' ',')" = "0 2,1 3," ]
}

@test "auto takes what an earlier run measured as fastest" {
    job 2 allreduce --algorithm all -b 1KiB -e 1KiB -n 3 -q --out run > /dev/null
    # Make rabenseifner the fastest by far.
    at=$(head -1 run/summary.csv | tr ',' '\n' | grep -n '^time_p50_us$' | cut -d: -f1)
    awk -F, -v OFS=, -v at="$at" '/,rabenseifner,/ { $at = 0.001 } 1' \
        run/summary.csv > measured.csv
    job 2 allreduce -b 1KiB -e 1KiB --measured measured.csv $quick > out.csv
    [ "$(columns out.csv algorithm)" = rabenseifner ]
    job 2 allreduce -b 1KiB -e 1KiB $quick > rule.csv
    [ "$(columns rule.csv algorithm)" = recursive-doubling ]
}
