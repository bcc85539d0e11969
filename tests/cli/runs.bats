#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Real runs on this machine: every algorithm, every transport, every element
# verified. Never a time.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

quick="-n 3 -w 1 -q --csv"

@test "allreduce is right with every algorithm at 2 to 5 ranks over ucx and mpi" {
    for ranks in 2 3 4 5; do
        job $ranks allreduce -b 4 -e 64KiB -f 16 --algorithm all \
            --transport ucx,mpi $quick > $ranks.csv
        all_right $ranks.csv
        [ "$(columns $ranks.csv algorithm transport status | grep -c ok)" -ge 20 ]
    done
}

@test "allgather is right with every algorithm at 2 to 5 ranks over ucx and mpi" {
    for ranks in 2 3 4 5; do
        job $ranks allgather -b 4 -e 64KiB -f 16 --algorithm all \
            --transport ucx,mpi $quick > $ranks.csv
        all_right $ranks.csv
    done
}

@test "reduce_scatter and alltoall are right with every algorithm at 2 to 5 ranks over ucx and mpi" {
    for name in reduce_scatter alltoall; do
        for ranks in 2 3 4 5; do
            job $ranks $name -b 4 -e 64KiB -f 16 --algorithm all \
                --transport ucx,mpi $quick > $ranks.csv
            all_right $ranks.csv
            [ "$(columns $ranks.csv status | grep -c ok)" -ge 16 ]
        done
    done
}

@test "broadcast, reduce, gather and scatter are right from every root" {
    for name in broadcast reduce gather scatter; do
        for ranks in 2 3 5; do
            for root in $(seq 0 $((ranks - 1))); do
                job $ranks $name -r $root -b 4 -e 64KiB -f 128 --algorithm all \
                    --transport ucx,mpi $quick > $name.csv
                all_right $name.csv || { echo "$name -r $root"; return 1; }
                [ "$(columns $name.csv root | sort -u)" = $root ]
                ! columns $name.csv status | grep -qv ok
            done
        done
    done
}

@test "sendrecv is right at 2 to 5 ranks over ucx and mpi" {
    for ranks in 2 3 4 5; do
        job $ranks sendrecv -b 4 -e 64KiB -f 16 --transport ucx,mpi \
            $quick > $ranks.csv
        all_right $ranks.csv
        [ "$(columns $ranks.csv root op | sort -u)" = "- -" ]
    done
}

@test "a window is kept, and is part of the algorithm's name" {
    job 5 alltoall --algorithm linear --window 2 -b 4 -e 64KiB -f 64 \
        --path tag $quick > window.csv
    all_right window.csv
    columns window.csv algorithm | grep -qx 'linear:window=2'
}

@test "p2p is right in all directions over ucx and mpi" {
    job 2 p2p -b 4 -e 64KiB -f 16 --transport ucx,mpi $quick > out.csv
    all_right out.csv
    [ "$(columns out.csv direction transport | sort -u | wc -l)" = 6 ]
}

@test "tagged messages carry every algorithm, in segments too" {
    job 3 allreduce --path tag --overlap 4KiB -b 8 -e 256KiB -f 32 \
        --algorithm all $quick > out.csv
    all_right out.csv
    columns out.csv status path | grep '^ok' > paths.txt
    ! grep -v ' tag:' paths.txt
    for name in broadcast reduce gather scatter reduce_scatter alltoall; do
        job 3 $name --path tag -b 8 -e 256KiB -f 1024 --algorithm all \
            $quick > $name.csv
        all_right $name.csv || { echo $name; return 1; }
    done
    job 4 allgather --path tag -b 64 -e 64KiB -f 32 --algorithm all \
        --ranks-per-node 2 $quick > gather.csv
    all_right gather.csv
}

@test "TCP alone carries everything, and the row says so" {
    UCX_TLS=tcp job 3 allreduce -b 8 -e 64KiB -f 64 --algorithm all \
        $quick > out.csv
    all_right out.csv
    [ "$(columns out.csv status path | grep '^ok' | sort -u)" = "ok tag:tcp" ]
}

@test "neighbours read each other in place unless told not to" {
    job 2 allreduce -b 64KiB -e 64KiB --algorithm ring $quick > out.csv
    [ "$(columns out.csv path)" = in-place ]
}

@test "pretended nodes let hierarchical algorithms run, and the row is flagged" {
    for name in allreduce allgather reduce_scatter alltoall; do
        job 4 $name --ranks-per-node 2 --algorithm hierarchical -b 8 \
            -e 64KiB -f 32 $quick > $name.csv
        all_right $name.csv
        [ "$(columns $name.csv flags | grep -c emulated-nodes)" = 3 ]
    done
}

