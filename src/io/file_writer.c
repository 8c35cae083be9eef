/* file_writer: a file that does not exist, is the old one, or is complete; and what cannot be
 * replaced, written in place. How is decided when it is opened, before anything is read for it. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/stage.h"
#include "io/cut_members.h"
#include "io/cut_torn.h"
#include "io/move.h"
#include "io/target.h"
#include "io/writeback.h"
#include "weir/file.h"

enum { FILE_WRITER_FIRST_OPTIONS_BYTES = offsetof(weir_file_options, keep_partial) + sizeof(bool) };

struct file_writer {
    weir_writer writer;
    weir_file_options options;
    const weir_sys *base_sys;     /* cleans up, also when the runtime is gone */
    const char *path;             /* as it was given */
    char *target;                 /* behind all links; split before its last component */
    struct weir_atomic_file file; /* or, when it is in place, only its fd */
    struct weir_outlet outlet;    /* over that */
    struct weir_writeback back;
    struct weir_cut_members *members; /* what stands there is looked at first; NULL: it is not */
    bool opened;
    bool in_place;
    bool empties;  /* in place of an old one: before the first bytes */
    bool borrowed; /* the descriptor is not ours to sync or to close */
    bool created;  /* appending made the file; its directory is not synced yet */
};

static struct file_writer *file_writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct file_writer, writer);
}

static weir_poll file_writer_fail(struct file_writer *self, weir_cx *cx, int64_t error,
                                  const char *doing)
{
    return weir_fail_system(cx, error, doing, self->path, self->writer.stage.n);
}

/* ---- opening ---- */

static int open_path(const weir_cx *cx, const char *path, int flags)
{
    return weir_open_path(weir_rt_sys(cx->rt), cx->rt, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY,
                          0666);
}

/* In place, through what was opened: fd, or a negative errno, which is answered. */
static int file_writer_stand_in(struct file_writer *self, int fd)
{
    self->in_place = true;
    self->file.fd = fd;
    return fd < 0 ? fd : 0;
}

static int open_descriptor(struct file_writer *self, const weir_sys *sys, int fd)
{
    struct stat about;
    self->borrowed = true;
    int error = sys->fstat(sys, fd, &about);
    return file_writer_stand_in(self, error ? error : fd);
}

static int open_to_append(struct file_writer *self, const weir_cx *cx, bool is_new)
{
    int reads = self->options.cut_torn || self->members ? O_RDWR : O_WRONLY;
    int error = file_writer_stand_in(self, open_path(cx, self->path, reads | O_APPEND | O_CREAT));
    self->created = is_new;
    if (error || !self->options.cut_torn || self->members)
        return error;
    self->file.doing = "cut the torn line off";
    return weir_cut_torn(weir_rt_sys(cx->rt), self->file.fd);
}

/* An open file of another process is added to: what stands there was written by somebody who goes
 * on writing. */
static int open_special(struct file_writer *self, const weir_cx *cx, const struct stat *old)
{
    int flags = S_ISREG(old->st_mode) ? O_WRONLY | O_APPEND : O_WRONLY;
    return file_writer_stand_in(self, open_path(cx, self->path, flags));
}

/* Of the old file, open: 0, or the negative errno that it is. */
static int write_in_place(struct file_writer *self, int fd, const char *why)
{
    if (self->options.on_in_place)
        self->options.on_in_place(self->options.arg, self->path, why);
    self->empties = true;
    return file_writer_stand_in(self, fd);
}

/* Whether it may be written to is found out by opening it, as `>` does; no link is followed any
 * more. A program that is running must not be written to, but it may be replaced. */
static int file_writer_open_old(const weir_cx *cx, const char *path, bool *running)
{
    int fd = open_path(cx, path, O_WRONLY | O_NOFOLLOW);
    *running = fd == -ETXTBSY;
    return *running ? open_path(cx, path, O_RDONLY | O_NOFOLLOW) : fd;
}

/* Why it must be written in place; NULL: it may be replaced. */
static const char *why_in_place(const weir_sys *sys, int fd, const struct stat *old)
{
    if (old->st_nlink > 1)
        return "it has other names";
    return sys->mount_root(sys, fd) == 1 ? "something is mounted there" : NULL;
}

/* Nothing is wrong with the disk: a file beside the old one, or in its place, is refused. */
static bool is_refused(int error)
{
    return error == -EACCES || error == -EPERM || error == -EROFS || error == -ENOENT ||
           error == -EOPNOTSUPP || error == -ENOSYS || error == -EINVAL;
}

