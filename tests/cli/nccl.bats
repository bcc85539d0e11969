# SPDX-License-Identifier: BSD-3-Clause
# `--transport nccl` as far as it goes without a GPU: over the fake CUDA runtime
# and a libnccl.so.2 of our own (tests/fake) among the processes of this node.
bats_require_minimum_version 1.5.0
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

nccl_job() { # RANKS PROGRAM ARGUMENT...: one GPU a rank
    local ranks=$1 program=$2
    shift 2
    FAKE_GPUS=${gpus-$ranks} LD_LIBRARY_PATH=$BUILD/tests/fake${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
        job "$ranks" "tests/fake/$program" --memory cuda --transport nccl \
        -n 3 -q --csv "$@"
}

measured() { # FILE: every row was
    all_right "$1"
    ! columns "$1" status | grep -v ok
}

@test "every collective is right over nccl, in place and out of place, alone and at 2 to 4 ranks" {
    local name ranks=0
    for name in allreduce allgather reduce_scatter broadcast reduce gather \
        scatter; do
        ranks=$((ranks % 4 + 1))
        nccl_job $ranks $name -b 4 -e 64KiB -f 16 > $name.csv
        measured $name.csv
        nccl_job $ranks $name -b 4 -e 64KiB -f 16 --in-place --batch 1 > placed.csv
        measured placed.csv
        [ "$(columns placed.csv in_place | sort -u)" = yes ]
    done
    for name in alltoall sendrecv; do
        nccl_job 1 $name -b 4 -e 64KiB -f 16 > one.csv
        measured one.csv
        nccl_job 3 $name -b 4 -e 64KiB -f 16 > three.csv
        measured three.csv
        [ "$(columns three.csv transport algorithm path | sort -u)" = "nccl library nccl" ]
    done
}

@test "every root of every rooted collective is right over nccl" {
    local name root
    for name in broadcast reduce gather scatter; do
        for root in 0 1 2; do
            nccl_job 3 $name -r $root -b 1KiB -e 1KiB --batch 1 \
                $([ $root != 1 ] || echo --in-place) > $name.csv
            measured $name.csv
        done
    done
}

@test "every datatype and operation is right over nccl" {
    local type op rows=0
    for type in int8 uint8 int32 uint32 int64 uint64 float16 bfloat16 float32 \
        float64; do
        for op in sum prod min max avg; do
            case $type-$op in *int*-avg) continue ;; esac
            case $type-$op in *-sum | *-avg | float32-* | bfloat16-* | int8-*) ;; *) continue ;; esac
            nccl_job 2 reduce_scatter -d $type -o $op -b 5KiB -e 5KiB -n 2 > out.csv
            measured out.csv
            rows=$((rows + 1))
        done
    done
    [ $rows = 23 ]
}

@test "point to point is right over nccl, in every direction" {
    nccl_job 2 p2p -b 8 -e 64KiB -f 64 > out.csv
    measured out.csv
    [ "$(columns out.csv direction | sort -u | wc -l)" = 3 ]
    nccl_job 3 p2p --pairs=all -b 8 -e 8 > out.csv
    measured out.csv
    [ "$(columns out.csv rank_a rank_b | sort -u | wc -l)" -ge 3 ]
}

@test "groups that run at once each have a communicator" {
    nccl_job 4 allgather --split tp=2,dp=2 --group dp -b 1KiB -e 4KiB -f 4 > out.csv
    all_right out.csv
    [ "$(columns out.csv group status | grep -c '^dp_.*ok')" -ge 4 ]
}

@test "a pipelined sample is waited for once, and is right" {
    nccl_job 3 allreduce --mode pipelined --pipeline 7 -b 4KiB -e 64KiB -f 16 > out.csv
    measured out.csv
    [ "$(columns out.csv mode batch | sort -u)" = "pipelined 7" ]
}

@test "a contribution that nccl forgets and a byte that it garbles are found" {
    local name
    for name in allreduce reduce_scatter; do
        FAKE_NCCL=forget run -1 --separate-stderr nccl_job 3 $name -b 4KiB -e 4KiB
        echo "$output" > out.csv
        columns out.csv status reason | grep '^wrong .*missing:_rank_1'
    done
    for name in allgather alltoall sendrecv gather "broadcast -r 1" "scatter -r 1"; do
        FAKE_NCCL=forget run -1 --separate-stderr nccl_job 3 $name -b 4KiB -e 4KiB
        echo "$output" > out.csv
        [ "$(columns out.csv status)" = wrong ]
    done
}

@test "a run that does not wait for its stream is found wrong" {
    FAKE_EARLY=1 run -1 --separate-stderr nccl_job 2 allgather -b 4KiB -e 4KiB
    echo "$output" > out.csv
    [ "$(columns out.csv status)" = wrong ]
}

@test "an error that nccl meets meanwhile ends the run with nccl's words" {
    FAKE_NCCL=broken run -3 --separate-stderr nccl_job 2 allreduce -b 4KiB -e 4KiB
    [[ "$stderr" == *"transport nccl: ncclAllReduce: remote process exited or there was a network error: the fake one was told to break"* ]]
}

@test "nccl is refused with its reason: shared GPUs, host memory, no library, an old one" {
    gpus=2 run -3 --separate-stderr nccl_job 3 allreduce -b 8 -e 8
    echo "$output" > out.csv
    [ "$(columns out.csv status reason)" = \
        "skip ranks_share_a_GPU,_and_NCCL_takes_no_two_of_them_on_one" ]

    run -3 --separate-stderr nccl_job 2 allreduce --memory host -b 8 -e 8
    echo "$output" > out.csv
    [ "$(columns out.csv status reason)" = \
        "skip NCCL_works_on_GPU_memory_only,_expected_--memory_cuda" ]

    mkdir lib
    : > lib/libnccl.so.2
    FAKE_GPUS=1 LD_LIBRARY_PATH=$PWD/lib run -3 --separate-stderr \
        "$BUILD/tests/fake/allreduce" --memory cuda --transport nccl -b 8 -e 8 --csv
    echo "$output" > out.csv
    columns out.csv status reason | grep '^skip no_libnccl.so.2_here'

    ln -sf "$(ldd "$BUILD/allreduce" | awk '/libyaml/ { print $3 }')" lib/libnccl.so.2
    FAKE_GPUS=1 LD_LIBRARY_PATH=$PWD/lib run -3 --separate-stderr \
        "$BUILD/tests/fake/allreduce" --memory cuda --transport nccl -b 8 -e 8 --csv
    echo "$output" > out.csv
    columns out.csv status reason | grep '^skip .*too_old:_it_has_no_nccl'
}

@test "one rank without the library is enough to refuse it for all" {
    cat > some <<END
#!/bin/sh
[ "\$OMPI_COMM_WORLD_RANK" != 1 ] || { mkdir -p none; : > none/libnccl.so.2; LD_LIBRARY_PATH=\$PWD/none; }
exec "\$@"
END
    chmod +x some
    FAKE_GPUS=2 LD_LIBRARY_PATH=$BUILD/tests/fake run -3 --separate-stderr \
        "$ROOT/ci/mpirun" -n 2 ./some "$BUILD/tests/fake/allreduce" \
        --memory cuda --transport nccl -b 8 -e 8 -n 3 -q --csv
    echo "$output" > out.csv
    columns out.csv status reason | grep '^skip no_libnccl.so.2_here'
}
