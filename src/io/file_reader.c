/* file_reader: the bytes of a file, opened at the first poll. */

#include <fcntl.h>
#include <unistd.h>

#include "bytes/seek.h"
#include "io/intake.h"
#include "weir/file.h"

static weir_poll file_reader_open_file(struct weir_intake *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
    int fd = weir_open_path(sys, cx->rt, AT_FDCWD, self->name, flags, 0);
    if (fd < 0)
        return weir_fail_system(cx, fd, "open", self->name, WEIR_NOWHERE);
    self->fd = fd;
    self->base_sys = weir_rt_base_sys(cx->rt);
    int error = weir_intake_look(self, sys);
    if (error)
        return weir_fail_system(cx, error, "read", self->name, WEIR_NOWHERE);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll open_first(struct weir_intake *self, weir_cx *cx)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "file_reader");
    if (self->fd >= 0 || weir_io_stopping(cx))
        return (weir_poll){0, WEIR_READY};
    return file_reader_open_file(self, cx);
}

static weir_poll file_reader_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_intake *self = weir_intake_of(reader);
    (void)min;
    weir_poll got = open_first(self, cx);
    return got.state == WEIR_READY ? weir_intake_fill(self, cx) : got;
}

static weir_poll file_reader_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct weir_intake *self = weir_intake_of(reader);
    weir_poll got = open_first(self, cx);
    return got.state == WEIR_READY ? weir_intake_raw(self, cx, out) : got;
}

static weir_poll open_to_seek(struct weir_intake *self, weir_cx *cx)
{
    weir_poll got = open_first(self, cx);
    if (got.state != WEIR_READY || self->kind == WEIR_INTAKE_FILE)
        return got;
    if (self->kind == WEIR_INTAKE_UNKNOWN) /* not opened: the runtime stops */
        return weir_fail(cx, WEIR_E_STOPPED, "'%s' was not opened: told to stop", self->name);
    weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no file that one can seek in", self->name);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll file_reader_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence,
                                       int64_t offset)
{
    struct weir_intake *self = weir_intake_of(reader);
    uint64_t at;
    int64_t size = 0;
    weir_poll got = open_to_seek(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (whence == WEIR_SEEK_END) /* ours alone: where it stands means nothing to anybody */
        size = weir_rt_sys(cx->rt)->seek(weir_rt_sys(cx->rt), self->fd, 0, SEEK_END);
    if (size < 0)
        return weir_fail_system(cx, size, "seek in", self->name, WEIR_NOWHERE);
    got = weir_seek_to(reader, cx, whence, offset, (uint64_t)size, &at);
    if (got.state == WEIR_READY)
        weir_intake_go_to(self, at);
    return got;
}

static weir_hint file_reader_size_hint(const weir_reader *reader)
{
    const struct weir_intake *self = weir_intake_of(reader);
    uint64_t position = weir_intake_position(self);
    if (!self->size || position > self->size)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    return (weir_hint){self->size - position, self->size - position};
}

static const char *file_reader_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return weir_intake_of(reader)->name;
}

static weir_raw_kind file_reader_raw_kind(const weir_reader *reader)
{
    (void)reader;
    return WEIR_RAW_FILE;
}

static void file_reader_fini(weir_reader *reader)
{
    weir_intake_fini(weir_intake_of(reader));
}

static const weir_reader_ops file_reader_ops = {
    .size = sizeof file_reader_ops,
    .name = "file_reader",
    .poll_fill = file_reader_poll_fill,
    .fini = file_reader_fini,
    .size_hint = file_reader_size_hint,
    .place = file_reader_place,
    .memory_max = weir_intake_memory_max,
    .poll_raw = file_reader_poll_raw,
    .raw_kind = file_reader_raw_kind,
    .poll_seek = file_reader_poll_seek,
};

weir_reader *weir_file_reader(const char *path)
{
    weir_reader *reader = weir_reader_new(sizeof(struct weir_intake), &file_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct weir_intake *self = weir_intake_of(reader);
    self->fd = -1;
    if (!path)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, NULL, "no path was given", NULL,
                                  NULL, 0);
    self->owned = true;
    reader->stage.emptied = true;
    self->name = weir_arena_text(reader->stage.arena, path);
    if (!self->name)
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                                  NULL, 0);
    return reader;
}
