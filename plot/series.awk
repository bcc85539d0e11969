# SPDX-License-Identifier: BSD-3-Clause
# From selected rows (sel[1..sel_n], row numbers into v[row, column]) to curves:
# which rows belong to one curve, what it is called, its points in order.

# What makes two rows incomparable, always (sure), and what may rightly change
# along a curve (loose: nodes grow with ranks, a window shrinks with the size)
# and parts curves only where two rows would otherwise fall on one point.
function series_init() {
    sure_n = split("run_id source direction algorithm transport memory " \
        "datatype op in_place placement mode sync pair", SURE, " ")
    loose_n = split("topology constants nodes ranks_per_node group seed " \
        "window", LOOSE, " ")
    # Values that say what they are; others are written as name=value.
    split("", plain)
    n = split("source direction algorithm transport memory datatype op " \
        "topology pair", F, " ")
    for (i = 1; i <= n; i++)
        plain[F[i]] = 1
}

# What another file (--with) does not say of its rows is no difference.
function varies(column,    i, any, value) {
    for (i = 1; i <= sel_n; i++)
        if (!v[sel[i], "other"] || v[sel[i], column] != "") {
            if (any && v[sel[i], column] != value)
                return 1
            any = 1
            value = v[sel[i], column]
        }
    return 0
}

# The distinct values of a column of the selection: "ring, tree"; at most four.
function values(column,    i, n, seen, text) {
    for (i = 1; i <= sel_n; i++)
        if (v[sel[i], column] != "" && !(v[sel[i], column] in seen)) {
            seen[v[sel[i], column]]
            if (++n <= 4)
                text = text (n > 1 ? ", " : "") v[sel[i], column]
        }
    return n > 4 ? text " and " n - 4 " more" : text
}

# use[1..use_n]: the columns that part curves, with the first `loose` of LOOSE.
function columns_choose(loose,    i, p2p) {
    use_n = 0
    p2p = v[sel[1], "benchmark"] == "p2p" # its algorithm is its direction
    for (i = 1; i <= sure_n; i++)
        if (SURE[i] == "algorithm" ? !p2p || varies("algorithm") &&
            !varies("direction") : SURE[i] == "transport" || varies(SURE[i]))
            use[++use_n] = SURE[i]
    for (i = 1; i <= loose; i++)
        if (varies(LOOSE[i]))
            use[++use_n] = LOOSE[i]
}

function key_of(row,    i, key) {
    for (i = 1; i <= use_n; i++)
        key = key "|" v[row, use[i]]
    return key
}

function name_of(row,    i, value, name) {
    for (i = 1; i <= use_n; i++) {
        value = v[row, use[i]]
        if (value == "")
            continue
        if (use[i] == "direction" && value in direction_name)
            value = direction_name[value]
        name = name (name == "" ? "" : ", ") \
            (use[i] in plain ? "" : use[i] "=") value
    }
    return name == "" ? "all" : name
}

# Fewest columns for which no two rows share a point. Returns how many rows
# repeat a point even with all of them: there the last one counts.
function columns_settle(x, bysize,    loose, i, point, seen, repeats) {
    for (loose = 0; loose <= loose_n; loose++) {
        columns_choose(loose)
        split("", seen)
        repeats = 0
        for (i = 1; i <= sel_n; i++) {
            point = key_of(sel[i]) "|" v[sel[i], x]
            if (bysize)
                point = point "|" v[sel[i], "nominal"]
            repeats += point in seen
            seen[point]
        }
        if (!repeats)
            return 0
    }
    return repeats
}

# Curves over the selection: curve[1..curves] names, points[c], point[c, i] rows
# in order of x. bysize: one curve a size, the smallest first.
function series_make(x, bysize,    i, c, row, key, id, where) {
    repeated += columns_settle(x, bysize)
    split("", id)
    split("", where)
    curves = 0
    for (i = 1; i <= sel_n; i++) {
        row = sel[i]
        key = key_of(row) (bysize ? "|" v[row, "nominal"] : "")
        if (!(key in id)) {
            id[key] = ++curves
            points[curves] = 0
            curve[curves] = bysize ? size_text(v[row, "nominal"]) : \
                name_of(row)
        }
        c = id[key]
        if (!((c, v[row, x]) in where))
            where[c, v[row, x]] = ++points[c]
        point[c, where[c, v[row, x]]] = row
    }
    for (c = 1; c <= curves; c++)
        points_sort(c, x)
}

function points_sort(c, x,    i, list) {
    for (i = 1; i <= points[c]; i++)
        list[i] = point[c, i]
    rows_sort(list, points[c], x)
    for (i = 1; i <= points[c]; i++)
        point[c, i] = list[i]
}

# Rows list[1..n] by a column, ascending (Shell's sort: n may be 100 pairs
# squared).
function rows_sort(list, n, column,    gap, i, k, row) {
    for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
        for (i = gap + 1; i <= n; i++) {
            row = list[i]
            for (k = i; k > gap && v[list[k - gap], column] + 0 > \
                v[row, column] + 0; k -= gap)
                list[k] = list[k - gap]
            list[k] = row
        }
}

# The bounds of the drawn rows: bound[1..bounds] names, bound_at[b, x]. Curves
# whose bounds agree wherever both have one share a line.
function bounds_make(x,    c, b) {
    bounds = 0
    split("", bound_at)
    for (c = 1; c <= curves; c++)
        if (bound_has(c)) {
            for (b = 1; b <= bounds && !bound_agrees(b, c, x); b++)
                ;
            if (b > bounds) {
                bounds = b
                bound[b] = curve[c]
            }
            bound_merge(b, c, x)
        }
    for (b = 1; b <= bounds; b++)
        bound[b] = bounds > 1 ? "bound: " bound[b] : "bound"
}

function bound_has(c,    i) {
    for (i = 1; i <= points[c]; i++)
        if (v[point[c, i], "bound_GBps"] != "")
            return 1
    return 0
}

function bound_agrees(b, c, x,    i, at_x, have) {
    for (i = 1; i <= points[c]; i++) {
        have = v[point[c, i], "bound_GBps"]
        at_x = b SUBSEP v[point[c, i], x]
        if (have != "" && at_x in bound_at &&
            (have - bound_at[at_x]) ^ 2 > (1e-3 * have) ^ 2)
            return 0
    }
    return 1
}

function bound_merge(b, c, x,    i) {
    for (i = 1; i <= points[c]; i++)
        if (v[point[c, i], "bound_GBps"] != "")
            bound_at[b, v[point[c, i], x]] = v[point[c, i], "bound_GBps"]
}
