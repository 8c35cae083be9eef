/* forward, send_all: writes the bytes of each line of a stream. Short ones are gathered, so that a
 * writer sees blocks; one that is long by itself is written from where it stands. */

#include <string.h>

#include "bytes/settling.h"
#include "core/stage.h"
#include "weir/writer.h"

enum {
    FORWARD_ITEMS = WEIR_DEMAND_MAX,
    FORWARD_BLOCK_BYTES = 64 << 10,
    FORWARD_LONG_BYTES = 16 << 10
};

struct forward {
    weir_stream stream;
    weir_writer *writer; /* a chain of its own */
    weir_line items[FORWARD_ITEMS];
    uint32_t n;
    uint32_t at; /* items[at .. n) are still to be gathered or written */
    size_t part; /* bytes of items[at] that are written */
    unsigned char *block;
    size_t begin; /* block[begin .. end) is gathered */
    size_t end;
    uint64_t written;
    uint64_t settled; /* of these, when the last group of marks was */
    uint32_t demand;
    bool kept;    /* the writer is the caller's, and stays open: send_all */
    bool open;    /* the writer is */
    bool writing; /* the block stands still until all of it is written */
    bool unflushed;
    bool closing;         /* the source is over */
    weir_held_error held; /* of the source, behind what came before it */
    struct weir_settling settling;
};

static struct forward *forward_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct forward, stream);
}

static void forward_item_done(struct forward *self)
{
    weir_type_drop_items(weir_source(&self->stream)->type, &self->items[self->at], 1);
    self->at++;
    self->part = 0;
}

/* Copies items while they fit. */
static void forward_gather(struct forward *self)
{
    for (; self->at < self->n; forward_item_done(self)) {
        const weir_line *line = &self->items[self->at];
        if (line->size > FORWARD_LONG_BYTES || line->size > FORWARD_BLOCK_BYTES - self->end)
            return;
        if (line->size)
            memcpy(self->block + self->end, line->data, line->size);
        self->end += line->size;
    }
}

static weir_poll forward_write_some(struct forward *self, weir_cx *cx, const void *bytes, size_t n)
{
    weir_poll got = weir_poll_write(self->writer, cx, bytes, n);
    if (got.state != WEIR_READY)
        return got;
    self->written += got.n;
    self->unflushed = true;
    return got;
}

static weir_poll forward_write_block(struct forward *self, weir_cx *cx)
{
    weir_poll got =
        forward_write_some(self, cx, self->block + self->begin, self->end - self->begin);
    self->begin += got.n;
    if (self->begin == self->end) {
        self->begin = self->end = 0;
        self->writing = false;
    }
    return got;
}

static weir_poll write_long(struct forward *self, weir_cx *cx)
{
    const weir_line *line = &self->items[self->at];
    weir_poll got = forward_write_some(self, cx, line->data + self->part, line->size - self->part);
    self->part += got.n;
    if (self->part == line->size)
        forward_item_done(self);
    return got;
}

static weir_poll forward_flush(struct forward *self, weir_cx *cx)
{
    weir_poll got = weir_poll_flush(self->writer, cx);
    self->unflushed = got.state != WEIR_READY;
    return got;
}

/* Marks that came with no bytes before them wait for nobody. */
static weir_poll forward_settle(struct forward *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};
    if (self->settled != self->written)
        got = weir_writer_settle(self->writer, cx, self->settling.how.strength);
    if (got.state != WEIR_READY)
        return got;
    self->settled = self->written;
    self->unflushed = false;
    weir_settling_over(&self->settling, true);
    return got;
}

static bool ending(const struct forward *self)
{
    return self->closing || self->held.held;
}

/* What send_all leaves behind is flushed, since nobody closes it. */
static bool must_flush(const struct forward *self, bool stalled)
{
    return self->unflushed && (stalled || self->held.held || (self->kept && self->closing));
}

static weir_poll forward_finish(struct forward *self, weir_cx *cx)
{
    weir_poll got = self->kept ? (weir_poll){0, WEIR_END} : weir_poll_close(self->writer, cx);
    if (got.state == WEIR_END)
        weir_settling_over(&self->settling, true);
    return got;
}

