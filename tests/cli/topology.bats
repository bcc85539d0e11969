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
}
