# SPDX-License-Identifier: BSD-3-Clause
# plot/draw on a made-up run (tests/fixtures/plot/summary.csv: its run_id is
# "fixture", its numbers come from a formula and say nothing of any machine).

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    command -v gnuplot >/dev/null || skip "no gnuplot"
    run_folder=$BATS_TEST_TMPDIR/run
    mkdir "$run_folder"
    csv=$run_folder/summary.csv
    cp "$root/tests/fixtures/plot/summary.csv" "$csv"
}

draw() {
    run "$root/plot/draw" "$@"
}

# Exit code and the one line that was said.
says() { # code, line
    echo "expected exit $1: $2"
    echo "got exit $status: $output"
    [ "$status" -eq "$1" ] && [ "$output" = "$2" ]
}

# A line is a substring of a picture's text.
shows() { # picture, text
    echo "expected '$2' in $1.svg"
    grep -qF -- "$2" "$run_folder/plots/$1.svg"
}

every_picture="busbw-size-allreduce-2ranks busbw-size-allreduce-4ranks
    time-size-allreduce-2ranks time-size-allreduce-4ranks busbw-ranks-allreduce
    busbw-ranks-allreduce-ring-ucx
    busbw-ranks-allreduce-double-tree-segment=512KiB-ucx busbw-size-allgather
    time-size-allgather busbw-size-p2p time-size-p2p pairs-p2p-uni pairs-p2p-bi
    pairs-p2p-latency"

@test "every picture that has rows is drawn, and no other" {
    draw "$run_folder" svg
    says 0 "$run_folder/plots: 14 pictures as svg"
    expected=$(printf '%s.svg\n' $every_picture | sort)
    got=$(cd "$run_folder/plots" && ls | sort)
    echo "expected: $expected"
    echo "got: $got"
    [ "$got" = "$expected" ]
}

@test "each SVG is whole and each PNG begins as one" {
    draw "$run_folder"
    [ "$status" -eq 0 ]
    for picture in $every_picture; do
        echo "$picture"
        [ "$(grep . "$run_folder/plots/$picture.svg" | tail -n 1)" = "</svg>" ]
        [ "$(head -c 4 "$run_folder/plots/$picture.png" | tail -c 3)" = PNG ]
        [ "$(wc -c <"$run_folder/plots/$picture.png")" -gt 5000 ]
        if command -v xmllint >/dev/null; then
            xmllint --noout --nonet "$run_folder/plots/$picture.svg"
        fi
    done
}

@test "a PDF is drawn when asked for" {
    draw "$run_folder" pdf
    says 0 "$run_folder/plots: 14 pictures as pdf"
    [ "$(head -c 5 "$run_folder/plots/busbw-size-p2p.pdf")" = "%PDF-" ]
}

@test "titles, units, curves and ticks are written in the pictures" {
    printf 'host,cpu\nnode_a,"Some (R) CPU, 8-Core"\nnode_b,x\n' \
        >"$run_folder/nodes.csv"
    draw "$run_folder" svg
    [ "$status" -eq 0 ]
    p=busbw-size-allreduce-4ranks
    shows $p "allreduce: bus bandwidth by message size"
    shows $p "node_a and 1 more, Some CPU, 8-Core; ucx transport; host memory; float32; sum"
    shows $p "4 ranks on 1 node; sync=barrier; mode=isolated; whiskers: 95 %"
    shows $p "bus bandwidth (GB/s, 1 GB = 1e9 bytes)"
    shows $p "ring, ucx"
    shows $p "double-tree:segment=512KiB, ucx"
    shows $p ">bound<"
    shows $p "64KiB"
    shows $p "1MiB"
    shows time-size-allgather "time of one operation, median (µs)"
    shows time-size-allgather "ring, mpi"
    shows busbw-ranks-allreduce "bus bandwidth by cluster size, at 64MiB"
    shows busbw-ranks-allreduce "efficiency (of bound)"
    shows busbw-size-p2p "both directions, summed (bi)"
    shows busbw-size-p2p "(slowest)"
    shows time-size-p2p "half a round trip, median (µs)"
    shows pairs-p2p-uni "p2p: bandwidth of each pair, one direction, 1MiB"
    shows pairs-p2p-uni "grey: not measured"
    shows pairs-p2p-latency "p2p: latency of each pair, 8B"
}

@test "a title says when its numbers are simulated, and on what" {
    sed -i 's/,measured,/,simulated,/' "$csv"
    draw "$run_folder" svg
    [ "$status" -eq 0 ]
    shows busbw-size-allreduce-2ranks "by message size (simulated)"
    shows busbw-size-allreduce-2ranks "made_up.yaml; ucx transport"
}

