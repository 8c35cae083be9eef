/* exec: another program's input, output and status, each a chain of its own over one child. */

#include "weir/process.h"

#include <errno.h>
#include <unistd.h>

#include "core/stage.h"
#include "io/child.h"
#include "io/intake.h"
#include "io/move.h"
#include "weir/type.h"

enum { IN, OUT, ERR, STATUS };
#define BROKEN_NS 1000000000ull /* until a child that closed its input is over */

static size_t process_child_bytes(const struct weir_child *child)
{
    return child ? child->bytes : 0;
}

/* READY: it runs. END: it does not, and shall not any more. */
static weir_poll process_begin(struct weir_child *child, weir_cx *cx)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "exec");
    if (!child->begun && weir_io_stopping(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    return weir_child_begin(child, cx);
}

/* Told to stop, and not to finish what has begun. */
static bool process_is_cut(const weir_cx *cx)
{
    return weir_io_stopping(cx) && !cx->draining;
}

/* READY: it is over. END: nobody waits for it any more. */
static weir_poll process_wait_for(struct weir_child *child, weir_cx *cx, size_t part)
{
    if (process_is_cut(cx)) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    return weir_child_poll_exit(child, cx, part);
}

static void close_end(struct weir_child *child, size_t part)
{
    int fd = weir_child_take_end(child, part);
    if (fd >= 0)
        child->sys->close(child->sys, fd);
}

/* ---- its output ---- */

struct exec_out {
    struct weir_intake intake; /* first */
    struct weir_child *child;
    size_t part;
    bool drained; /* it has closed its output */
};

static struct exec_out *process_out_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(weir_intake_of(reader), struct exec_out, intake);
}

static weir_poll open_out(struct exec_out *self, weir_cx *cx)
{
    struct weir_intake *intake = &self->intake;
    weir_poll got = process_begin(self->child, cx);
    if (got.state != WEIR_READY || intake->kind != WEIR_INTAKE_UNKNOWN)
        return got;
    if (intake->fd < 0)
        intake->fd = weir_child_take_end(self->child, self->part);
    intake->base_sys = self->child->sys;
    int error = weir_intake_look(intake, weir_rt_sys(cx->rt));
    if (error)
        return weir_fail_system(cx, error, "read", intake->name, WEIR_NOWHERE);
    return got;
}

/* Its output is over: whether that is all of it, its status says. */
static weir_poll end_out(struct exec_out *self, weir_cx *cx)
{
    if (!self->child->must_succeed)
        return (weir_poll){0, WEIR_END};
    weir_poll got = process_wait_for(self->child, cx, self->part);
    if (got.state == WEIR_READY)
        got = weir_child_judge(self->child, cx);
    return got.state == WEIR_READY ? (weir_poll){0, WEIR_END} : got;
}

static weir_poll exec_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct exec_out *self = process_out_of(reader);
    (void)min;
    weir_poll got = open_out(self, cx);
    if (got.state == WEIR_READY && !self->drained)
        got = weir_intake_fill(&self->intake, cx);
    if (got.state == WEIR_END && !process_is_cut(cx))
        self->drained = true;
    return self->drained ? end_out(self, cx) : got;
}

static weir_poll exec_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct exec_out *self = process_out_of(reader);
    weir_poll got = open_out(self, cx);
    if (got.state == WEIR_END || self->drained)
        return (weir_poll){0, WEIR_READY}; /* a fill says so */
    return got.state == WEIR_READY ? weir_intake_raw(&self->intake, cx, out) : got;
}

static const char *exec_out_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return process_out_of(reader)->intake.name;
}

static size_t exec_out_memory_max(const weir_reader *reader)
{
    return weir_intake_memory_max(reader) + process_child_bytes(process_out_of(reader)->child);
}

static const void *exec_out_half_of(const weir_reader *reader)
{
    return process_out_of(reader)->child;
}

static void exec_out_fini(weir_reader *reader)
{
    struct exec_out *self = process_out_of(reader);
    if (!self->child)
        return;
    weir_intake_fini(&self->intake);
    close_end(self->child, self->part);
    self->child->stdio[self->part] = WEIR_STDIO_NULL; /* if it is yet to begin */
    weir_child_leave(self->child, self->part);
}