static int file_writer_replace(struct file_writer *self, const weir_sys *sys, char *path,
                               int old_fd, const struct stat *old)
{
    int error =
        weir_atomic_file_open(&self->file, sys, path, old_fd, old, !self->options.not_durable);
    char left[WEIR_NAME_BYTES];
    if (error && is_refused(error))
        weir_atomic_file_give_up(&self->file, false, left);
    return error;
}

static int file_writer_open_file(struct file_writer *self, const weir_cx *cx, char *path)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct stat old;
    bool running;
    int fd = file_writer_open_old(cx, path, &running);
    int error = fd < 0 ? fd : sys->fstat(sys, fd, &old);
    const char *why = error ? NULL : why_in_place(sys, fd, &old);
    if (!error && !why)
        error = file_writer_replace(self, sys, path, fd, &old);
    if (fd >= 0 && error && is_refused(error))
        why = "its directory does not let it be replaced";
    if (why && !running)
        return write_in_place(self, fd, why);
    if (fd >= 0)
        sys->close(sys, fd);
    return why ? -ETXTBSY : error;
}

/* Known as early as it can be; who takes the name meanwhile is noticed when it is given. */
static int open_new(struct file_writer *self, const weir_cx *cx, char *path)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    int fd = open_path(cx, path, O_PATH | O_NOFOLLOW);
    if (fd >= 0)
        sys->close(sys, fd);
    if (fd != -ENOENT)
        return fd >= 0 ? -EEXIST : fd;
    int error = weir_atomic_file_open(&self->file, sys, path, -1, NULL, !self->options.not_durable);
    self->file.create_new = true;
    return error;
}

static int open_target(struct file_writer *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    struct weir_target target = {.path =
                                     weir_arena_take(self->writer.stage.arena, WEIR_PATH_BYTES, 1)};
    self->file.doing = "open";
    self->target = target.path;
    if (!target.path)
        return -ENOMEM;
    if (strlen(self->path) >= WEIR_PATH_BYTES)
        return -ENAMETOOLONG;
    memcpy(target.path, self->path, strlen(self->path) + 1);
    if (self->options.create_new)
        return open_new(self, cx, target.path);
    int error = weir_target_look(&target, sys);
    if (error)
        return error;
    if (target.kind == WEIR_TARGET_DESCRIPTOR)
        return open_descriptor(self, sys, target.descriptor);
    if (self->options.append)
        return open_to_append(self, cx, target.kind == WEIR_TARGET_NEW);
    if (target.kind == WEIR_TARGET_SPECIAL)
        return open_special(self, cx, &target.old);
    if (target.kind == WEIR_TARGET_FILE)
        return file_writer_open_file(self, cx, target.path);
    return weir_atomic_file_open(&self->file, sys, target.path, -1, NULL,
                                 !self->options.not_durable);
}

static weir_poll fail_members(struct file_writer *self, weir_cx *cx, const weir_error *error)
{
    if (error->code == WEIR_E_SYSTEM)
        return file_writer_fail(self, cx, -error->number, "cut the torn member off");
    cx->error = *error;
    cx->error.fatal = true;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->path);
    return (weir_poll){0, WEIR_ERROR};
}

/* All that stands there is read: some at a time, so that others have their turn. */
static weir_poll cut_members(struct file_writer *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    weir_error error = {.byte = WEIR_NOWHERE, .record = WEIR_NOWHERE};
    struct stat about;
    int failed = sys->fstat(sys, self->file.fd, &about);
    if (failed)
        return file_writer_fail(self, cx, failed, "open");
    weir_codec_state got = S_ISREG(about.st_mode)
                               ? weir_cut_members(self->members, sys, self->file.fd, &error)
                               : WEIR_CODEC_DONE;
    if (got == WEIR_CODEC_MORE)
        return weir_wait_turn(cx);
    weir_cut_members_fini(self->members);
    self->members = NULL;
    return got == WEIR_CODEC_DONE ? (weir_poll){0, WEIR_READY} : fail_members(self, cx, &error);
}

static weir_poll file_writer_poll_open(weir_writer *writer, weir_cx *cx)
{
    struct file_writer *self = file_writer_of(writer);
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "file_writer");
    if (self->opened)
        return self->members ? cut_members(self, cx) : (weir_poll){0, WEIR_READY};
    self->base_sys = weir_rt_base_sys(cx->rt);
    int error = open_target(self, cx);
    if (error)
        return file_writer_fail(self, cx, error, self->file.doing);
    self->opened = true;
    self->outlet = (struct weir_outlet){.name = self->path, .fd = self->file.fd};
    if (!self->in_place)
        self->outlet.kind = WEIR_OUTLET_FILE;
    return self->members ? cut_members(self, cx) : (weir_poll){0, WEIR_READY};
}

