# SPDX-License-Identifier: BSD-3-Clause
# Decides which pictures a run has and writes, for each, its points (NAME.dat)
# and its texts and ranges (NAME.gp) into the folder WORK, and WORK/list with a
# line "script NAME" each. The layout is common.gp's; the reading csv.awk's.

BEGIN {
    CONVFMT = OFMT = "%.12g"
    run = ENVIRON["RUN"]
    work = ENVIRON["WORK"]
    direction_name["uni"] = "one direction (uni)"
    direction_name["bi"] = "both directions, summed (bi)"
    series_init()
    rows_read(run "/summary.csv", 0)
    if (ENVIRON["WITH"] != "")
        rows_read(ENVIRON["WITH"], 1)
    machine = machine_find()
    for (b = 1; b <= benchmarks; b++)
        if (benchmark[b] == "p2p")
            p2p_pictures()
        else
            collective_pictures(benchmark[b])
    printf "" > (work "/list") # exists even with no picture in it
    if (repeated)
        printf "%s/summary.csv: %d points have several rows, the last one " \
            "is drawn\n", run, repeated > "/dev/stderr"
}

# --- input --------------------------------------------------------------------

# v[row, column] of the rows with status ok, and benchmark[1..benchmarks]. Of
# another file (--with) those of benchmarks and rank counts that the run has.
function rows_read(file, other,    width, n, i, name, numeric, total, line,
    first) {
    first = rows
    width = csv_header(file)
    n = split("status benchmark transport algorithm ranks size_B " \
        "time_p50_us busbw_GBps", F, " ")
    for (i = 1; i <= n; i++)
        if (!(F[i] in at))
            fail(file, 1, "no column '" F[i] "' in the header")
    n = split("rank_a rank_b ranks nodes size_B time_p50_us time_p50_lo_us " \
        "time_p50_hi_us busbw_GBps bound_GBps efficiency", F, " ")
    for (i = 1; i <= n; i++)
        numeric[F[i]]
    while (n = csv_next(file)) {
        line = csv_line
        if (n > 0 && n != width)
            csv_why = "expected " width " fields, got " n
        if (n != width) {
            if (other || ENVIRON["HALF"] == "no" || csv_next(file))
                fail(file, line, csv_why)
            printf "%s:%d: half a line left out\n", file, line > "/dev/stderr"
            break
        }
        total++
        if (F[at["status"]] != "ok" || other && \
            !((F[at["benchmark"]], F[at["ranks"]]) in measured))
            continue
        rows++
        if (other)
            v[rows, "other"] = 1
        else
            measured[F[at["benchmark"]], F[at["ranks"]]]
        for (i = 1; i <= width; i++) {
            name = HEAD[i]
            if (name in numeric && F[i] != "" && !number_is(F[i]))
                fail(file, line, name ": '" F[i] "' is not a number >= 0")
            v[rows, name] = F[i]
        }
        row_complete(file, line)
    }
    close(file)
    if (rows == first) {
        printf "%s: no row with status ok among %d%s\n", file, total, \
            other ? " has a benchmark and rank count of the run" : "" \
            > "/dev/stderr"
        exit 3
    }
}

function number_is(text) {
    return text ~ /^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/
}

function row_complete(file, line,    b) {
    if (v[rows, "benchmark"] == "" || v[rows, "size_B"] == "")
        fail(file, line, "a row with status ok has no benchmark or size_B")
    v[rows, "nominal"] = size_nominal(v[rows, "size_B"])
    if (v[rows, "rank_a"] != "")
        v[rows, "pair"] = "ranks " v[rows, "rank_a"] "-" v[rows, "rank_b"]
    for (b = 1; b <= benchmarks; b++)
        if (benchmark[b] == v[rows, "benchmark"])
            return
    benchmark[++benchmarks] = v[rows, "benchmark"]
}

# "node-a and 3 more, AMD EPYC 9B14": from nodes.csv, else run.json, else "".
function machine_find(    file, n, host, cpu, nodes, line) {
    file = run "/nodes.csv"
    if ((getline line < file) > 0) {
        close(file)
        csv_header(file)
        while ((n = csv_next(file)) > 0)
            if (!nodes++) {
                host = "host" in at ? F[at["host"]] : ""
                cpu = "cpu" in at ? F[at["cpu"]] : ""
            }
    } else {
        file = run "/run.json"
        while ((getline line < file) > 0) {
            host = host == "" ? json_text(line, "host") : host
            cpu = cpu == "" ? json_text(line, "cpu") : cpu
        }
    }
    close(file)
    gsub(/\((R|r|TM|tm)\)|®|™/, "", cpu)
    gsub(/ CPU @.*| [0-9]+-Core Processor.*/, "", cpu)
    gsub(/ +/, " ", cpu)
    if (nodes > 1)
        host = host " and " nodes - 1 " more"
    return shortened(host, 40) (host != "" && cpu != "" ? ", " : "") \
        shortened(cpu, 48)
}

