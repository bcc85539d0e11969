/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads files only, below a root: no system call that could tell about another
 * machine than the tree does. Knows no names of /proc or /sys. */
#include "host/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { PATH = 768 };

static bool below(const char *root, const char *name, char *path)
{
    int length = snprintf(path, PATH, "%s%s", root, name);
    return length > 0 && length < PATH;
}

static enum tree_answer why_not(void)
{
    return errno == ENOENT || errno == ENOTDIR ? TREE_ABSENT : TREE_REFUSED;
}

static FILE *open_below(const char *root, const char *name,
                        enum tree_answer *answer)
{
    char path[PATH];
    *answer = TREE_REFUSED;
    if (!below(root, name, path))
        return NULL;
    FILE *in = fopen(path, "r");
    *answer = in ? TREE_READ : why_not();
    return in;
}

/* Without the blanks, quotes and line end around it; cut to fit. */
static void keep_trimmed(const char *from, char *text, size_t capacity)
{
    size_t length;
    while (*from && (isspace((unsigned char)*from) || *from == '"'))
        from++;
    length = strlen(from);
    while (length > 0 && (isspace((unsigned char)from[length - 1]) ||
                          from[length - 1] == '"'))
        length--;
    if (length >= capacity)
        length = capacity - 1;
    memcpy(text, from, length);
    text[length] = '\0';
}

enum tree_answer tree_line(const char *root, const char *name, char *text,
                           size_t capacity)
{
    char line[TREE_LINE];
    enum tree_answer answer;
    FILE *in = open_below(root, name, &answer);
    text[0] = '\0';
    if (!in)
        return answer;
    /* An attribute may open and then refuse to be read (EPERM, EINVAL). An
     * empty one is read, and says "". */
    if (fgets(line, sizeof line, in))
        keep_trimmed(line, text, capacity);
    else if (ferror(in))
        answer = TREE_REFUSED;
    fclose(in);
    return answer;
}

/* The part of a line that is asked for, or NULL. */
static const char *after_key(const char *line, const char *key, char separator)
{
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    while (*line == ' ' || *line == '\t')
        line++;
    if (!separator)
        return line;
    return *line == separator ? line + 1 : NULL;
}

enum tree_answer tree_value(const char *root, const char *name, const char *key,
                            char separator, char *text, size_t capacity)
{
    char line[TREE_LINE];
    enum tree_answer answer;
    const char *at = NULL;
    FILE *in = open_below(root, name, &answer);
    text[0] = '\0';
    if (!in)
        return answer;
    while (!at && fgets(line, sizeof line, in))
        at = after_key(line, key, separator);
    if (at)
        keep_trimmed(at, text, capacity);
    else
        answer = ferror(in) ? TREE_REFUSED : TREE_ABSENT;
    fclose(in);
    return answer;
}

enum tree_answer tree_find(const char *root, const char *name, const char *word,
                           char *text, size_t capacity)
{
    char line[TREE_LINE];
    enum tree_answer answer;
    bool found = false;
    FILE *in = open_below(root, name, &answer);
    text[0] = '\0';
    if (!in)
        return answer;
    while (!found && fgets(line, sizeof line, in))
        found = strstr(line, word) != NULL;
    if (found)
        keep_trimmed(line, text, capacity);
    else
        answer = ferror(in) ? TREE_REFUSED : TREE_ABSENT;
    fclose(in);
    return answer;
}

enum tree_answer tree_number(const char *root, const char *name, long *out)
{
    char text[64], *end;
    enum tree_answer answer = tree_line(root, name, text, sizeof text);
    if (answer != TREE_READ)
        return answer;
    int base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
    long value = strtol(text, &end, base);
    if (end == text || *end)
        return TREE_REFUSED;
    *out = value;
    return TREE_READ;
}

long tree_bytes(const char *root, const char *name, unsigned char *bytes,
                size_t capacity)
{
    enum tree_answer answer;
    FILE *in = open_below(root, name, &answer);
    if (!in)
        return -1;
    size_t got = fread(bytes, 1, capacity, in);
    fclose(in);
    return (long)got;
}

enum tree_answer tree_link(const char *root, const char *name, char *text,
                           size_t capacity)
{
    char path[PATH];
    text[0] = '\0';
    if (!below(root, name, path))
        return TREE_REFUSED;
    ssize_t length = readlink(path, text, capacity - 1);
    if (length < 0)
        return why_not();
    text[length] = '\0';
    return TREE_READ;
}

enum tree_answer tree_there(const char *root, const char *name)
{
    char path[PATH];
    if (!below(root, name, path))
        return TREE_REFUSED;
    return access(path, F_OK) == 0 ? TREE_READ : why_not();
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

enum tree_answer tree_names(const char *root, const char *folder,
                            char (**names)[TREE_NAME], int *count)
{
    char path[PATH];
    struct dirent *entry;
    *names = NULL;
    *count = 0;
    if (!below(root, folder, path))
        return TREE_REFUSED;
    DIR *dir = opendir(path);
    if (!dir)
        return why_not();
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= TREE_NAME)
            continue;
        *names = xrealloc(*names, ((size_t)*count + 1) * sizeof **names);
        snprintf((*names)[(*count)++], TREE_NAME, "%s", entry->d_name);
    }
    closedir(dir);
    if (*count)
        qsort(*names, (size_t)*count, sizeof **names, by_name);
    return TREE_READ;
}
