# SPDX-License-Identifier: BSD-3-Clause
# A map of one value for each ordered pair of ranks. Pairs without a value stay
# grey (crossed where it is not a rank with itself); numbers in the cells as
# long as they can be read.
load system("echo \"$PLOT_SETTINGS\"")
page_w = 880.0
page_h = 760.0
load system("echo \"$PLOT_COMMON\"")

# The square: as wide as high, with room for the colour box at its right.
side = page_h - title_h - 72
set lmargin at screen x(left)
set rmargin at screen x(left + side)
set bmargin at screen y(72)

# viridis, by ten of its colours: darkness falls steadily, so it prints in grey.
set palette defined (0 "#440154", 1 "#482878", 2 "#3e4989", 3 "#31688e", \
    4 "#26828e", 5 "#1f9e89", 6 "#35b779", 7 "#6ece58", 8 "#b5de2b", \
    9 "#fde725")
set colorbox user origin screen x(left + side + 22), screen y(72) \
    size screen x(18), screen y(side)
set cbtics scale 0.5
set label 5 scale_label at screen x(left + side + 96), graph 0.5 \
    center rotate by 90
set cbrange [bottom:top]
set xrange [0.5:n + 0.5]
set yrange [n + 0.5:0.5]
set tics scale 0
set border 0
unset grid
set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind \
    fillcolor rgb "#d0d0d0" fillstyle solid noborder

# Numbers: white on the dark half. Gaps between the cells while they are large.
has(column) = column == column # NaN is not itself
number(value) = \
    sprintf(value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
ink(value) = (value - bottom) / (top - bottom) < 0.55 ? 0xffffff : 0x000000
half = n <= 32 ? 0.485 : 0.5
cross = n <= 16 ? 1.2 : 0.5
if (n <= 16) {
    plot points_file using (has($3) ? $1 : NaN):2:(half):(half):3 \
            with boxxyerror fillstyle solid noborder linecolor palette, \
        "" using (has($3) ? $1 : NaN):2:(number($3)):(ink($3)) \
            with labels font letters(11.5) textcolor rgb variable, \
        "" using 1:4 with points pointtype 2 linecolor rgb "#808080" \
            pointsize cross
} else { if (n <= 64) {
    plot points_file using (has($3) ? $1 : NaN):2:(half):(half):3 \
            with boxxyerror fillstyle solid noborder linecolor palette, \
        "" using 1:4 with points pointtype 2 linecolor rgb "#808080" \
            pointsize cross
} else {
    plot points_file using 1:2:3 with image pixels
} }