/* One step of what must go out before more is asked for; false: nothing must. */
static bool forward_push(struct forward *self, weir_cx *cx, bool stalled, weir_poll *got)
{
    bool idle = stalled || ending(self);
    bool settles = weir_settling_is_due(&self->settling, cx, idle);
    if (!self->writing) {
        forward_gather(self);
        self->writing = self->end && (self->at < self->n || idle || settles);
    }
    if (self->writing)
        *got = forward_write_block(self, cx);
    else if (self->at < self->n)
        *got = write_long(self, cx);
    else if (settles)
        *got = forward_settle(self, cx);
    else if (must_flush(self, stalled))
        *got = forward_flush(self, cx);
    else if (self->held.held)
        *got = weir_held_error_give(&self->held, cx);
    else if (self->closing)
        *got = forward_finish(self, cx);
    else
        return false;
    return true;
}

/* An error of the source waits until what came before it is out. */
static weir_poll forward_take_more(struct forward *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    size_t demand = weir_demand_next(cx, &self->demand);
    weir_poll got =
        weir_poll_next(source, cx, self->items, demand < FORWARD_ITEMS ? demand : FORWARD_ITEMS);
    self->n = got.n;
    self->at = 0;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    else if (got.state == WEIR_MARK)
        weir_settling_keep(&self->settling, cx);
    else if (got.state != WEIR_END)
        return got;
    self->closing = got.state == WEIR_END;
    self->writer->stage.cut |= source->stage.cut; /* a sink looks at it before it commits */
    return (weir_poll){got.n, WEIR_READY};
}

/* Nothing is asked for before it is known that it can be written. */
static weir_poll forward_open_writer(struct forward *self, weir_cx *cx)
{
    weir_poll got = weir_poll_open(self->writer, cx);
    self->open = got.state == WEIR_READY;
    return got;
}

/* READY: go on. A source that stalls has stored the waker: what is gathered goes out and is
 * flushed before PENDING is answered, or the other side may wait for it for ever. */
static weir_poll forward_step(struct forward *self, weir_cx *cx, bool *stalled)
{
    weir_poll got;
    if (!self->open)
        return forward_open_writer(self, cx);
    if (forward_push(self, cx, *stalled, &got))
        return got;
    if (*stalled)
        return (weir_poll){0, WEIR_PENDING};
    got = forward_take_more(self, cx);
    if (got.state != WEIR_PENDING)
        return got;
    *stalled = true;
    return (weir_poll){0, WEIR_READY};
}

/* Of marks whose bytes may be out or not none is kept: their items come again. */
static weir_poll forward_fail(struct forward *self, weir_cx *cx)
{
    weir_settling_over(&self->settling, false);
    cx->error.fatal = true;
    cx->error.more += self->held.held; /* the writer's came in its place */
    if (cx->error.byte == WEIR_NOWHERE)
        cx->error.byte = self->written;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll forward_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct forward *self = forward_of(stream);
    bool stalled = false;
    (void)demand;
    if (!self->block && !(self->block = weir_allocate(FORWARD_BLOCK_BYTES)))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %d bytes",
                         FORWARD_BLOCK_BYTES);
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = forward_step(self, cx, &stalled);
        if (got.state == WEIR_PENDING)
            return got;
        if (got.state == WEIR_ERROR)
            return forward_fail(self, cx);
        if (got.state == WEIR_END)
            break;
    }
    *(uint64_t *)out = self->written;
    return (weir_poll){1, WEIR_END};
}

static void forward_fini(weir_stream *stream)
{
    struct forward *self = forward_of(stream);
    weir_type_drop_items(weir_source(stream)->type, self->items + self->at, self->n - self->at);
    weir_release(self->block, FORWARD_BLOCK_BYTES);
    weir_settling_over(&self->settling, false);
    if (!self->kept)
        weir_writer_give_up(self->writer);
}

static weir_stage *forward_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &forward_of(stream)->writer->stage;
}

