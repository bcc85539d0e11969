/* SPDX-License-Identifier: BSD-3-Clause */
#include "topo/draw.h"

#include <string.h>

#include "base/units.h"
#include "topo/summary_words.h"

/* Millimetres do not matter: all in SVG user units. Tiers are boxes in a left
 * column, top tier first; between two, the links; at the right, bars. */
enum {
    WIDTH = 960,
    LEFT = 40,
    BOX = 540,      /* width of the boxes */
    BARS = 630,     /* where bars begin */
    BAR_FULL = 200, /* length of a bar at the rate into the network */
    HEAD = 118,     /* of title and legend */
    TIER = 56,      /* height of a box */
    LINKS = 64,     /* ... of the space between two */
    NODE = 150,
    FOOT = 58,
    STROKES = 14, /* lines that stand for all links */
    SQUARES = 36, /* GPUs that are drawn one by one */
};

/* Okabe and Ito's: told apart by every eye, and in print. */
static const char blue[] = "#0072b2", orange[] = "#e69f00", grey[] = "#555555";

static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
}

static void put_text(FILE *out, int x, int y, int size, const char *style,
                     const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" %s>", x, y, size,
            style);
    put_escaped(out, text);
    fprintf(out, "</text>\n");
}

static void put_box(FILE *out, int x, int y, int width, int height,
                    const char *fill, const char *stroke)
{
    fprintf(out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
            "fill=\"%s\" stroke=\"%s\"/>\n",
            x, y, width, height, fill, stroke);
}

/* --- head -------------------------------------------------------------------
 */

/* What a bar at full length stands for. */
static double full_Bps(const struct summary *s)
{
    if (s->injection_Bps > 0 || topology_levels(s->topology) == 0)
        return s->injection_Bps;
    return words_per_gpu(s->topology, 0);
}

static void put_head(const struct summary *s, FILE *out)
{
    const struct topology *t = s->topology;
    const struct cluster *c = topology_cluster(t);
    char gpus[32], nodes[32], rate[32], line[256];
    put_text(out, LEFT, 34, 20, "font-weight=\"bold\"", c->name);
    put_text(out, LEFT, 56, 13, "", c->title ? c->title : "");
    snprintf(line, sizeof line, "%s GPUs on %s nodes; %s, %s routing",
             words_count(topology_gpus(t), gpus, sizeof gpus),
             words_count(topology_nodes(t), nodes, sizeof nodes),
             words_fabric(c), words_routing(c));
    put_text(out, LEFT, 76, 13, "", line);
    put_text(out, BARS, 98, 12, "font-weight=\"bold\"",
             "Out of a group, for each of its GPUs");
    snprintf(line, sizeof line, "full bar: what one can send, %s",
             words_rate(full_Bps(s), rate, sizeof rate));
    put_text(out, BARS, 114, 11, "fill=\"#555555\"", line);
}

/* --- tiers ------------------------------------------------------------------
 */

static void put_tier(const struct summary_tier *tier, int y, FILE *out)
{
    char groups[32], switches[32], line[160];
    put_box(out, LEFT, y, BOX, TIER, "#eaf3fa", blue);
    if (tier->switches)
        snprintf(line, sizeof line, "%s: %s switches%s", tier->name,
                 words_count((double)tier->switches, switches, sizeof switches),
                 tier->assumed ? " *" : "");
    else
        snprintf(line, sizeof line, "%s: joined directly%s", tier->name,
                 tier->assumed ? " *" : "");
    put_text(out, LEFT + BOX / 2, y + 24, 15,
             "font-weight=\"bold\" text-anchor=\"middle\"", line);
    int used =
        snprintf(line, sizeof line, "%s %s",
                 words_count((double)tier->groups, groups, sizeof groups),
                 tier->groups == 1 ? "group" : "groups");
    if (tier->switches && tier->groups > 1 && tier->switches != tier->groups)
        used += snprintf(line + used, sizeof line - (size_t)used, " of %s",
                         words_count((double)(tier->switches / tier->groups),
                                     switches, sizeof switches));
    if (tier->ports)
        snprintf(line + used, sizeof line - (size_t)used, ", %d ports a switch",
                 tier->ports);
    put_text(out, LEFT + BOX / 2, y + 44, 12,
             "fill=\"#555555\" text-anchor=\"middle\"", line);
}

/* What the links up to a tier leave each GPU of the groups that they leave. */
static void put_bar(const struct summary *s, int level, int y, FILE *out)
{
    char rate[32], line[96];
    double each = words_per_gpu(s->topology, level);
    double share = each / full_Bps(s);
    int length = (int)(BAR_FULL * (share < 1.2 ? share : 1.2));
    put_box(out, BARS, y, BAR_FULL, 16, "#ffffff", "#bbbbbb");
    put_box(out, BARS, y, length < 2 ? 2 : length, 16,
            share < 0.999 ? orange : blue, "none");
    snprintf(line, sizeof line, "%s out of one %s%s",
             words_rate(each, rate, sizeof rate),
             topology_level_name(s->topology, level),
             share > 1.2 ? " (cut off)" : "");
    put_text(out, BARS, y + 32, 12, "", line);
}

