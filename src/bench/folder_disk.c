/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/folder_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

char *disk_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = xcalloc(size, 1);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

int disk_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error("%s: cannot open: %s", path, strerror(errno));
    /* Some network file systems cannot sync a folder and say EINVAL. */
    int failed = fsync(fd) != 0 && errno != EINVAL;
    int why = errno;
    close(fd);
    return failed ? error("%s: cannot sync: %s", path, strerror(why)) : 0;
}

static int sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return disk_sync_folder(".");
    char *parent = disk_join(path, "");
    parent[slash == path ? 1 : slash - path] = '\0';
    int result = disk_sync_folder(parent);
    free(parent);
    return result;
}

/* mkdir -p: each prefix that ends before a '/', then the whole. */
static int make_path(const char *path)
{
    char *prefix = disk_join(path, "");
    size_t length = strlen(path);
    int result = 0;
    for (size_t end = 1; result == 0 && end <= length; end++) {
        if ((path[end] != '/' && path[end]) || path[end - 1] == '/')
            continue;
        prefix[end] = '\0';
        if (mkdir(prefix, 0777) == 0)
            result = sync_parent(prefix);
        else if (errno != EEXIST)
            result = error("%s: cannot make this folder: %s", prefix,
                           strerror(errno));
        prefix[end] = path[end] ? '/' : '\0';
    }
    free(prefix);
    return result;
}

enum disk_made disk_make_empty(const char *path)
{
    if (make_path(path) != 0)
        return DISK_FAILED;
    DIR *folder = opendir(path);
    if (!folder) {
        if (errno == ENOTDIR)
            return DISK_TAKEN;
        error("%s: cannot open: %s", path, strerror(errno));
        return DISK_FAILED;
    }
    enum disk_made made = DISK_MADE;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            made = DISK_TAKEN;
    closedir(folder);
    return made;
}

int disk_open(struct disk_file *file, const char *folder, const char *name)
{
    struct stat status;
    file->path = disk_join(folder, name);
    file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return error("%s: cannot open: %s", file->path, strerror(errno));
    if (fstat(file->fd, &status) != 0)
        return error("%s: cannot read: %s", file->path, strerror(errno));
    file->size_B = (size_t)status.st_size;
    return 0;
}

void disk_close(struct disk_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    free(file->path);
    file->path = NULL;
}

static int write_all(int fd, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        bytes -= (size_t)written;
    }
    return 0;
}

int disk_append(struct disk_file *file, const char *data, size_t bytes)
{
    if (write_all(file->fd, data, bytes) != 0 || fsync(file->fd) != 0) {
        int why = errno;
        /* Best effort: a half line that stays is cut off by --resume. */
        if (ftruncate(file->fd, (off_t)file->size_B) != 0)
            error("%s: ends in a half-written line", file->path);
        return error("%s: cannot write: %s", file->path, strerror(why));
    }
    file->size_B += bytes;
    return 0;
}

char *disk_read(const struct disk_file *file)
{
    char *text = xcalloc(file->size_B + 1, 1);
    size_t got = 0;
    while (got < file->size_B) {
        ssize_t part =
            pread(file->fd, text + got, file->size_B - got, (off_t)got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0) {
            error("%s: cannot read: %s", file->path,
                  part < 0 ? strerror(errno) : "it became shorter");
            free(text);
            return NULL;
        }
        got += (size_t)part;
    }
    return text;
}

int disk_cut(struct disk_file *file, size_t bytes)
{
    if (bytes >= file->size_B)
        return 0;
    if (ftruncate(file->fd, (off_t)bytes) != 0 || fsync(file->fd) != 0)
        return error("%s: cannot shorten: %s", file->path, strerror(errno));
    file->size_B = bytes;
    return 0;
}

int disk_replace(const char *folder, const char *name, const char *text)
{
    char *path = disk_join(folder, name);
    size_t size = strlen(path) + sizeof ".partial";
    char *partial = xcalloc(size, 1);
    snprintf(partial, size, "%s.partial", path);

    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int failed = fd < 0 || write_all(fd, text, strlen(text)) != 0 ||
                 fsync(fd) != 0 || rename(partial, path) != 0;
    int result = failed ? error("%s: cannot write: %s", path, strerror(errno))
                        : disk_sync_folder(folder);
    if (failed && fd >= 0)
        unlink(partial);
    if (fd >= 0)
        close(fd);
    free(partial);
    free(path);
    return result;
}
