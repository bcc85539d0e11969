# SPDX-License-Identifier: BSD-3-Clause
# Bandwidth, and below it efficiency where the rows have it, against cluster
# size: a curve a message size, or a curve an algorithm at one size.
load system("echo \"$PLOT_SETTINGS\"")
panel_h = efficiencies ? 225.0 : 0 # the efficiency and the gap above it
load system("echo \"$PLOT_COMMON\"")

set logscale x 2
set xrange [x_from:x_to]
set yrange [y_from:y_to]
if (efficiencies) {
    set multiplot
    set bmargin at screen y(foot + panel_h)
    unset xlabel
}
plot for [i = 1:bounds] points_file index curves + i - 1 using 1:2 \
        with lines linecolor rgb "black" dashtype bound_dash linewidth 1.6, \
    for [i = 1:whiskers ? curves : 0] points_file index i - 1 using 1:2:3:4 \
        with yerrorbars linetype i dashtype solid linewidth 1.2 pointsize 0, \
    for [i = 1:curves] points_file index i - 1 using 1:2 \
        with linespoints linetype i
if (efficiencies) {
    unset label
    unset arrow
    set bmargin at screen y(foot)
    set tmargin at screen y(foot + panel_h - 38)
    set xlabel "ranks"
    set label 4 "efficiency (of bound)" \
        at screen x(22), graph 0.5 center rotate by 90
    set yrange [0:efficiency_to]
    set ytics 0.25
    plot 1 with lines linecolor rgb "black" dashtype bound_dash linewidth 1.6, \
        for [i = 1:curves] points_file index i - 1 using 1:5 \
        with linespoints linetype i
    unset multiplot
}
