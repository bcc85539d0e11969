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

@test "--split runs all groups of an axis at once, a row a group and the slowest" {
    job 4 allreduce --split tp=2,dp=2 --group dp -b 1KiB -e 4KiB $quick > dp.csv
    all_right dp.csv
    [ "$(columns dp.csv size_B group ranks | tr '\n' ';')" = \
        "1024 dp_0_of_2 2;1024 dp_1_of_2 2;1024 dp_slowest_of_2 2;4096 dp_0_of_2 2;4096 dp_1_of_2 2;4096 dp_slowest_of_2 2;" ]
    columns dp.csv group time_p50_us | awk '
        $1 ~ /slowest/ { if ($2 != most) { print "slowest " $2 ", expected " most; bad = 1 } most = 0; n++; next }
        { most = $2 > most ? $2 : most }
        END { exit bad || n != 2 }'
}

@test "axes are innermost first: which ranks a group has shows on the nodes" {
    # Nodes of two ranks: tp groups stay on one, dp groups span two.
    for case in "tp 1" "dp 2"; do
        set -- $case
        job 4 allgather --split tp=2,dp=2 --group $1 --ranks-per-node 2 \
            -b 1KiB -e 1KiB $quick > $1.csv
        all_right $1.csv
        [ "$(columns $1.csv nodes | sort -u)" = "$2" ]
    done
}

@test "--split goes on with --resume, the slowest row too" {
    job 4 allreduce --split tp=2,dp=2 --group tp -b 1KiB -e 1KiB $quick --out run > /dev/null
    sed -i '/slowest of/d' run/summary.csv
    job 4 allreduce --split tp=2,dp=2 --group tp -b 1KiB -e 1KiB $quick \
        --out run --resume > again.csv
    [ "$(columns again.csv group)" = "tp_slowest_of_2" ]
    job 4 allreduce --split tp=2,dp=2 --group tp -b 1KiB -e 1KiB $quick \
        --out run --resume > nothing.csv
    [ "$(wc -l < nothing.csv)" = 1 ]
}

@test "a split that is not the job's, or has no such axis, is refused" {
    for arguments in "--split tp=2,dp=3 --group tp" "--split tp=2,dp=2 --group pp" \
        "--split tp=2,dp=2" "--group tp" "--split tp=2,dp=2 --group tp --ranks 2" \
        "--split tp --group tp"; do
        run job 4 allreduce $arguments -b 8 -e 8 -q
        echo "$arguments: $output"
        [ "$status" = 2 ]
        [ "$(grep -c '^linerate: .*expected ' <<<"$output")" = 1 ]
    done
}

@test "where one of several groups cannot run, it is skipped and the rest measured" {
    # Pretended nodes of 6 and 2: group 0 is on one node, group 1 on two.
    job 8 allreduce --split a=4,b=2 --group a --ranks-per-node 6 \
        --algorithm hierarchical -b 1KiB -e 1KiB $quick > out.csv
    [ "$(columns out.csv group status | tr '\n' ';')" = \
        "a_0_of_2 skip;a_1_of_2 ok;a_slowest_of_2 ok;" ]
}

@test "a group that has its samples waits, busy, for a slower one" {
    job 4 allreduce --ranks 2 --concurrent --inject slow=2:20 -b 64KiB -e 64KiB \
        -n 20 -w 1 -q --csv > out.csv
    all_right out.csv
    [ "$(columns out.csv group samples | tr '\n' ';')" = "0_of_2 20;1_of_2 20;" ]
}
