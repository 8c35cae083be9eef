/* Sockets that have a path: making it, and taking it away again. */
#ifndef WEIR_NET_LOCAL_H
#define WEIR_NET_LOCAL_H

#include "net/address.h"
#include "weir/sys.h"

struct weir_local_path {
    struct stat about;
    unsigned forks; /* of the process that made it */
    bool made;
};

/* Binds a socket of that type to a path. One where nobody answers is of somebody who was killed: it
 * is removed first. 0, or a negative errno. */
int weir_local_bind(struct weir_local_path *self, const weir_sys *sys, int fd,
                    const struct weir_address *at, int type);

/* The path that was made, unless somebody else made another one there. The child of a fork leaves
 * it to its parent. */
void weir_local_remove(const struct weir_local_path *self, const weir_sys *sys, const char *path);

#endif
