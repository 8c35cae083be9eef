/* fd_writer: bytes to a descriptor that stays the caller's. */

#include <unistd.h>

#include "io/move.h"
#include "weir/file.h"

struct fd_writer {
    weir_writer writer;
    struct weir_outlet outlet;
};

static struct fd_writer *fd_writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct fd_writer, writer);
}

static weir_poll fd_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "fd_writer");
    return weir_outlet_write(&fd_writer_of(writer)->outlet, cx, bytes, n, writer->stage.n);
}

static weir_poll fd_writer_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "fd_writer");
    return weir_outlet_move(&fd_writer_of(writer)->outlet, cx, from, writer->stage.n);
}

static weir_poll fd_writer_poll_room(weir_writer *writer, weir_cx *cx)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "fd_writer");
    return weir_outlet_room(&fd_writer_of(writer)->outlet, cx, writer->stage.n);
}

static int64_t fd_writer_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    return weir_outlet_try(&fd_writer_of(writer)->outlet, bytes, n);
}

static void fd_writer_fini(weir_writer *writer)
{
    weir_outlet_fini(&fd_writer_of(writer)->outlet);
}

/* What it waits with. */
static size_t fd_writer_memory_max(const weir_writer *writer)
{
    (void)writer;
    return sizeof(weir_io);
}

static const char *fd_writer_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    return weir_outlet_moves_by(&fd_writer_of(writer)->outlet, from);
}

static const weir_writer_ops fd_writer_ops = {
    .size = sizeof fd_writer_ops,
    .name = "fd_writer",
    .poll_write = fd_writer_poll_write,
    .fini = fd_writer_fini,
    .memory_max = fd_writer_memory_max,
    .poll_move = fd_writer_poll_move,
    .poll_room = fd_writer_poll_room,
    .try_write = fd_writer_try_write,
    .moves_by = fd_writer_moves_by,
};

weir_writer *weir_fd_writer(int fd, const char *name)
{
    weir_writer *writer = weir_writer_new(sizeof(struct fd_writer), &fd_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct weir_outlet *outlet = &fd_writer_of(writer)->outlet;
    outlet->fd = fd;
    outlet->name = weir_arena_text(writer->stage.arena, name ? name : "descriptor");
    if (!outlet->name)
        return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for a name", NULL,
                                  NULL, 0);
    return writer;
}

weir_writer *weir_stdout_writer(void)
{
    return weir_fd_writer(STDOUT_FILENO, "standard output");
}
