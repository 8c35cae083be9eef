/* weir/file.h: files, standard input and output. */
#ifndef WEIR_FILE_H
#define WEIR_FILE_H

#include "weir/codec.h"
#include "weir/sys.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* The bytes of a file; opened at the first poll. A regular file is read ahead by one block where
 * the driver can (io_uring). Something else (a FIFO, a terminal) is read as a descriptor is, below;
 * opening a FIFO waits for its writer, and stops the thread while it does.
 * Where weir_copy has the kernel move them, nothing is read ahead.
 * Shape: blocks of WEIR_BLOCK_BYTES; holds two. Errors: SYSTEM, with the path and the offset.
 * Owns: keeps its own copy of the path.
 *
 * Example:
 *     p(weir_file_reader(file("greeting.txt", "hello"))); // -> hello
 *     p(weir_file_reader("nowhere.txt")); // -> !SYSTEM
 */
WEIR_NEW weir_reader *weir_file_reader(const char *path);

/* The bytes of a file, decompressed where they are compressed: weir_decompress() (weir/codec.h)
 * over weir_file_reader(), with the path as its name.
 *
 * Example:
 *     p(weir_open(file("greeting.txt", "hello"))); // -> hello
 */
WEIR_NEW weir_reader *weir_open(const char *path);

/* The bytes of a descriptor that stays the caller's; `name` stands in messages. Waits until
 * something is there and takes it then, whether or not the descriptor is O_NONBLOCK: a reader that
 * is dropped while it waits has taken nothing. Never reads ahead. A file is read from where the
 * descriptor stands, which is set back to what was consumed when the reader is dropped; of anything
 * else, what it read and nobody consumed goes with it. A pipe through which much comes is made
 * to hold up to 1 MiB. weir_stdin_reader() is this for 0.
 * Shape: a block of WEIR_BLOCK_BYTES; none while it waits, but for the beginning of a line.
 *
 * Example:
 *     FILE *log = fopen(file("greeting.txt", "hello"), "r");
 *     p(weir_fd_reader(fileno(log), "greeting.txt")); // -> hello
 *     fclose(log);
 */
WEIR_NEW weir_reader *weir_fd_reader(int fd, const char *name);
WEIR_NEW weir_reader *weir_stdin_reader(void);

/* A file that does not exist, is the old one, or is complete, whatever happens: the bytes go to
 * a nameless or hidden file in the same directory, which takes the name when the writer is closed,
 * after fsync; then the directory is synced. Dropped without being closed: the new file is gone, an
 * old one untouched. What stands under the name decides, when the writer is opened:
 *
 *     nothing                    made, with the mode that `>` gives
 *     a symbolic link            the file it leads to is meant
 *     a regular file             replaced; it must be one that may be written to, as for `>`
 *     ... with other names too   written in place: another name would keep the old bytes
 *     ... something is mounted right there, or the directory does not let it be replaced (closed,
 *         sticky, append-only, of a system such as /proc)   written in place
 *     a device, a FIFO           written in place
 *     /dev/stdout, /dev/fd/N     the descriptor N as it stands; it stays open, and is not synced
 *     /proc/PID/fd/N             an open file of another process: added to
 *     a directory                an error
 *     "-"                        a file of that name; standard output is weir_stdout_writer()
 *
 * Nobody but who writes it may do more with the new file than with the old one, as that was when it
 * was opened or, where owner, group or mode were changed since, when it got the name: owner, group,
 * mode and access list are kept where that is allowed; where the group is not, it and the others
 * get what both had; where the list is not, the owner alone is left. user.* attributes of up to 4
 * KiB are kept where they can be; set-user-ID, set-group-ID and capabilities never are. In place
 * means that the file is emptied when the first bytes come, and that a failure leaves what was
 * written until then. weir_copy() and weir_forward() open it before they ask for the first byte.
 * Shape: at most 1 MiB in one call; every 8 MiB the disk is told to begin (unless not_durable). A
 * write to a slow disk, fsync, and the opening of a FIFO (which waits for its reader) stop the
 * thread while they last. Errors: SYSTEM with the path and the bytes written; STOPPED when it is
 * closed after a source was cut by weir_rt_stop(): what is not whole does not get the name. A
 * directory that may not be synced is no error; one that tells EIO is. Marks: appending, what was
 * taken can be made durable while it is open (fdatasync, which stops the thread too), but not of
 * what is no regular file; any other file is safe when it is closed. */
