/* select_with_strategy: items of two streams; a function says each time who is asked first. */

#include "stream/inner.h"
#include "weir/stream.h"

struct strategy {
    weir_stream stream;
    weir_stream *sides[2];
    bool over[2]; /* an END with an item is none yet: the strategy is asked once more */
    weir_strategy *first;
    void *arg;
};

static struct strategy *strategy_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct strategy, stream);
}

static weir_poll select_with_strategy_side_poll(struct strategy *self, weir_cx *cx, int side,
                                                void *out)
{
    weir_poll got = poll_next(self->sides[side], cx, out, 1);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    self->over[side] = !got.n && got.state == WEIR_END;
    return got.n ? WEIR_POLL_ONE : got;
}

/* One item a poll, so that the strategy is asked for each. */
static weir_poll strategy_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct strategy *self = strategy_of(stream);
    (void)demand;
    if (self->over[0] || self->over[1])
        return poll_next(self->sides[self->over[0]], cx, out, 1);
    int side = self->first(self->arg) == WEIR_SIDE_SECOND;
    weir_poll first = select_with_strategy_side_poll(self, cx, side, out);
    if (first.state != WEIR_PENDING && first.state != WEIR_END)
        return first;
    weir_poll second = select_with_strategy_side_poll(self, cx, !side, out);
    return second.state == WEIR_END ? first : second;
}

static void strategy_fini(weir_stream *stream)
{
    weir_drop(strategy_of(stream)->sides[1]);
}

static weir_stage *strategy_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &strategy_of(stream)->sides[1]->stage;
}

static size_t select_with_strategy_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint strategy_size_hint(const weir_stream *stream)
{
    weir_hint first = weir_size_hint(strategy_of(stream)->sides[0]);
    weir_hint second = weir_size_hint(strategy_of(stream)->sides[1]);
    return (weir_hint){select_with_strategy_sum(first.lower, second.lower),
                       select_with_strategy_sum(first.upper, second.upper)};
}

static const weir_stream_ops strategy_ops = {.size = sizeof strategy_ops,
                                             .name = "select_with_strategy",
                                             .keeps_inputs = true,
                                             .poll_next = strategy_poll_next,
                                             .fini = strategy_fini,
                                             .size_hint = strategy_size_hint,
                                             .input = strategy_input,
                                             .marks = WEIR_MARKS_PASS};

weir_stream *weir_select_with_strategy(weir_stream *first, weir_stream *second,
                                       weir_strategy *strategy, void *arg)
{
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    second = weir_expect_alike(second, "select_with_strategy", "second", first->type);
    failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream =
        weir_stream_new(first, sizeof(struct strategy), &strategy_ops, first->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    struct strategy *self = strategy_of(stream);
    self->sides[0] = first;
    self->sides[1] = second;
    self->first = strategy;
    self->arg = arg;
    return weir_stream_with(stream, &second->stage);
}