static weir_raw_kind exec_raw_kind(const weir_reader *reader)
{
    (void)reader;
    return WEIR_RAW_PIPE;
}

static const weir_reader_ops exec_out_ops = {
    .size = sizeof exec_out_ops,
    .name = "exec",
    .poll_fill = exec_poll_fill,
    .fini = exec_out_fini,
    .place = exec_out_place,
    .memory_max = exec_out_memory_max,
    .poll_raw = exec_poll_raw,
    .raw_kind = exec_raw_kind,
    .half_of = exec_out_half_of,
};

static weir_reader *process_make_out(struct weir_child *child, size_t part)
{
    weir_reader *reader = weir_reader_new(sizeof(struct exec_out), &exec_out_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct exec_out *self = process_out_of(reader);
    self->intake.fd = -1;
    self->intake.owned = true;
    self->intake.drains = true;
    self->intake.name = weir_arena_text(reader->stage.arena, child->name);
    self->part = part;
    if (!self->intake.name)
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for a name", NULL,
                                  NULL, 0);
    self->child = weir_child_join(child);
    return reader;
}

/* ---- its input ---- */

struct exec_in {
    weir_writer writer;
    struct weir_outlet outlet;
    struct weir_child *child;
    weir_timer broken; /* begun when the child has closed its input */
    bool is_broken;
    bool closed; /* it knows that nothing more comes */
};

static struct exec_in *in_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct exec_in, writer);
}

static weir_poll process_fail_cut(const struct exec_in *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_STOPPED, "stopped before the input was over: '%s' is ended",
              self->child->name);
    cx->error.byte = self->writer.stage.n;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll exec_poll_open(weir_writer *writer, weir_cx *cx)
{
    struct exec_in *self = in_of(writer);
    weir_poll got = process_begin(self->child, cx);
    if (got.state == WEIR_END)
        return process_fail_cut(self, cx);
    if (got.state == WEIR_READY && self->outlet.fd < 0)
        self->outlet.fd = weir_child_take_end(self->child, IN);
    return got;
}

/* Why it has closed its input its status may say; it is over in a moment, or was done with it. */
static weir_poll find_out_why(struct exec_in *self, weir_cx *cx)
{
    if (!self->is_broken)
        weir_timer_set(&self->broken, weir_after_ns(weir_clock_now_ns(cx), BROKEN_NS));
    self->is_broken = true;
    weir_poll got = weir_child_poll_exit(self->child, cx, IN);
    if (got.state == WEIR_PENDING && weir_timer_poll(cx, &self->broken).state == WEIR_PENDING)
        return got;
    if (got.state == WEIR_READY)
        got = weir_child_judge(self->child, cx);
    return got.state == WEIR_ERROR
               ? got
               : weir_fail_system(cx, -EPIPE, "write", self->outlet.name, self->writer.stage.n);
}

/* READY: it may be written to. */
static weir_poll begin_write(struct exec_in *self, weir_cx *cx)
{
    weir_poll got = exec_poll_open(&self->writer, cx);
    return got.state == WEIR_READY && self->is_broken ? find_out_why(self, cx) : got;
}

static weir_poll written(struct exec_in *self, weir_cx *cx, weir_poll got)
{
    bool broken = got.state == WEIR_ERROR && cx->error.code == WEIR_E_CLOSED;
    return broken && self->child->must_succeed ? find_out_why(self, cx) : got;
}

static weir_poll exec_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct exec_in *self = in_of(writer);
    weir_poll got = begin_write(self, cx);
    if (got.state != WEIR_READY)
        return got;
    return written(self, cx, weir_outlet_write(&self->outlet, cx, bytes, n, writer->stage.n));
}

static const char *exec_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    (void)writer, (void)from;
    return "splice";
}

