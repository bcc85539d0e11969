# SPDX-License-Identifier: BSD-3-Clause
# --with: operations of other training axes that go on beside the measured one.
bats_require_minimum_version 1.5.0
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

# Every row is right, names what ran beside it, and says that it ended some times.
busy() { # FILE WITH
    all_right "$1"
    columns "$1" group evidence > beside
    [ "$(grep -c "_with_$2 " beside)" = "$(wc -l < beside)" ]
    ! grep -q '_0_times' beside
    grep -q '[1-9][0-9]*_times' beside
}

@test "an all-reduce goes on beside another, in place and as messages" {
    for path in any tag; do
        job 4 allreduce --split tp=2,dp=2 --group dp --with tp:allreduce:1MiB \
            --path $path -b 64KiB -e 1MiB -f 16 -n 10 -q --csv > out.csv
        busy out.csv tp:allreduce:1MiB
        [ "$(columns out.csv group | grep -c slowest)" = 2 ]
    done
}

@test "two axes are busy beside the third, of any collective" {
    for path in any tag; do
        for pair in allgather,alltoall reduce_scatter,sendrecv \
            broadcast,reduce gather,scatter; do
            with=tp:${pair%,*}:256KiB,pp:${pair#*,}:64KiB
            job 8 allgather --split tp=2,pp=2,dp=2 --group dp --with $with \
                --path $path -b 256KiB -e 256KiB -n 6 -q --csv > out.csv
            busy out.csv $with
        done
    done
}

@test "nodes of its own, unlike groups: it ends everywhere, whoever is skipped" {
    job 8 allreduce --split tp=4,dp=2 --group tp --ranks-per-node 3 \
        --with dp:allreduce:64KiB --algorithm all -b 64KiB -e 64KiB -n 4 -q \
        --csv > out.csv
    all_right out.csv
    columns out.csv status | grep -q skip
}

@test "GPU memory is waited for in both" {
    job 4 tests/fake/allreduce --memory cuda --split tp=2,dp=2 --group dp \
        --with tp:allreduce:1MiB --transport ucx -b 1MiB -e 1MiB -n 5 -q --csv > out.csv
    busy out.csv tp:allreduce:1MiB
}

@test "a rank that is corrupt in the background is found" {
    run -1 --separate-stderr job 4 allreduce --split tp=2,dp=2 --group dp \
        --with tp:allgather:64KiB -b 8 -e 8 -n 5 -c 0 --inject corrupt=2 -q --csv
    echo "$output" > out.csv
    columns out.csv flags status | grep -q 'wrong-background.* wrong'
    columns out.csv reason | grep -q 'rank_3:.*rank_2)' # not 0, nor 1
}

@test "a transport that can run one operation at a time skips, with the reason" {
    job 4 allreduce --split tp=2,dp=2 --group dp --with tp:allreduce:64KiB \
        --transport mpi,null,ucx -b 8 -e 8 -n 3 -q --csv > out.csv
    all_right out.csv
    [ "$(columns out.csv transport reason | grep -c '^\(mpi\|null\) --with_needs')" = 4 ]
}

@test "a background that no node has memory for is refused, not tried" {
    run -3 --separate-stderr job 4 allreduce --split tp=2,dp=2 --group dp \
        --with tp:allreduce:1TiB -b 8 -e 8 -q --csv
    [ -z "$output" ]
    [[ "$stderr" == *"needs more memory than is free on a node, expected less"* ]]
}

@test "what --with cannot be is refused in one line" {
    while IFS='|' read -r value expected; do
        run -2 --separate-stderr job 4 allreduce --split tp=2,dp=2 --group dp \
            --with "$value" -b 8 -e 8
        [ "$(grep -c '^linerate: ' <<<"$stderr")" = 1 ]
        [[ "$stderr" == *"expected $expected"* ]] || { echo "$value: $stderr"; false; }
    done <<'END'
tp|up to 4 of AXIS:COLLECTIVE:SIZE
tp:allreduce|up to 4 of AXIS:COLLECTIVE:SIZE
xp:allreduce:1MiB|an axis of --split
dp:allreduce:1MiB|each axis once, and not that of --group
tp:allreduce:1MiB,tp:allgather:8|each axis once
tp:barrier:8|a collective between the colons
tp:ping-pong:8|a collective between the colons
tp:allreduce:0|a size such as 64MiB
tp:allreduce:1MiB,|up to 4 of AXIS:COLLECTIVE:SIZE
END
    run -2 --separate-stderr job 4 allreduce --split tp=2,dp=2 --group dp \
        --with tp:allreduce:64 -d int8 -o avg -b 8 -e 8
    [[ "$stderr" == *"--with: allreduce "*"expected one that can run"* ]]
}
