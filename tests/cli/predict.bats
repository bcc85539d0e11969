#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Predictions: the same output wherever they run, what they refuse, and that a
# fault and a split do what they say.
load common
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
}

topologies=$BATS_TEST_DIRNAME/../../topologies

predict() {
    "$BUILD/predict" "$@" -q
}

# A column of CSV on stdin, by name.
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 { print $c }'
}

@test "the same command gives the same rows, on one rank and dealt to three" {
    set -- allreduce -t "$topologies/rack-8x8.yaml" --algorithm all \
        -b 1KiB -e 1MiB -f 32 --ranks 8,64 --csv
    predict "$@" | cut -d, -f3- >one
    predict "$@" | cut -d, -f3- >again
    job 3 predict "$@" -q 2>/dev/null | cut -d, -f3- >three
    cmp one again
    cmp one three
    [ "$(wc -l <one)" = 43 ] # 3 sizes, 2 rank counts, 7 algorithms, a header
}

@test "rows say that they are simulated, on what, and what was assumed" {
    predict allgather -t "$topologies/rack-8x8.yaml" -b 1MiB -e 1MiB --csv >rows
    [ "$(column source <rows)" = simulated ]
    [ "$(column topology <rows)" = rack-8x8 ]
    [ "$(column constants <rows)" = wires-only ]
    column assumed <rows | grep -q 'node.scaleup.latency'
}

@test "every topology file runs an all-reduce and an all-gather to the end" {
    for file in one-node rack-8x8 lab-2x4 superpod-1su superpod-16k llama3-16k \
        meta-24k-roce meta-24k-infiniband colossus-100k colossus-100k-7to1 \
        colossus-200k hpn-7 nvl72 dojo-exapod frontier; do
        for what in allreduce allgather; do
            predict $what -t "$topologies/$file.yaml" -b 64MiB -e 64MiB --csv >rows
            [ "$(column status <rows)" = ok ] || { echo "$file $what"; return 1; }
            awk -v t="$(column time_p50_us <rows)" 'BEGIN { exit !(t > 1) }'
            awk -v e="$(column efficiency <rows)" 'BEGIN { exit !(e > 0 && e <= 1) }'
        done
    done
}

@test "every collective of the registry is predicted below its bound, from any root" {
    for what in reduce_scatter alltoall broadcast reduce gather scatter sendrecv; do
        predict $what -t "$topologies/rack-8x8.yaml" -b 64MiB -e 64MiB -r 13 \
            --algorithm all --ranks 24,64 --csv >rows
        ! column status <rows | grep -qv ok
        column efficiency <rows |
            awk '!($1 > 0 && $1 <= 1) { bad = 1 } END { exit bad || !NR }' ||
            { echo "$what"; return 1; }
        case $what in
        broadcast | reduce | gather | scatter) want=13 ;;
        *) want= ;;
        esac
        [ "$(column root <rows | sort -u)" = "$want" ]
    done
}

@test "each seed system runs every collective to the end, on all of its GPUs" {
    for file in llama3-16k meta-24k-roce meta-24k-infiniband colossus-100k \
        colossus-200k dojo-exapod; do
        for what in allreduce allgather reduce_scatter alltoall broadcast reduce \
            gather scatter sendrecv; do
            predict $what -t "$topologies/$file.yaml" -b 1MiB -e 1MiB \
                --sampled 2 --csv >rows
            [ "$(column status <rows)" = ok ] || { echo "$file $what"; return 1; }
            column ranks <rows
        done
    done | sort | uniq -c >ranks
    # nine collectives each; both 24k clusters have 24,576
    printf '%s\n' '9 100352' '9 16384' '9 200704' '18 24576' '9 3000' |
        sort >expected
    sed 's/^ *//' ranks | sort | diff - expected
}

@test "an all-to-all of 100,000 GPUs is priced by a sample of its rounds" {
    predict alltoall -t "$topologies/colossus-100k.yaml" -b 4GiB -e 4GiB \
        --algorithm pairwise --sampled 4 --explain >out
    grep -q 'exchange  *100350 rounds' out
}

