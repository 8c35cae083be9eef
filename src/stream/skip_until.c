/* skip_until: items from when a future is ready. */

#include "core/poll.h"
#include "weir/stream.h"

struct skip_until {
    weir_stream stream;
    weir_stream *future;
    bool open; /* it was ready */
    bool over; /* it never will be */
};

static struct skip_until *skip_until_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct skip_until, stream);
}

/* READY: go on, and look whether it is open. An error of the future ends the stream. */
static weir_poll skip_until_ask(struct skip_until *self, weir_cx *cx)
{
    weir_poll got = weir_poll_skip(self->future, cx, 1);
    if (got.state == WEIR_ERROR)
        cx->error.fatal = true;
    if (got.state == WEIR_ERROR || got.state == WEIR_MARK)
        return got;
    self->open = got.n;
    self->over = got.state == WEIR_END;
    return (weir_poll){0, WEIR_READY};
}

/* The future is asked again before each batch that is skipped: the wrapper calls again. */
WEIR_ASIDE static weir_poll skip_until_closed(struct skip_until *self, weir_cx *cx, void *out,
                                              size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    if (!self->over) {
        weir_poll asked = skip_until_ask(self, cx);
        if (asked.state != WEIR_READY)
            return asked;
    }
    if (self->open)
        return poll_next(source, cx, out, demand);
    return (weir_poll){0, weir_poll_skip(source, cx, cx->demand_max).state};
}

WEIR_ASIDE static weir_poll skip_until_rest(weir_stream *stream, weir_cx *cx, void *out,
                                            size_t demand, weir_poll got)
{
    return weir_poll_rest(weir_source(stream), cx, out, demand, got);
}

static weir_poll skip_until_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct skip_until *self = skip_until_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(!self->open))
        return skip_until_closed(self, cx, out, demand);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return skip_until_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void skip_until_fini(weir_stream *stream)
{
    weir_drop(skip_until_of(stream)->future);
}

static weir_stage *skip_until_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &skip_until_of(stream)->future->stage;
}

static weir_hint skip_until_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = skip_until_of(stream)->open ? hint.lower : 0;
    return hint;
}

static const weir_stream_ops skip_until_ops = {.size = sizeof skip_until_ops,
                                               .name = "skip_until",
                                               .keeps_inputs = true,
                                               .poll_next = skip_until_poll_next,
                                               .fini = skip_until_fini,
                                               .size_hint = skip_until_size_hint,
                                               .input = skip_until_input,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_skip_until(weir_stream *source, weir_stream *future)
{
    future = weir_expect_one(future, "skip_until");
    weir_stream *failed = weir_expect_both(source, future);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct skip_until), &skip_until_ops, source->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(future);
        return stream;
    }
    skip_until_of(stream)->future = future;
    stream->stage.one = source->stage.one;
    stream = weir_stream_with(stream, &future->stage);
    stream = weir_stream_scratch(stream, future->type);
    return weir_stream_scratch(stream, source->type);
}
