/* What readers and writers of descriptors share: errors from system calls, opening. */
#ifndef WEIR_IO_SYSTEM_H
#define WEIR_IO_SYSTEM_H

#include "task/rt.h"

/* `cannot VERB: no such file or directory`, at place, byte (or WEIR_NOWHERE). number is a negative
 * errno. EPIPE is CLOSED; EINTR while stopping is STOPPED. */
weir_poll weir_fail_system(weir_cx *cx, int64_t number, const char *verb, const char *place,
                           uint64_t byte);

/* A stage that touches the outside was polled by hand. */
weir_poll weir_fail_no_runtime(weir_cx *cx, const char *name);

/* Opens; -EINTR only when the runtime is stopping. */
int weir_open_path(const weir_sys *sys, const weir_rt *rt, int dir, const char *path, int flags,
                   unsigned mode);

/* True as soon as the runtime was told to stop. */
bool weir_io_stopping(const weir_cx *cx);

/* For the end of a source's constructor: keeps a copy of the path it was given. */
weir_stream *weir_keep_path(weir_stream *stream, const char *path, const char **out);

/* A copy of a name in the arena; NULL: no memory. */
char *weir_arena_text(weir_arena *arena, const char *text);

#endif
