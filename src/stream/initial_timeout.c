/* initial_timeout, completion_timeout: the end, where the first item or the last is late. */

#include "core/format.h"
#include "core/poll.h"
#include "weir/timed.h"

struct deadline {
    weir_stream stream;
    weir_timer timer;
    uint64_t ns;
    bool first; /* of the first item only */
    bool begun;
    bool met;
};

static struct deadline *deadline_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct deadline, stream);
}

static weir_poll deadline_fail(const struct deadline *self, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_TIMEOUT,
                     self->first ? "no item came in the first %s" : "no end came in %s",
                     WEIR_TIME_TEXT(self->ns));
}

/* True: the deadline has come. It is on the clock from the first poll on, whatever the source
 * does. */
static bool deadline_passed(struct deadline *self, weir_cx *cx)
{
    if (!self->begun)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    bool known = self->begun && !self->timer.fired;
    self->begun = true;
    return !known && weir_timer_poll(cx, &self->timer).n;
}

static weir_poll deadline_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct deadline *self = deadline_of(stream);
    if (self->met)
        return poll_next(weir_source(stream), cx, out, demand);
    if (!weir_clock_is_there(cx, weir_stage_name(&stream->stage)))
        return (weir_poll){0, WEIR_ERROR};
    if (deadline_passed(self, cx))
        return deadline_fail(self, cx);
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_PENDING)
        return weir_timer_poll(cx, &self->timer).n ? deadline_fail(self, cx) : got;
    self->met = (got.n && self->first) || got.state == WEIR_END;
    if (self->met)
        weir_timer_stop(&self->timer);
    return got;
}

static void deadline_fini(weir_stream *stream)
{
    weir_timer_stop(&deadline_of(stream)->timer);
}

static weir_hint deadline_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops initial_ops = {.size = sizeof initial_ops,
                                            .name = "initial_timeout",
                                            .poll_next = deadline_poll_next,
                                            .fini = deadline_fini,
                                            .size_hint = deadline_size_hint,
                                            .marks = WEIR_MARKS_PASS};

static const weir_stream_ops completion_ops = {.size = sizeof completion_ops,
                                               .name = "completion_timeout",
                                               .poll_next = deadline_poll_next,
                                               .fini = deadline_fini,
                                               .size_hint = deadline_size_hint,
                                               .marks = WEIR_MARKS_PASS};

static weir_stream *deadline_new(weir_stream *source, const weir_stream_ops *ops, uint64_t ns)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct deadline), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    deadline_of(stream)->ns = ns;
    deadline_of(stream)->first = ops == &initial_ops;
    stream->stage.one = source->stage.one;
    return stream;
}

weir_stream *weir_initial_timeout(weir_stream *source, uint64_t ns)
{
    return deadline_new(source, &initial_ops, ns);
}

weir_stream *weir_completion_timeout(weir_stream *source, uint64_t ns)
{
    return deadline_new(source, &completion_ops, ns);
}
