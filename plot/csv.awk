# SPDX-License-Identifier: BSD-3-Clause
# Reads CSV as RFC 4180 has it: quoted fields may hold commas, doubled quotes
# and line breaks; lines end in LF or CRLF. Knows not what the columns mean.
# Bad input ends the program: one line `file:line: what` on stderr, exit code 2.

function fail(file, line, what) {
    printf "%s:%d: %s\n", file, line, what > "/dev/stderr"
    exit 2
}

# The fields of the next record in F[1..]; returns their number, 0 at the end,
# -1 when malformed (the reason in csv_why). csv_line: the line it began on.
function csv_next(file,    line, more, quotes) {
    do {
        if ((getline line < file) <= 0)
            return 0
        csv_line = ++csv_lines
        sub(/\r$/, "", line)
    } while (line == "")
    if (csv_line == 1)
        sub(/^\357\273\277/, "", line) # the mark some editors put first
    quotes = gsub(/"/, "\"", line)
    while (quotes % 2) {
        if ((getline more < file) <= 0) {
            csv_why = "a quoted field has no end"
            return -1
        }
        csv_lines++
        sub(/\r$/, "", more)
        quotes += gsub(/"/, "\"", more)
        line = line "\n" more
    }
    return quotes ? csv_split(line) : split(line, F, ",")
}

function csv_split(line,    n, field) {
    n = 0
    for (;;) {
        if (match(line, /^"([^"]|"")*"/)) {
            field = substr(line, 2, RLENGTH - 2)
            gsub(/""/, "\"", field)
        } else {
            match(line, /^[^,]*/)
            field = substr(line, 1, RLENGTH)
            if (index(field, "\"")) {
                csv_why = "a quote inside a field that does not begin with one"
                return -1
            }
        }
        line = substr(line, RLENGTH + 1)
        F[++n] = field
        if (line == "")
            return n
        if (substr(line, 1, 1) != ",") {
            csv_why = "text after the closing quote of field " n
            return -1
        }
        line = substr(line, 2)
    }
}

# Reads the header line into HEAD[1..] and at[name] = column; returns its width.
function csv_header(file,    n, i) {
    split("", at)
    csv_lines = 0
    n = csv_next(file)
    if (n < 0)
        fail(file, csv_line, csv_why)
    if (n == 0)
        fail(file, 1, "expected a header line, got an empty file")
    for (i = 1; i <= n; i++) {
        if (F[i] in at)
            fail(file, csv_line, "column '" F[i] "' stands twice in the header")
        HEAD[i] = F[i]
        at[F[i]] = i
    }
    return n
}
