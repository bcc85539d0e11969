#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# What a row says of the way its bytes went, and when a proof is asked for.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "a row of tagged messages names the protocol that UCX used, when it was done" {
    UCX_PROTO_ENABLE=y job 3 allreduce --path tag -b 8 -e 2MiB -f 512 \
        --algorithm ring -n 3 -q --csv > said.csv
    all_right said.csv
    columns said.csv evidence gdr > said
    cat said
    [ "$(grep -c 'UCX:.*(short|copy-in|zero-copy).*message' -E said)" = 3 ]
    ! grep -qv ' -$' said # host memory: nothing to prove
}

@test "where UCX names no protocol the row says so, and is as right" {
    UCX_PROTO_ENABLE=n job 2 broadcast --path tag -b 64KiB -e 64KiB \
        --algorithm binomial -n 3 -q --csv > silent.csv
    all_right silent.csv
    columns silent.csv evidence | grep -q 'UCX_names_no_protocol'
}

@test "asking leaves no trace: rows after it are verified, over every benchmark" {
    for name in allgather reduce_scatter alltoall gather scatter sendrecv; do
        UCX_PROTO_ENABLE=y job 3 $name --path tag -b 4 -e 256KiB -f 256 \
            --algorithm all -n 3 -q --csv > $name.csv
        all_right $name.csv
    done
    UCX_PROTO_ENABLE=y job 3 p2p --path tag --pairs=all -b 8 -e 1MiB -f 256 \
        -n 3 -q --csv > p2p.csv
    all_right p2p.csv
}

@test "between two nodes a rank that only sends or only receives is asked too, and all is right" {
    mpicc -shared -fPIC -o nodes.so "$ROOT/tests/fake/nodes.c" || skip "no mpicc"
    export UCX_PROTO_ENABLE=y RANKS_A_NODE=2
    for name in allreduce broadcast reduce gather scatter; do
        "$ROOT/ci/mpirun" -n 4 env LD_PRELOAD="$PWD/nodes.so" "$BUILD/$name" \
            -b 4 -e 1MiB -f 512 --algorithm all -n 3 -q --csv > far.csv
        all_right far.csv
        columns far.csv status nodes path evidence gdr | grep ^ok > far
        cat far
        [ "$(grep -c '^ok 2 .*UCX:.*message.* -$' far)" = "$(grep -c . far)" ]
    done
    RANKS_A_NODE=1 "$ROOT/ci/mpirun" -n 2 env LD_PRELOAD="$PWD/nodes.so" \
        "$BUILD/p2p" --direction uni -b 8 -e 2MiB -f 512 -n 3 -q --csv > far.csv
    all_right far.csv
    [ "$(columns far.csv nodes evidence | grep -c '^2 UCX:')" = 3 ]
}

@test "bytes read in place are not asked about" {
    UCX_PROTO_ENABLE=y job 2 allreduce -b 1MiB -e 1MiB --algorithm ring -n 3 \
        -q --csv > direct.csv
    [ "$(columns direct.csv path evidence gdr)" = \
        "in-place ucp_rkey_ptr_mapped_the_peers'_memory -" ]
}

@test "a proof of GPUDirect in host memory is bad usage" {
    run "$BUILD/allreduce" --require-gdr --out run
    [ $status -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == *"--require-gdr without --memory cuda"* ]]
    [ ! -e run ]
}

@test "a resumed run cannot prove rows that it does not measure" {
    "$BUILD/allreduce" --version | grep -q CUDA || skip "built without CUDA"
    run "$BUILD/allreduce" --require-gdr --memory cuda --out run --resume
    [ $status -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == *"--require-gdr with --resume"* ]]
}
