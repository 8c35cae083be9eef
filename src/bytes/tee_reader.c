/* tee_reader: what passes is written to a writer too. */

#include "bytes/lent.h"
#include "weir/read.h"
#include "weir/writer.h"

struct tee_reader {
    weir_reader reader;
    weir_writer *writer; /* a chain of its own */
    uint64_t written_to; /* an offset: what stands before it was written, and may be seen */
    bool unflushed;
    bool over; /* the source is */
};

static struct tee_reader *tee_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct tee_reader, reader);
}

/* What the source has in hand and the writer has not. */
static weir_poll tee_reader_write_some(struct tee_reader *self, weir_cx *cx)
{
    const weir_reader *source = weir_lent_source(&self->reader);
    size_t before = (size_t)(self->written_to - source->offset);
    const unsigned char *bytes = source->base + source->begin + before;
    size_t n = source->end - source->begin - before;
    weir_poll got = weir_poll_give(self->writer, cx, source->block, bytes, n);
    if (got.state != WEIR_READY)
        return got;
    self->written_to += got.n;
    self->unflushed = true;
    return got;
}

/* The source stalls: what the writer has must go on. Both have stored the waker. */
static weir_poll tee_reader_flush_and_wait(struct tee_reader *self, weir_cx *cx)
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

static weir_poll tee_reader_read_some(struct tee_reader *self, weir_cx *cx, size_t min)
{
    weir_poll got = weir_poll_fill(weir_lent_source(&self->reader), cx, min);
    if (got.state == WEIR_PENDING && self->unflushed)
        return tee_reader_flush_and_wait(self, cx);
    if (got.state == WEIR_END) {
        self->over = true;
        self->writer->stage.cut |= weir_lent_source(&self->reader)->stage.cut;
    }
    return got;
}

/* One step towards min bytes that may be seen. */
static weir_poll tee_reader_step(struct tee_reader *self, weir_cx *cx, size_t min)
{
    const weir_reader *source = weir_lent_source(&self->reader);
    uint64_t end = source->offset + (source->end - source->begin);
    if (self->written_to < end)
        return tee_reader_write_some(self, cx);
    return self->over ? weir_poll_close(self->writer, cx) : tee_reader_read_some(self, cx, min);
}

static weir_poll tee_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct tee_reader *self = tee_of(reader);
    for (bool begun = false;; begun = true) {
        weir_lent_up_to(reader, self->written_to);
        if (reader->end - reader->begin >= min)
            return (weir_poll){0, WEIR_READY};
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = tee_reader_step(self, cx, min);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR) {
            weir_lent_up_to(reader, self->written_to); /* the source may have moved them */
            return got;
        }
        if (got.state == WEIR_END && self->writer->stage.done)
            return (weir_poll){0, WEIR_END};
    }
}

static void tee_fini(weir_reader *reader)
{
    weir_lent_fini(reader);
    weir_writer_give_up(tee_of(reader)->writer); /* but for one that was closed */
}

static weir_stage *tee_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &tee_of(reader)->writer->stage;
}

static const weir_reader_ops tee_ops = {.size = sizeof tee_ops,
                                        .name = "tee",
                                        .poll_fill = tee_poll_fill,
                                        .fini = tee_fini,
                                        .size_hint = weir_lent_size_hint,
                                        .reserve = weir_lent_reserve,
                                        .place = weir_lent_place,
                                        .input = tee_input,
                                        .memory_max = weir_lent_memory_max,
                                        .half_of = weir_lent_half_of};

weir_reader *weir_tee_reader(weir_reader *source, weir_writer *writer)
{
    if (weir_stage_failed(&writer->stage) && !weir_stage_failed(&source->stage)) {
        weir_drop(source);
        return weir_reader_refuse(&writer->stage, WEIR_E_ARGUMENT, NULL, "", NULL, NULL, 0);
    }
    weir_reader *reader = weir_reader_over(source, sizeof(struct tee_reader), &tee_ops);
    if (weir_stage_failed(&reader->stage)) {
        weir_drop(writer);
        return reader;
    }
    weir_lent_begin(reader);
    tee_of(reader)->writer = writer;
    tee_of(reader)->written_to = reader->offset;
    return weir_reader_with(reader, &writer->stage);
}
