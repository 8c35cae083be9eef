/* take_while: items while fn is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct take_while {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
};

static struct take_while *take_while_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct take_while, stream);
}

static weir_poll take_while_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct take_while *self = take_while_of(stream);
    size_t size = stream->type->size;
    char *items = out;

    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    uint32_t n = 0;
    while (n < got.n && self->fn->one(items + n * size, self->arg))
        n++;
    if (n == got.n)
        return got;
    weir_type_drop_items(stream->type, items + n * size, got.n - n);
    return (weir_poll){n, WEIR_END};
}

static weir_hint take_while_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops take_while_ops = {
    .name = "take_while", .poll_next = take_while_poll_next, .size_hint = take_while_size_hint};

weir_stream *weir_take_while(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "take_while", fn->name, fn->of);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct take_while), &take_while_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    take_while_of(stream)->fn = fn;
    take_while_of(stream)->arg = arg;
    return stream;
}
