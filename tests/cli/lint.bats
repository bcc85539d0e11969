#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The lint finds what it is for, and this tree has none of it.
load common

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p tree/src/base tree/src/coll tree/src/net
}

licence='/* SPDX-License-Identifier: BSD-3-Clause */'

finds() { # FILE TEXT EXPECTED
    printf '%s\n%s\n' "$licence" "$2" > "tree/$1"
    run "$ROOT/ci/lint" tree
    rm "tree/$1"
    [ "$status" = 1 ] || { echo "$2: not found"; return 1; }
    case $output in
    *"$1:2: "*"$3"*) ;;
    *) echo "expected '$1:2: ... $3', got: $output"; return 1 ;;
    esac
}

@test "each kind of fault is named with its file and line" {
    finds src/coll/a.c '#include "net/job.h"' 'coll includes net/job.h'
    finds src/net/a.c '#include <mpi.h>' 'includes mpi.h'
    finds src/base/a.c 'int f(void) { return atoi("1"); }' 'atoi'
    finds src/base/a.c 'int x; /* TODO */' 'TODO'
    finds src/base/a.c '#ifdef HAVE_X' 'a conditional'
}

@test "a file without a licence or with too many lines is named" {
    echo 'int x;' > tree/src/base/a.c
    run "$ROOT/ci/lint" tree
    echo "$output" | grep 'src/base/a.c:1: no licence'
    { echo "$licence"; yes '' | head -500; } > tree/src/base/a.c
    run "$ROOT/ci/lint" tree
    echo "$output" | grep '501 lines'
}

@test "a mutable global is named" {
    mkdir -p tree/build/src/base
    printf '%s\nint f(void);\nstatic int n;\nint f(void) { return ++n; }\n' \
        "$licence" > tree/src/base/a.c
    gcc -c tree/src/base/a.c -o tree/build/src/base/a.o
    run "$ROOT/ci/lint" tree build
    [ "$status" = 1 ]
    echo "$output" | grep "writable data 'n'"
}

@test "this tree is clean" {
    "$ROOT/ci/lint" "$ROOT" "$BUILD"
}

@test "set-up on a machine that has everything says nothing and installs nothing" {
    run "$ROOT/ci/setup" --dry-run
    [ "$status" = 0 ]
    [ -z "$output" ] || echo "$output" | grep -q '^ci/setup: installing'
    run "$ROOT/ci/setup" --wet-run
    [ "$status" = 2 ]
}
