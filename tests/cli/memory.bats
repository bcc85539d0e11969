# SPDX-License-Identifier: BSD-3-Clause
# GPU memory, as far as it goes without a GPU: the programs over a fake CUDA
# runtime (tests/fake) whose copies and kernels run late, and CUDA itself on a
# machine that has no driver.
bats_require_minimum_version 1.5.0
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

gpu_job() { # RANKS PROGRAM ARGUMENT...
    local ranks=$1 program=$2
    shift 2
    job "$ranks" "tests/fake/$program" "$@"
}

@test "every collective is right in GPU memory, over ucx and over the library" {
    local name ranks=1
    for name in allreduce allgather reduce_scatter alltoall broadcast reduce \
        gather scatter sendrecv; do
        ranks=$((ranks % 4 + 2))
        gpu_job "$ranks" "$name" --memory cuda --transport ucx,mpi \
            --algorithm all -b 4 -e 1MiB -f 64 -n 3 -q --csv > out.csv
        all_right out.csv
        [ "$(columns out.csv memory | sort -u)" = cuda ]
        columns out.csv transport status | grep -q '^ucx ok'
    done
    gpu_job 2 p2p --memory cuda-managed --transport ucx,mpi -b 8 -e 1MiB -f 64 \
        -n 3 -q --csv > out.csv
    all_right out.csv
    [ "$(columns out.csv memory | sort -u)" = cuda-managed ]
}

@test "a run that does not wait for its GPU is found wrong" {
    FAKE_EARLY=1 run -1 --separate-stderr gpu_job 2 allreduce --memory cuda \
        --transport ucx --algorithm ring -b 1MiB -e 1MiB -n 3 -q --csv
    echo "$output" > out.csv
    [ "$(columns out.csv status)" = wrong ]
}

@test "a rank that is corrupt on its GPU is named" {
    run -1 --separate-stderr gpu_job 3 allreduce --memory cuda \
        --transport ucx --algorithm ring -b 1MiB -e 1MiB -n 3 -q --csv \
        --inject corrupt=1
    echo "$output" > out.csv
    columns out.csv status reason | grep '^wrong .*rank_1'
}

@test "--gpu picks GPUs in the order of their PCI addresses" {
    gpu_job 2 allreduce --memory cuda --gpu 1,0 -b 8 -e 8 -n 2 -q --out run
    columns run/ranks.csv rank gpu pci_address > seats
    diff seats - <<'END'
0 Fake_GPU_of_number_0 0000:F0:00.0
1 Fake_GPU_of_number_1 0000:EF:00.0
END
    [[ "$(columns run/summary.csv flags)" != *shared* ]]
    run -3 --separate-stderr gpu_job 1 allreduce --memory cuda --gpu 7 -b 8 -e 8
    [ "${#stderr_lines[@]}" -ge 1 ]
    [[ "$stderr" == *"no GPU 7, expected 0 to 1"* ]]
}

@test "a GPU that two ranks share is told in each row, and how" {
    gpu_job 2 allreduce --memory cuda --gpu 0 -b 8 -e 8 -n 2 -q --csv > out.csv
    [[ "_$(columns out.csv flags)_" == *_gpu-shared_* ]]
    FAKE_MPS=1 gpu_job 3 allreduce --memory cuda -b 8 -e 8 -n 2 -q --csv > out.csv
    [[ "_$(columns out.csv flags)_" == *_gpu-shared-mps_* ]]
}

@test "without a GPU or a driver --memory cuda is refused in one line" {
    FAKE_GPUS=0 run -3 --separate-stderr "$BUILD/tests/fake/allreduce" \
        --memory cuda -b 8 -e 8
    [ "${#stderr_lines[@]}" = 1 ]
    [[ "$stderr" == *"no CUDA-capable device"* ]]
    FAKE_GPUS=-1 run -3 --separate-stderr "$BUILD/tests/fake/allreduce" \
        --memory cuda -b 8 -e 8
    [ "${#stderr_lines[@]}" = 1 ]
    [[ "$stderr" == *"no NVIDIA driver, expected one for CUDA 13.0"* ]]
}

@test "the build itself starts where there is no driver, and says so" {
    "$BUILD/allreduce" --version | grep -q 'CUDA [0-9]' || skip "no CUDA here"
    [ ! -e /dev/nvidiactl ] || skip "there is a driver"
    run -3 --separate-stderr "$BUILD/allreduce" --memory cuda -b 8 -e 8
    [ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ]
    [[ "$stderr" == *"no NVIDIA driver, expected one for CUDA "* ]]
}

@test "ci/gpu: every step passes over the fake runtime, in a table" {
    cd "$ROOT"
    SIZES=4KiB P2P=64KiB ALL_REDUCE=64KiB PROGRAMS=$BUILD/tests/fake \
        run -0 ci/gpu "$BATS_TEST_TMPDIR/run"
    [ "${#lines[@]}" -le 40 ]
    [[ "$output" != *FAILED* ]]
    grep -q "every type and operation: 44 rows ok, 0 skipped, 0 bad *passed" <<<"$output"
    grep -q "2 to 4 ranks: [0-9]* rows ok, [0-9]* skipped, 0 bad *passed" <<<"$output"
    grep -q "all-reduce *4 ranks, 64KiB: [0-9.]* us, [0-9.]* of 7(n-1)S/" <<<"$output"
}

@test "ci/gpu: what the machine lacks is said in one line" {
    cd "$ROOT"
    FAKE_GPUS=0 PROGRAMS=$BUILD/tests/fake run -3 --separate-stderr ci/gpu \
        "$BATS_TEST_TMPDIR/run"
    [[ "$stderr" == "ci/gpu: "*"no CUDA-capable device"* ]]
    [ "${#stderr_lines[@]}" = 1 ]
    run -2 --separate-stderr ci/gpu --fast
    [[ "$stderr" == *"'--fast', expected --prepare or a folder"* ]]
}
