#include "file_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../weir/memory.h"

/* "." and ".." and doubled slashes go, in place; the path is absolute. */
static void normalize(char *path)
{
    char *to = path;

    for (const char *from = path; *from;) {
        from += strspn(from, "/");
        size_t n = strcspn(from, "/");
        if (n == 2 && !strncmp(from, "..", 2)) {
            while (to > path && *--to != '/')
                ;
        } else if (n && !(n == 1 && *from == '.')) {
            *to++ = '/';
            memmove(to, from, n);
            to += n;
        }
        from += n;
    }
    if (to == path)
        *to++ = '/';
    *to = 0;
}

const char *file_path_here(void)
{
    static char here[PATH_MAX];

    if (!*here && !getcwd(here, sizeof here))
        snprintf(here, sizeof here, "/");
    return here;
}

char *file_path_absolute(const char *directory, const char *path)
{
    size_t room = strlen(directory) + strlen(path) + 2;
    char *joined = memory_zeroed(room, 1);

    if (*path == '/')
        snprintf(joined, room, "%s", path);
    else
        snprintf(joined, room, "%s/%s", directory, path);
    normalize(joined);
    return joined;
}

const char *file_path_shown(const char *path)
{
    const char *here = file_path_here();
    size_t n = strlen(here);

    return !strncmp(path, here, n) && path[n] == '/' && path[n + 1] ? path + n + 1 : path;
}
