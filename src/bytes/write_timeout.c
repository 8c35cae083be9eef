/* write_timeout: an error where nothing goes on for too long. */

#include "bytes/idle.h"
#include "bytes/raw.h"
#include "weir/paced.h"
#include "weir/poll.h"
#include "weir/ready.h"

struct write_timeout {
    weir_writer writer;
    weir_writer *below;
    struct weir_idle idle;
    uint64_t gone; /* bytes that had gone on at the last PENDING */
    bool late;     /* seen by who asked for room: the next write tells it */
};

static struct write_timeout *timeout_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct write_timeout, writer);
}

static size_t unsent(const weir_writer *writer)
{
    return WEIR_OPS_HAVE(writer->ops, unsent) ? writer->ops->unsent(writer) : 0;
}

static uint64_t gone(const struct write_timeout *self)
{
    return self->below->stage.n - unsent(self->below);
}

static bool is_late(struct write_timeout *self, weir_cx *cx)
{
    uint64_t now = gone(self);
    bool moved = now != self->gone;
    self->gone = now;
    return weir_idle_passed(&self->idle, cx, moved);
}

/* What was cut shall not look whole. */
static weir_poll fail(struct write_timeout *self, weir_cx *cx)
{
    self->below->stage.ending = true;
    weir_fail(cx, WEIR_E_TIMEOUT, "nothing was taken for %llu ns, %zu bytes are unsent",
              (unsigned long long)self->idle.ns, unsent(self->below));
    cx->error.byte = gone(self);
    return (weir_poll){0, WEIR_ERROR};
}

static bool may_write(struct write_timeout *self, weir_cx *cx, weir_poll *got)
{
    *got = (weir_poll){0, WEIR_ERROR};
    if (!weir_clock_is_there(cx, "write_timeout"))
        return false;
    if (self->late)
        *got = fail(self, cx);
    return !self->late;
}

static weir_poll passed(struct write_timeout *self, weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_PENDING)
        weir_idle_over(&self->idle);
    else if (is_late(self, cx))
        return fail(self, cx);
    return got;
}

static weir_poll timeout_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                   const void *bytes, size_t n)
{
    struct write_timeout *self = timeout_of(writer);
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    return passed(self, cx, weir_poll_give(self->below, cx, block, bytes, n));
}

static weir_poll timeout_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return timeout_poll_give(writer, cx, NULL, bytes, n);
}

static weir_poll timeout_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                     size_t n)
{
    struct write_timeout *self = timeout_of(writer);
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    return passed(self, cx, weir_poll_writev(self->below, cx, pieces, n));
}

static weir_poll timeout_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    struct write_timeout *self = timeout_of(writer);
    weir_writer *below = self->below;
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    if (!WEIR_OPS_HAVE(below->ops, poll_move))
        return (weir_poll){0, WEIR_READY};
    got = below->ops->poll_move(below, cx, from);
    if (got.state == WEIR_READY)
        WEIR_TALLY(below->stage.n, got.n);
    else if (got.state == WEIR_ERROR)
        below->stage.ending = true;
    return passed(self, cx, got);
}

/* An opening, a flush or a close. */
static weir_poll through(weir_writer *writer, weir_cx *cx,
                         weir_poll (*poll)(weir_writer *writer, weir_cx *cx))
{
    struct write_timeout *self = timeout_of(writer);
    weir_poll got;
    return may_write(self, cx, &got) ? passed(self, cx, poll(self->below, cx)) : got;
}

static weir_poll timeout_poll_open(weir_writer *writer, weir_cx *cx)
{
    return through(writer, cx, weir_poll_open);
}

static weir_poll timeout_poll_flush(weir_writer *writer, weir_cx *cx)
{
    return through(writer, cx, weir_poll_flush);
}

/* A sink looks at `cut` before it commits. */
static weir_poll timeout_poll_close(weir_writer *writer, weir_cx *cx)
{
    timeout_of(writer)->below->stage.cut |= writer->stage.cut;
    return through(writer, cx, weir_poll_close);
}

static weir_poll timeout_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct write_timeout *self = timeout_of(writer);
    if (!weir_clock_is_there(cx, "write_timeout"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_poll_room(self->below, cx);
    if (got.state != WEIR_PENDING)
        weir_idle_over(&self->idle);
    else
        self->late = is_late(self, cx);
    return self->late ? (weir_poll){0, WEIR_READY} : got;
}

static int64_t timeout_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct write_timeout *self = timeout_of(writer);
    return self->late ? -1 : weir_try_write(self->below, bytes, n);
}

static size_t timeout_unsent(const weir_writer *writer)
{
    return unsent(timeout_of(writer)->below);
}

static const void *timeout_half_of(const weir_writer *writer)
{
    const weir_writer *below = timeout_of(writer)->below;
    return WEIR_OPS_HAVE(below->ops, half_of) ? below->ops->half_of(below) : NULL;
}

static weir_stage *timeout_input(const weir_writer *writer, size_t i)
{
    return i ? NULL : &timeout_of(writer)->below->stage;
}

static void timeout_fini(weir_writer *writer)
{
    struct write_timeout *self = timeout_of(writer);
    weir_timer_stop(&self->idle.timer);
    if (!self->below)
        return;
    if (writer->stage.ending && !weir_stage_failed(&self->below->stage))
        self->below->stage.ending = true;
    weir_drop(self->below);
}

static const weir_writer_ops write_timeout_ops = {.size = sizeof write_timeout_ops,
                                                  .name = "write_timeout",
                                                  .poll_write = timeout_poll_write,
                                                  .poll_flush = timeout_poll_flush,
                                                  .poll_close = timeout_poll_close,
                                                  .fini = timeout_fini,
                                                  .input = timeout_input,
                                                  .poll_open = timeout_poll_open,
                                                  .poll_move = timeout_poll_move,
                                                  .poll_give = timeout_poll_give,
                                                  .poll_writev = timeout_poll_writev,
                                                  .poll_room = timeout_poll_room,
                                                  .try_write = timeout_try_write,
                                                  .unsent = timeout_unsent,
                                                  .half_of = timeout_half_of};

weir_writer *weir_write_timeout(weir_writer *below, uint64_t timeout_ns)
{
    if (weir_stage_failed(&below->stage))
        return below;
    if (!timeout_ns)
        return weir_writer_refuse(&below->stage, WEIR_E_ARGUMENT, "a time of at least 1 ns",
                                  "%s: the limit '%s' is 0", "write_timeout", "timeout_ns", 0);
    weir_writer *writer = weir_writer_new(sizeof(struct write_timeout), &write_timeout_ops);
    if (weir_stage_failed(&writer->stage)) {
        weir_drop(below);
        return writer;
    }
    struct write_timeout *self = timeout_of(writer);
    self->below = below;
    self->idle.ns = timeout_ns;
    writer->stage.depth = (uint16_t)(below->stage.depth + 1);
    writer->stage.scratch_need = below->stage.scratch_need;
    return writer;
}
