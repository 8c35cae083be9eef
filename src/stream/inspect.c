/* inspect: shows each item to a function on its way. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct inspect {
    weir_stream stream;
    const weir_each_fn *fn;
    void *arg;
};

static struct inspect *inspect_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct inspect, stream);
}

static weir_poll inspect_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct inspect *self = inspect_of(stream);
    const char *items = out;
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    for (size_t i = 0; i < got.n; i++)
        self->fn->one(items + i * stream->type->size, self->arg);
    return got;
}

static weir_hint inspect_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops inspect_ops = {
    .name = "inspect", .poll_next = inspect_poll_next, .size_hint = inspect_size_hint};

weir_stream *weir_inspect(weir_stream *source, const weir_each_fn *fn, void *arg)
{
    source = weir_expect_type(source, "inspect", fn->name, fn->of);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct inspect), &inspect_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    inspect_of(stream)->fn = fn;
    inspect_of(stream)->arg = arg;
    return stream;
}
