/* weir/watch.h: directories and files that change: what stands in them, which names match, what
 * happens to them, and a file that grows. */
#ifndef WEIR_WATCH_H
#define WEIR_WATCH_H

#include "weir/stream.h"
#include "weir/reader.h"

WEIR_BEGIN_C

enum { WEIR_ENTRY_NAME_BYTES = 256 };

/* ---- what stands in a directory ---- */

typedef enum weir_entry_kind {
    WEIR_ENTRY_UNKNOWN, /* the file system does not say */
    WEIR_ENTRY_FILE,
    WEIR_ENTRY_DIRECTORY,
    WEIR_ENTRY_LINK,
    WEIR_ENTRY_FIFO,
    WEIR_ENTRY_SOCKET,
    WEIR_ENTRY_DEVICE
} weir_entry_kind;

/* One name in a directory. It holds no pointers: it may be collected, sent, kept. */
typedef struct weir_dir_entry {
    uint64_t inode;
    weir_entry_kind kind;
    char name[WEIR_ENTRY_NAME_BYTES];
} weir_dir_entry;
WEIR_API extern const weir_type weir_type_dir_entry;

/* What stands in a directory, without "." and "..", in the order in which the system gives it; what
 * comes or goes meanwhile may be among it or not. Opened at the first poll.
 * Shape: 32 KiB of entries at a time, each read one call, which stops the thread while the disk is
 * slow. Errors: SYSTEM with the path. Owns: keeps its own copy of the path.
 * Source: tokio read_dir, Go ReadDir (which sorts).
 *
 * Example:
 *     file("greeting.txt", "hello");
 *     p(yes(weir_run(weir_count(weir_read_dir(".")), NULL, NULL) == WEIR_READY)); // -> yes
 */
WEIR_ITEM(weir_dir_entry)
WEIR_MUST_PAR_SPAWN("files are independent")
WEIR_NEW weir_stream *weir_read_dir(const char *path);

enum {
    WEIR_GLOB_DEPTH_MAX = 64,      /* parts of a pattern, and directories below each other */
    WEIR_GLOB_BYTES_MAX = 16 << 20 /* of names that wait for their turn */
};

/* The paths that match a pattern, as lent weir_line (with a NUL behind them): `*`, `?` and `[a-z]`
 * as fnmatch knows them, within a name; `**` alone between slashes: any number of directories, none
 * too, links not followed, once in a pattern. Names that begin with a dot are matched by a dot
 * alone. Sorted by bytes within each directory; nothing matches: no item. A slash at the end means
 * nothing. Directories are read when their turn comes, so the first path is there before the last
 * directory was looked at. Shape: one path at a time; one descriptor; holds the names of the
 * directories that it is in. Errors: SYSTEM for a directory that cannot be read, with its path, not
 * fatal; LIMIT for more than the two limits above; ARGUMENT for a second `**`, by which paths would
 * come many times. Source: the shell, Rust's glob.
 *
 * Example:
 *     file("greeting.txt", "hello");
 *     p(weir_glob("greet*.txt")); // -> greeting.txt
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_MUST_PAR_SPAWN("files are independent")
WEIR_NEW weir_stream *weir_glob(const char *pattern);

/* ---- what happens to a file or directory ---- */

typedef enum weir_path_change {
    WEIR_PATH_CREATED,
    WEIR_PATH_MODIFIED,   /* its bytes */
    WEIR_PATH_CLOSED,     /* who wrote to it has closed it */
    WEIR_PATH_DELETED,    /* also of what is watched itself: the last item */
    WEIR_PATH_MOVED_FROM, /* it had this name in the directory */
    WEIR_PATH_MOVED_TO,   /* it has it now; both have the same cookie */
    WEIR_PATH_MOVED_SELF  /* what is watched has another name; it is watched on */
} weir_path_change;

