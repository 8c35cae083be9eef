/* poll_fn: a user's function is the poll, of a stream or of a future. */

#include "weir/implement.h"
#include "weir/stream.h"

struct poll_fn {
    weir_stream stream;
    weir_poll_function *fn;
    void *arg;
    bool over; /* of a future: it failed */
};

static weir_poll poll_fn_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct poll_fn *self = WEIR_CONTAINER(stream, struct poll_fn, stream);
    return self->fn(self->arg, cx, out, demand);
}

static const weir_stream_ops poll_fn_ops = {
    .size = sizeof poll_fn_ops, .name = "poll_fn", .poll_next = poll_fn_poll_next};

/* No call behind its error: whoever stands above may ask again. */
static weir_poll future_fn_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct poll_fn *self = WEIR_CONTAINER(stream, struct poll_fn, stream);
    if (self->over)
        return (weir_poll){0, WEIR_END};
    weir_poll got = self->fn(self->arg, cx, out, demand);
    self->over = got.state == WEIR_ERROR;
    return got;
}

weir_stream *weir_poll_fn(const weir_type *type, weir_poll_function *fn, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct poll_fn), &poll_fn_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct poll_fn *self = WEIR_CONTAINER(stream, struct poll_fn, stream);
    self->fn = fn;
    self->arg = arg;
    return stream;
}

weir_stream *weir_future_fn(const weir_type *type, weir_poll_function *fn, void *arg)
{
    weir_stream *stream = weir_poll_fn(type, fn, arg);
    if (!weir_stage_failed(&stream->stage)) {
        stream->stage.one = true;
        stream->call = future_fn_poll_next;
    }
    return stream;
}
