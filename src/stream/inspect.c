/* inspect: shows each item to a function on its way. */

#include "core/poll.h"
#include "stream/each.h"
#include "weir/stream.h"

struct inspect {
    struct weir_typed typed;
    const weir_each_fn *fn;
};

static struct inspect *stream_inspect_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct inspect, typed.stream);
}

/* The source did not answer {1, READY}. The poll before it is the function's own (WEIR_EACH_FN). */
weir_poll weir_inspect_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                            weir_poll got)
{
    struct inspect *self = stream_inspect_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    weir_each(self->fn, out, got.n, self->typed.arg);
    return got;
}

/* For a constant that was written by hand. */
static weir_poll inspect_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    return weir_inspect_rest(stream, cx, out, demand, source->poll(source, cx, out, demand));
}

static weir_poll inspect_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct inspect *self = stream_inspect_of(stream);
    weir_poll got = weir_poll_back(weir_source(stream), cx, out, demand);
    weir_each(self->fn, out, got.n, self->typed.arg);
    return got;
}

static weir_hint inspect_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops stream_inspect_ops = {.size = sizeof stream_inspect_ops,
                                                   .name = "inspect",
                                                   .fn = offsetof(struct inspect, fn),
                                                   .poll_next = inspect_poll_next,
                                                   .size_hint = inspect_size_hint,
                                                   .marks = WEIR_MARKS_PASS,
                                                   .poll_back = inspect_poll_back};

weir_stream *weir_inspect(weir_stream *source, const weir_each_fn *fn, void *arg)
{
    source = weir_expect_type(source, "inspect", fn->name, fn->of);
    source = weir_expect_size(source, "inspect", fn->name, fn->of, fn->of_size);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct inspect), &stream_inspect_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream_inspect_of(stream)->fn = fn;
    stream_inspect_of(stream)->typed.arg = arg;
    stream->call = fn->poll ? fn->poll : stream->call;
    stream->stage.one = source->stage.one;
    return stream;
}
