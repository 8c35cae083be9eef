/* write_timeout: an error where nothing goes on for too long. */

#include "bytes/below.h"
#include "bytes/idle.h"
#include "core/format.h"
#include "weir/paced.h"
#include "weir/ready.h"

struct write_timeout {
    weir_writer writer;
    struct weir_idle idle;
    uint64_t gone; /* bytes that had gone on at the last PENDING */
    bool late;     /* seen by who asked for room: the next write tells it */
};

static struct write_timeout *write_timeout_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct write_timeout, writer);
}

static weir_writer *below_of(const struct write_timeout *self)
{
    return weir_writer_below(&self->writer);
}

static uint64_t write_timeout_gone(const struct write_timeout *self)
{
    return below_of(self)->stage.n - weir_unsent(below_of(self));
}

static bool write_timeout_is_late(struct write_timeout *self, weir_cx *cx)
{
    uint64_t now = write_timeout_gone(self);
    bool moved = now != self->gone;
    self->gone = now;
    return weir_idle_passed(&self->idle, cx, moved);
}

static weir_poll write_timeout_fail(struct write_timeout *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_TIMEOUT, "nothing was taken for %s, %zu bytes are unsent",
              WEIR_TIME_TEXT(self->idle.ns), weir_unsent(below_of(self)));
    cx->error.byte = write_timeout_gone(self);
    return (weir_poll){0, WEIR_ERROR};
}

static bool may_write(struct write_timeout *self, weir_cx *cx, weir_poll *got)
{
    *got = (weir_poll){0, WEIR_ERROR};
    if (!weir_clock_is_there(cx, "write_timeout"))
        return false;
    if (self->late)
        *got = write_timeout_fail(self, cx);
    return !self->late;
}

static weir_poll write_timeout_passed(struct write_timeout *self, weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_PENDING)
        weir_idle_over(&self->idle);
    else if (write_timeout_is_late(self, cx))
        return write_timeout_fail(self, cx);
    return got;
}

static weir_poll timeout_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                   const void *bytes, size_t n)
{
    struct write_timeout *self = write_timeout_of(writer);
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    return write_timeout_passed(self, cx, weir_poll_give(below_of(self), cx, block, bytes, n));
}

static weir_poll timeout_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return timeout_poll_give(writer, cx, NULL, bytes, n);
}

static weir_poll timeout_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                     size_t n)
{
    struct write_timeout *self = write_timeout_of(writer);
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    return write_timeout_passed(self, cx, weir_poll_writev(below_of(self), cx, pieces, n));
}

static weir_poll timeout_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    struct write_timeout *self = write_timeout_of(writer);
    weir_poll got;
    if (!may_write(self, cx, &got))
        return got;
    return write_timeout_passed(self, cx, weir_writer_move(below_of(self), cx, from));
}

static const char *timeout_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    return weir_writer_moves_by(weir_writer_below(writer), from);
}

/* An opening, a flush or a close. */
static weir_poll through(weir_writer *writer, weir_cx *cx,
                         weir_poll (*poll)(weir_writer *writer, weir_cx *cx))
{
    struct write_timeout *self = write_timeout_of(writer);
    weir_poll got;
    return may_write(self, cx, &got) ? write_timeout_passed(self, cx, poll(writer, cx)) : got;
}

static weir_poll timeout_poll_open(weir_writer *writer, weir_cx *cx)
{
    return through(writer, cx, weir_below_open);
}

static weir_poll timeout_poll_flush(weir_writer *writer, weir_cx *cx)
{
    return through(writer, cx, weir_below_flush);
}

static weir_poll timeout_poll_close(weir_writer *writer, weir_cx *cx)
{
    return through(writer, cx, weir_below_close);
}

static weir_poll timeout_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    struct write_timeout *self = write_timeout_of(writer);
    weir_poll got;
    return may_write(self, cx, &got)
               ? write_timeout_passed(self, cx, weir_below_settle(writer, cx, strength))
               : got;
}

static weir_poll timeout_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct write_timeout *self = write_timeout_of(writer);
    if (!weir_clock_is_there(cx, "write_timeout"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_poll_room(below_of(self), cx);
    if (got.state != WEIR_PENDING)
        weir_idle_over(&self->idle);
    else
        self->late = write_timeout_is_late(self, cx);
    return self->late ? (weir_poll){0, WEIR_READY} : got;
}

static int64_t timeout_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct write_timeout *self = write_timeout_of(writer);
    return self->late ? -1 : weir_try_write(below_of(self), bytes, n);
}

static void write_timeout_fini(weir_writer *writer)
{
    weir_timer_stop(&write_timeout_of(writer)->idle.timer);
}

static const weir_writer_ops write_timeout_ops = {.size = sizeof write_timeout_ops,
                                                  .name = "write_timeout",
                                                  .poll_write = timeout_poll_write,
                                                  .poll_flush = timeout_poll_flush,
                                                  .poll_close = timeout_poll_close,
                                                  .fini = write_timeout_fini,
                                                  .poll_open = timeout_poll_open,
                                                  .poll_move = timeout_poll_move,
                                                  .moves_by = timeout_moves_by,
                                                  .poll_give = timeout_poll_give,
                                                  .poll_writev = timeout_poll_writev,
                                                  .poll_room = timeout_poll_room,
                                                  .try_write = timeout_try_write,
                                                  .strength = weir_below_strength,
                                                  .poll_settle = timeout_poll_settle,
                                                  .unsent = weir_below_unsent,
                                                  .half_of = weir_below_half_of};

weir_writer *weir_write_timeout(weir_writer *below, uint64_t timeout_ns)
{
    weir_writer *writer = weir_writer_over(below, sizeof(struct write_timeout), &write_timeout_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    if (!timeout_ns)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, "a time of at least 1 ns",
                                  "%s: the limit '%s' is 0", "write_timeout", "timeout_ns", 0);
    write_timeout_of(writer)->idle.ns = timeout_ns;
    return writer;
}
