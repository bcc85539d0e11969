#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# `topology`: what it says of cluster files, and what it refuses.
load common
bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_TMPDIR"; }

topologies=$ROOT/topologies

clusters() {
    ls "$topologies"/*.yaml | grep -v /constants.yaml
}

@test "every cluster file passes check and shows the source of each figure" {
    run --separate-stderr "$BUILD/topology" check --sources $(clusters)
    [ "$status" -eq 0 ]
    [ "$(grep -c '^ok ' <<<"$output")" -eq "$(clusters | wc -l)" ]
    [ -z "$stderr" ]
    # A figure's line: path, value, origin and at least one word of a source.
    [ "$(grep -vc '^ok ' <<<"$output")" -gt 300 ]
    ! grep -v '^ok ' <<<"$output" |
        grep -vE '^  [^ ]+ +[^ ]+ +(given|derived|assumed) +[^ ]'
}

@test "a printed file is the same cluster: its print and summary do not change" {
    for file in $(clusters); do
        "$BUILD/topology" print "$file" >once.yaml
        "$BUILD/topology" print once.yaml >twice.yaml
        cmp once.yaml twice.yaml
        diff <("$BUILD/topology" summary "$file") <("$BUILD/topology" summary once.yaml)
    done
}

@test "summary of the 100,352 GPUs: switches, links and cuts as the file's arithmetic says" {
    run "$BUILD/topology" summary "$topologies/colossus-100k-7to1.yaml"
    [ "$status" -eq 0 ]
    grep -qE '^  leaf +196 +1,568 +128 +100,352 +400Gb/s +30m' <<<"$output"
    grep -qE '^  core .* 7.11:1' <<<"$output"
    grep -q "between halves of whole groups of level 'spine'" <<<"$output"
}

@test "draw makes a picture of every cluster, and writes over nothing" {
    for file in $(clusters); do
        "$BUILD/topology" draw "$file" -o picture.svg
        grep -q '^</svg>' picture.svg
        [ "$(grep -o '<text' picture.svg | wc -l)" -eq "$(grep -o '</text>' picture.svg | wc -l)" ]
        ! "$BUILD/topology" draw "$file" -o picture.svg 2>said
        [ "$(wc -l <said)" -eq 1 ]
        rm picture.svg
    done
}

fixtures=$ROOT/tests/fixtures/import

@test "what import writes is checked, printed alike and summed up" {
    "$BUILD/topology" import nccl-xml "$fixtures/h100.xml" -o node.yaml
    "$BUILD/topology" import ibnetdiscover "$fixtures/fat-tree.ibnetdiscover" --scaleup-rate 450GB/s -o ib.yaml
    "$BUILD/topology" import slurm-conf "$fixtures/topology.conf" --node node.yaml --link-rate 1.6Tb/s -o conf.yaml
    "$BUILD/topology" import slurm-yaml "$fixtures/topology.yaml" --topology racks --node node.yaml --link-rate 14.4Tb/s >yaml.yaml
    for file in node ib conf yaml; do
        "$BUILD/topology" print $file.yaml | cmp - $file.yaml
        "$BUILD/topology" summary $file.yaml >/dev/null
    done
    run "$BUILD/topology" check node.yaml ib.yaml conf.yaml yaml.yaml
    [ "$status" -eq 0 ]
    grep -q '^ok  node.yaml: 8 GPUs, nodes: 1; .* 1 derived, 0 assumed' <<<"$output"
    grep -q '^ok  ib.yaml: 16 GPUs, nodes: 8; figures: 4 given, 0 derived, 2 assumed' <<<"$output"
    grep -q '^ok  conf.yaml: 128 GPUs, nodes: 16; ' <<<"$output"
    grep -q '^ok  yaml.yaml: 288 GPUs, nodes: 36; ' <<<"$output"
    # Rails: NIC 1 of the second four hosts is at leaf4.
    [ "$(grep -c 'a: "node00[5-8]", b: "leaf4", nic: 1, rate: 200Gb/s' ib.yaml)" -eq 4 ]
    # What options say is assumed, and says which option.
    grep -q 'rate: {value: 450GB/s, assumed: "--scaleup-rate"}' ib.yaml
}

@test "a collective is predicted on an imported fabric" {
    "$BUILD/topology" import ibnetdiscover "$fixtures/fat-tree.ibnetdiscover" --gpus-per-node 2 --scaleup-rate 450GB/s -o ib.yaml
    run "$BUILD/predict" allreduce --topology ib.yaml --algorithm ring -b 1MiB -e 1MiB --ranks 16 --csv
    [ "$status" -eq 0 ]
    [ "$(grep -c ',ok,' <<<"$output")" -eq 1 ]
}

@test "bad files and command lines get one line each and exit code 2" {
    printf 'name: x\nnode: {count: 2, gpus: 8, gpu: 3}\n' >bad.yaml
    refused() {
        run --separate-stderr "$BUILD/topology" "$@"
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        grep -q expected <<<"$stderr"
    }
    refused
    refused look
    refused check
    refused check bad.yaml
    refused check missing.yaml
    refused print bad.yaml bad.yaml
    refused summary
    refused summary "$topologies/constants.yaml"
    refused draw bad.yaml
    refused draw "$topologies/one-node.yaml" -x
    refused draw "$topologies/one-node.yaml" -o /no/such/folder/x.svg
    refused import
    refused import ibnetdiscover
    refused import visio bad.yaml
    refused import ibnetdiscover missing.txt
    refused import ibnetdiscover bad.yaml
    refused import nccl-xml "$fixtures/h100.xml" -o
    refused import nccl-xml "$fixtures/h100.xml" -o /no/such/folder/x.yaml
    refused import nccl-xml "$fixtures/h100.xml" -o bad.yaml
    refused import nccl-xml "$fixtures/h100.xml" --nic-rate 1Gb/s
    refused import nccl-xml "$fixtures/h100.xml" --scaleup-rate 1GB/s
    refused import nccl-xml "$fixtures/h100.xml" --node bad.yaml
    refused import slurm-conf "$fixtures/topology.conf"
    refused import slurm-conf "$fixtures/topology.conf" --link-rate 400 --nic-rate 400Gb/s
    refused import slurm-conf "$fixtures/topology.conf" --link-rate 400Gb/s --rate 400Gb/s
    refused import slurm-yaml "$fixtures/topology.yaml" --topology any --link-rate 1Gb/s --nic-rate 1Gb/s
}

@test "check takes everything in topologies/, the model constants too" {
    run "$BUILD/topology" check "$BATS_TEST_DIRNAME"/../../topologies/*.yaml
    [ "$status" = 0 ]
    grep -q 'constants.yaml: model constants, sets: 2' <<<"$output"
    printf 'a: {start: {value: fast, given: x}}\n' >"$BATS_TEST_TMPDIR/constants.yaml"
    run "$BUILD/topology" check "$BATS_TEST_TMPDIR/constants.yaml"
    [ "$status" = 2 ]
}
