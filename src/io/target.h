/* What the name of a sink means, found out before anything is written. */
#ifndef WEIR_IO_TARGET_H
#define WEIR_IO_TARGET_H

#include "io/atomic_file.h"

typedef enum weir_target_kind {
    WEIR_TARGET_NEW,        /* nothing is there */
    WEIR_TARGET_FILE,       /* a regular file, of which `old` tells */
    WEIR_TARGET_SPECIAL,    /* written in place: a device, a FIFO, an open file of a process */
    WEIR_TARGET_DESCRIPTOR, /* one of ours, by a name such as /dev/stdout */
} weir_target_kind;

struct weir_target {
    weir_target_kind kind;
    int descriptor;
    struct stat old;
    char *path; /* WEIR_PATH_BYTES; behind all links, where the file is to stand */
};

/* target->path: what was named; it is changed. 0, or a negative errno. */
int weir_target_look(struct weir_target *target, const weir_sys *sys);

#endif
