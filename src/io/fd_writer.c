/* fd_writer: bytes to a descriptor that stays the caller's. */

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "io/system.h"
#include "weir/alloc.h"
#include "weir/file.h"

/* A pipe of 64 KiB, the usual size, makes writer and reader take turns; a larger one lets both
 * work. 1 MiB is what anybody may have without asking. */
enum { LARGE_WRITE_BYTES = 64 << 10, PIPE_BYTES = 1 << 20 };

struct fd_writer {
    weir_writer writer;
    const char *name;
    int fd;
    bool grown;    /* it was asked to hold more, if it is a pipe */
    weir_io *room; /* waits until the descriptor takes more; made when it is needed first */
};

static struct fd_writer *fd_writer_of(weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct fd_writer, writer);
}

static void io_release(weir_io *io)
{
    weir_release(io, sizeof *io);
}

/* Somebody made the descriptor non-blocking, and it is full. */
static weir_poll wait_for_room(struct fd_writer *self, weir_cx *cx)
{
    if (!self->room) {
        self->room = weir_allocate(sizeof *self->room);
        if (!self->room)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory to wait for '%s'", self->name);
        *self->room = (weir_io){.kind = WEIR_IO_POLL, .fd = self->fd, .events = POLLOUT};
    }
    if (!weir_io_busy(self->room))
        weir_io_submit(weir_rt_io(cx->rt), self->room);
    if (weir_io_busy(self->room))
        return weir_wait(cx, &self->room->waiter, WEIR_WAIT_IO);
    return weir_yield(cx);
}

static weir_poll fd_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct fd_writer *self = fd_writer_of(writer);
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "fd_writer");
    if (self->room && weir_io_busy(self->room))
        return weir_wait(cx, &self->room->waiter, WEIR_WAIT_IO);
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (n >= LARGE_WRITE_BYTES && !self->grown) {
        sys->grow_pipe(sys, self->fd, PIPE_BYTES);
        self->grown = true;
    }
    int64_t done = sys->write(sys, self->fd, bytes, n);
    if (done > 0)
        return (weir_poll){(uint32_t)done, WEIR_READY};
    if (done == -EAGAIN)
        return wait_for_room(self, cx);
    if (done == -EINTR)
        return weir_yield(cx); /* what is in flight is finished, also when the runtime stops */
    return weir_fail_system(cx, done ? done : -EIO, "write", self->name, writer->stage.n);
}

static void fd_writer_fini(weir_writer *writer)
{
    struct fd_writer *self = fd_writer_of(writer);
    if (self->room)
        weir_io_abandon(self->room, io_release);
}

static const weir_writer_ops fd_writer_ops = {
    .name = "fd_writer",
    .poll_write = fd_writer_poll_write,
    .fini = fd_writer_fini,
};

weir_writer *weir_fd_writer(int fd, const char *name)
{
    weir_writer *writer = weir_writer_new(sizeof(struct fd_writer), &fd_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct fd_writer *self = fd_writer_of(writer);
    self->fd = fd;
    self->name = weir_arena_text(writer->stage.arena, name ? name : "descriptor");
    if (!self->name)
        return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for a name", NULL,
                                  NULL, 0);
    return writer;
}

weir_writer *weir_stdout_writer(void)
{
    return weir_fd_writer(STDOUT_FILENO, "standard output");
}
