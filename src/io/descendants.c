/* The processes below a process, as /proc tells them. A number may be another process's as soon as
 * its own was reaped, so each is looked for once more when its descriptor holds it. */

#include "io/descendants.h"

#include <fcntl.h>
#include <stdlib.h>

#include "weir/error.h"

enum { CHILDREN_BYTES = 2048 };

/* Numbers with a space behind each; "" where it cannot be known. */
static void read_children(const weir_sys *sys, int process, char out[CHILDREN_BYTES])
{
    char path[64];
    weir_format(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    out[0] = '\0';
    int fd = sys->open(sys, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    int64_t n = sys->read(sys, fd, out, CHILDREN_BYTES - 1);
    out[n > 0 ? n : 0] = '\0';
    sys->close(sys, fd);
}

/* 0: there are no more. */
static int descendants_next_child(const char **at)
{
    char *end;
    long number = strtol(*at, &end, 10);
    bool whole = end != *at && *end == ' ';
    *at = end;
    return whole ? (int)number : 0;
}

static bool is_child(const weir_sys *sys, int process, int wanted)
{
    char children[CHILDREN_BYTES];
    const char *at = children;
    read_children(sys, process, children);
    for (int child; (child = descendants_next_child(&at));)
        if (child == wanted)
            return true;
    return false;
}

/* -1: it is over. */
static int open_child(const weir_sys *sys, int process, int child)
{
    int pidfd = sys->pidfd_open(sys, child);
    if (pidfd < 0 || is_child(sys, process, child))
        return pidfd;
    sys->close(sys, pidfd);
    return -1;
}

size_t weir_descendants_open(const weir_sys *sys, int process, int pidfds[WEIR_DESCENDANTS_MAX])
{
    int found[WEIR_DESCENDANTS_MAX], parent = process;
    size_t n = 0;
    for (size_t i = 0;; parent = found[i++]) {
        char children[CHILDREN_BYTES];
        const char *at = children;
        read_children(sys, parent, children);
        for (int child; n < WEIR_DESCENDANTS_MAX && (child = descendants_next_child(&at));) {
            pidfds[n] = open_child(sys, parent, child);
            found[n] = child;
            n += pidfds[n] >= 0;
        }
        if (i == n)
            return n;
    }
}