static void put_links(const struct summary *s, int i, int y, FILE *out)
{
    const struct summary_tier *tier = &s->tier[i];
    char count[32], rate[32], metres[64], taper[32], line[192];
    for (int k = 0; k < STROKES; k++) {
        int x = LEFT + BOX * (2 * k + 1) / (2 * STROKES);
        fprintf(out,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" "
                "stroke-width=\"1\" opacity=\"0.5\"/>\n",
                x, y, x, y + LINKS, grey);
    }
    int used = snprintf(line, sizeof line, "%s links",
                        words_count((double)tier->cables, count, sizeof count));
    if (tier->rate_Bps > 0)
        used += snprintf(line + used, sizeof line - (size_t)used, " of %s",
                         words_rate(tier->rate_Bps, rate, sizeof rate));
    if (tier->metres > 0)
        used +=
            snprintf(line + used, sizeof line - (size_t)used, ", %s",
                     units_print_length(tier->metres, metres, sizeof metres));
    if (tier->down_up > 0)
        snprintf(line + used, sizeof line - (size_t)used, ", taper %s",
                 words_taper(tier, taper, sizeof taper));
    int width = 24 + 7 * (int)strlen(line);
    put_box(out, LEFT + BOX / 2 - width / 2, y + 19, width, 26, "#ffffff",
            "none");
    put_text(out, LEFT + BOX / 2, y + 37, 13, "text-anchor=\"middle\"", line);
}

/* The level whose groups the links up to tier i leave; -1 for none. */
static int level_below(const struct summary *s, int i)
{
    if (i > 0)
        return s->tier[i - 1].level;
    for (int level = 0; level < topology_levels(s->topology); level++)
        if (!strcmp(topology_level_name(s->topology, level), "node"))
            return level;
    return topology_levels(s->topology) > 0 ? 0 : -1;
}

/* --- node -------------------------------------------------------------------
 */

static void put_gpus(const struct cluster *c, int y, FILE *out)
{
    int gpus = (int)c->node.gpus.value;
    int drawn = gpus < SQUARES ? gpus : SQUARES;
    char line[96];
    const char *what = c->fabric == FABRIC_MESH ? "dies" : "GPUs";
    for (int i = 0; i < drawn; i++)
        put_box(out, LEFT + 20 + i * (BOX - 40) / drawn, y, 14, 14, "#009e73",
                "none");
    snprintf(line, sizeof line, drawn < gpus ? "%d %s (%d drawn)" : "%d %s",
             gpus, what, drawn);
    put_text(out, LEFT + 20, y + 32, 12, "", line);
}

static void put_node(const struct summary *s, int y, FILE *out)
{
    const struct cluster *c = topology_cluster(s->topology);
    const struct node_spec *n = &c->node;
    char count[32], rate[64], line[160];
    put_box(out, LEFT, y, BOX, NODE - 20, "#f4f4f4", grey);
    snprintf(line, sizeof line, "%s %s",
             words_count(topology_nodes(s->topology), count, sizeof count),
             c->fabric == FABRIC_MESH ? "tiles" : "nodes");
    put_text(out, LEFT + BOX / 2, y + 22, 15,
             "font-weight=\"bold\" text-anchor=\"middle\"", line);
    line[0] = '\0';
    if (n->nic_rate.origin != ORIGIN_ABSENT)
        snprintf(line, sizeof line, "%.0f NICs of %s%s", n->nics.value,
                 units_print_bits(n->nic_rate.value, rate, sizeof rate),
                 n->nic_rate.origin == ORIGIN_ASSUMED ? " *" : "");
    put_text(out, LEFT + 20, y + 46, 12, "", line);
    put_gpus(c, y + 58, out);
    line[0] = '\0';
    if (n->scaleup_rate.origin != ORIGIN_ABSENT)
        snprintf(line, sizeof line, "scale-up: %s a GPU each way%s%s",
                 units_print_rate(n->scaleup_rate.value, rate, sizeof rate),
                 figure_or(n->scaleup_reduces, 0) != 0 ? "; its switch sums"
                                                       : "",
                 n->scaleup_rate.origin == ORIGIN_ASSUMED ? " *" : "");
    put_text(out, LEFT + 20, y + 112, 12, "", line);
}

static void put_foot(const struct summary *s, int y, FILE *out)
{
    char line[200], switches[32], cables[32], optical[32];
    snprintf(line, sizeof line,
             "%s switches, %s links (%s optical). Of %d figures %d are "
             "assumed (*).",
             words_count((double)s->switches, switches, sizeof switches),
             words_count((double)s->cables, cables, sizeof cables),
             words_count((double)s->optical, optical, sizeof optical),
             s->given + s->derived + s->assumed, s->assumed);
    put_text(out, LEFT, y, 12, "fill=\"#555555\"", line);
    put_text(out, LEFT, y + 18, 12, "fill=\"#555555\"",
             "A line stands for many links, a box for all switches of a tier. "
             "An orange bar: less than a GPU could send.");
}

void draw_svg(const struct summary *s, FILE *out)
{
    int height = HEAD + s->tiers * (TIER + LINKS) + NODE + FOOT, y = HEAD + 10;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "width=\"%d\" height=\"%d\" font-family=\"sans-serif\">\n",
            WIDTH, height, WIDTH, height);
    put_box(out, 0, 0, WIDTH, height, "#ffffff", "none");
    put_head(s, out);
    for (int i = s->tiers - 1; i >= 0; i--) {
        int level = level_below(s, i);
        put_tier(&s->tier[i], y, out);
        put_links(s, i, y + TIER, out);
        if (level >= 0)
            put_bar(s, level, y + TIER + 12, out);
        y += TIER + LINKS;
    }
    put_node(s, y, out);
    put_foot(s, y + NODE + 8, out);
    fprintf(out, "</svg>\n");
}