typedef struct weir_file_options {
    uint32_t size;     /* sizeof(weir_file_options) */
    bool append;       /* add to the end instead; no promise against a torn last write */
    bool not_durable;  /* skip both syncs: safe against kill -9, not against a power cut */
    bool keep_partial; /* when it is given up, keep the bytes under NAME.partial beside it */
    /* Optional. Told when a regular file will be written in place, and why: "it has other names".
     * The texts are only there during the call. */
    void (*on_in_place)(void *arg, const char *path, const char *why);
    /* Optional. Told when keep_partial had something to keep: where it stands, and 0; or the errno
     * because of which it could not be kept there. Told too where the directory does not let what
     * was given up be removed. */
    void (*on_partial)(void *arg, const char *path, int number);
    void *arg;
    bool create_new; /* what stands under the name is left alone, be it a link: SYSTEM, EEXIST, when
                      * it is opened or, where it came meanwhile, closed */
    bool cut_torn; /* append to whole lines: what stands behind the last newline, as a program that
                    * was killed may leave it, is cut off when the file is opened. EFBIG where the
                    * last 16 MiB have none */
    /* The same of a compressed file: NULL, or what decompresses it, of weir/compress.h, with
     * `.one` in its options (&weir_codec_gunzip). What stands behind the last whole member is cut
     * off. All of the file is read when it is opened, a MiB or so at a time, to find that out.
     * CORRUPT, with its byte, where it is damaged or no such file: nothing is cut then. */
    const weir_codec *cut_members;
} weir_file_options;

/* weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true)) */
#define WEIR_FILE_OPTIONS(...) ((weir_file_options){.size = sizeof(weir_file_options), __VA_ARGS__})

/* A writer of a file, which takes its name when it is closed: as weir_file_options says. NULL: the
 * defaults.
 *
 * Example:
 *     p(weir_copy(text("hello"), weir_file_writer("greeting.txt", NULL))); // -> 5
 *     weir_file_options append = WEIR_FILE_OPTIONS(.append = true);
 *     p(weir_copy(text(", you"), weir_file_writer("greeting.txt", &append))); // -> 5
 *     p(weir_file_reader("greeting.txt")); // -> hello, you
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_file_writer(const char *path, const weir_file_options *options);

/* To a descriptor that stays the caller's. Pipes, sockets and terminals get what fits now, and a
 * full one stops its own task alone, whether or not it is O_NONBLOCK, which is never changed. The
 * kernel cannot promise that for FIFOs (nor, before Linux 6.4, for pipes): they are asked first and
 * given PIPE_BUF at a time, so another writer that fills one in between can still stop the thread.
 * A terminal is opened a second time, non-blocking, as long as the writer lives.
 * A pipe is made to hold up to 1 MiB when much is written. What weir_copy moves there out of a file
 * is the file's own pages until it is read: a change of the file before that is seen. The other
 * side is gone: CLOSED, and no SIGPIPE. weir_stdout_writer() is this for 1: it does not know what
 * stdio still holds, so fflush(stdout) goes before what is to come behind a printf().
 *
 * Example:
 *     FILE *log = fopen("greeting.txt", "w");
 *     p(weir_copy(text("hello"), weir_fd_writer(fileno(log), "greeting.txt"))); // -> 5
 *     fclose(log);
 *     p(weir_file_reader("greeting.txt")); // -> hello
 */
WEIR_NEW weir_writer *weir_fd_writer(int fd, const char *name);
WEIR_NEW weir_writer *weir_stdout_writer(void);

WEIR_END_C

#endif
