/* Where bytes leave through a descriptor. */

#include "io/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "io/sigpipe.h"

/* A pipe of 64 KiB, the usual size, makes writer and reader take turns; a larger one lets both
 * work. 1 MiB is what anybody may have without asking. */
enum { LARGE_WRITE_BYTES = 64 << 10, OUTLET_PIPE_BYTES = 1 << 20 };

/* One call to a slow disk should not take longer than others can wait. */
enum { WRITE_BYTES_MAX = 1 << 20, PIECES_BYTES_MAX = 64 << 10 };

/* A terminal that is stopped takes a part of a write and waits with the rest, so asking before does
 * not help. Its other side, /dev/ptmx, would be a new one each time it is opened. */
static void outlet_open_again(struct weir_outlet *self, const weir_sys *sys,
                              const struct stat *about)
{
    if (about->st_rdev == makedev(5, 2))
        return;
    char path[32];
    weir_format(path, sizeof path, "/proc/self/fd/%d", self->fd);
    int fd = sys->open(sys, AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    self->fd = fd;
    self->kind = WEIR_OUTLET_TERMINAL;
}

int weir_outlet_look(struct weir_outlet *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat about;
    if (self->kind != WEIR_OUTLET_UNKNOWN)
        return 0;
    self->base_sys = weir_rt_base_sys(cx->rt);
    int error = sys->fstat(sys, self->fd, &about);
    if (error)
        return error;
    mode_t mode = about.st_mode;
    if (S_ISSOCK(mode))
        self->kind = WEIR_OUTLET_SOCKET;
    else if (S_ISREG(mode) || S_ISBLK(mode) || S_ISDIR(mode) || S_ISCHR(mode))
        self->kind = WEIR_OUTLET_FILE;
    else
        self->kind = WEIR_OUTLET_STREAM;
    self->pipe = S_ISFIFO(mode);
    if (S_ISCHR(mode) && sys->terminal(sys, self->fd) == 1) {
        self->kind = WEIR_OUTLET_STREAM;
        outlet_open_again(self, sys, &about);
    }
    return 0;
}

void weir_outlet_grow(struct weir_outlet *self, const weir_sys *sys, size_t n)
{
    if (!self->pipe || self->grown || n < LARGE_WRITE_BYTES)
        return;
    sys->grow_pipe(sys, self->fd, OUTLET_PIPE_BYTES);
    self->grown = true;
}

static bool is_refusal(int64_t done)
{
    return done == -EOPNOTSUPP || done == -EINVAL || weir_is_refused(done);
}

static bool outlet_has_room(const struct weir_outlet *self, const weir_sys *sys, bool first)
{
    int ready = weir_ready_now(sys, self->fd, POLLOUT);
    return ready > 0 || (ready < 0 && first && self->told);
}

/* A descriptor that says "there is room" takes this much without waiting, unless somebody else
 * writes to it in between. The last error is told by the next call, but for its signal. */
static int64_t write_pieces(const struct weir_outlet *self, const weir_sys *sys,
                            const unsigned char *bytes, size_t n, bool *raised)
{
    size_t at = 0;
    n = n < PIECES_BYTES_MAX ? n : PIECES_BYTES_MAX;
    while (at < n && outlet_has_room(self, sys, at == 0)) {
        size_t piece = n - at < PIPE_BUF ? n - at : PIPE_BUF;
        int64_t done = sys->write(sys, self->fd, bytes + at, piece);
        *raised = *raised || done == -EPIPE;
        if (done <= 0)
            return at ? (int64_t)at : done;
        at += (size_t)done;
    }
    return at ? (int64_t)at : -EAGAIN;
}

/* An empty pipe takes all it can hold. */
static int64_t write_asking(const struct weir_outlet *self, const weir_sys *sys, const void *bytes,
                            size_t n, bool *raised)
{
    int64_t room = self->pipe ? sys->pipe_room(sys, self->fd) : 0;
    if (room <= PIPE_BUF)
        return write_pieces(self, sys, bytes, n, raised);
    int64_t done = sys->write(sys, self->fd, bytes, n < (uint64_t)room ? n : (size_t)room);
    *raised = done == -EPIPE;
    return done;
}

static int64_t write_stream(struct weir_outlet *self, const weir_sys *sys, const void *bytes,
                            size_t n, bool *raised)
{
    int64_t done = self->refused ? -EOPNOTSUPP : sys->write_now(sys, self->fd, bytes, n);
    self->refused = is_refusal(done);
    if (self->refused)
        return write_asking(self, sys, bytes, n, raised);
    *raised = done == -EPIPE;
    return done;
}

static int64_t write_held(struct weir_outlet *self, const weir_sys *sys, const void *bytes,
                          size_t n)
{
    struct weir_sigpipe guard;
    bool raised = false;
    weir_sigpipe_hold(&guard, sys);
    int64_t done = write_stream(self, sys, bytes, n, &raised);
    weir_sigpipe_let(&guard, raised);
    return done;
}

static int64_t outlet_write_some(struct weir_outlet *self, const weir_sys *sys, const void *bytes,
                                 size_t n)
{
    n = n < WRITE_BYTES_MAX ? n : WRITE_BYTES_MAX;
    if (self->kind == WEIR_OUTLET_FILE || self->kind == WEIR_OUTLET_TERMINAL)
        return sys->write(sys, self->fd, bytes, n);
    if (self->kind == WEIR_OUTLET_SOCKET)
        return sys->send(sys, self->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    weir_outlet_grow(self, sys, n);
    return write_held(self, sys, bytes, n);
}

static weir_poll outlet_fail(const struct weir_outlet *self, weir_cx *cx, int64_t error,
                             uint64_t written)
{
    return weir_fail_system(cx, error, "write", self->name, written);
}

weir_poll weir_outlet_wait(struct weir_outlet *self, weir_cx *cx, uint64_t written)
{
    int got = weir_ready_wait(&self->room, cx, self->fd, POLLOUT);
    if (got < 0)
        return outlet_fail(self, cx, got, written);
    return got ? weir_wait_turn(cx) : (weir_poll){0, WEIR_PENDING};
}

weir_poll weir_outlet_waited(struct weir_outlet *self, weir_cx *cx, uint64_t written)
{
    bool asked = weir_ready_asked(&self->room);
    int got = asked ? weir_ready_wait(&self->room, cx, self->fd, POLLOUT) : 1;
    if (got < 0)
        return outlet_fail(self, cx, got, written);
    self->told = asked;
    return (weir_poll){0, got ? WEIR_READY : WEIR_PENDING};
}

weir_poll weir_outlet_write(struct weir_outlet *self, weir_cx *cx, const void *bytes, size_t n,
                            uint64_t written)
{
    weir_poll room = weir_outlet_waited(self, cx, written);
    if (room.state != WEIR_READY)
        return room;
    int64_t error = self->failed ? self->failed : weir_outlet_look(self, cx);
    int64_t done = error ? error : outlet_write_some(self, weir_rt_sys(cx->rt), bytes, n);
    if (done > 0)
        return (weir_poll){(uint32_t)done, WEIR_READY};
    if (done == -EAGAIN)
        return weir_outlet_wait(self, cx, written);
    if (done == -EINTR)
        return weir_wait_turn(cx); /* what is in flight is finished, also when the runtime stops */
    return outlet_fail(self, cx, done ? done : -EIO, written);
}

/* What cannot be asked about is believed to have room: a write says more. */
weir_poll weir_outlet_room(struct weir_outlet *self, weir_cx *cx, uint64_t written)
{
    int error = weir_outlet_look(self, cx);
    if (error)
        return outlet_fail(self, cx, error, written);
    if (self->failed || self->kind == WEIR_OUTLET_FILE)
        return (weir_poll){0, WEIR_READY};
    if (!weir_ready_asked(&self->room) && weir_ready_now(weir_rt_sys(cx->rt), self->fd, POLLOUT))
        return (weir_poll){0, WEIR_READY};
    int got = weir_ready_wait(&self->room, cx, self->fd, POLLOUT);
    if (got < 0)
        return outlet_fail(self, cx, got, written);
    return (weir_poll){0, got ? WEIR_READY : WEIR_PENDING};
}

/* Before the first poll nothing is known of it. */
int64_t weir_outlet_try(struct weir_outlet *self, const void *bytes, size_t n)
{
    if (self->failed)
        return self->failed;
    if (self->kind == WEIR_OUTLET_UNKNOWN)
        return WEIR_WOULD_BLOCK;
    self->told = false;
    int64_t done = outlet_write_some(self, self->base_sys, bytes, n);
    if (done == -EAGAIN || done == -EINTR)
        return WEIR_WOULD_BLOCK;
    self->failed = done > 0 ? 0 : done ? done : -EIO;
    return done > 0 ? done : self->failed;
}

void weir_outlet_fini(struct weir_outlet *self)
{
    weir_ready_fini(&self->room);
    if (self->kind == WEIR_OUTLET_TERMINAL)
        self->base_sys->close(self->base_sys, self->fd);
}
