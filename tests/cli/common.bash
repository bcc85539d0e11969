# SPDX-License-Identifier: BSD-3-Clause
# For every bats file: where things are, how jobs are started, how CSV is read.
ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
export UCX_WARN_UNUSED_ENV_VARS=n

job() { # RANKS PROGRAM ARGUMENT...
    local ranks=$1 program=$2
    shift 2
    "$ROOT/ci/mpirun" -n "$ranks" "$BUILD/$program" "$@"
}

# Values of the named columns, one row a line, separated by spaces; empty fields
# are "-". An awk that knows RFC 4180; a row with another number of fields than
# the header ends it with an error.
columns() { # FILE NAME...
    local file=$1
    shift
    awk -v want="$*" '
    function parse(line, f,   n, i, c, quoted, text) {
        n = 0; text = ""; quoted = 0
        for (i = 1; i <= length(line); i++) {
            c = substr(line, i, 1)
            if (quoted) {
                if (c != "\"") text = text c
                else if (substr(line, i + 1, 1) == "\"") { text = text c; i++ }
                else quoted = 0
            } else if (c == "\"") quoted = 1
            else if (c == ",") { f[++n] = text; text = "" }
            else text = text c
        }
        f[++n] = text
        return n
    }
    NR == 1 {
        fields = parse($0, name)
        for (i = 1; i <= fields; i++) at[name[i]] = i
        wanted = split(want, column, " ")
        for (i = 1; i <= wanted; i++)
            if (!at[column[i]]) { print "no column " column[i]; exit 1 }
        next
    }
    {
        n = parse($0, f)
        if (n != fields) {
            print "line " NR ": " n " fields, expected " fields; exit 1
        }
        row = ""
        for (i = 1; i <= wanted; i++) {
            value = f[at[column[i]]]
            gsub(/ /, "_", value)
            row = row (i > 1 ? " " : "") (value == "" ? "-" : value)
        }
        print row
    }' "$file"
}

# Every row was measured and right, or skipped with a reason; at least one was
# measured.
all_right() { # FILE
    columns "$1" status wrong checked reason samples > rows.txt || {
        cat rows.txt
        return 1
    }
    awk '$1 == "ok" && $2 == 0 && $3 > 0 && $5 > 0 { good++; next }
         $1 == "skip" && $4 != "-" { next }
         { print "bad row: " $0; bad++ }
         END {
             if (!good) print "no row was measured and checked"
             exit bad || !good
         }' rows.txt
}
