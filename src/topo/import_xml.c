/* SPDX-License-Identifier: BSD-3-Clause */
/* A cursor over XML; names and values are ended in place. */
#include "topo/import_xml.h"

#include <string.h>

static const char blanks[] = " \t\r\n";
static const char name_ends[] = " \t\r\n=<>/\"'";

void xml_begin(struct xml *x, const struct import *im)
{
    *x = (struct xml){.im = im, .at = im->text, .line = 1, .next_line = 1};
}

const char *xml_attribute(const struct xml *x, const char *name)
{
    for (int i = 0; i < x->attributes; i++)
        if (!strcmp(x->attribute[i].name, name))
            return x->attribute[i].value;
    return NULL;
}

static enum xml_event fault(const struct xml *x, const char *what,
                            const char *expected)
{
    import_refuse(x->im, x->line, "%s, expected %s", what, expected);
    return XML_FAULT;
}

/* Goes on to `to`, counting lines. */
static void skip_to(struct xml *x, char *to)
{
    for (; x->at < to; x->at++)
        x->next_line += *x->at == '\n';
}

static void skip_blanks(struct xml *x)
{
    skip_to(x, x->at + strspn(x->at, blanks));
}

/* To the '<' of the next element, over comments and declarations. False at the
 * end of the text. */
static bool find_element(struct xml *x)
{
    for (;;) {
        skip_to(x, x->at + strcspn(x->at, "<"));
        if (!*x->at)
            return false;
        const char *end = !strncmp(x->at, "<!--", 4) ? "-->"
                          : x->at[1] == '!'          ? ">"
                          : x->at[1] == '?'          ? "?>"
                                                     : NULL;
        if (!end)
            return true;
        char *found = strstr(x->at + 2, end);
        skip_to(x, found ? found + strlen(end) : strchr(x->at, '\0'));
    }
}

/* A name at the cursor, not ended yet; NULL where there is none. */
static char *take_name(struct xml *x, size_t *length)
{
    char *name = x->at;
    *length = strcspn(name, name_ends);
    skip_to(x, name + *length);
    return *length ? name : NULL;
}

static enum xml_event close_element(struct xml *x)
{
    size_t length;
    x->at += 2;
    const char *name = take_name(x, &length);
    skip_blanks(x);
    if (!name || *x->at != '>')
        return fault(x, "an end that cannot be read", "</name>");
    const char *open = x->depth ? x->open[x->depth - 1] : "";
    if (strncmp(open, name, length) || open[length])
        return fault(x, "the end of an element that is not open",
                     "each element to end before what is around it");
    x->at++;
    x->closed = true;
    return XML_CLOSE;
}

/* name="value" */
static bool take_attribute(struct xml *x)
{
    size_t length;
    char *name = take_name(x, &length);
    skip_blanks(x);
    if (!name || *x->at != '=' || x->attributes == XML_ATTRIBUTES_MOST)
        return false;
    x->at++;
    skip_blanks(x);
    char quote = *x->at, *value = x->at + 1;
    char *end = quote == '"' || quote == '\'' ? strchr(value, quote) : NULL;
    if (!end)
        return false;
    skip_to(x, end + 1);
    name[length] = '\0';
    *end = '\0';
    x->attribute[x->attributes].name = name;
    x->attribute[x->attributes++].value = value;
    return true;
}

static enum xml_event open_element(struct xml *x)
{
    size_t length;
    x->at++;
    char *name = take_name(x, &length);
    x->attributes = 0;
    if (!name || x->depth == XML_DEPTH_MOST)
        return fault(x, name ? "an element too deep" : "a '<' alone",
                     "<name key=\"value\">, at most 64 in each other");
    for (skip_blanks(x); *x->at != '>' && *x->at != '/'; skip_blanks(x))
        if (!take_attribute(x))
            return fault(x, "an attribute that cannot be read",
                         "<name key=\"value\">, at most 32 of them");
    x->empty = *x->at == '/';
    if (x->empty && x->at[1] != '>')
        return fault(x, "a '/' alone", "<name/>");
    x->at += 1 + x->empty;
    name[length] = '\0';
    x->open[x->depth++] = name;
    return XML_OPEN;
}

enum xml_event xml_next(struct xml *x)
{
    x->depth -= x->closed;
    x->closed = x->empty;
    x->empty = false;
    if (x->closed)
        return XML_CLOSE;
    if (!find_element(x)) {
        x->line = x->next_line;
        return x->depth ? fault(x, "the file ends inside an element",
                                "the end of each")
                        : XML_END;
    }
    x->line = x->next_line;
    return x->at[1] == '/' ? close_element(x) : open_element(x);
}
