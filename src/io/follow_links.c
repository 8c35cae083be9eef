/* Where a path leads to: symbolic links in its last component are followed by hand, since the file
 * is written beside the place they point to. */

#include <errno.h>
#include <string.h>

#include "io/atomic_file.h"

enum { LINKS_MAX = 40 };

/* Puts target in place of path, or of its last component when it is relative. */
static int put(char *path, const char *target, size_t n)
{
    const char *slash = strrchr(path, '/');
    size_t at = target[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    if (at + n >= WEIR_PATH_BYTES)
        return -ENAMETOOLONG;
    memcpy(path + at, target, n);
    path[at + n] = '\0';
    return 0;
}

int weir_follow_links(const weir_sys *sys, char *path)
{
    char target[WEIR_PATH_BYTES];
    for (int links = 0; links < LINKS_MAX; links++) {
        int64_t n = sys->readlink(sys, path, target, sizeof target);
        if (n == -EINVAL || n == -ENOENT)
            return 0; /* no link, or nothing */
        if (n <= 0)
            return n ? (int)n : -ENOENT;
        int error = put(path, target, (size_t)n);
        if (error)
            return error;
    }
    return -ELOOP;
}
