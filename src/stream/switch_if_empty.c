/* switch_if_empty: all of one stream, or of another where the first gives no item. */

#include "core/poll.h"
#include "weir/stream.h"

struct switch_if_empty {
    weir_stream stream;
    weir_stream *second; /* NULL: it is not needed any more */
    bool empty;          /* the first one was */
};

static struct switch_if_empty *switch_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct switch_if_empty, stream);
}

/* An item came: the other one is let go before it was ever polled. */
WEIR_COLD static void switch_decided(struct switch_if_empty *self)
{
    weir_drop(self->second);
    self->second = NULL;
}

/* A first one that was cut off is not known to be empty. */
WEIR_ASIDE static weir_poll switch_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                        weir_poll got)
{
    struct switch_if_empty *self = switch_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.n && self->second)
        switch_decided(self);
    if (got.state != WEIR_END || !self->second || weir_source(stream)->stage.cut)
        return got;
    self->empty = true;
    return poll_next(self->second, cx, out, demand);
}

static weir_poll switch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct switch_if_empty *self = switch_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(self->empty))
        return poll_next(self->second, cx, out, demand);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return switch_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    if (WEIR_UNLIKELY(self->second != NULL))
        switch_decided(self);
    return WEIR_POLL_ONE;
}

static void switch_fini(weir_stream *stream)
{
    weir_drop(switch_of(stream)->second);
}

static weir_stage *switch_input(const weir_stream *stream, size_t i)
{
    weir_stream *second = switch_of(stream)->second;
    return i || !second ? NULL : &second->stage;
}

static weir_hint switch_size_hint(const weir_stream *stream)
{
    struct switch_if_empty *self = switch_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    if (!self->second || (hint.lower && !self->empty))
        return hint;
    weir_hint second = weir_size_hint(self->second);
    if (self->empty || !hint.upper)
        return second;
    hint.lower = second.lower < 1 ? second.lower : 1;
    hint.upper = hint.upper > second.upper ? hint.upper : second.upper;
    return hint;
}

static const weir_stream_ops switch_ops = {.size = sizeof switch_ops,
                                           .name = "switch_if_empty",
                                           .keeps_inputs = true,
                                           .poll_next = switch_poll_next,
                                           .fini = switch_fini,
                                           .size_hint = switch_size_hint,
                                           .input = switch_input,
                                           .marks = WEIR_MARKS_PASS};

weir_stream *weir_switch_if_empty(weir_stream *first, weir_stream *second)
{
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    second = weir_expect_alike(second, "switch_if_empty", "second", first->type);
    failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_stream_new(first, sizeof(struct switch_if_empty), &switch_ops, first->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    switch_of(stream)->second = second;
    stream->stage.one = first->stage.one && second->stage.one;
    return weir_stream_with(stream, &second->stage);
}
