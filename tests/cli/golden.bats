#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Transcripts: what a user sees is what stands in golden/. UPDATE=1 rewrites.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

same() { # NAME: compares got.txt
    golden=$BATS_TEST_DIRNAME/golden/$1.txt
    [ -z "${UPDATE-}" ] || cp got.txt "$golden"
    diff "$golden" got.txt
}

schedule() { # NAME PROGRAM OPTION...
    name=$1 program=$2
    shift 2
    "$BUILD/$program" --print-schedule "$@" > got.txt
    same "schedule-$name"
}

@test "schedules print as they always did" {
    schedule ring-3 allreduce --ranks 3 --algorithm ring -b 40
    schedule recursive-doubling-5 allreduce --ranks 5 --algorithm recursive-doubling -b 40
    schedule rabenseifner-4 allreduce --ranks 4 --algorithm rabenseifner -b 64
    schedule double-tree-4 allreduce --ranks 4 --algorithm double-tree -b 1KiB --segment 128B
    schedule hierarchical-4 allreduce --ranks 4 --ranks-per-node 2 --algorithm hierarchical -b 64
    schedule bruck-5 allgather --ranks 5 --algorithm bruck -b 40
    schedule reduce-scatter-halving-5 reduce_scatter --ranks 5 --algorithm recursive-halving -b 40
    schedule alltoall-bruck-5 alltoall --ranks 5 --algorithm bruck -b 40
    schedule alltoall-hierarchical-4 alltoall --ranks 4 --ranks-per-node 2 --algorithm hierarchical -b 64
    schedule broadcast-tree-4 broadcast --ranks 4 -r 2 --algorithm tree -b 64 --segment 16B
    schedule reduce-scatter-gather-3 reduce --ranks 3 -r 1 --algorithm reduce-scatter-gather -b 40
    schedule gather-binomial-5 gather --ranks 5 -r 3 --algorithm binomial -b 40
    schedule scatter-linear-4 scatter --ranks 4 --algorithm linear --window 2 -b 64
    schedule p2p p2p -b 16 --window 3
}

@test "an algorithm that does not apply prints its reason and runs nothing" {
    run "$BUILD/allgather" --print-schedule --ranks 6 --algorithm recursive-doubling -b 48
    [ "$status" = 3 ]
    echo "$output" | grep 'skipped: '
}

@test "the table on the screen keeps its shape" {
    "$BUILD/allreduce" --transport null --algorithm all -b 8 -e 512 -f 8 -n 20 -q \
        2>/dev/null | sed -E 's/ +[0-9.]+( +[0-9.]+){0,1} +[-0-9.]+ +- +- +-/ N N N - - -/; s/ (outliers|oversubscribed)//g' > got.txt
    same table
}

@test "the CSV on stdout keeps its identity columns" {
    "$BUILD/allgather" --transport null --algorithm ring,bruck -b 64 -e 64 -n 3 \
        --csv -q 2>/dev/null > out.csv
    columns out.csv source benchmark transport algorithm memory datatype op \
        in_place placement seed group ranks nodes size_B mode sync samples \
        stop checked wrong status reason > got.txt
    same csv
}
