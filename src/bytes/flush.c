/* flush, close: of a writer that stays the caller's, as futures. */

#include "bytes/writing.h"
#include "weir/write.h"

static weir_poll gives_done(weir_cx *cx, void *out, weir_poll got)
{
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return weir_writing_stops(cx, got, WEIR_NOWHERE);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_poll flush_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return gives_done(cx, out, weir_poll_flush(weir_writing_to(stream), cx));
}

static weir_poll close_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return gives_done(cx, out, weir_poll_close(weir_writing_to(stream), cx));
}

static const weir_stream_ops flush_ops = WEIR_WRITING_OPS("flush", flush_poll_next);
static const weir_stream_ops close_ops = WEIR_WRITING_OPS("close", close_poll_next);

weir_stream *weir_flush(weir_writer *writer)
{
    return weir_writing_new(writer, sizeof(struct weir_writing), &flush_ops, &weir_type_unit);
}

weir_stream *weir_close(weir_writer *writer)
{
    return weir_writing_new(writer, sizeof(struct weir_writing), &close_ops, &weir_type_unit);
}
