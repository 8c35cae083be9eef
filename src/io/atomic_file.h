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
    bool create_new; /* never takes a name from another: set behind the open */
    bool dir_syncs;  /* it may be listed, and so it can be synced */
    bool dir_keeps;  /* a name that was made there stays as it is */
    bool replaces;
    struct stat old;              /* what stood there, if it replaces that */
    unsigned forks;               /* of the process that opened it: only that may give it up */
    char hidden[WEIR_NAME_BYTES]; /* its name for now; "": it has none */
};

/* Splits `path` in place; it must stay. old_fd, old: what stands there, NULL: nothing. -EPERM or
 * -EACCES where the directory does not let the old one be replaced. After a failure: give it up. */
int weir_atomic_file_open(struct weir_atomic_file *file, const weir_sys *sys, char *path,
                          int old_fd, const struct stat *old, bool durable);

/* Gives it its name. After a failure: give it up. */
int weir_atomic_file_commit(struct weir_atomic_file *file);

/* Nothing of it is left, and left (WEIR_NAME_BYTES) is ""; or, where it keeps what there is, the
 * name under which that stands: NAME.partial. Not 0: there it could not be kept. So it is too, with
 * 0, where the directory does not let the hidden name be taken away. What is another process's is
 * not touched. */
int weir_atomic_file_give_up(struct weir_atomic_file *file, bool keeps, char *left);

/* fsync; 0 too where a file is of a kind that cannot be synced. */
int weir_sync(const weir_sys *sys, int fd);

/* The same by fdatasync: for a file whose mode and owner were not changed. */
int weir_sync_data(const weir_sys *sys, int fd);

/* The same for a directory. Only what may have lost a name fails: whether the system can sync it,
 * or lets us, is no reason to fail a write that is complete. */
int weir_sync_directory(const weir_sys *sys, int dir);

/* Opens the directory of `path`, which is split in place; *name is what stands behind it. One that
 * may be written to and not listed is opened too; *syncs: whether it can be synced. */
int weir_open_directory(const weir_sys *sys, char *path, const char **name, bool *syncs);

#endif
