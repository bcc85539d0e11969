# SPDX-License-Identifier: BSD-3-Clause
# Bandwidth against message size, a curve each algorithm and transport, with the
# bound where the rows have one.
load system("echo \"$PLOT_SETTINGS\"")
load system("echo \"$PLOT_COMMON\"")

set logscale x 2
set xrange [x_from:x_to]
set yrange [y_from:y_to]

# Where no row has an interval no whiskers are asked for.
plot for [i = 1:bounds] points_file index curves + i - 1 using 1:2 \
        with lines linecolor rgb "black" dashtype bound_dash linewidth 1.6, \
    for [i = 1:whiskers ? curves : 0] points_file index i - 1 using 1:2:3:4 \
        with yerrorbars linetype i dashtype solid linewidth 1.2 pointsize 0, \
    for [i = 1:curves] points_file index i - 1 using 1:2 \
        with linespoints linetype i
