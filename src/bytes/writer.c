/* Writers: the one door through which bytes go, and how writers are made and dropped. */

#include "weir/writer.h"

#include "core/stage.h"

_Static_assert(sizeof(weir_writer) <= WEIR_STAGE_BYTES, "a writer can be made of any stage");

/* Bytes offered in one call: what an answer can count, and what no system call cuts. */
enum { OFFER_BYTES = 1 << 30 };

static weir_poll settle(weir_writer *writer, weir_cx *cx, weir_poll got)
{
    if (got.state == WEIR_ERROR)
        writer->stage.ending = true;
    return weir_stage_settle(&writer->stage, cx, got);
}

static bool over(const weir_writer *writer)
{
    return writer->stage.done || writer->stage.ending;
}

static weir_poll refuse_more(weir_writer *writer, weir_cx *cx, const char *what)
{
    if (!writer->stage.arena)
        return weir_stage_report(&writer->stage, cx);
    weir_fail(cx, WEIR_E_CLOSED, "%s after %s", what,
              writer->stage.ending ? "an error" : "the writer was closed");
    return weir_stage_settle(&writer->stage, cx, (weir_poll){0, WEIR_ERROR});
}

static weir_poll write_some(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    weir_poll got = writer->ops->poll_write(writer, cx, bytes, n);
    if (WEIR_LIKELY(got.state == WEIR_READY && got.n))
        return got;
    if (got.state == WEIR_READY || got.state == WEIR_END)
        return weir_fail(cx, WEIR_E_CLOSED, "the writer takes no more bytes");
    return got;
}

weir_poll weir_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    if (WEIR_UNLIKELY(over(writer)))
        return refuse_more(writer, cx, "a write");
    if (!n)
        return (weir_poll){0, WEIR_READY};
    writer->stage.polls++;
    n = n < OFFER_BYTES ? n : OFFER_BYTES;
    return settle(writer, cx, write_some(writer, cx, bytes, n));
}

static weir_poll flush(weir_writer *writer, weir_cx *cx)
{
    if (!writer->ops->poll_flush)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = writer->ops->poll_flush(writer, cx);
    return (weir_poll){0, got.state == WEIR_END ? WEIR_READY : got.state};
}

weir_poll weir_poll_flush(weir_writer *writer, weir_cx *cx)
{
    if (WEIR_UNLIKELY(over(writer)))
        return refuse_more(writer, cx, "a flush");
    writer->stage.polls++;
    return settle(writer, cx, flush(writer, cx));
}

static weir_poll close(weir_writer *writer, weir_cx *cx)
{
    weir_poll got =
        writer->ops->poll_close ? writer->ops->poll_close(writer, cx) : flush(writer, cx);
    return (weir_poll){0, got.state == WEIR_READY ? WEIR_END : got.state};
}

weir_poll weir_poll_close(weir_writer *writer, weir_cx *cx)
{
    if (WEIR_UNLIKELY(writer->stage.ending || !writer->stage.arena))
        return refuse_more(writer, cx, "a close");
    if (writer->stage.done)
        return (weir_poll){0, WEIR_END};
    writer->stage.polls++;
    return settle(writer, cx, close(writer, cx));
}

/* ---- making ---- */

static weir_poll failed_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return weir_stage_report(&writer->stage, cx);
}

static weir_poll failed_poll(weir_writer *writer, weir_cx *cx)
{
    return weir_stage_report(&writer->stage, cx);
}

static const weir_writer_ops failed_ops = {.name = "refused",
                                           .poll_write = failed_poll_write,
                                           .poll_flush = failed_poll,
                                           .poll_close = failed_poll};

/* What stands wherever an arena could not be had: done, so that it is never written to. */
static weir_writer no_memory_writer = {
    .stage = {.name = "no memory", .kind = WEIR_KIND_WRITER, .done = true}, .ops = &failed_ops};

static weir_writer *as_failed_writer(weir_stage *stage)
{
    if (!stage->arena)
        return &no_memory_writer;
    weir_writer *writer = (weir_writer *)stage;
    stage->kind = WEIR_KIND_WRITER;
    writer->ops = &failed_ops;
    return writer;
}

weir_writer *weir_writer_refuse(weir_stage *stage, weir_code code, const char *cure,
                                const char *format, const char *a, const char *b, size_t n)
{
    weir_fault fault = {code, cure, format, {a, b}, n};
    weir_stage_refuse(stage, &fault);
    return as_failed_writer(stage);
}

static void writer_fini(weir_stage *stage)
{
    weir_writer *writer = (weir_writer *)stage;
    if (writer->ops->fini)
        writer->ops->fini(writer);
}

weir_writer *weir_writer_new(size_t size, const weir_writer_ops *ops)
{
    weir_arena *arena = weir_arena_new();
    if (!arena)
        return &no_memory_writer;
    size = size < WEIR_STAGE_BYTES ? WEIR_STAGE_BYTES : size;
    weir_writer *writer = weir_arena_take(arena, size, 16);
    if (!writer) {
        weir_arena_drop(arena);
        return &no_memory_writer;
    }
    weir_stage_init(&writer->stage, WEIR_KIND_WRITER, ops->name, arena, NULL, writer_fini);
    writer->ops = ops;
    return writer;
}

void weir_writer_drop(weir_writer *writer)
{
    weir_stage_drop(writer ? &writer->stage : NULL);
}
