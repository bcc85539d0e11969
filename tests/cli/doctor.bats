#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# `doctor` on recorded nodes: what it shows, what it returns, what differs.
load common
bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_TMPDIR"; }

unpack() { # CASE FOLDER
    "$ROOT/tests/data/doctor/unpack" "$1" "$2"
}

same() { # NAME: compares got.txt; UPDATE=1 rewrites
    golden=$BATS_TEST_DIRNAME/golden/$1.txt
    [ -z "${UPDATE-}" ] || cp got.txt "$golden"
    diff "$golden" got.txt
}

# A value of the JSON on stdin: json "['bad']".
json() {
    python3 -c 'import json, sys
print(eval("json.load(sys.stdin)" + sys.argv[1]))' "$1"
}

@test "a sound node, a faulty one and a closed one look as they always did" {
    for node in good two-nics no-permission; do
        unpack $node $node
        "$BUILD/doctor" --root $node >got.txt || echo "exit code $?" >>got.txt
        same doctor-$node
    done
}

@test "exit codes: 0 sound or only unknown, 1 bad, 2 the command line" {
    unpack good good
    unpack acs-on acs-on
    unpack no-permission closed
    "$BUILD/doctor" --root good >/dev/null
    "$BUILD/doctor" --root closed/ | tail -1 |
        grep -qE '^1 node: 0 bad, [1-9][0-9]* unknown'
    run "$BUILD/doctor" --root acs-on
    [ "$status" -eq 1 ]
    refused() {
        run --separate-stderr "$BUILD/doctor" "$@"
        [ "$status" -eq 2 ]
        [ -z "$output" ]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        grep -q expected <<<"$stderr"
    }
    refused --rot
    refused --root
    refused good
    refused --root no/such/folder
}

@test "the JSON says what the table says" {
    unpack two-nics two
    "$BUILD/doctor" --json --root two >out.json || [ $? -eq 1 ]
    [ "$(json "['bad']" <out.json)" = 2 ]
    [ "$(json "['unknown']" <out.json)" = 0 ]
    [ "$(json "['nodes'][0]['host']" <out.json)" = node1 ]
    python3 -c 'import json, sys
for f in json.load(sys.stdin)["nodes"][0]["facts"]:
    if f["verdict"] == "bad":
        print(f["subject"], f["what"], f["value"], f["expected"])
' <out.json >bad.txt
    diff bad.txt - <<'END'
mlx5_1 PCIe width x8 x16
mlx5_1:1 rate 200 Gb/sec (4X HDR) 400 Gb/sec
END
}

@test "in a job the odd node is named beside what the others have" {
    for n in 0 1 2; do
        unpack good n$n
        echo node$n >n$n/proc/sys/kernel/hostname
    done
    job 3 doctor --root n%r >got.txt
    [ "$(tail -1 got.txt)" = "3 nodes: 0 bad, 0 unknown, 0 worth a look, 0 differences" ]
    grep -q '^nothing differs' got.txt

    unpack old-firmware n1
    job 3 doctor --root n%r >got.txt 2>/dev/null || [ $? -eq 1 ]
    same doctor-firmware
    grep -q '^  node17: NIC firmware 28.39.3004 where 2 others have 28.43.1014$' got.txt
    job 3 doctor --json --root n%r >out.json 2>/dev/null || [ $? -eq 1 ]
    [ "$(json "['differences'][0]['hosts'][0]" <out.json)" = node17 ]
    [ "$(json "['differences'][0]['most']" <out.json)" = 2 ]
    [ "$(json "['nodes'][2]['host']" <out.json)" = node2 ]
}

@test "ranks of one node are one node" {
    job 3 doctor >got.txt 2>/dev/null || [ $? -eq 1 ]
    grep -qE '^1 node: ' got.txt
}

@test "this machine is looked at in seconds" {
    timeout 20 "$BUILD/doctor" >got.txt || [ $? -eq 1 ]
    tail -1 got.txt | grep -qE '^1 node: '
}