static size_t forward_memory_max(const weir_stream *stream)
{
    (void)stream;
    return FORWARD_BLOCK_BYTES;
}

#define FORWARD_OPS(called, keeps)                                                                 \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = called, .keeps_inputs = keeps,                    \
        .poll_next = forward_poll_next, .size_hint = weir_size_hint_one, .fini = forward_fini,     \
        .input = forward_input, .memory_max = forward_memory_max, .marks = WEIR_MARKS_SETTLE       \
    }
static const weir_stream_ops forward_ops = FORWARD_OPS("forward", true);
static const weir_stream_ops send_all_ops = FORWARD_OPS("send_all", false);

/* A source that may go on for ever would wait for marks that are settled at its end. */
static bool can_wait(const struct forward *self, const weir_stream *source)
{
    return self->settling.at_close && !self->kept &&
           weir_size_hint(source).upper != WEIR_HINT_UNKNOWN;
}

static weir_stream *refuse_weak(struct forward *self, weir_strength given)
{
    if (given <= WEIR_STRENGTH_AT_CLOSE)
        return weir_stream_refuse(&self->stream.stage, WEIR_E_ARGUMENT,
                                  "append to a file, or files that roll (save DIR roll=64M,60s)",
                                  "'%s' makes nothing safe before it is closed, so nothing would "
                                  "be acknowledged before the end",
                                  self->writer->ops->name, NULL, 0);
    weir_fault fault = {WEIR_E_ARGUMENT,
                        "weir_forward_with() and the .strength that is enough",
                        "'%s' promises that what it took is %s, and not that it is %s",
                        {self->writer->ops->name, weir_strength_name(given),
                         weir_strength_name(self->settling.how.strength)},
                        0,
                        NULL};
    return weir_stream_fault(&self->stream.stage, &fault);
}

static weir_stream *settle_marks(struct forward *self, const weir_stream *source,
                                 const weir_forward_options *given)
{
    weir_strength strength = weir_writer_strength(self->writer);
    weir_settling_init(&self->settling, self->writer, given);
    bool enough = strength >= self->settling.how.strength || can_wait(self, source);
    if (!source->stage.marked || enough || weir_stage_failed(&self->writer->stage))
        return &self->stream;
    return refuse_weak(self, strength);
}

static weir_stream *forward_new(weir_stream *source, weir_writer *writer,
                                const weir_stream_ops *ops, const weir_forward_options *how,
                                bool kept)
{
    if (!weir_type_fits(source->type, &weir_type_owned_line)) /* it may be read as a view */
        source = weir_expect_type(source, ops->name, "bytes", &weir_type_line);
    weir_stream *stream = weir_stream_new(source, sizeof(struct forward), ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage)) {
        if (!kept)
            weir_drop(writer);
        return stream;
    }
    struct forward *self = forward_of(stream);
    self->writer = writer;
    self->kept = kept;
    stream->stage.one = true;
    if (!weir_held_error_init(&self->held, stream->stage.arena))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  ops->name, NULL, 0);
    stream = settle_marks(self, source, how);
    return weir_stream_with(stream, &writer->stage);
}

weir_stream *weir_forward_with(weir_stream *source, weir_writer *writer,
                               const weir_forward_options *options)
{
    enum { FIRST_BYTES = offsetof(weir_forward_options, settle_ns) + sizeof(uint64_t) };
    weir_forward_options how;
    weir_options_take(&how, sizeof how, options, FIRST_BYTES);
    if (weir_stage_failed(&writer->stage) && !weir_stage_failed(&source->stage)) {
        weir_drop(source);
        return weir_stream_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL, "", NULL, NULL, 0);
    }
    return forward_new(source, writer, &forward_ops, &how, false);
}

weir_stream *weir_forward(weir_stream *source, weir_writer *writer)
{
    return weir_forward_with(source, writer, NULL);
}

weir_stream *weir_send_all(weir_stream *source, weir_writer *writer)
{
    return forward_new(source, writer, &send_all_ops, &WEIR_FORWARD_OPTIONS(0), true);
}
