#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Ends of flows against SimGrid's, where SimGrid is installed (`make simgrid`
# runs 1,000 cases).
load common

setup() {
    cases=$BUILD/tests/simgrid-cases
    compare=$BUILD/tests/simgrid-compare
    [ -x "$cases" ] && [ -x "$compare" ] || skip "built without SimGrid"
    cd "$BATS_TEST_TMPDIR"
}

@test "flows end when SimGrid says, to 1e-9, in 100 random cases" {
    "$cases" write 20260701 100 >cases
    "$cases" solve <cases >ends
    run "$compare" cases ends
    echo "$output"
    [ "$status" = 0 ]
    [[ ${lines[-1]} == "all "*" 100 cases "* ]]
}

@test "an end that is off by 2e-9 is not taken for the same" {
    "$cases" write 20260702 10 >cases
    "$cases" solve <cases |
        awk 'NR == 500 { $0 = sprintf("%.17g", $1 * (1 + 2e-9)) } 1' >ends
    run "$compare" cases ends
    echo "$output"
    [ "$status" = 1 ]
}
