/* A file that gets its name when it is complete. Until then it has none, or a hidden one beside it.
 * Knows nothing of streams: functions answer 0 or a negative errno, and `doing` says at what. */
#ifndef WEIR_IO_ATOMIC_FILE_H
#define WEIR_IO_ATOMIC_FILE_H

#include "weir/sys.h"

enum { WEIR_PATH_BYTES = 4096, WEIR_NAME_BYTES = 256 };

struct weir_atomic_file {
    const weir_sys *sys;
    const char *doing; /* "open", "write", "sync" ...: what failed */
    const char *name;  /* in the directory */
    int dir;           /* -1: not opened */
    int fd;
    bool durable;
    unsigned forks;               /* of the process that opened it: only that may give it up */
    char hidden[WEIR_NAME_BYTES]; /* its name for now; "": it has none */
};

/* Follows what is a symbolic link in `path` (WEIR_PATH_BYTES), in place: the file is replaced where
 * the link points to. */
int weir_follow_links(const weir_sys *sys, char *path);

/* Splits `path` in place; it must stay. old: what stands there, NULL: nothing. After a failure:
 * give it up. */
int weir_atomic_file_open(struct weir_atomic_file *file, const weir_sys *sys, char *path,
                          const struct stat *old, bool durable);

/* Gives it its name. After a failure: give it up. */
int weir_atomic_file_commit(struct weir_atomic_file *file);

/* Nothing of it is left; or, with partial, what there is stands under NAME.partial. */
void weir_atomic_file_give_up(struct weir_atomic_file *file, bool partial);

/* fsync; 0 too where a file or a directory is of a kind that cannot be synced. */
int weir_sync(const weir_sys *sys, int fd);

/* Opens the directory of `path`, which is split in place; *name is what stands behind it. */
int weir_open_directory(const weir_sys *sys, char *path, int flags, const char **name);

#endif
