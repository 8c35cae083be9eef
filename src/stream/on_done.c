/* on_done: tells a function, once, how the stream ended. */

#include "core/poll.h"
#include "weir/stream.h"

struct on_done {
    weir_stream stream;
    weir_done_function *fn;
    void *arg;
    bool told;
};

static struct on_done *on_done_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct on_done, stream);
}

static void on_done_tell(struct on_done *self, weir_done how, const weir_error *error)
{
    if (!self->fn || self->told)
        return;
    self->told = true;
    self->fn(how, error, self->arg);
}

static weir_done how_it_ended(const weir_stream *source)
{
    return weir_stage_was_cut(&source->stage) ? WEIR_DONE_CUT : WEIR_DONE_END;
}

WEIR_ASIDE static weir_poll on_done_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                         weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.state == WEIR_END)
        on_done_tell(on_done_of(stream), how_it_ended(weir_source(stream)), NULL);
    else if (got.state == WEIR_ERROR && cx->error.fatal)
        on_done_tell(on_done_of(stream), WEIR_DONE_ERROR, &cx->error);
    return got;
}

static weir_poll on_done_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return on_done_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void on_done_fini(weir_stream *stream)
{
    on_done_tell(on_done_of(stream), WEIR_DONE_DROPPED, NULL);
}

static weir_hint on_done_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops on_done_ops = {.size = sizeof on_done_ops,
                                            .name = "on_done",
                                            .poll_next = on_done_poll_next,
                                            .fini = on_done_fini,
                                            .size_hint = on_done_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_on_done(weir_stream *source, weir_done_function *fn, void *arg)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct on_done), &on_done_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    on_done_of(stream)->fn = fn;
    on_done_of(stream)->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
