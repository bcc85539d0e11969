# SPDX-License-Identifier: BSD-3-Clause
# Writes the points, ranges, ticks, titles and legend of a picture of curves.

# A name of its own in the folder, and the two files that the script will read.
function picture_begin(script, tail,    name, n) {
    name = script "-" tail
    for (n = 2; name in taken; n++)
        name = script "-" tail "-" n
    taken[name]
    data = work "/" name ".dat"
    settings = work "/" name ".gp"
    print script, name > (work "/list")
}

# The selection as curves of y over x, one a series, or one a size.
function lines(script, tail, what, x, y, bysize,    c, b) {
    picture_begin(script, tail)
    series_make(x, bysize)
    bounds_make(x)
    if (y != "busbw_GBps")
        bounds = 0
    range_find(x, y)
    for (c = 1; c <= curves; c++) {
        curve_write(c, x, y)
        print "name_" c " = " quoted(curve[c]) > settings
    }
    for (b = 1; b <= bounds; b++) {
        bound_write(b)
        print "bound_" b " = " quoted(bound[b]) > settings
    }
    close(data)
    print "curves = " curves > settings
    print "bounds = " bounds > settings
    print "whiskers = " whiskers > settings
    print "efficiencies = " (x == "ranks" ? efficiencies : 0) > settings
    axes_write(x, y)
    legend_write()
    titles(what, x, "")
    close(settings)
}

# x_min .. y_max over points, whiskers and bounds; where size 0 stands.
function range_find(x, y,    c, i, row, at_x, value) {
    x_min = y_min = 1e300
    x_max = y_max = whiskers = efficiencies = efficiency_max = zero = 0
    for (c = 1; c <= curves; c++)
        for (i = 1; i <= points[c]; i++) {
            row = point[c, i]
            at_x = v[row, x] + 0
            zero += at_x == 0
            x_min = at_x > 0 && at_x < x_min ? at_x : x_min
            x_max = at_x > x_max ? at_x : x_max
            y_take(v[row, y] + 0)
            if (interval(row, y)) {
                whiskers++
                y_take(low)
                y_take(high)
            }
            value = v[row, "efficiency"] + 0
            efficiencies += v[row, "efficiency"] != ""
            efficiency_max = value > efficiency_max ? value : efficiency_max
            if (bounds)
                y_take(v[row, "bound_GBps"] + 0)
        }
    if (x_max == 0)
        x_min = x_max = 2
    zero = zero ? x_min / 2 : 0
    x_low = zero ? zero : x_min
    x_from = x_low == x_max ? x_low / 2 : x_low / 1.25
    x_to = x_low == x_max ? x_max * 2 : x_max * 1.25
}

function y_take(value) {
    if (value > 0) {
        y_min = value < y_min ? value : y_min
        y_max = value > y_max ? value : y_max
    }
}

# The 95 % interval of y's median in low, high; false when the row has none. A
# rate is inverse to its time: busbw x p50 is a constant of the row.
function interval(row, y,    from, to) {
    from = v[row, "time_p50_lo_us"] + 0
    to = v[row, "time_p50_hi_us"] + 0
    if (from <= 0 || to < from)
        return 0
    low = y == "time_p50_us" ? from : v[row, y] * v[row, "time_p50_us"] / to
    high = y == "time_p50_us" ? to : v[row, y] * v[row, "time_p50_us"] / from
    return 1
}

# A block: x, y, low, high, efficiency; absent ones are NaN.
function curve_write(c, x, y,    i, row, has, at_x, share) {
    for (i = 1; i <= points[c]; i++) {
        row = point[c, i]
        has = interval(row, y)
        at_x = v[row, x] > 0 ? v[row, x] : zero
        share = v[row, "efficiency"] == "" ? "NaN" : v[row, "efficiency"]
        print at_x, v[row, y], has ? low : "NaN", has ? high : "NaN", share \
            > data
    }
    printf "\n\n" > data
}

function bound_write(b,    place, part, n, k, x, list, level) {
    for (place in bound_at) {
        split(place, part, SUBSEP)
        if (part[1] != b)
            continue
        x = part[2] > 0 ? part[2] + 0 : zero
        for (k = n++; k > 0 && list[k] > x; k--)
            list[k + 1] = list[k]
        list[k + 1] = x
        level[x] = bound_at[place]
    }
    if (n == 1) # a line needs two ends
        print list[1] / 1.2, level[list[1]] > data
    for (k = 1; k <= n; k++)
        print list[k] * (n == 1 ? 1.2 : 1), level[list[k]] > data
    printf "\n\n" > data
}

