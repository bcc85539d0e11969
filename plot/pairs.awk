# SPDX-License-Identifier: BSD-3-Clause
# The pictures of point-to-point runs: curves against size for one pair or for
# the slowest, median and fastest of many, and a map of all pairs for each
# direction: at the largest size, of latency at the smallest.

function p2p_pictures(    i) {
    if (choose("p2p", "busbw_GBps", "", "!latency")) {
        keep_three_pairs("busbw_GBps")
        lines("busbw-size", "p2p", "p2p: bandwidth by message size", \
            "size_B", "busbw_GBps", 0)
    }
    if (choose("p2p", "time_p50_us", "", "latency")) {
        keep_three_pairs("time_p50_us")
        lines("time-size", "p2p", "p2p: latency by message size", \
            "size_B", "time_p50_us", 0)
    }
    split("uni bi latency", F, " ")
    for (i = 1; i <= 3; i++)
        direction[i] = F[i]
    for (i = 1; i <= 3; i++)
        pair_maps(direction[i], direction[i] == "latency" ? \
            "time_p50_us" : "busbw_GBps")
}

# Of more than three pairs: slowest, median and fastest at the size of the map,
# for each direction; `pair` says which it is.
function keep_three_pairs(y,    i, n, d, seen, list, kept, keep) {
    for (i = 1; i <= sel_n; i++) {
        d = v[sel[i], "direction"]
        if (!((d, v[sel[i], "pair"]) in seen)) {
            seen[d, v[sel[i], "pair"]]
            list[d]++
        }
    }
    for (d in list)
        if (list[d] > 3)
            pairs_rank(d, y, keep)
    for (i = 1; i <= sel_n; i++) {
        d = v[sel[i], "direction"]
        if (list[d] > 3) {
            if (!((d, v[sel[i], "pair"]) in keep))
                continue
            v[sel[i], "pair"] = v[sel[i], "pair"] " " \
                keep[d, v[sel[i], "pair"]]
        }
        kept[++n] = sel[i]
    }
    for (i = 1; i <= n; i++)
        sel[i] = kept[i]
    sel_n = n
}

function pairs_rank(d, y, keep,    i, n, size, sizes, order) {
    n = distinct("nominal", sizes)
    size = sizes[d == "latency" ? 1 : n]
    n = 0
    for (i = 1; i <= sel_n; i++)
        if (v[sel[i], "direction"] == d && v[sel[i], "nominal"] == size)
            order[++n] = sel[i]
    rows_sort(order, n, y)
    keep[d, v[order[int((n + 1) / 2)], "pair"]] = "(median)"
    keep[d, v[order[1], "pair"]] = y == "time_p50_us" ? "(fastest)" : \
        "(slowest)"
    keep[d, v[order[n], "pair"]] = y == "time_p50_us" ? "(slowest)" : \
        "(fastest)"
}

# --- the map ------------------------------------------------------------------

function pair_maps(d, y,    i, g, groups, group, name, keys, all, all_n) {
    if (!choose("p2p", y, "", d))
        return
    for (i = 1; i <= sel_n; i++)
        v[sel[i], "pair"] = "" # what is shown, not what parts the maps
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
            if (group[keys[i]] == g && v[all[i], "rank_a"] != "" &&
                v[all[i], "rank_b"] != "")
                sel[++sel_n] = all[i]
        pair_map("p2p-" d (groups > 1 ? "-" name[g] : ""), d, y)
    }
}

function pair_map(tail, d, y,    i, n, sizes, size, place, rank, cell,
    lo, hi, x) {
    n = distinct("nominal", sizes)
    if (!n)
        return
    size = sizes[d == "latency" ? 1 : n]
    keep_where("nominal", size)
    for (i = 1; i <= sel_n; i++) {
        x = v[sel[i], y] + 0
        cell[v[sel[i], "rank_a"] + 0, v[sel[i], "rank_b"] + 0] = x
        lo = i == 1 || x < lo ? x : lo
        hi = x > hi + 0 ? x : hi
    }
    n = ranks_place(place, rank)
    if (n < 3) # one pair is no map
        return
    picture_begin("pairs", tail)
    cells_write(n, rank, cell)
    map_settings(d, y, n, rank, lo, hi, size)
}

# rank[1..n]: every rank that is in a pair, ascending.
function ranks_place(place, rank,    i, k, n, m, other) {
    n = distinct("rank_a", rank)
    for (i = 1; i <= n; i++)
        place[rank[i]]
    m = distinct("rank_b", other)
    for (i = 1; i <= m; i++)
        if (!(other[i] in place)) {
            for (k = n++; k > 0 && rank[k] > other[i]; k--)
                rank[k + 1] = rank[k]
            rank[k + 1] = other[i]
        }
    return n
}

# Column, row, value or NaN (which no map shows), and whether a cell that could
# be measured was not.
function cells_write(n, rank, cell,    a, b, has, value, missing) {
    for (a = 1; a <= n; a++)
        for (b = 1; b <= n; b++) {
            has = (rank[a], rank[b]) in cell
            value = has ? cell[rank[a], rank[b]] : "NaN"
            missing = has || a == b ? "NaN" : a
            print b, a, value, missing > data
        }
    close(data)
}

function map_settings(d, y, n, rank, lo, hi, size,    i, every, text, bottom,
    latency) {
    latency = y == "time_p50_us"
    titles((latency ? "p2p: latency of each pair" : "p2p: bandwidth of each " \
        "pair, " (d == "bi" ? "both directions summed" : "one direction")) \
        ", " size_text(size), "", joined(n " ranks", "grey: not measured"))
    for (every = 1; n / every > 20; every *= 2)
        ;
    for (i = 1; i <= n; i += every)
        text = text (text ? ", " : "") quoted(rank[i]) " " i
    # A scale over less than a factor of two would show noise as structure.
    if (latency) {
        bottom = lo
        hi = hi < 2 * lo ? 2 * lo : hi
    } else
        bottom = lo < hi / 2 ? lo : hi / 2
    print "n = " n > settings
    print "set xtics (" text ")" > settings
    print "set ytics (" text ")" > settings
    print "bottom = " bottom > settings
    print "top = " hi > settings
    print "scale_label = " quoted(latency ? "half a round trip, median (µs)" \
        : "bandwidth (GB/s, 1 GB = 1e9 bytes)") > settings
    print "set xlabel " quoted(d == "uni" ? "receiving rank" : "rank_b") \
        > settings
    print "y_label = " quoted(d == "uni" ? "sending rank" : "rank_a") \
        > settings
    close(settings)
}
