# SPDX-License-Identifier: BSD-3-Clause
# How sizes, numbers and ticks are written, and small helpers on them. Knows
# nothing of rows or pictures.

function log2(x) { return log(x) / log(2) }

function floor(x,    i) {
    i = int(x)
    return i > x ? i - 1 : i
}

# "64KiB", "1MiB", "1000B"; three digits where it is no whole number of a unit.
function size_text(bytes,    unit, i) {
    split("B KiB MiB GiB TiB", unit, " ")
    for (i = 1; i < 5 && bytes >= 1024; i++)
        bytes /= 1024
    return sprintf(bytes == int(bytes) ? "%d%s" : "%.3g%s", bytes, unit[i])
}

# A size is rounded up to a multiple of the ranks, so that what was asked for as
# 1MiB is 1048578 bytes on 6 ranks: the size that both are drawn under.
function size_nominal(bytes,    power) {
    if (bytes <= 0)
        return 0
    power = 2 ^ floor(log2(bytes) + 1e-9)
    return bytes / power < 1.05 ? power : sprintf("%.3g", bytes) + 0
}

function quoted(text) {
    gsub(/[\001-\037`]/, " ", text)
    gsub(/'/, "''", text)
    return "'" text "'"
}

function slug(text) {
    gsub(/[^A-Za-z0-9.=]+/, "-", text)
    gsub(/^[-.]+|-+$/, "", text)
    return text
}

function shortened(text, most) {
    return length(text) > most ? substr(text, 1, most - 3) "..." : text
}

# Ticks at powers of two within [lo, hi], at most 16, as `set xtics (...)`.
# bytes: labels are sizes, and `zero` (> 0) is where size 0 stands.
function ticks_binary(lo, hi, bytes, zero,    k, from, to, every, text, x) {
    from = -floor(-log2(lo) + 1e-9)
    to = floor(log2(hi) + 1e-9)
    every = int((to - from) / 16) + 1
    for (k = from; k <= to; k++) {
        x = 2 ^ k
        if (k % every || (zero && x <= zero * 1.01))
            continue
        text = text (text ? ", " : "") \
            quoted(bytes ? size_text(x) : sprintf("%d", x)) " " x
    }
    if (zero)
        text = text (text ? ", " : "") quoted("0B") " " zero
    return "set xtics (" text ")"
}

# Ticks of a decimal logarithmic axis, so that a narrow range has labels too.
function ticks_decimal(lo, hi,    steps, step, n, e, i, x, text) {
    steps = hi / lo < 16 ? "1 1.5 2 3 5 7" : hi / lo < 3000 ? "1 2 5" : "1"
    n = split(steps, step, " ")
    for (e = floor(log(lo) / log(10)) - 1; 10 ^ e <= hi; e++)
        for (i = 1; i <= n; i++) {
            x = step[i] * 10 ^ e
            if (x >= lo && x <= hi)
                text = text (text ? ", " : "") \
                    quoted(sprintf(x < 1e6 ? "%.6g" : "%.0f", x)) " " x
        }
    return "set ytics (" text ")"
}
