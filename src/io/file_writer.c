/* file_writer: a file that does not exist, is the old one, or is complete. Opened at the first
 * poll; what is no regular file is written in place. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/stage.h"
#include "io/atomic_file.h"
#include "io/outlet.h"
#include "weir/file.h"

enum { FIRST_OPTIONS_BYTES = offsetof(weir_file_options, keep_partial) + sizeof(bool) };

struct file_writer {
    weir_writer writer;
    weir_file_options options;
    const weir_sys *base_sys;     /* cleans up, also when the runtime is gone */
    const char *path;             /* as it was given */
    struct weir_atomic_file file; /* or, when it is in place, only its fd */
    struct weir_outlet outlet;    /* over that */
    bool opened;
    bool in_place;
    bool created; /* appending made the file */
};

static struct file_writer *file_writer_of(weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct file_writer, writer);
}

static weir_poll fail(struct file_writer *self, weir_cx *cx, int64_t error, const char *doing)
{
    return weir_fail_system(cx, error, doing, self->path, self->writer.stage.n);
}

static int open_in_place(struct file_writer *self, const weir_cx *cx)
{
    int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
    if (self->options.append)
        flags |= O_APPEND | O_CREAT;
    self->in_place = true;
    self->file.doing = "open";
    self->file.fd = weir_open(weir_rt_sys(cx->rt), cx->rt, AT_FDCWD, self->path, flags, 0666);
    return self->file.fd < 0 ? self->file.fd : 0;
}

static int open_atomic(struct file_writer *self, const weir_cx *cx, const struct stat *old)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    char *path = weir_arena_take(self->writer.stage.arena, WEIR_PATH_BYTES, 1);
    if (!path)
        return -ENOMEM;
    if (strlen(self->path) >= WEIR_PATH_BYTES)
        return -ENAMETOOLONG;
    memcpy(path, self->path, strlen(self->path) + 1);
    int error = weir_follow_links(sys, path);
    if (error)
        return error;
    return weir_atomic_file_open(&self->file, sys, path, old, !self->options.not_durable);
}

static int open_target(struct file_writer *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat old;
    self->file.doing = "open";
    int error = sys->stat(sys, self->path, &old);
    if (error && error != -ENOENT)
        return error;
    if (!error && S_ISDIR(old.st_mode))
        return -EISDIR;
    self->created = error;
    if (self->options.append || (!error && !S_ISREG(old.st_mode)))
        return open_in_place(self, cx);
    return open_atomic(self, cx, error ? NULL : &old);
}

static weir_poll open_first(struct file_writer *self, weir_cx *cx)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "file_writer");
    if (self->opened)
        return (weir_poll){0, WEIR_READY};
    self->base_sys = weir_rt_base_sys(cx->rt);
    int error = open_target(self, cx);
    if (error)
        return fail(self, cx, error, self->file.doing);
    self->opened = true;
    self->outlet = (struct weir_outlet){.name = self->path, .fd = self->file.fd};
    if (!self->in_place)
        self->outlet.kind = WEIR_OUTLET_FILE;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll file_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes,
                                        size_t n)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll open = open_first(self, cx);
    if (open.state != WEIR_READY)
        return open;
    return weir_outlet_write(&self->outlet, cx, bytes, n, writer->stage.n);
}

static weir_poll fail_cut(struct file_writer *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_STOPPED, "stopped before the input was over: the file is left as it was");
    cx->error.byte = self->writer.stage.n;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->path);
    return (weir_poll){0, WEIR_ERROR};
}

/* What was appended to may be new: then its directory has to be synced too. */
static int sync_directory(struct file_writer *self, const weir_sys *sys)
{
    char path[WEIR_PATH_BYTES];
    const char *name;
    weir_format(path, sizeof path, "%s", self->path);
    int dir = weir_open_directory(sys, path, O_RDONLY | O_CLOEXEC, &name);
    if (dir < 0)
        return dir;
    int error = weir_sync(sys, dir);
    sys->close(sys, dir);
    return error;
}

static int close_in_place(struct file_writer *self, const weir_sys *sys)
{
    bool durable = !self->options.not_durable;
    self->file.doing = "sync";
    int error = durable ? weir_sync(sys, self->file.fd) : 0;
    if (!error && durable && self->created)
        error = sync_directory(self, sys);
    if (error)
        return error;
    self->file.doing = "close";
    int fd = self->file.fd;
    self->file.fd = -1;
    return sys->close(sys, fd);
}

static weir_poll file_writer_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll open = open_first(self, cx);
    if (open.state != WEIR_READY)
        return open;
    if (!self->in_place && writer->stage.cut)
        return fail_cut(self, cx);
    int error = self->in_place ? close_in_place(self, weir_rt_sys(cx->rt))
                               : weir_atomic_file_commit(&self->file);
    if (error)
        return fail(self, cx, error, self->file.doing);
    return (weir_poll){0, WEIR_END};
}

/* Closed: there is nothing left to do. */
static void file_writer_fini(weir_writer *writer)
{
    struct file_writer *self = file_writer_of(writer);
    weir_outlet_fini(&self->outlet);
    if (!self->base_sys)
        return;
    self->file.sys = self->base_sys;
    if (!self->in_place)
        weir_atomic_file_give_up(&self->file, self->options.keep_partial);
    else if (self->file.fd >= 0)
        self->base_sys->close(self->base_sys, self->file.fd);
}

/* What it waits with, and once it is open a path, in a block of the arena's. */
static size_t file_writer_memory_max(const weir_writer *writer)
{
    (void)writer;
    return sizeof(weir_io) + WEIR_PATH_BYTES + WEIR_STAGE_BYTES;
}

static const weir_writer_ops file_writer_ops = {
    .size = sizeof file_writer_ops,
    .name = "file_writer",
    .poll_write = file_writer_poll_write,
    .poll_close = file_writer_poll_close,
    .fini = file_writer_fini,
    .memory_max = file_writer_memory_max,
};

weir_writer *weir_file_writer(const char *path, const weir_file_options *options)
{
    weir_writer *writer = weir_writer_new(sizeof(struct file_writer), &file_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct file_writer *self = file_writer_of(writer);
    weir_options_take(&self->options, sizeof self->options, options, FIRST_OPTIONS_BYTES);
    self->file = (struct weir_atomic_file){.dir = -1, .fd = -1};
    if (!path)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL, "no path was given", NULL,
                                  NULL, 0);
    self->path = weir_arena_text(writer->stage.arena, path);
    if (!self->path)
        return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                                  NULL, 0);
    return writer;
}
