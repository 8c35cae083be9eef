/* take_until: items until a future is ready. */

#include "core/poll.h"
#include "weir/stream.h"

struct take_until {
    weir_stream stream;
    weir_stream *future;
    bool over; /* the future is, and it gave nothing */
};

static struct take_until *take_until_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct take_until, stream);
}

/* READY: go on. An error of the future ends the stream as the future itself would. */
static weir_poll take_until_ask(struct take_until *self, weir_cx *cx)
{
    weir_poll got = weir_poll_skip(self->future, cx, 1);
    if (got.state == WEIR_ERROR)
        cx->error.fatal = true;
    if (got.state == WEIR_ERROR || got.state == WEIR_MARK)
        return got;
    self->over = got.state == WEIR_END;
    return (weir_poll){0, got.n ? WEIR_END : WEIR_READY};
}

static weir_poll take_until_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct take_until *self = take_until_of(stream);
    if (WEIR_LIKELY(!self->over)) {
        weir_poll asked = take_until_ask(self, cx);
        if (asked.state != WEIR_READY)
            return asked;
    }
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    return got.n ? (weir_poll){got.n, WEIR_READY} : got; /* the future is asked before its END */
}

static void take_until_fini(weir_stream *stream)
{
    weir_drop(take_until_of(stream)->future);
}

static weir_stage *take_until_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &take_until_of(stream)->future->stage;
}

/* The future may be ready at any time. */
static weir_hint take_until_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops take_until_ops = {.size = sizeof take_until_ops,
                                               .name = "take_until",
                                               .keeps_inputs = true,
                                               .poll_next = take_until_poll_next,
                                               .fini = take_until_fini,
                                               .size_hint = take_until_size_hint,
                                               .input = take_until_input,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_take_until(weir_stream *source, weir_stream *future)
{
    future = weir_expect_one(future, "take_until");
    weir_stream *failed = weir_expect_both(source, future);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct take_until), &take_until_ops, source->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(future);
        return stream;
    }
    take_until_of(stream)->future = future;
    stream->stage.one = source->stage.one;
    stream = weir_stream_with(stream, &future->stage);
    return weir_stream_scratch(stream, future->type);
}