@test "without nodes.csv the machine comes from run.json" {
    printf '{\n  "nodes": [\n    {\n      "host": "alone",\n      "cpu": "Fast"\n' \
        >"$run_folder/run.json"
    draw "$run_folder" svg
    shows busbw-size-p2p "alone, Fast; ucx transport"
}

@test "one point a curve without interval or bound is a picture too" {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
        $at["benchmark"] == "allgather" && $at["size_B"] < 2000 {
            $at["time_p50_lo_us"] = $at["time_p50_hi_us"] = ""; print }' \
        "$root/tests/fixtures/plot/summary.csv" >"$csv"
    draw "$run_folder" svg
    says 0 "$run_folder/plots: 2 pictures as svg"
    shows busbw-size-allgather "ring, mpi"
    run grep -c whiskers "$run_folder/plots/busbw-size-allgather.svg"
    [ "$output" = 0 ]
}

@test "no row with status ok: one line and exit code 3" {
    sed -i 's/,ok,$/,error,/' "$csv"
    draw "$run_folder"
    says 3 "$csv: no row with status ok among 85"
    [ ! -e "$run_folder/plots" ]
}

@test "a missing folder, file or format is a usage error" {
    draw "$run_folder/nowhere"
    says 2 "plot/draw: no folder '$run_folder/nowhere'"
    draw "$run_folder" gif
    says 2 "plot/draw: unknown format 'gif', expected svg, png or pdf"
    rm "$csv"
    draw "$run_folder"
    says 2 "plot/draw: no readable file '$csv'"
    draw
    says 2 "plot/draw: usage: plot/draw [--with FILE.csv] RUN_FOLDER [svg|png|pdf ...]"
}

@test "bad input is named by file and line, exit code 2" {
    sed '5s/^/"a"b/' "$csv" >"$csv.bad" && cp "$csv.bad" "$csv"
    draw "$run_folder"
    says 2 "$csv:5: text after the closing quote of field 1"

    printf 'status,size_B\nok,1\n' >"$csv"
    draw "$run_folder"
    says 2 "$csv:1: no column 'benchmark' in the header"

    head=status,benchmark,transport,algorithm,ranks,size_B,time_p50_us,busbw_GBps
    printf '%s\nok,x,y,z,2,1,nan,3\n' $head >"$csv"
    draw "$run_folder"
    says 2 "$csv:2: time_p50_us: 'nan' is not a number >= 0"

    printf '%s\nok,x,y,"z\n,",2,1,3\n' $head >"$csv"
    draw "$run_folder"
    says 2 "$csv:2: expected 8 fields, got 7"

    printf '%s\nok,x,"y\n' $head >"$csv"
    draw "$run_folder"
    says 2 "$csv:2: a quoted field has no end"

    : >"$csv"
    draw "$run_folder"
    says 2 "$csv:1: expected a header line, got an empty file"
}

@test "the half line that a killed run leaves is left out, and said" {
    printf 'fixture,2026-01-01T00' >>"$csv"
    draw "$run_folder" svg
    says 0 "$csv:87: half a line left out
$run_folder/plots: 14 pictures as svg"
}

@test "--with lays the rows of another CSV over the run's, those that fit" {
    other=$BATS_TEST_TMPDIR/other.csv
    printf '%s\n' \
        run_id,source,benchmark,transport,algorithm,ranks,size_B,time_p50_us,busbw_GBps,status \
        elsewhere,published,allreduce,nccl,tree,4,1048576,100,15.7,ok \
        elsewhere,published,allreduce,nccl,tree,4,4194304,200,31.5,ok \
        elsewhere,published,allreduce,nccl,tree,8,1048576,100,18.3,ok \
        elsewhere,published,alltoall,nccl,linear,4,1048576,100,7.8,ok >"$other"
    draw --with "$other" "$run_folder" svg
    [ "$status" -eq 0 ]
    shows busbw-size-allreduce-4ranks "run_id=elsewhere, published, tree, nccl"
    shows busbw-size-allreduce-4ranks "(measured, published)"
    ! grep -q elsewhere "$run_folder/plots/busbw-size-allreduce-2ranks.svg"
    [ ! -e "$run_folder/plots/busbw-size-alltoall.svg" ]
    [ ! -e "$run_folder/plots/busbw-size-allreduce-8ranks.svg" ]
}

@test "--with a CSV that has nothing of the run says so" {
    other=$BATS_TEST_TMPDIR/other.csv
    printf '%s\n' \
        benchmark,transport,algorithm,ranks,size_B,time_p50_us,busbw_GBps,status \
        allreduce,nccl,tree,3,1048576,100,15.7,ok >"$other"
    draw --with "$other" "$run_folder" svg
    says 3 "$other: no row with status ok among 1 has a benchmark and rank count of the run"
    draw --with "$other.no" "$run_folder" svg
    says 2 "plot/draw: no readable file '$other.no'"
}