@test "a NIC at half rate makes a large ring take twice as long" {
    set -- allreduce -t "$topologies/superpod-1su.yaml" --ranks 64 \
        --algorithm ring -b 4GiB -e 4GiB --csv
    whole=$(predict "$@" | column time_p50_us)
    half=$(predict "$@" --fault nic=8,rate=50% | column time_p50_us)
    awk -v a="$whole" -v b="$half" 'BEGIN { exit !(b > 1.95 * a && b < 2.01 * a) }'
}

@test "data groups cross the NICs, tensor groups NVLink: their times are as the rates, 370 to 48.4" {
    set -- allgather -t "$topologies/superpod-1su.yaml" --algorithm ring -b 1GiB -e 1GiB --csv
    one=$(predict "$@" --split tp=8,dp=32 --group dp | column time_p50_us)
    inside=$(predict "$@" --split tp=8,dp=32 --group tp | column time_p50_us)
    awk -v a="$one" -v b="$inside" 'BEGIN { exit !(a > 6 * b && a < 9 * b) }'
    predict "$@" --split tp=8,dp=32 --group dp | grep -q 'all 8 of dp'
}

@test "--explain names what set the time" {
    run predict allreduce -t "$topologies/superpod-1su.yaml" --algorithm ring \
        -b 1GiB -e 1GiB --explain
    [ "$status" = 0 ]
    [[ $output == *"reduce-scatter"*"set by NIC to network"* ]]
}

@test "bad command lines and files get one line and exit code 2" {
    refuse() { # expected part, arguments
        expected=$1
        shift
        run --separate-stderr "$BUILD/predict" "$@"
        [ "$status" = 2 ] || { echo "status $status: $*"; return 1; }
        [ "${#stderr_lines[@]}" = 1 ] || { echo "$stderr"; return 1; }
        [[ $stderr == *"$expected"* ]] || { echo "$stderr"; return 1; }
    }
    t=$topologies/rack-8x8.yaml
    refuse "expected a name such as allreduce" -t "$t"
    refuse "expected a file" allreduce
    refuse "expected a collective: allreduce, allgather, reduce_scatter" dance -t "$t"
    refuse "expected all, auto or one" allreduce -t "$t" --algorithm best
    refuse "expected numbers" allreduce -t "$t" --ranks 8,x
    refuse "expected numbers" allreduce -t "$t" --ranks 8,
    refuse "expected nic=GPU" allreduce -t "$t" --fault nic=1
    refuse "expected one of the GPUs" allreduce -t "$t" --fault nic=64,rate=50%
    refuse "expected packed, racks or nodes" allreduce -t "$t" --placement best
    refuse "no set 'nothing'" allreduce -t "$t" --constants nothing \
        --constants-file "$topologies/constants.yaml"
    refuse "expected up to 6 axes" allreduce -t "$t" --split tp --group tp
    refuse "--group to name one" allreduce -t "$t" --split tp=8,dp=8
    refuse "no-such.yaml" allreduce -t no-such.yaml
    printf 'set:\n  start: {value: fast, given: "x"}\n' >bad.yaml
    refuse "bad.yaml:2" allreduce -t "$t" --constants set --constants-file bad.yaml
}

@test "more ranks than GPUs is a SKIP row, and a run of only such exits 3" {
    run --separate-stderr "$BUILD/predict" allreduce -t "$topologies/rack-8x8.yaml" --ranks 65 -b 1M -e 1M -q
    [ "$status" = 3 ]
    [[ $output == *"skip: more ranks than GPUs"* ]]
}

@test "--out keeps the rows in a run folder that the plots can draw" {
    predict allreduce -t "$topologies/rack-8x8.yaml" --algorithm ring,rabenseifner \
        -b 1KiB -e 1MiB -f 32 --out run
    [ "$(wc -l <run/summary.csv)" = 7 ]
    "$BATS_TEST_DIRNAME/../../plot/draw" run svg
    ls run/plots | grep -q busbw-size-allreduce
    run predict allreduce -t "$topologies/rack-8x8.yaml" --out run
    [ "$status" = 2 ]
}

@test "nothing is written when one of several topologies is no good" {
    run --separate-stderr predict allreduce --out folder --csv \
        -t "$topologies/rack-8x8.yaml,$topologies/constants.yaml"
    [ "$status" = 2 ]
    [ -z "$output" ]
    [ ! -e folder ]
}
