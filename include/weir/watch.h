/* weir/watch.h: directories and files that change: what stands in them, which names match, what
 * happens to them, and a file that grows. */
#ifndef WEIR_WATCH_H
#define WEIR_WATCH_H

#include "weir/stream.h"
#include "weir/reader.h"

WEIR_BEGIN_C

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
    uint64_t tick_ns; /* how often it is looked at when the kernel tells nothing; 0: a second */
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
 * Source: tail -F, Go hpcloud/tail. */
WEIR_API weir_reader *weir_tail(const char *path, const weir_tail_options *options);

WEIR_END_C

#endif
