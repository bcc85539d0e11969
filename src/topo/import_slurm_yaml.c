/* SPDX-License-Identifier: BSD-3-Clause */
/* topology.yaml: a list of topologies, of which one is imported:
 *   - topology: fabric
 *     cluster_default: true
 *     tree: {switches: [{switch: spine, children: "leaf[1-4]"}, ...]}
 *   - topology: racks
 *     block: {block_sizes: [18], blocks: [{block: r1, nodes: "n[01-18]"}]}
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topo/import_slurm.h"

struct kind {
    const char *name, *list, *item; /* tree: switches: - switch: */
    bool blocks;
};

static const struct kind kinds[] = {
    {"tree", "switches", "switch", false},
    {"block", "blocks", "block", true},
};

static const char *text_of(const struct yaml_tree *map, const char *key)
{
    const struct yaml_tree *item = yaml_tree_get(map, key);
    return item && item->kind == YAML_TREE_TEXT ? item->text : NULL;
}

/* The topology that is asked for, or NULL after one line. */
static const struct yaml_tree *choose(const struct import *im,
                                      const struct yaml_tree *top)
{
    const char *wanted = im->options->topology;
    const struct yaml_tree *chosen = NULL;
    for (const struct yaml_tree *m = top->first; m; m = m->next) {
        const char *name =
            m->kind == YAML_TREE_MAP ? text_of(m, "topology") : NULL;
        const char *usual = name ? text_of(m, "cluster_default") : NULL;
        if (!name || top->kind != YAML_TREE_LIST) {
            import_refuse(im, m->line,
                          "not a topology, expected a list of - topology: "
                          "NAME");
            return NULL;
        }
        if (!chosen &&
            (wanted ? !strcmp(wanted, name)
                    : top->count == 1 || (usual && !strcmp(usual, "true"))))
            chosen = m;
    }
    if (!chosen)
        import_refuse(im, 1,
                      "%d topologies, none %s%.32s, expected --topology NAME "
                      "of one that is there",
                      top->count, wanted ? "called " : "with cluster_default",
                      wanted ? wanted : "");
    return chosen;
}

static int read_items(const struct import *im, const struct kind *kind,
                      const struct yaml_tree *list, struct slurm *slurm)
{
    slurm->blocks = kind->blocks;
    for (const struct yaml_tree *m = list->first; m; m = m->next) {
        struct slurm_switch *s = slurm_add(slurm, m->line);
        if (m->kind != YAML_TREE_MAP)
            return import_refuse(im, m->line, "no %s, expected - %s: NAME",
                                 kind->item, kind->item);
        for (const struct yaml_tree *f = m->first; f; f = f->next) {
            char shown[YAML_TREE_SHOWN];
            if (f->kind != YAML_TREE_TEXT)
                return import_refuse(im, f->line, "%s, expected a text",
                                     yaml_tree_kind_name(f->kind));
            if (!strcmp(f->key, kind->item))
                s->name = f->text;
            else if (!strcmp(f->key, "nodes"))
                s->nodes = f->text;
            else if (!strcmp(f->key, "children") && !kind->blocks)
                s->switches = f->text;
            else
                return import_refuse(
                    im, f->key_line, "key '%s' in a %s, expected %s, nodes%s",
                    yaml_tree_show(f->key, shown), kind->item, kind->item,
                    kind->blocks ? "" : " or children");
        }
    }
    return 0;
}

static int read_topology(const struct import *im, const struct yaml_tree *map,
                         struct slurm *slurm)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        const struct yaml_tree *body = yaml_tree_get(map, kind->name);
        const struct yaml_tree *list = body && body->kind == YAML_TREE_MAP
                                           ? yaml_tree_get(body, kind->list)
                                           : NULL;
        if (list && list->kind == YAML_TREE_LIST)
            return read_items(im, kind, list, slurm);
        if (body)
            return import_refuse(im, body->line,
                                 "a %s without %s, expected a "
                                 "list of them",
                                 kind->name, kind->list);
    }
    return import_refuse(im, map->line,
                         "a topology without links, expected tree: or block:");
}

int import_slurm_yaml(struct import *im)
{
    struct yaml_tree *top = yaml_tree_read(im->text, im->length, im->path);
    const struct yaml_tree *chosen = top ? choose(im, top) : NULL;
    struct slurm slurm = {0};
    int status = chosen ? read_topology(im, chosen, &slurm) : -1;
    if (!status)
        status = slurm_build(im, &slurm);
    free(slurm.item);
    yaml_tree_free(top);
    return status;
}