/* ---- writing ---- */

/* EINVAL: of a system whose files have no size. */
static int file_writer_empty(struct file_writer *self, const weir_sys *sys)
{
    int error = self->empties ? sys->truncate(sys, self->file.fd, 0) : 0;
    self->empties = error == -EINTR;
    return error == -EINVAL ? 0 : error;
}

/* READY: what stands there now is what was written so far. */
static weir_poll file_writer_begin(struct file_writer *self, weir_cx *cx)
{
    weir_poll got = file_writer_poll_open(&self->writer, cx);
    int error = got.state == WEIR_READY ? file_writer_empty(self, weir_rt_sys(cx->rt)) : 0;
    if (!error)
        return got;
    return error == -EINTR ? weir_wait_turn(cx) : file_writer_fail(self, cx, error, "write");
}

static weir_poll file_writer_taken(struct file_writer *self, const weir_cx *cx, weir_poll got)
{
    if (!self->options.not_durable && !self->borrowed)
        weir_writeback_begin(&self->back, weir_rt_sys(cx->rt), self->file.fd,
                             self->writer.stage.n + got.n);
    return got;
}

static weir_poll file_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes,
                                        size_t n)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll got = file_writer_begin(self, cx);
    if (got.state != WEIR_READY)
        return got;
    return file_writer_taken(self, cx,
                             weir_outlet_write(&self->outlet, cx, bytes, n, writer->stage.n));
}

static weir_poll file_writer_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll got = file_writer_begin(self, cx);
    if (got.state != WEIR_READY)
        return got;
    return file_writer_taken(self, cx, weir_outlet_move(&self->outlet, cx, from, writer->stage.n));
}

static weir_poll file_writer_fail_cut(struct file_writer *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_STOPPED, "stopped before the input was over: the file is left as it was");
    cx->error.byte = self->writer.stage.n;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->path);
    return (weir_poll){0, WEIR_ERROR};
}

/* What was appended to may be new: then its directory has to be synced too. */
static int sync_directory(struct file_writer *self, const weir_sys *sys)
{
    const char *name;
    bool syncs;
    int dir = weir_open_directory(sys, self->target, &name, &syncs);
    if (dir < 0)
        return 0;
    int error = syncs ? weir_sync_directory(sys, dir) : 0;
    sys->close(sys, dir);
    return error;
}

static int sync_in_place(struct file_writer *self, const weir_sys *sys)
{
    self->file.doing = "sync";
    int error = self->options.not_durable ? 0 : weir_sync_data(sys, self->file.fd);
    if (error || self->options.not_durable || !self->created)
        return error;
    error = sync_directory(self, sys);
    self->created = error != 0;
    return error;
}

static int close_in_place(struct file_writer *self, const weir_sys *sys)
{
    if (self->borrowed)
        return 0;
    int error = sync_in_place(self, sys);
    if (error)
        return error;
    self->file.doing = "close";
    int fd = self->file.fd;
    self->file.fd = -1;
    return sys->close(sys, fd);
}

/* Of what is written beside its name, or over an old file, nothing counts before the end. */
static weir_strength file_writer_strength(const weir_writer *writer)
{
    const weir_file_options *options = &file_writer_of(writer)->options;
    return !options->append       ? WEIR_STRENGTH_AT_CLOSE
           : options->not_durable ? WEIR_STRENGTH_FLUSHED
                                  : WEIR_STRENGTH_DURABLE;
}

/* What can be synced, and is ours: not a pipe, nor a descriptor that stands under a name. */
static bool is_kept(const struct file_writer *self, const weir_sys *sys)
{
    struct stat about;
    return !self->borrowed && !sys->fstat(sys, self->file.fd, &about) && S_ISREG(about.st_mode);
}

static weir_poll file_writer_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll got = file_writer_begin(self, cx);
    if (got.state != WEIR_READY || strength == WEIR_STRENGTH_SENT)
        return got;
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (!is_kept(self, sys))
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no regular file: nothing is kept there",
                         self->path);
    int error = strength == WEIR_STRENGTH_DURABLE ? sync_in_place(self, sys) : 0;
    return error ? file_writer_fail(self, cx, error, self->file.doing) : got;
}

