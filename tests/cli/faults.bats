#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Each fault made on purpose is found, named, and ends as documented; what was
# finished before is never lost.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "a corrupt contribution is named by every rank and in the row, exit 1" {
    run job 4 allreduce -b 4KiB -e 4KiB --inject corrupt=2 --out run -q
    [ "$status" = 1 ] || { echo "exit $status: $output"; return 1; }
    for rank in 0 1 2 3; do
        echo "$output" | grep "rank $rank: .*element .*(missing: rank 2)"
    done
    columns run/summary.csv status reason | grep '^wrong .*missing:_rank_2'
}

@test "a corrupt block is traced to its owner in all-gather and p2p" {
    run job 3 allgather -b 4KiB -e 4KiB --inject corrupt=1:7 -q
    [ "$status" = 1 ]
    echo "$output" | grep 'rank 0: .*(corrupt: rank 1)'
    run job 2 p2p -b 4KiB -e 4KiB --direction uni --inject corrupt=0:3 -q
    [ "$status" = 1 ]
    echo "$output" | grep 'rank 1: .*element 3 .*(corrupt: rank 0)'
}

@test "a corrupt contribution is named in every collective, by whom it reaches" {
    # program, who is spoilt and where, what is said of it and by whom; 1024
    # elements a block
    for row in "reduce_scatter 1 1023 missing 0" "alltoall 1 3071 corrupt 2" \
        "broadcast 0 1023 corrupt 1" "reduce 1 1023 missing 0" \
        "gather 2 1023 corrupt 0" "scatter 0 2047 corrupt 1" \
        "sendrecv 2 1023 corrupt 0"; do
        set -- $row
        size=12KiB
        case $1 in broadcast | reduce | sendrecv) size=4KiB ;; esac
        run job 3 $1 -b $size -e $size --inject corrupt=$2:$3 -n 3 -q
        [ "$status" = 1 ] || { echo "$row: exit $status: $output"; return 1; }
        echo "$output" | grep "rank $5: .*($4: rank $2)" ||
            { echo "$row: $output"; return 1; }
    done
}

@test "a rank that contributes nothing cannot be corrupted" {
    run job 3 broadcast --root 1 -b 8 -e 8 --inject corrupt=2 -q
    [ "$status" = 2 ]
    echo "$output" | grep 'broadcast: --inject: rank 2 has nothing to corrupt, expected the root, 1'
}

@test "a slow rank is the slowest rank of the row" {
    job 2 allreduce -b 64KiB -e 64KiB --inject slow=1:20 -n 20 -q --csv > out.csv
    [ "$(columns out.csv status slowest_rank)" = "ok 1" ] || {
        columns out.csv status slowest_rank
        return 1
    }
}

@test "a hung rank ends the run with where each rank waits, exit 3, rows kept" {
    run job 3 allreduce -b 4KiB -e 16KiB --algorithm ring --inject hang=1 \
        -T 2s -q --out run
    [ "$status" = 3 ] || { echo "exit $status: $output"; return 1; }
    for rank in 0 1 2; do
        [ "$(echo "$output" | grep -c "linerate: rank $rank (host .*no progress for 2 s")" = 1 ] ||
            { echo "$output"; return 1; }
    done
    echo "$output" | grep 'waits in round [0-9]* of 4 for rank 1: '
    [ "$(wc -l < run/summary.csv)" = 1 ] # the header: nothing was finished
}

@test "a rank that dies leaves every finished row" {
    run job 3 allreduce -b 4KiB -e 64KiB --inject die=2 -n 5 -q --out run
    [ "$status" != 0 ]
    [ "$(columns run/summary.csv size_B status)" = "4096 ok" ]
}

@test "kill -9 in mid-run loses no finished row, and --resume completes the set" {
    options="-b 4KiB -e 64KiB -f 2 --algorithm ring,rabenseifner -n 400 -q"
    job 2 allreduce $options --out whole > /dev/null
    job 2 allreduce $options --time 60s --out part > seen.txt 2>/dev/null &
    for _ in $(seq 200); do
        [ "$(wc -l 2>/dev/null < part/summary.csv || echo 0)" -ge 3 ] && break
        sleep 0.05
    done
    pkill -9 -f "$BUILD/allreduce .*--out part" || true
    wait || true
    shown=$(grep -c ' ucx ' seen.txt)
    kept=$(columns part/summary.csv status | grep -c ok)
    [ "$kept" -ge "$shown" ] || { echo "shown $shown kept $kept"; return 1; }
    job 2 allreduce $options --out part --resume > /dev/null
    columns whole/summary.csv algorithm size_B status | sort > whole.txt
    columns part/summary.csv algorithm size_B status | sort > part.txt
    diff whole.txt part.txt
    # Samples belong to the rows that are there.
    rows=$(($(wc -l < part/summary.csv) - 1))
    [ "$(columns part/samples.csv row | sort -un | tail -1)" = "$rows" ]
}

@test "SIGTERM keeps finished rows and says so" {
    job 2 allreduce -b 4KiB -e 1MiB -f 2 --algorithm ring --time 2s \
        --precision 0 --max-samples 100000000 -q --out run > out.txt 2>&1 &
    pid=$!
    for _ in $(seq 200); do
        [ "$(wc -l 2>/dev/null < run/summary.csv || echo 0)" -ge 2 ] && break
        sleep 0.05
    done
    pkill -TERM -f "$BUILD/allreduce .*--out run" || true
    wait $pid && { echo "exit 0"; return 1; }
    grep 'interrupted; every row that was finished is kept' out.txt
    ! columns run/summary.csv status | grep -v ok
}

@test "a folder that holds a run is never written over" {
    job 2 allreduce -b 8 -e 64 -n 3 -q --out run > /dev/null
    cp -r run before
    run job 2 allreduce -b 8 -e 64 -n 3 -q --out run
    [ "$status" = 2 ]
    echo "$output" | grep 'run: exists and is not empty, expected a new folder (or --resume)'
    diff -r run before
}

@test "resuming a finished run adds no row and is good" {
    job 2 allreduce -b 8 -e 64 -n 3 -q --out run > /dev/null
    cp run/summary.csv before
    job 2 allreduce -b 8 -e 64 -n 3 -q --out run --resume > /dev/null
    diff run/summary.csv before
}

@test "processes that see only themselves refuse to measure" {
    OMPI_COMM_WORLD_SIZE=4 SLURM_STEP_NUM_TASKS=4 \
        run "$BUILD/allreduce" -b 8 -e 8
    [ "$status" != 0 ]
    ! echo "$output" | grep ' ucx '
}

@test "a job of one rank says so" {
    run "$BUILD/allreduce" -b 8 -e 8 -n 3
    [ "$status" = 0 ]
    echo "$output" | grep 'a job of one rank (started without mpirun or srun)'
}

@test "what no node has memory for is skipped, not tried" {
    run job 2 allreduce -b 512TiB -e 512TiB --algorithm ring,rabenseifner -q --csv
    echo "$output"
    [ "$status" = 3 ]
    [ "$(grep -c ',skip,more memory than is free on a node' <<<"$output")" = 2 ]
    ! grep -q ERROR <<<"$output"
}

@test "die strikes in the only case, too" {
    run job 2 allreduce --inject die=1 -n 8 -b 8 -e 8 -q
    [ "$status" != 0 ]
}