@test "every datatype and operation is exact" {
    for type in int8 uint8 int32 uint32 int64 uint64 float16 bfloat16 float32 \
        float64; do
        for op in sum prod min max; do
            job 3 allreduce -d $type -o $op -b 1000 -e 1000 \
                --algorithm ring,recursive-doubling $quick > out.csv
            all_right out.csv || { echo "$type $op"; return 1; }
        done
    done
}

@test "averages are exact by every algorithm, and refused of integers" {
    for type in float16 bfloat16 float32 float64; do
        for name in allreduce reduce_scatter reduce; do
            job 4 $name -d $type -o avg -b 1000 -e 1000 --algorithm all \
                --transport ucx,mpi --ranks-per-node 2 $quick > out.csv
            all_right out.csv || { echo "$type $name"; return 1; }
        done
        job 3 allreduce -d $type -o avg -b 64KiB -e 64KiB --algorithm all \
            --transport ucx,mpi $quick > out.csv
        ! columns out.csv wrong | grep -v '^[-0]$'
        columns out.csv status | grep -q '^ok$'
    done
    run job 2 allreduce -d int32 -o avg -b 64 -e 64 $quick
    [ "$status" = 3 ]
    echo "$output" | grep -q 'an average of integers'
}

@test "a contribution that is spoilt is named in 16 bits too" {
    for type in float16 bfloat16; do
        for op in sum avg; do
            run job 3 allreduce -d $type -o $op --inject corrupt=1 -b 4KiB \
                -e 4KiB $quick
            [ "$status" = 1 ]
            echo "$output" | grep -q '(missing: rank 1)' || { echo $type $op; return 1; }
        done
    done
}

@test "in place, both syncs and both modes are right" {
    job 3 allreduce --in-place --batch 1 -b 8 -e 64KiB -f 64 --algorithm all \
        $quick > a.csv
    all_right a.csv
    job 3 allgather --in-place -b 8 -e 64KiB -f 64 --algorithm all $quick > b.csv
    all_right b.csv
    for name in broadcast gather scatter reduce_scatter reduce; do
        job 3 $name --in-place --batch 1 -b 8 -e 64KiB -f 64 --algorithm all \
            --transport ucx,mpi $quick > $name.csv
        all_right $name.csv || { echo $name; return 1; }
    done
    job 3 allreduce --sync clock -b 8 -e 4KiB $quick > c.csv
    all_right c.csv
    ! columns c.csv entry_skew_us | grep -q -- '^-$'
    job 3 allreduce --mode pipelined -b 8 -e 4KiB $quick > d.csv
    all_right d.csv
    [ "$(columns d.csv mode batch | sort -u)" = "pipelined 20" ]
}

@test "an operation that destroys its input is flagged unchecked when batched" {
    job 2 allreduce --in-place --mode pipelined -b 1KiB -e 1KiB $quick > out.csv
    [ "$(columns out.csv status wrong flags | cut -c1-16)" = "ok - unchecked" ] ||
        columns out.csv status wrong flags | grep -q '^ok - .*unchecked'
}

@test "a form that a collective or a library does not have is a skip row" {
    run job 2 alltoall --in-place -b 8 -e 8 $quick
    [ "$status" = 3 ]
    echo "$output" | grep 'skip.*in place, blocks would arrive over blocks'
    run job 2 sendrecv --in-place -b 8 -e 8 $quick
    echo "$output" | grep 'skip.*in place, what arrives would overwrite'
    run job 2 reduce_scatter --in-place -b 8 -e 8 --transport mpi $quick
    echo "$output" | grep 'skip.*MPI leaves the result in the first block'
    job 3 broadcast --root 2 --ranks 2,3 -b 8 -e 8 $quick > out.csv
    [ "$(columns out.csv ranks status reason)" = "2 skip the_root_is_not_one_of_the_ranks
3 ok -" ]
}

@test "counts smaller than the number of ranks, and none at all, are right" {
    job 5 allreduce -b 4 -e 4 --algorithm all $quick > a.csv
    all_right a.csv
    for name in broadcast reduce gather scatter reduce_scatter alltoall sendrecv; do
        job 5 $name -b 4 -e 4 --algorithm all $quick > $name.csv
        all_right $name.csv || { echo $name; return 1; }
        job 3 $name -b 0 -e 0 --algorithm all $quick > none.csv
        ! columns none.csv status | grep -qv 'ok\|skip'
    done
    job 3 allreduce -b 0 -e 0 --algorithm ring $quick > b.csv
    [ "$(columns b.csv status size_B algbw_GBps)" = "ok 0 -" ]
}

@test "the CSV header is the list of results/README.md, in its order" {
    job 1 allreduce -b 8 -e 8 $quick --transport null > out.csv
    head -1 out.csv | tr ',' '\n' > header.txt
    sed -n 's/^| `\([A-Za-z0-9_]*\)`.*/\1/p' "$ROOT/results/README.md" > listed.txt
    diff header.txt listed.txt
    "$BUILD/columns" | diff - "$ROOT/results/README.md"
}