static weir_poll exec_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    struct exec_in *self = in_of(writer);
    weir_poll got = begin_write(self, cx);
    if (got.state != WEIR_READY)
        return got;
    return written(self, cx, weir_outlet_move(&self->outlet, cx, from, writer->stage.n));
}

static void close_in(struct exec_in *self)
{
    const weir_sys *sys = self->child->sys;
    weir_outlet_fini(&self->outlet);
    self->outlet.room.io = NULL;
    close_end(self->child, IN);
    if (self->outlet.fd >= 0)
        sys->close(sys, self->outlet.fd); /* a pipe has nothing to tell */
    self->outlet.fd = -1;
}

static weir_poll exec_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct exec_in *self = in_of(writer);
    if (!self->closed) {
        weir_poll got = writer->stage.cut ? process_fail_cut(self, cx) : begin_write(self, cx);
        if (got.state != WEIR_READY)
            return got;
        close_in(self);
        self->closed = true;
    }
    if (!self->child->must_succeed)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_child_poll_exit(self->child, cx, IN);
    if (got.state == WEIR_READY)
        got = weir_child_judge(self->child, cx);
    return got.state == WEIR_READY ? (weir_poll){0, WEIR_END} : got;
}

/* Not closed: what it got is not all, and it must not take it for that. */
static void exec_in_fini(weir_writer *writer)
{
    struct exec_in *self = in_of(writer);
    if (!self->child)
        return;
    weir_timer_stop(&self->broken);
    if (!self->closed)
        weir_child_tell(self->child);
    close_in(self);
    weir_child_leave(self->child, IN);
}

static size_t exec_in_memory_max(const weir_writer *writer)
{
    return sizeof(weir_io) + process_child_bytes(in_of(writer)->child);
}

static const void *exec_in_half_of(const weir_writer *writer)
{
    return in_of(writer)->child;
}

static const weir_writer_ops exec_in_ops = {
    .size = sizeof exec_in_ops,
    .name = "exec",
    .poll_write = exec_poll_write,
    .poll_close = exec_poll_close,
    .fini = exec_in_fini,
    .memory_max = exec_in_memory_max,
    .poll_open = exec_poll_open,
    .poll_move = exec_poll_move,
    .moves_by = exec_moves_by,
    .half_of = exec_in_half_of,
};

static weir_writer *make_in(struct weir_child *child)
{
    weir_writer *writer = weir_writer_new(sizeof(struct exec_in), &exec_in_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct exec_in *self = in_of(writer);
    self->outlet.fd = -1;
    self->outlet.name = weir_arena_text(writer->stage.arena, child->name);
    if (!self->outlet.name)
        return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for a name", NULL,
                                  NULL, 0);
    self->child = weir_child_join(child);
    return writer;
}

/* ---- its status ---- */

const weir_type weir_type_exit_status = {.name = "weir_exit_status",
                                         .size = sizeof(weir_exit_status),
                                         .align = _Alignof(weir_exit_status),
                                         .detached = true};

struct exec_status {
    weir_stream stream;
    struct weir_child *child;
};

static struct exec_status *process_status_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct exec_status, stream);
}

static weir_poll status_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_child *child = process_status_of(stream)->child;
    (void)demand;
    weir_poll got = process_begin(child, cx);
    if (got.state == WEIR_READY)
        got = process_wait_for(child, cx, STATUS);
    if (got.state != WEIR_READY)
        return got;
    *(weir_exit_status *)out = child->status;
    return (weir_poll){1, WEIR_END};
}

static void status_fini(weir_stream *stream)
{
    if (process_status_of(stream)->child)
        weir_child_leave(process_status_of(stream)->child, STATUS);
}

static size_t status_memory_max(const weir_stream *stream)
{
    return process_child_bytes(process_status_of(stream)->child);
}

static const weir_stream_ops status_ops = {.size = sizeof status_ops,
                                           .name = "exec",
                                           .poll_next = status_poll_next,
                                           .fini = status_fini,
                                           .memory_max = status_memory_max};

static weir_stream *make_status(struct weir_child *child)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct exec_status), &status_ops, &weir_type_exit_status);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    process_status_of(stream)->child = weir_child_join(child);
    return stream;
}

