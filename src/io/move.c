/* move: copy_file_range from file to file, splice into a pipe. A move that fails has moved nothing:
 * whatever is wrong, the read or the write that comes next finds it too and knows which side it is.
 * sendfile is not needed: it can do no more, and waits for a full pipe. Nor is a pipe spliced into
 * a file: its writer would have to wait until the file has taken all. */

#include "io/move.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "io/peer_error.h"
#include "io/sigpipe.h"
#include "weir/implement.h"

enum { MOVE_BYTES_MAX = 1 << 20 };

static bool is_pipe(const struct weir_outlet *self)
{
    return self->kind == WEIR_OUTLET_STREAM && self->pipe;
}

/* What else may be full (a terminal, a socket) is written to. */
static bool can_move(const struct weir_outlet *self, const weir_raw *from)
{
    return is_pipe(self) || (self->kind == WEIR_OUTLET_FILE && from->kind == WEIR_RAW_FILE);
}

static int64_t splice_held(const struct weir_outlet *self, const weir_sys *sys,
                           const weir_raw *from)
{
    uint64_t offset = from->kind == WEIR_RAW_PIPE ? WEIR_RAW_HERE : from->offset;
    struct weir_sigpipe guard;
    weir_sigpipe_hold(&guard, sys);
    int64_t done = sys->splice(sys, from->fd, offset, self->fd, MOVE_BYTES_MAX);
    weir_sigpipe_let(&guard, done == -EPIPE);
    return done;
}

static int64_t move_some(const struct weir_outlet *self, const weir_sys *sys, const weir_raw *from)
{
    if (is_pipe(self))
        return splice_held(self, sys, from);
    return sys->copy_range(sys, from->fd, from->offset, self->fd, MOVE_BYTES_MAX);
}

/* The pipe says EPIPE, the connection everything else. */
static void move_note_failure(const weir_raw *from, int64_t done)
{
    if (from->failed && weir_is_peer_error(done) && done != -EPIPE)
        *from->failed = (int32_t)done;
}

/* Nothing came from a connection, which asks for itself then, or the pipe is full. */
static bool is_source_dry(const struct weir_outlet *self, const weir_cx *cx, const weir_raw *from)
{
    return from->kind == WEIR_RAW_SOCKET &&
           weir_ready_now(weir_rt_sys(cx->rt), self->fd, POLLOUT) > 0;
}

/* The reader has just asked its side. If somebody else emptied it since, there is room, and it is
 * asked again. */
static weir_poll move_nothing_moved(struct weir_outlet *self, weir_cx *cx, const weir_raw *from,
                                    int64_t done, uint64_t written)
{
    move_note_failure(from, done);
    if (done == -EAGAIN && is_pipe(self) && !is_source_dry(self, cx, from))
        return weir_outlet_wait(self, cx, written);
    if (done == -EINTR)
        return weir_wait_turn(cx);
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_outlet_move(struct weir_outlet *self, weir_cx *cx, const weir_raw *from,
                           uint64_t written)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (weir_outlet_look(self, cx) || !can_move(self, from))
        return (weir_poll){0, WEIR_READY};
    weir_poll room = weir_outlet_waited(self, cx, written);
    if (room.state != WEIR_READY)
        return room;
    int64_t done = move_some(self, sys, from);
    if (done <= 0)
        return move_nothing_moved(self, cx, from, done, written);
    weir_outlet_grow(self, sys, (size_t)done);
    return (weir_poll){(uint32_t)done, WEIR_READY};
}

const char *weir_outlet_moves_by(const struct weir_outlet *self, weir_raw_kind from)
{
    struct stat about;
    bool known = self->kind != WEIR_OUTLET_UNKNOWN;
    if (!known && weir_sys_posix.fstat(&weir_sys_posix, self->fd, &about))
        return NULL;
    bool pipe = known ? is_pipe(self) : S_ISFIFO(about.st_mode);
    bool file = known ? self->kind == WEIR_OUTLET_FILE : S_ISREG(about.st_mode);
    return pipe ? "splice" : file && from == WEIR_RAW_FILE ? "copy_file_range" : NULL;
}
