/* initial_delay: a source that is not asked before some time has passed. */

#include "core/poll.h"
#include "weir/timed.h"

struct initial_delay {
    weir_stream stream;
    weir_timer timer;
    uint64_t ns;
    bool begun;
    bool over;
};

static struct initial_delay *initial_delay_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct initial_delay, stream);
}

/* False: the answer is in *got. */
WEIR_ASIDE static bool initial_delay_over(struct initial_delay *self, weir_cx *cx, weir_poll *got)
{
    *got = (weir_poll){0, WEIR_ERROR};
    if (!weir_clock_is_there(cx, "initial_delay"))
        return false;
    if (!self->begun)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    self->begun = true;
    *got = weir_timer_poll(cx, &self->timer);
    self->over = got->n;
    return self->over;
}

WEIR_ASIDE static weir_poll initial_delay_rest(weir_stream *stream, weir_cx *cx, void *out,
                                               size_t demand, weir_poll got)
{
    return weir_poll_rest(weir_source(stream), cx, out, demand, got);
}

static weir_poll initial_delay_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct initial_delay *self = initial_delay_of(stream);
    weir_stream *source = weir_source(stream);
    weir_poll got;
    if (WEIR_UNLIKELY(!self->over) && !initial_delay_over(self, cx, &got))
        return got;
    got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return initial_delay_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void initial_delay_fini(weir_stream *stream)
{
    weir_timer_stop(&initial_delay_of(stream)->timer);
}

static weir_hint initial_delay_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops initial_delay_ops = {.size = sizeof initial_delay_ops,
                                                  .name = "initial_delay",
                                                  .poll_next = initial_delay_poll_next,
                                                  .fini = initial_delay_fini,
                                                  .size_hint = initial_delay_size_hint,
                                                  .marks = WEIR_MARKS_PASS};

weir_stream *weir_initial_delay(weir_stream *source, uint64_t ns)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct initial_delay), &initial_delay_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    initial_delay_of(stream)->ns = ns;
    stream->stage.one = source->stage.one;
    return stream;
}
