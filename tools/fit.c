/* SPDX-License-Identifier: BSD-3-Clause */
/* Fits the constants of the simulator to published times, and says how far off
 * it is at every point: fit on one cluster size, predict the others.
 *
 *   fit RESULTS.csv NODE.yaml CLUSTER.yaml
 *
 * RESULTS.csv has this suite's columns; rows of all-reduce by NVLS (one node)
 * and NVLSTree count. One-node rows run on NODE, others packed on CLUSTER. What
 * is minimised is the sum of squares of ln(predicted / published time), over
 * the logarithms of five constants, by the simplex method of Nelder and Mead
 * (1965) from several starts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench/choice.h"
#include "coll/registry.h"
#include "sim/place.h"
#include "sim/simulate.h"

enum { PARAMETERS = 5, STEPS = 150 };

struct point {
    int ranks;
    double size_B, time_s;
};

struct problem {
    struct topology *node, *cluster;
    struct point *points;
    int n;
    int only_ranks; /* fit to these ranks; 0: to all */
    int gpu_of[4096];
};

static struct model model_of(const double *x)
{
    struct model m = model_wires_only;
    m.start_s = exp(x[0]);
    m.scaleup_s = exp(x[1]);
    m.network_s = exp(x[2]);
    m.segment_B = exp(x[3]);
    m.switch_share = fmin(1, exp(x[4]));
    m.reduce_Bps = m.copy_Bps = 1e12;
    return m;
}

static double predict(struct problem *p, const struct model *m,
                      const struct point *at)
{
    const struct algorithm *a = registry_find(COLL_ALLREDUCE, "nvls-tree");
    struct topology *t = at->ranks <= 8 ? p->node : p->cluster;
    int per_node = topology_gpus_per_node(t);
    struct collective c = {
        .kind = COLL_ALLREDUCE,
        .type = TYPE_FLOAT32,
        .ranks = at->ranks,
        .shape = {(at->ranks + per_node - 1) / per_node, per_node, NULL},
        .tuning.segment_B = (size_t)m->segment_B / 4 * 4};
    struct simulate_options how = {.seed = 1};
    struct simulation s;
    c.count = collective_count(&c, (size_t)at->size_B);
    place_ranks(t, PLACE_PACKED, 1, at->ranks, p->gpu_of);
    struct pricer *pricer = pricer_open(t, m, p->gpu_of, at->ranks, 1, 1);
    simulate(pricer, m, a, &c, &how, &s);
    pricer_close(pricer);
    return s.time_s;
}

static double cost(struct problem *p, const double *x)
{
    struct model m = model_of(x);
    double sum = 0;
    int n = 0;
    if (m.segment_B < 4096 || m.segment_B > 1e8 || exp(x[4]) > 1)
        return 1e9;
    for (int i = 0; i < p->n; i++)
        if (!p->only_ranks || p->points[i].ranks == p->only_ranks ||
            p->points[i].ranks == 8) {
            double r = log(predict(p, &m, &p->points[i]) / p->points[i].time_s);
            sum += r * r;
            n++;
        }
    return sum / n;
}

/* --- Nelder and Mead
 * ------------------------------------------------------------ */

struct vertex {
    double x[PARAMETERS], value;
};

static int by_value(const void *a, const void *b)
{
    double d =
        ((const struct vertex *)a)->value - ((const struct vertex *)b)->value;
    return (d > 0) - (d < 0);
}

/* centre + scale * (centre - worst) */
static struct vertex beyond(struct problem *p, const double *centre,
                            const struct vertex *worst, double scale)
{
    struct vertex v;
    for (int i = 0; i < PARAMETERS; i++)
        v.x[i] = centre[i] + scale * (centre[i] - worst->x[i]);
    v.value = cost(p, v.x);
    return v;
}

static void step(struct problem *p, struct vertex *simplex)
{
    double centre[PARAMETERS] = {0};
    struct vertex *best = simplex, *worst = simplex + PARAMETERS;
    qsort(simplex, PARAMETERS + 1, sizeof *simplex, by_value);
    for (int i = 0; i < PARAMETERS; i++)
        for (int k = 0; k < PARAMETERS; k++)
            centre[k] += simplex[i].x[k] / PARAMETERS;
    struct vertex v = beyond(p, centre, worst, 1);
    if (v.value < best->value) {
        struct vertex further = beyond(p, centre, worst, 2);
        *worst = further.value < v.value ? further : v;
    } else if (v.value < simplex[PARAMETERS - 1].value) {
        *worst = v;
    } else {
        v = beyond(p, centre, worst, v.value < worst->value ? 0.5 : -0.5);
        if (v.value < worst->value) {
            *worst = v;
            return;
        }
        for (int i = 1; i <= PARAMETERS; i++) {
            for (int k = 0; k < PARAMETERS; k++)
                simplex[i].x[k] = (simplex[i].x[k] + best->x[k]) / 2;
            simplex[i].value = cost(p, simplex[i].x);
        }
    }
}

