/* Errors from system calls, and opening. */

#include "io/system.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/system_text.h"
#include "weir/implement.h"

enum { SYSTEM_EINTR_MAX = 10000 };

bool weir_io_stopping(const weir_cx *cx)
{
    return cx->stopping || (cx->rt && weir_rt_stopping(cx->rt));
}

static const char *system_cure_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return "look whether the path is right";
    case EACCES:
    case EPERM:
    case EROFS:
        return "look at the permissions of the file and its directory";
    case EISDIR:
        return "the name of a file";
    case ENOSPC:
    case EDQUOT:
        return "free some space";
    case EFBIG:
        return "a higher limit of file sizes (ulimit -f)";
    case EMFILE:
    case ENFILE:
        return "a higher limit of open files (ulimit -n)";
    case ENAMETOOLONG:
        return "a shorter name";
    case ECONNREFUSED:
        return "look whether somebody listens there";
    case EADDRINUSE:
        return "another one, or look who listens there (ss -ltnp)";
    case EADDRNOTAVAIL:
        return "an address that this machine has (ip address)";
    default:
        return NULL;
    }
}

static weir_code code_of(const weir_cx *cx, int number)
{
    if (number == EINTR && weir_io_stopping(cx))
        return WEIR_E_STOPPED;
    return number == EPIPE ? WEIR_E_CLOSED : WEIR_E_SYSTEM;
}

/* The end of a long path says more than its beginning. */
static void set_place(weir_error *error, const char *place)
{
    size_t n = strlen(place), room = sizeof error->place - 1;
    if (n > room)
        weir_format(error->place, sizeof error->place, "...%s", place + n - (room - 3));
    else
        weir_format(error->place, sizeof error->place, "%s", place);
}

weir_poll weir_fail_system(weir_cx *cx, int64_t number, const char *verb, const char *place,
                           uint64_t byte)
{
    int positive = (int)-number;
    const char *text = weir_errno_text(positive);
    weir_fail(cx, code_of(cx, positive), "cannot %s: %c%s", verb, tolower((unsigned char)text[0]),
              text + 1);
    cx->error.number = positive;
    cx->error.cure = system_cure_of(positive);
    cx->error.byte = byte;
    set_place(&cx->error, place);
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_fail_no_runtime(weir_cx *cx, const char *name)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "%s needs a runtime", name);
    cx->error.cure = "weir_run() or weir_rt_run()";
    return (weir_poll){0, WEIR_ERROR};
}

int weir_open_path(const weir_sys *sys, const weir_rt *rt, int dir, const char *path, int flags,
                   unsigned mode)
{
    for (int tries = 0; tries < SYSTEM_EINTR_MAX; tries++) {
        int fd = sys->open(sys, dir, path, flags, mode);
        if (fd != -EINTR || weir_rt_stopping(rt))
            return fd;
    }
    return -EINTR;
}

char *weir_arena_text(weir_arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = weir_arena_take(arena, size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

weir_stream *weir_keep_path(weir_stream *stream, const char *path, const char **out)
{
    if (!path)
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, NULL, "no path was given", NULL,
                                  NULL, 0);
    *out = weir_arena_text(stream->stage.arena, path);
    if (*out)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                              NULL, 0);
}