/* What happened to a path. It holds no pointers. */
typedef struct weir_path_event {
    weir_path_change change;
    bool directory;                   /* of one */
    uint32_t cookie;                  /* of a move; else 0 */
    char name[WEIR_ENTRY_NAME_BYTES]; /* in the directory; "": what is watched itself */
} weir_path_event;
WEIR_API extern const weir_type weir_type_path_event;

/* What happens to a file, or in a directory (not below its directories), from the first poll on. It
 * ends when what is watched is gone, and with the runtime.
 * Shape: what the kernel holds, 16384 events by default; one descriptor. Errors: SYSTEM with the
 * path; LIMIT "events were lost", not fatal, where nobody took them in time: look at the directory
 * itself then. Source: inotify, Rust's notify (which watches whole trees).
 *
 * Example:
 *     weir_path_event event;
 *     weir_stream *first = weir_spawn(weir_take(weir_watch_path("."), 1));
 *     p(weir_sleep(MS)); // -> done
 *     fclose(fopen("seen.txt", "w"));
 *     p(answer(weir_await(first, &event, NULL))); // -> READY
 *     p(event.name); // -> seen.txt
 */
WEIR_ITEM(weir_path_event)
WEIR_NEW weir_stream *weir_watch_path(const char *path);

/* ---- a file that grows ---- */

typedef enum weir_tail_event {
    WEIR_TAIL_TRUNCATED, /* it became shorter than what was read: it is read from its beginning */
    WEIR_TAIL_REPLACED,  /* another file has its name, and is read from its beginning */
    WEIR_TAIL_GONE,      /* nothing has its name any more */
    WEIR_TAIL_APPEARED   /* it was waited for, and is there */
} weir_tail_event;

typedef struct weir_tail_options {
    uint32_t size;    /* sizeof(weir_tail_options) */
    bool whole;       /* begin at its beginning; else, with none of the three: at its end */
    bool wait;        /* it need not be there yet; then it is read from its beginning */
    bool no_follow;   /* end at its end: `tail -n`, `tail -c` */
    uint64_t lines;   /* begin with the last so many lines */
    uint64_t bytes;   /* ... or bytes */
    uint64_t tick_ns; /* how often it is looked at when the kernel tells nothing; 0: a second, at
                         least 1 ms */
    void (*on_event)(void *arg, const char *path, weir_tail_event what); /* optional */
    void *arg;
} weir_tail_options;

/* WEIR_TAIL_OPTIONS(.lines = 10) */
#define WEIR_TAIL_OPTIONS(...) ((weir_tail_options){.size = sizeof(weir_tail_options), __VA_ARGS__})

/* A regular file as it grows: what is there, and then what is added, for ever. options NULL: what
 * is added from now on. It is followed by its name, as `tail -F` does:
 *
 *     renamed, a new one made    the old one to its end, then the new one from its beginning
 *     deleted, a new one made    the same
 *     replaced by a rename       the same
 *     copied and truncated       from its beginning, once it is shorter than what was read
 *     gone                       waits; who still writes to the old one is still read
 *
 * The new one is begun when something stands in it and the old one, looked at after that, is at its
 * end: of one writer, which has gone over to the new one, nothing is lost and nothing comes twice.
 * What cannot be seen: a file that came and went again while nobody asked for bytes; one that was
 * truncated and has grown past what was read since. inotify tells of changes; where it cannot (a
 * network, too many watches) the file is looked at every tick.
 * Shape: blocks of 64 KiB, none while it waits; two descriptors. It ends with the runtime (cut).
 * Errors: SYSTEM with the path (not there, and not `wait`); ARGUMENT for what is no regular file.
 * Source: tail -F, Go hpcloud/tail.
 *
 * Example:
 *     const char *log = file("app.log", "one\ntwo\nthree\n");
 *     p(weir_tail(log, &WEIR_TAIL_OPTIONS(.lines = 2, .no_follow = true))); // -> two\nthree\n
 */
WEIR_NEW weir_reader *weir_tail(const char *path, const weir_tail_options *options);

WEIR_END_C

#endif