/* ---- together ---- */

static weir_child_parts process_refused(const weir_exec_options *options, weir_code code,
                                        const char *why, size_t n, bool status)
{
    weir_child_parts parts = {0};
    if (options->in == WEIR_STDIO_PIPE)
        parts.in = weir_writer_refused(code, NULL, why, NULL, NULL, n);
    if (options->out == WEIR_STDIO_PIPE)
        parts.out = weir_reader_refused(code, NULL, why, NULL, NULL, n);
    if (options->err == WEIR_STDIO_PIPE)
        parts.err = weir_reader_refused(code, NULL, why, NULL, NULL, n);
    if (status)
        parts.status = weir_stream_refused(code, NULL, why, NULL, NULL, n);
    return parts;
}

/* An end that no part has would stay open for ever. Without its input it does not begin: a part
 * fails for want of memory alone. */
static void leave_out(struct weir_child *child, const weir_stage *part, size_t end)
{
    if (!weir_stage_failed(part))
        return;
    child->stdio[end] = WEIR_STDIO_NULL;
    if (end == IN)
        child->error = -ENOMEM;
}

static weir_child_parts make_parts(struct weir_child *child, const weir_exec_options *options,
                                   bool status)
{
    weir_child_parts parts = {0};
    if (options->in == WEIR_STDIO_PIPE) {
        parts.in = make_in(child);
        leave_out(child, &parts.in->stage, IN);
    }
    if (options->out == WEIR_STDIO_PIPE) {
        parts.out = process_make_out(child, OUT);
        leave_out(child, &parts.out->stage, OUT);
    }
    if (options->err == WEIR_STDIO_PIPE) {
        parts.err = process_make_out(child, ERR);
        leave_out(child, &parts.err->stage, ERR);
    }
    if (status)
        parts.status = make_status(child);
    return parts;
}

static weir_child_parts exec(const char *file, const char *const *argv,
                             const weir_exec_options *options, bool status)
{
    int error = 0;
    struct weir_child *child = weir_child_new(file, argv, options, &error);
    if (!child)
        return error == -E2BIG
                   ? process_refused(options, WEIR_E_LIMIT, "a command of more than %zu bytes",
                                     WEIR_EXEC_BYTES_MAX, status)
                   : process_refused(options, WEIR_E_MEMORY, "no memory for a command", 0, status);
    child->shell = !status;
    weir_child_parts parts = make_parts(child, options, status);
    weir_waker_unref(&child->waker); /* the parts have it */
    return parts;
}

weir_child_parts weir_exec(const char *const *argv, const weir_exec_options *options)
{
    weir_exec_options none = WEIR_EXEC_OPTIONS(.name = NULL);
    options = options ? options : &none;
    if (!argv || !argv[0])
        return process_refused(options, WEIR_E_ARGUMENT, "no program was given", 0, true);
    return exec(argv[0], argv, options, true);
}

void weir_child_parts_drop(weir_child_parts parts)
{
    weir_drop(parts.in);
    weir_drop(parts.out);
    weir_drop(parts.err);
    weir_drop(parts.status);
}

/* A command that begins with '-' is no option of the shell's. */
static weir_child_parts shell(const char *command, const weir_exec_options *options)
{
    if (!command)
        return process_refused(options, WEIR_E_ARGUMENT, "no command was given", 0, false);
    const char *const argv[] = {"sh", "-c", "--", command, NULL};
    weir_exec_options named = *options;
    named.name = command;
    named.must_succeed = true;
    return exec("/bin/sh", argv, &named, false);
}

weir_reader *weir_exec_reader(const char *command)
{
    return shell(command, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_NULL, .out = WEIR_STDIO_PIPE)).out;
}

weir_writer *weir_exec_writer(const char *command)
{
    return shell(command, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_PIPE)).in;
}

weir_duplex weir_exec_duplex(const char *command)
{
    weir_child_parts parts =
        shell(command, &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_PIPE, .out = WEIR_STDIO_PIPE));
    return (weir_duplex){parts.out, parts.in};
}
