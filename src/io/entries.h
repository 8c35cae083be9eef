/* The entries of an open directory, a block at a time. */
#ifndef WEIR_IO_ENTRIES_H
#define WEIR_IO_ENTRIES_H

#include "io/system.h"
#include "weir/watch.h"

enum { WEIR_ENTRIES_BYTES = 32 << 10 };

struct weir_entries {
    const weir_sys *base_sys; /* closes, also when the runtime is gone */
    int fd;                   /* -1: not open */
    char *block;              /* NULL: none yet */
    size_t at, n;
};

/* 0, or a negative errno; flags besides those of a directory. */
int weir_entries_open(struct weir_entries *self, const weir_cx *cx, const char *path, int flags);
/* What is left of the block. False: weir_entries_read() comes next. */
bool weir_entries_next(struct weir_entries *self, weir_dir_entry *out);
/* One call. 1: there are some; 0: there are no more; a negative errno. */
int weir_entries_read(struct weir_entries *self, const weir_cx *cx);
void weir_entries_fini(struct weir_entries *self);

#endif
