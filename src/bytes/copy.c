/* copy: moves all bytes of a reader into a writer. The reader's bytes are what is written; where
 * the kernel can move them from one descriptor to the other, nobody reads them. */

#include "bytes/raw.h"
#include "weir/implement.h"
#include "weir/write.h"

enum { TURN_BYTES = 1 << 20 }; /* that the kernel moves in one turn of a task */

/* Empty files in a row; then it is a reader that says the same for ever. */
enum { DRY_MAX = 64 };

struct copy {
    weir_stream stream;
    weir_reader *reader;
    weir_writer *writer; /* a chain of its own */
    uint64_t written;
    bool open; /* the writer is */
    bool unflushed;
    bool closing; /* the reader is over */
    bool unmoved; /* the kernel cannot, or not any more */
    bool filling; /* bytes are asked for and on their way: they are waited for first */
    bool joined; /* the reader has inputs: where one of them is over or cannot, another may begin */
    unsigned dry; /* places from which nothing was moved, one after the other */
};

static struct copy *copy_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct copy, stream);
}

/* A reader that stalls: what it was given must go on, or the other side may wait for it for ever.
 * The reader has stored the waker already; a flush that waits has stored it too. */
static weir_poll copy_flush_and_wait(struct copy *self, weir_cx *cx)
{
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_poll got = weir_poll_flush(self->writer, cx);
    if (got.state == WEIR_ERROR)
        return got;
    self->unflushed = got.state == WEIR_PENDING;
    cx->wait_for = what;
    cx->waiting = waiting;
    return (weir_poll){0, WEIR_PENDING};
}

static weir_poll copy_fill(struct copy *self, weir_cx *cx)
{
    weir_poll got = weir_poll_fill(self->reader, cx, 1);
    self->filling = got.state == WEIR_PENDING;
    if (self->filling && self->unflushed)
        return copy_flush_and_wait(self, cx);
    if (got.state != WEIR_END)
        return got;
    self->closing = true;
    self->writer->stage.cut |= self->reader->stage.cut; /* a sink looks at it before it commits */
    return got;
}

/* The first time that the kernel cannot is the last: the end is told by a fill, and so is what is
 * wrong with one of the two. A reader of several is asked for another place, and may have filled. A
 * socket may be empty, and says so when it is asked again. */
static void doubt(struct copy *self, const weir_raw *from)
{
    size_t n;
    weir_peek(self->reader, &n);
    if (self->joined && n)
        return;
    bool may = self->joined || from->kind == WEIR_RAW_SOCKET;
    bool asks = may && self->reader->stage.dry && self->dry < DRY_MAX;
    self->unmoved = !asks;
    self->dry++;
}

static weir_poll move_unseen(struct copy *self, weir_cx *cx)
{
    weir_raw from;
    weir_poll got = weir_move(self->writer, cx, self->reader, &from);
    if (got.state == WEIR_PENDING && self->unflushed)
        return copy_flush_and_wait(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (from.kind == WEIR_RAW_LATER)
        return copy_fill(self, cx);
    if (!got.n) {
        doubt(self, &from);
        return got;
    }
    self->dry = 0;
    self->unflushed = true;
    self->written += got.n;
    weir_spend_many(cx, got.n / (TURN_BYTES / WEIR_BUDGET));
    return got;
}

/* One write of what is in hand. PENDING: the bytes stand still until they are taken, since nobody
 * fills the reader before. */
static weir_poll copy_move(struct copy *self, weir_cx *cx)
{
    size_t n;
    weir_peek(self->reader, &n);
    if (!n)
        return self->unmoved || self->filling ? copy_fill(self, cx) : move_unseen(self, cx);
    weir_poll got = weir_poll_pass(self->writer, cx, self->reader);
    if (got.state == WEIR_READY) {
        self->written += got.n;
        self->unflushed = true;
        self->dry = 0;
    }
    return got;
}

/* Nothing is read before it is known that it can be written. */
static weir_poll copy_open_writer(struct copy *self, weir_cx *cx)
{
    weir_poll got = weir_poll_open(self->writer, cx);
    self->open = got.state == WEIR_READY;
    return got;
}

static weir_poll copy_step(struct copy *self, weir_cx *cx)
{
    if (!self->open)
        return copy_open_writer(self, cx);
    return self->closing ? weir_poll_close(self->writer, cx) : copy_move(self, cx);
}

static weir_poll copy_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct copy *self = copy_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = copy_step(self, cx);
        if (got.state == WEIR_PENDING)
            return got;
        if (got.state == WEIR_ERROR)
            break;
        if (got.state == WEIR_END && self->writer->stage.done) {
            *(uint64_t *)out = self->written;
            return (weir_poll){1, WEIR_END};
        }
    }
    cx->error.fatal = true;
    if (cx->error.byte == WEIR_NOWHERE)
        cx->error.byte = self->written;
    return (weir_poll){0, WEIR_ERROR};
}

static void copy_fini(weir_stream *stream)
{
    weir_writer_give_up(copy_of(stream)->writer);
}

static weir_stage *copy_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &copy_of(stream)->writer->stage;
}

static const weir_stream_ops copy_ops = {.size = sizeof copy_ops,
                                         .name = "copy",
                                         .keeps_inputs = true,
                                         .poll_next = copy_poll_next,
                                         .fini = copy_fini,
                                         .size_hint = weir_size_hint_one,
                                         .input = copy_input};

uint64_t weir_copied(const weir_stream *stream)
{
    bool is_copy = stream->ops == &copy_ops && !weir_stage_failed(&stream->stage);
    return is_copy ? copy_of(stream)->written : 0;
}

const char *weir_copy_plan(const weir_stream *stream)
{
    if (stream->ops != &copy_ops || weir_stage_failed(&stream->stage))
        return NULL;
    const struct copy *self = copy_of(stream);
    weir_raw_kind kind = self->unmoved ? WEIR_RAW_NONE : weir_reader_raw_kind(self->reader);
    const char *way = kind == WEIR_RAW_NONE ? NULL : weir_writer_moves_by(self->writer, kind);
    return way ? way : "blocks";
}

weir_stream *weir_copy(weir_reader *reader, weir_writer *writer)
{
    if (weir_stage_failed(&writer->stage) && !weir_stage_failed(&reader->stage)) {
        weir_drop(reader);
        return weir_stream_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL, "", NULL, NULL, 0);
    }
    weir_stream *stream = weir_stream_over(reader, sizeof(struct copy), &copy_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(writer);
        return stream;
    }
    struct copy *self = copy_of(stream);
    self->reader = reader;
    self->joined = weir_stage_input(&reader->stage, 0);
    self->writer = writer;
    stream->stage.one = true;
    return weir_stream_with(stream, &writer->stage);
}
