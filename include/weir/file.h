/* weir/file.h: files, standard input and output. */
#ifndef WEIR_FILE_H
#define WEIR_FILE_H

#include "weir/sys.h"
#include "weir/writer.h"

/* The bytes of a file; opened at the first poll. A regular file is read ahead by one block where
 * the driver can (io_uring).
 * Shape: blocks of WEIR_BLOCK_BYTES; holds two. Errors: SYSTEM, with the path and the offset.
 * Owns: keeps its own copy of the path. */
WEIR_API weir_reader *weir_file_reader(const char *path);

/* The bytes of a descriptor that stays the caller's; `name` stands in messages. Never reads
 * ahead. weir_stdin_reader() is this for 0. */
WEIR_API weir_reader *weir_fd_reader(int fd, const char *name);
WEIR_API weir_reader *weir_stdin_reader(void);

/* A file that does not exist, is the old one, or is complete, whatever happens: the bytes go to
 * a nameless or hidden file in the same directory, which takes the name when the writer is closed,
 * after fsync; then the directory is synced. Something that is no regular file (a device, a FIFO)
 * is written in place. An old file's mode stays, and its owner and group where that is allowed;
 * where the group is not, the new one gets no more than others. Dropped without being closed: the
 * new file is gone, an old one untouched.
 * Errors: SYSTEM with the path and the bytes written; STOPPED when it is closed after a source was
 * cut by weir_rt_stop(): what is not whole does not get the name. */
typedef struct weir_file_options {
    bool append;       /* add to the end instead; no promise against a torn last write */
    bool not_durable;  /* skip both syncs: safe against kill -9, not against a power cut */
    bool keep_partial; /* when it is given up, keep the bytes under PATH.partial */
} weir_file_options;
WEIR_API weir_writer *weir_file_writer(const char *path, const weir_file_options *options);

/* A descriptor that stays the caller's. EAGAIN is waited for; one that is not O_NONBLOCK, and full,
 * blocks the runtime's thread, as a plain write would. Errors: CLOSED when nobody reads it. */
WEIR_API weir_writer *weir_fd_writer(int fd, const char *name);
WEIR_API weir_writer *weir_stdout_writer(void);

#endif