static weir_poll file_writer_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct file_writer *self = file_writer_of(writer);
    weir_poll got = file_writer_poll_open(writer, cx);
    if (got.state == WEIR_READY && writer->stage.cut && (!self->in_place || self->empties))
        return file_writer_fail_cut(self, cx);
    if (got.state == WEIR_READY)
        got = file_writer_begin(self, cx); /* also when nothing came */
    if (got.state != WEIR_READY)
        return got;
    int error = self->in_place ? close_in_place(self, weir_rt_sys(cx->rt))
                               : weir_atomic_file_commit(&self->file);
    if (error)
        return file_writer_fail(self, cx, error, self->file.doing);
    return (weir_poll){0, WEIR_END};
}

static void tell_left(const struct file_writer *self, const char *name, int error)
{
    char path[WEIR_PATH_BYTES + WEIR_NAME_BYTES];
    size_t before = (size_t)(self->file.name - self->target); /* it was split there */
    const char *directory = before > 1 ? self->target : "";
    weir_format(path, sizeof path, "%s%s%s", directory, before ? "/" : "", name);
    self->options.on_partial(self->options.arg, path, -error);
}

static void file_writer_give_up(struct file_writer *self)
{
    char left[WEIR_NAME_BYTES];
    bool keeps = self->options.keep_partial && self->writer.stage.n;
    int error = weir_atomic_file_give_up(&self->file, keeps, left);
    if (left[0] && self->options.on_partial)
        tell_left(self, left, error);
}

/* Closed: there is nothing left to do. */
static void file_writer_fini(weir_writer *writer)
{
    struct file_writer *self = file_writer_of(writer);
    weir_outlet_fini(&self->outlet);
    if (self->members)
        weir_cut_members_fini(self->members);
    if (!self->base_sys)
        return;
    self->file.sys = self->base_sys;
    if (!self->in_place)
        file_writer_give_up(self);
    else if (self->file.fd >= 0 && !self->borrowed)
        self->base_sys->close(self->base_sys, self->file.fd);
}

/* What it waits with, and once it is open a path, in a block of the arena's. */
static size_t file_writer_memory_max(const weir_writer *writer)
{
    const weir_codec *members = file_writer_of(writer)->options.cut_members;
    return sizeof(weir_io) + WEIR_PATH_BYTES + WEIR_STAGE_BYTES +
           weir_cut_members_memory_max(members);
}

/* What stands there may be a pipe: then it turns out later. The kernel moves nothing to the end of
 * a file. */
static const char *file_writer_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    const struct file_writer *self = file_writer_of(writer);
    bool file = self->outlet.kind == WEIR_OUTLET_FILE || self->outlet.kind == WEIR_OUTLET_UNKNOWN;
    if (!file)
        return weir_outlet_moves_by(&self->outlet, from);
    return from == WEIR_RAW_FILE && !self->options.append ? "copy_file_range" : NULL;
}

static const weir_writer_ops file_writer_ops = {
    .size = sizeof file_writer_ops,
    .name = "file_writer",
    .poll_write = file_writer_poll_write,
    .poll_close = file_writer_poll_close,
    .fini = file_writer_fini,
    .memory_max = file_writer_memory_max,
    .poll_open = file_writer_poll_open,
    .poll_move = file_writer_poll_move,
    .moves_by = file_writer_moves_by,
    .strength = file_writer_strength,
    .poll_settle = file_writer_poll_settle,
};

static bool look_for_members(struct file_writer *self)
{
    if (!self->options.cut_members)
        return true;
    self->members = weir_arena_take(self->writer.stage.arena, sizeof *self->members,
                                    _Alignof(struct weir_cut_members));
    if (self->members)
        *self->members = (struct weir_cut_members){.codec = self->options.cut_members};
    return self->members;
}

weir_writer *weir_file_writer(const char *path, const weir_file_options *options)
{
    weir_writer *writer = weir_writer_new(sizeof(struct file_writer), &file_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct file_writer *self = file_writer_of(writer);
    weir_options_take(&self->options, sizeof self->options, options,
                      FILE_WRITER_FIRST_OPTIONS_BYTES);
    self->file = (struct weir_atomic_file){.dir = -1, .fd = -1};
    if (self->options.create_new && self->options.append)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL,
                                  "append and create_new exclude each other", NULL, NULL, 0);
    if (!path)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL, "no path was given", NULL,
                                  NULL, 0);
    if ((self->options.cut_torn || self->options.cut_members) && !self->options.append)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, ".append = true",
                                  "cut_torn is of files that are appended to", NULL, NULL, 0);
    self->path = weir_arena_text(writer->stage.arena, path);
    if (self->path && look_for_members(self))
        return writer;
    return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                              NULL, 0);
}