static struct vertex minimise(struct problem *p)
{
    static const double starts[][PARAMETERS] = {
        {10e-6, 2e-6, 20e-6, 262144, 0.85},
        {20e-6, 5e-6, 10e-6, 1048576, 0.8},
        {5e-6, 1e-6, 15e-6, 131072, 0.9},
    };
    struct vertex best = {.value = INFINITY};
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        struct vertex simplex[PARAMETERS + 1];
        for (int i = 0; i <= PARAMETERS; i++) {
            for (int k = 0; k < PARAMETERS; k++)
                simplex[i].x[k] = log(starts[s][k]) +
                                  (i == k + 1 ? (k == 4 ? -0.1 : 0.5) : 0);
            simplex[i].value = cost(p, simplex[i].x);
        }
        for (int i = 0; i < STEPS; i++)
            step(p, simplex);
        qsort(simplex, PARAMETERS + 1, sizeof *simplex, by_value);
        if (simplex->value < best.value)
            best = *simplex;
    }
    return best;
}

/* --- the report
 * ------------------------------------------------------------------ */

static void print_constants(const struct vertex *v)
{
    struct model m = model_of(v->x);
    printf("start %.2fus, scaleup %.2fus, network %.2fus, segment %.0fKiB, "
           "switch-share %.3f: rms of ln(time) %.3f\n",
           m.start_s * 1e6, m.scaleup_s * 1e6, m.network_s * 1e6,
           m.segment_B / 1024, m.switch_share, sqrt(v->value));
}

static void print_residuals(struct problem *p, const struct vertex *v)
{
    struct model m = model_of(v->x);
    printf("| ranks | size | published us | predicted us | error |\n"
           "|---:|---:|---:|---:|---:|\n");
    for (int i = 0; i < p->n; i++) {
        const struct point *at = &p->points[i];
        double t = predict(p, &m, at);
        printf("| %d | %.0f MiB | %.1f | %.1f | %+.0f %% |\n", at->ranks,
               at->size_B / 1048576, at->time_s * 1e6, t * 1e6,
               100 * (t / at->time_s - 1));
    }
}

/* rms of ln(predicted / published) over the rows of so many ranks */
static double error_at(struct problem *p, const struct vertex *v, int ranks)
{
    struct model m = model_of(v->x);
    double sum = 0;
    int n = 0;
    for (int i = 0; i < p->n; i++)
        if (p->points[i].ranks == ranks) {
            double r = log(predict(p, &m, &p->points[i]) / p->points[i].time_s);
            sum += r * r;
            n++;
        }
    return n ? sqrt(sum / n) : 0;
}

static int read_points(const char *path, struct problem *p)
{
    struct choice rows;
    int code = choice_read(path, &rows);
    if (code)
        return code;
    p->points = xcalloc(rows.n + 1, sizeof *p->points);
    for (size_t i = 0; i < rows.n; i++) {
        const struct record *r = &rows.rows[i];
        if (strcmp(r->benchmark, "allreduce") || r->size_B < 1 << 20 ||
            !strstr(r->algorithm, "NVLS") || !(r->time_p50_us > 0))
            continue;
        p->points[p->n++] =
            (struct point){(int)r->ranks, r->size_B, r->time_p50_us / 1e6};
    }
    choice_free(&rows);
    return 0;
}

static struct topology *read_topology(const char *path)
{
    struct cluster *cluster = cluster_read(path);
    return cluster ? topology_build(cluster) : NULL;
}

int main(int argc, char **argv)
{
    struct problem p = {0};
    if (argc != 4)
        die(EXIT_USAGE,
            "fit: %d arguments, expected RESULTS.csv NODE.yaml "
            "CLUSTER.yaml",
            argc - 1);
    int code = read_points(argv[1], &p);
    if (code)
        return code;
    p.node = read_topology(argv[2]);
    p.cluster = read_topology(argv[3]);
    if (!p.node || !p.cluster)
        return EXIT_USAGE;
    if (p.n == 0)
        die(EXIT_MACHINE, "fit: %s: no row of NVLS or NVLSTree", argv[1]);
    static const int left_out[][2] = {{32, 128}, {128, 32}};
    for (int i = 0; i < 2; i++) {
        p.only_ranks = left_out[i][0];
        struct vertex v = minimise(&p);
        printf("fit to 8 and %d GPUs: rms error there %.3f; predicting %d "
               "GPUs: %.3f\n  ",
               left_out[i][0], error_at(&p, &v, left_out[i][0]), left_out[i][1],
               error_at(&p, &v, left_out[i][1]));
        print_constants(&v);
    }
    p.only_ranks = 0;
    struct vertex v = minimise(&p);
    printf("fit to all: ");
    print_constants(&v);
    printf("rms error at 8 GPUs %.3f, 32: %.3f, 128: %.3f\n\n",
           error_at(&p, &v, 8), error_at(&p, &v, 32), error_at(&p, &v, 128));
    print_residuals(&p, &v);
    return EXIT_GOOD;
}
