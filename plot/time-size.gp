# SPDX-License-Identifier: BSD-3-Clause
# Time of one operation against message size, both logarithmic, a curve each
# algorithm and transport.
load system("echo \"$PLOT_SETTINGS\"")
load system("echo \"$PLOT_COMMON\"")

set logscale x 2
set logscale y 10
set xrange [x_from:x_to]
set yrange [y_from:y_to]

plot for [i = 1:whiskers ? curves : 0] points_file index i - 1 using 1:2:3:4 \
        with yerrorbars linetype i dashtype solid linewidth 1.2 pointsize 0, \
    for [i = 1:curves] points_file index i - 1 using 1:2 \
        with linespoints linetype i