# The value of "key": "value" in one line of JSON; "" when it is not there.
function json_text(line, key) {
    if (!match(line, "\"" key "\"[ \t]*:[ \t]*\"[^\"\\\\]*\""))
        return ""
    line = substr(line, RSTART, RLENGTH - 1)
    sub(/.*"/, "", line)
    return line
}

# --- selections ---------------------------------------------------------------

# sel = the rows of a benchmark where `needs` is present and positive; ranks and
# direction "" for any ("!latency": all but these).
function choose(b, needs, ranks, direction,    r, d) {
    sel_n = 0
    for (r = 1; r <= rows; r++) {
        d = v[r, "direction"]
        if (v[r, "benchmark"] != b || v[r, needs] + 0 <= 0 ||
            ranks != "" && v[r, "ranks"] != ranks ||
            direction == "!latency" && d == "latency" ||
            direction != "" && direction != "!latency" && d != direction)
            continue
        # One rank uses no wire: its busbw of 0 says nothing.
        if (needs == "busbw_GBps" && v[r, "ranks"] == 1)
            continue
        sel[++sel_n] = r
    }
    return sel_n
}

# The distinct numbers of a column of the selection, ascending; their number.
function distinct(column, out,    i, k, n, x, seen) {
    for (i = 1; i <= sel_n; i++) {
        x = v[sel[i], column]
        if (x == "" || (x + 0) in seen)
            continue
        seen[x + 0]
        for (k = n++; k > 0 && out[k] > x + 0; k--)
            out[k + 1] = out[k]
        out[k + 1] = x + 0
    }
    return n + 0
}

function keep_where(column, value,    i, n) {
    for (i = 1; i <= sel_n; i++)
        if (v[sel[i], column] == value)
            sel[++n] = sel[i]
    sel_n = n
}

# --- collectives --------------------------------------------------------------

function collective_pictures(b,    n, i, rank_list, tail) {
    choose(b, "time_p50_us", "", "")
    n = distinct("ranks", rank_list)
    for (i = 1; i <= n; i++) {
        tail = slug(b) (n > 1 ? "-" rank_list[i] "ranks" : "")
        if (choose(b, "busbw_GBps", rank_list[i], ""))
            lines("busbw-size", tail, b ": bus bandwidth by message size", \
                "size_B", "busbw_GBps", 0)
        if (choose(b, "time_p50_us", rank_list[i], ""))
            lines("time-size", tail, b ": time by message size", \
                "size_B", "time_p50_us", 0)
    }
    if (choose(b, "busbw_GBps", "", "") && distinct("ranks", rank_list) > 1)
        rank_pictures(b)
}

# One picture for each algorithm and transport, a curve a size; where there are
# several, also one that compares them at the largest size they share.
function rank_pictures(b,    all, all_n, g, groups, group, name, keys, i,
    what) {
    what = b ": bus bandwidth by cluster size"
    columns_choose(0)
    all_n = sel_n
    for (i = 1; i <= sel_n; i++) {
        all[i] = sel[i]
        keys[i] = key_of(sel[i])
        if (!(keys[i] in group)) {
            group[keys[i]] = ++groups
            name[groups] = slug(name_of(sel[i]))
        }
    }
    for (g = 1; g <= groups; g++) {
        sel_n = 0
        for (i = 1; i <= all_n; i++)
            if (group[keys[i]] == g)
                sel[++sel_n] = all[i]
        keep_few_sizes()
        lines("busbw-ranks", slug(b) (groups > 1 ? "-" name[g] : ""), what, \
            "ranks", "busbw_GBps", 1)
    }
    if (groups == 1)
        return
    for (i = 1; i <= all_n; i++)
        sel[i] = all[i]
    sel_n = all_n
    keep_shared_size(groups)
    lines("busbw-ranks", slug(b), what ", at " \
        size_text(v[sel[1], "nominal"]), "ranks", "busbw_GBps", 0)
}

# At most six sizes, from the smallest that reaches half of the best busbw
# (there bandwidth counts, not latency) to the largest.
function keep_few_sizes(    n, i, k, s, sizes, top, best, first, count, want,
    m) {
    n = distinct("nominal", sizes)
    for (i = 1; i <= sel_n; i++) {
        s = v[sel[i], "nominal"]
        top[s] = v[sel[i], "busbw_GBps"] > top[s] + 0 ? \
            v[sel[i], "busbw_GBps"] + 0 : top[s]
        best = top[s] > best + 0 ? top[s] : best
    }
    for (first = 1; top[sizes[first]] < best / 2; first++)
        ;
    if (first == n && n > 1)
        first = n - 1
    count = n - first + 1 > 6 ? 6 : n - first + 1
    for (k = 0; k < count; k++)
        want[sizes[first + (count > 1 ? int(k * (n - first) / (count - 1) \
            + 0.5) : 0)]]
    for (i = 1; i <= sel_n; i++)
        if (v[sel[i], "nominal"] in want)
            sel[++m] = sel[i]
    sel_n = m
}

# The largest of the sizes that most groups have.
function keep_shared_size(groups,    i, n, sizes, seen, have, best) {
    n = distinct("nominal", sizes)
    columns_choose(0)
    for (i = 1; i <= sel_n; i++)
        if (!((v[sel[i], "nominal"], key_of(sel[i])) in seen)) {
            seen[v[sel[i], "nominal"], key_of(sel[i])]
            have[v[sel[i], "nominal"]]++
        }
    best = sizes[n]
    for (i = n; i > 0; i--)
        if (have[sizes[i]] > have[best])
            best = sizes[i]
    keep_where("nominal", best)
}
