#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Bad input: one line that says what and what was expected, exit 2, nothing
# written. A new option without a bad value here fails the first test.
load common

setup() { cd "$BATS_TEST_TMPDIR"; }

# OPTION|BAD VALUE|part of what was expected
bad='
-b|x|a size such as 64KiB
-b|1.3B|a size such as 64KiB
-b|-1|a size such as 64KiB
-e|12XB|a size such as 64KiB
-f|1|a factor above 1
-f|nan|a factor above 1
-i|0|a size above 0
-n|0|a whole number from 1 on
-n|2.5|a whole number from 1 on
-w|-1|a whole number from 0 on
-c|x|a whole number from 0 on
-o|mean|sum, prod, min, max or avg
-d|float|int8, uint8
-T|0|a time above 0
-T|5parsec|a time above 0
--transport|pigeon|a list of the transports
--algorithm|bubble|all, auto, or a list
--placement|random|packed, spread or rail
--split|tp|up to 6 axes
--group||a name
--with|tp:allreduce:1MiB|them
--ranks-per-node|0|a whole number from 1 on
--segment|0|a size above 0
--path|scenic|any or tag
--overlap|x|a size above 0
--sync|watch|barrier or clock
--mode|fast|isolated or pipelined
--precision|200%|a share such as 1%
--precision|x|a share such as 1%
--time|-1s|a time above 0
--min-samples|0|a whole number from 1 on
--max-samples|many|a whole number from 1 on
--batch|0|a whole number from 1 on
--pipeline|0|a whole number from 1 on
--memory|gpu|host
--gpu|x|numbers of GPUs
--seed|-5|a whole number from 0 on
--inject|flip=1|corrupt=RANK
--inject|slow=1|corrupt=RANK
--measured|/no/such/file|the summary.csv of a run
--topology|/no/such/file|a topology file
--ranks|2,x|rank counts such as 2,4,8
--out||a name
'

bad_p2p='
--window|0|a whole number from 1 on
--direction|up|a list of latency, uni and bi
--pairs|some|disjoint or all
'

bad_rooted='
-r|x|a whole number from 0 on
-r|-1|a whole number from 0 on
'

try() { # PROGRAM OPTION VALUE EXPECTED
    case $2 in
    --*) set -- "$1" "$2" "$3" "$4" "$2=$3" ;;
    *) set -- "$1" "$2" "$3" "$4" "$2$3" ;;
    esac
    run "$BUILD/$1" "$5" -q
    [ "$status" = 2 ] || { echo "$5: exit $status, expected 2: $output"; return 1; }
    [ "$(echo "$output" | grep -c '^linerate: ')" = 1 ] ||
        { echo "$5: expected one line, got: $output"; return 1; }
    case $output in
    *"expected "*"$4"*) ;;
    *) echo "$5: expected '$4' in: $output"; return 1 ;;
    esac
}

@test "every option refuses a bad value with one line and exit 2" {
    while IFS='|' read -r option value expected; do
        [ -z "$option" ] || try allreduce "$option" "$value" "$expected"
    done <<< "$bad"
    while IFS='|' read -r option value expected; do
        [ -z "$option" ] || try p2p "$option" "$value" "$expected"
    done <<< "$bad_p2p"
    while IFS='|' read -r option value expected; do
        [ -z "$option" ] || try broadcast "$option" "$value" "$expected"
    done <<< "$bad_rooted"
    [ -z "$(ls -A)" ] # nothing was written
}

@test "no option with a value is missing from these tests" {
    for program in allreduce p2p gather; do
        "$BUILD/$program" --help |
            sed -n 's/^ *\(-[a-zA-Z]\), --[a-z-]*=.*/\1/p
                    s/^      \(--[a-z-]*\)\[\{0,1\}=.*/\1/p' > options.txt
        [ "$(wc -l < options.txt)" -gt 15 ]
        while read -r option; do
            printf '%s%s%s' "$bad" "$bad_p2p" "$bad_rooted" | grep -q "^$option|" ||
                { echo "$option has no bad value here"; return 1; }
        done < options.txt
    done
}

@test "unknown options and stray words are refused with exit 2" {
    run "$BUILD/allreduce" --speed
    [ "$status" = 2 ]
    run "$BUILD/allreduce" fast
    [ "$status" = 2 ]
    echo "$output" | grep "allreduce: 'fast', expected an option"
    for words in "allgather -o sum" "broadcast -o sum" "allreduce -r 0" \
        "alltoall --root 0" "reduce --window 4"; do
        run "$BUILD"/$words -q
        [ "$status" = 2 ] || { echo "$words: exit $status"; return 1; }
    done
}

@test "options that contradict each other are refused with exit 2" {
    for options in "-b 64 -e 8" "--resume" "--max-samples 5 --min-samples 9" \
        "--inject die=7"; do
        run "$BUILD/allreduce" $options -q
        [ "$status" = 2 ] || { echo "$options: exit $status"; return 1; }
        echo "$output" | grep -c '^linerate: allreduce: .*expected ' | grep -qx 1
    done
    run job 2 scatter --root 2 -q
    [ "$status" = 2 ]
    echo "$output" | grep 'scatter: --root: rank 2, expected one of the 2 ranks'
}

@test "only one of several processes complains" {
    run job 3 allreduce -b x
    [ "$(echo "$output" | grep -c '^linerate: ')" = 1 ]
    [ "$status" = 2 ]
}

@test "a malformed CSV to choose from is named by file and line" {
    printf 'run_id,status\n"x,ok\n' > bad.csv
    run "$BUILD/allreduce" --measured bad.csv -q
    [ "$status" = 2 ]
    echo "$output" | grep '^linerate: bad.csv:2: .*expected '
}

@test "--help lists algorithms, transports and exit codes; --version the build" {
    "$BUILD/allreduce" --help > help.txt
    for word in ring rabenseifner double-tree hierarchical null 'Exit codes'; do
        grep -q -- "$word" help.txt
    done
    "$BUILD/allreduce" --version | grep '^linerate '
    "$BUILD/allreduce" --version | grep 'Open MPI'
}
