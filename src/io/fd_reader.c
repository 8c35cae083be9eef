/* fd_reader: the bytes of a descriptor that stays the caller's. Reads only what is there when it is
 * asked for, since others may read from it too. */

#include <unistd.h>

#include "io/intake.h"
#include "weir/file.h"

static weir_poll look_first(struct weir_intake *self, weir_cx *cx)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "fd_reader");
    if (self->kind != WEIR_INTAKE_UNKNOWN || weir_io_stopping(cx))
        return (weir_poll){0, WEIR_READY};
    self->base_sys = weir_rt_base_sys(cx->rt);
    int error = weir_intake_look(self, weir_rt_sys(cx->rt));
    if (error)
        return weir_fail_system(cx, error, "read", self->name, WEIR_NOWHERE);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fd_reader_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_intake *self = weir_intake_of(reader);
    (void)min;
    weir_poll got = look_first(self, cx);
    return got.state == WEIR_READY ? weir_intake_fill(self, cx) : got;
}

static weir_poll fd_reader_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct weir_intake *self = weir_intake_of(reader);
    weir_poll got = look_first(self, cx);
    return got.state == WEIR_READY ? weir_intake_raw(self, cx, out) : got;
}

static weir_poll fd_reader_poll_ready(weir_reader *reader, weir_cx *cx)
{
    weir_poll got = look_first(weir_intake_of(reader), cx);
    return got.state == WEIR_READY ? weir_intake_ready(weir_intake_of(reader), cx) : got;
}

static weir_poll fd_reader_poll_hup(weir_reader *reader, weir_cx *cx)
{
    weir_poll got = look_first(weir_intake_of(reader), cx);
    return got.state == WEIR_READY ? weir_intake_hup(weir_intake_of(reader), cx) : got;
}

/* Nothing was asked yet, and there may be no runtime. */
static weir_raw_kind fd_reader_raw_kind(const weir_reader *reader)
{
    struct weir_intake look = *weir_intake_of(reader);
    if (look.kind == WEIR_INTAKE_UNKNOWN && weir_intake_look(&look, &weir_sys_posix))
        return WEIR_RAW_NONE;
    bool neither = look.kind == WEIR_INTAKE_STREAM && !look.pipe;
    return neither ? WEIR_RAW_NONE : look.pipe ? WEIR_RAW_PIPE : WEIR_RAW_FILE;
}

static int64_t fd_reader_try_read(weir_reader *reader, void *out, size_t n)
{
    return weir_intake_try(weir_intake_of(reader), out, n);
}

static size_t fd_reader_readable(const weir_reader *reader)
{
    return weir_intake_readable(weir_intake_of(reader));
}

static const char *fd_reader_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return weir_intake_of(reader)->name;
}

/* Who reads next finds what was not used. */
static void fd_reader_fini(weir_reader *reader)
{
    struct weir_intake *self = weir_intake_of(reader);
    int64_t rest = (int64_t)(reader->end - reader->begin);
    if (self->kind == WEIR_INTAKE_SHARED && rest)
        (void)self->base_sys->seek(self->base_sys, self->fd, -rest, SEEK_CUR);
    weir_intake_fini(self);
}

static const weir_reader_ops fd_reader_ops = {
    .size = sizeof fd_reader_ops,
    .name = "fd_reader",
    .poll_fill = fd_reader_poll_fill,
    .fini = fd_reader_fini,
    .place = fd_reader_place,
    .memory_max = weir_intake_memory_max,
    .poll_raw = fd_reader_poll_raw,
    .raw_kind = fd_reader_raw_kind,
    .poll_ready = fd_reader_poll_ready,
    .try_read = fd_reader_try_read,
    .poll_hup = fd_reader_poll_hup,
    .readable = fd_reader_readable,
};

weir_reader *weir_fd_reader(int fd, const char *name)
{
    weir_reader *reader = weir_reader_new(sizeof(struct weir_intake), &fd_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct weir_intake *self = weir_intake_of(reader);
    self->fd = fd;
    reader->stage.emptied = true;
    self->name = weir_arena_text(reader->stage.arena, name ? name : "descriptor");
    if (!self->name)
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for a name", NULL,
                                  NULL, 0);
    return reader;
}

weir_reader *weir_stdin_reader(void)
{
    return weir_fd_reader(STDIN_FILENO, "standard input");
}