function axes_write(x, y) {
    print ticks_binary(x_from, x_to, x == "size_B", zero) > settings
    print "x_from = " x_from > settings
    print "x_to = " x_to > settings
    print "set xlabel " quoted(x == "ranks" ? "ranks" : \
        v[sel[1], "benchmark"] == "p2p" ? "message size" : \
        "message size (size_B)") > settings
    if (y == "time_p50_us") {
        y_min /= 1.3
        y_max *= 1.3
        if (y_max / y_min < 4) { # room for at least two labels
            y_max = sqrt(y_min * y_max) * 2
            y_min = y_max / 4
        }
        print ticks_decimal(y_min, y_max) > settings
        print "y_label = " quoted(v[sel[1], "direction"] == "latency" ? \
            "half a round trip, median (µs)" : \
            "time of one operation, median (µs)") > settings
    } else {
        y_min = 0
        y_max *= 1.05
        print "y_label = " quoted((v[sel[1], "benchmark"] == "p2p" ? \
            "bandwidth" : "bus bandwidth") " (GB/s, 1 GB = 1e9 bytes)") \
            > settings
    }
    print "y_from = " y_min > settings
    print "y_to = " y_max > settings
    print "efficiency_to = " (efficiency_max > 1 ? efficiency_max * 1.05 : \
        1.05) > settings
}

# Columns of the legend below the picture, as many as the longest name allows.
function legend_write(    c, longest, columns, n) {
    for (c = 1; c <= curves; c++)
        longest = length(curve[c]) > longest ? length(curve[c]) : longest
    for (c = 1; c <= bounds; c++)
        longest = length(bound[c]) > longest ? length(bound[c]) : longest
    n = curves + bounds
    columns = int(848 / (longest * 7.4 + 70))
    columns = columns < 1 ? 1 : columns > n ? n : columns
    print "legend_columns = " columns > settings
    print "legend_rows = " int((n + columns - 1) / columns) > settings
}

# --- titles -------------------------------------------------------------------

# What is drawn; machine, transport, memory, datatype and op; and, small, ranks,
# sync and mode. x "" and `ranks`, the text on them: the map of pairs.
function titles(what, x, ranks,    source, where, how, algorithm, title_2) {
    source = values("source")
    if (source != "" && source != "measured")
        what = what " (" source ")"
    where = source == "simulated" || machine == "" ? values("topology") : \
        machine
    algorithm = x == "ranks" && !varies("algorithm") ? values("algorithm") : ""
    print "title_1 = " quoted(shortened(what, 90)) > settings
    title_2 = joined(where == "" ? "machine not recorded" : where, \
        joined(algorithm, \
        joined(named(values("transport"), "", " transport"), \
        joined(named(values("memory"), "", " memory"), \
        joined(values("datatype"), values("op"))))))
    how = joined(x == "" ? ranks : ranks_text(), \
        joined(named(values("sync"), "sync=", ""), \
        named(values("mode"), "mode=", "")))
    if (x != "" && whiskers)
        how = joined(how, "whiskers: 95 % confidence interval of the median")
    titles_write(what, title_2, how, x == "" ? 96 : 108)
}

# Two lines where one is too short for the second title. A line break is written
# as gnuplot's "\n", which only double quotes know.
function titles_write(what, where, how, width,    at_break, lines_n) {
    lines_n = 1
    print "title_1 = " quoted(shortened(what, width - 30)) > settings
    if (length(where) > width) {
        for (at_break = width; at_break > 1 && \
            substr(where, at_break, 2) != "; "; at_break--)
            ;
        lines_n = at_break > 1 ? 2 : 1
    }
    if (lines_n == 2)
        print "title_2 = " quoted(substr(where, 1, at_break)) " . \"\\n\" . " \
            quoted(shortened(substr(where, at_break + 2), width)) > settings
    else
        print "title_2 = " quoted(shortened(where, width)) > settings
    print "title_2_lines = " lines_n > settings
    print "title_3 = " quoted(shortened(how, width + 22)) > settings
}

function joined(left, right) {
    return left == "" ? right : right == "" ? left : left "; " right
}

function named(value, before, after) {
    return value == "" ? "" : before value after
}

# "2 to 64 ranks on 1 to 8 nodes", or the pair of a point-to-point run.
function ranks_text(    nodes, n) {
    nodes = range_text("nodes", "node")
    n = range_text("ranks", "rank")
    if (v[sel[1], "benchmark"] == "p2p" && v[sel[1], "pair"] != "" &&
        !varies("pair"))
        n = v[sel[1], "pair"]
    return n == "" ? nodes : nodes == "" ? n : n " on " nodes
}

function range_text(column, unit,    n, list) {
    n = distinct(column, list)
    if (n == 0)
        return ""
    if (n == 1)
        return list[1] " " unit (list[1] == 1 ? "" : "s")
    return list[1] " to " list[n] " " unit "s"
}
