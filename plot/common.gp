# SPDX-License-Identifier: BSD-3-Clause
# What every picture shares: page, colours, titles, legend. Loaded by a script
# after the settings that prepare.awk wrote. From plot/draw, by environment:
# PLOT_FORMAT (svg, png, pdf), PLOT_OUTPUT, PLOT_DATA, PLOT_SETTINGS.

set encoding utf8
format = system("echo \"$PLOT_FORMAT\"")
points_file = system("echo \"$PLOT_DATA\"")

# The page in units of 1/72 inch or screen dots; everything below is placed in
# them. The png has twice the dots. x(), y(): units to parts of the page, y from
# the bottom.
if (!exists("page_w")) page_w = 960.0
title_h = 92.0 + 18 * (title_2_lines - 1)
legend_h = exists("legend_rows") ? 20.0 * legend_rows : 0
foot = 74 + legend_h
left = 92.0
if (!exists("page_h")) page_h = \
    title_h + 470.0 + legend_h + (exists("panel_h") ? panel_h : 0)
x(units) = units / page_w
y(units) = units / page_h

# Letters by their height in page units: cairo takes points, of 4/3 units.
points = format eq "svg" ? 1 : 0.75
letters(units) = sprintf("DejaVu Sans,%g", units * points)

if (format eq "svg") \
    set terminal svg noenhanced size page_w, page_h dynamic \
        font letters(13) background "white"
if (format eq "png") \
    set terminal pngcairo noenhanced size 2 * page_w, 2 * page_h \
        font letters(13) fontscale 2 linewidth 2 \
        pointscale 2.5 dashlength 2
if (format eq "pdf") \
    set terminal pdfcairo noenhanced size page_w / 72, page_h / 72 \
        font letters(13) fontscale 1 linewidth 1.6 \
        pointscale 1.3 dashlength 1.5
set output system("echo \"$PLOT_OUTPUT\"")

# Okabe and Ito's palette, which colour-blind readers can tell apart, less black
# (the bound's) and yellow (too pale on white). Colours, shapes and dashes come
# in numbers without a common divisor, so that they never repeat together.
colours = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9"
shapes = "7 5 9 13 11 15 6 4 8 12 10 14 2"
# Dash 1 is solid.
set dashtype 2 (12, 4)
set dashtype 3 (3, 3)
set dashtype 4 (12, 4, 3, 4)
set dashtype 5 (6, 3)
colour(i) = word(colours, (i - 1) % 6 + 1)
dash(i) = (i - 1) % 5 + 1
shape(i) = int(word(shapes, (i - 1) % 13 + 1))
if (exists("curves")) do for [i = 1:curves] {
    set linetype i linecolor rgb colour(i) pointtype shape(i) \
        dashtype dash(i) linewidth 1.6 pointsize 0.8
}
bound_dash = 6
set dashtype 6 (8, 6)

set border 3 linecolor rgb "#444444"
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid linecolor rgb "#e2e2e2" linetype 1 linewidth 0.8 dashtype solid
set errorbars 0.7

set label 1 title_1 at screen x(left), screen 1 - y(26) left font letters(20)
set label 2 title_2 at screen x(left), screen 1 - y(51) left font letters(15)
set label 3 title_3 at screen x(left), screen 1 - y(title_h - 20) left \
    font letters(13) textcolor rgb "#444444"

# Not `set ylabel`: its distance depends on guessed widths of the tick labels.
set label 4 y_label at screen x(22), graph 0.5 center rotate by 90

set lmargin at screen x(left)
set rmargin at screen 1 - x(30)
set tmargin at screen 1 - y(title_h)

# The legend is drawn here, below the axis: gnuplot's own key picks its columns
# by itself, and clips what then does not fit. Entry k: line, point, name.
unset key
entry_x(k) = left + \
    (page_w - left - 30) / legend_columns * ((k - 1) / legend_rows)
entry_y(k) = 20.0 * legend_rows - 20 * ((k - 1) % legend_rows)
if (legend_h) {
    set bmargin at screen y(foot)
    do for [i = 1:curves] {
        k = i + bounds
        set arrow 100 + k from screen x(entry_x(k)), screen y(entry_y(k)) \
            to screen x(entry_x(k) + 48), screen y(entry_y(k)) nohead \
            linetype i linewidth 1.6 linecolor rgb colour(i) dashtype dash(i)
        set label 100 + k "" at screen x(entry_x(k) + 24), \
            screen y(entry_y(k)) point linetype i pointtype shape(i) \
            pointsize 0.8 linecolor rgb colour(i)
        set label 200 + k value(sprintf("name_%d", i)) \
            at screen x(entry_x(k) + 56), screen y(entry_y(k)) left
    }
    do for [i = 1:bounds] {
        set arrow 100 + i from screen x(entry_x(i)), screen y(entry_y(i)) \
            to screen x(entry_x(i) + 48), screen y(entry_y(i)) nohead \
            linewidth 1.6 linecolor rgb "black" dashtype bound_dash
        set label 200 + i value(sprintf("bound_%d", i)) \
            at screen x(entry_x(i) + 56), screen y(entry_y(i)) left
    }
}
