/* SPDX-License-Identifier: BSD-3-Clause */
/* The little of XML that NCCL writes: elements and their attributes. Comments,
 * declarations and text between elements are passed over; entities stay as they
 * stand. Nothing outside src/topo includes this. */
#ifndef TOPO_IMPORT_XML_H
#define TOPO_IMPORT_XML_H

#include "topo/import_file.h"

enum { XML_ATTRIBUTES_MOST = 32, XML_DEPTH_MOST = 64 };

struct xml {
    const struct import *im;
    char *at;
    int line; /* of the element */
    const char *open[XML_DEPTH_MOST];
    int depth; /* elements that are open, this one among them */
    struct {
        const char *name, *value;
    } attribute[XML_ATTRIBUTES_MOST];
    int attributes;
    bool empty;  /* <so/>: its end comes next */
    bool closed; /* the last event was an XML_CLOSE */
    int next_line;
};

enum xml_event { XML_OPEN, XML_CLOSE, XML_END, XML_FAULT };

/* Cuts up the text of the import. */
void xml_begin(struct xml *, const struct import *);

/* The next event; at XML_OPEN and XML_CLOSE open[depth - 1] is the element
 * (which is gone at the event after its XML_CLOSE). XML_FAULT after one line on
 * stderr: not closed, closed by another, too deep, no attribute. */
enum xml_event xml_next(struct xml *);

/* Its value, or NULL. */
const char *xml_attribute(const struct xml *, const char *name);

#endif
