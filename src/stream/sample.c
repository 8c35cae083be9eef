/* sample: the last item of each period. */

#include "stream/latest.h"
#include "weir/timed.h"

struct sample {
    weir_stream stream;
    struct weir_latest latest;
    weir_timer timer; /* of the end of this period */
    uint64_t period_ns;
    bool begun;
};

static struct sample *sample_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sample, stream);
}

/* Periods keep to their beginning, also where nobody asked for a while. */
static void sample_set_next(struct sample *self, weir_cx *cx)
{
    uint64_t now_ns = weir_clock_now_ns(cx), due_ns = self->begun ? self->timer.due_ns : now_ns;
    uint64_t over = now_ns > due_ns ? (now_ns - due_ns) / self->period_ns : 0;
    weir_timer_set(&self->timer, weir_after_ns(due_ns + over * self->period_ns, self->period_ns));
    self->begun = true;
}

/* Where nothing is held the source is asked before the next look at the clock: periods may be
 * shorter than that takes. */
static bool sample_gives(struct sample *self, weir_cx *cx)
{
    if (!weir_timer_poll(cx, &self->timer).n)
        return false;
    sample_set_next(self, cx);
    return self->latest.held;
}

static weir_poll sample_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sample *self = sample_of(stream);
    weir_poll got;
    (void)demand;
    if (!weir_clock_is_there(cx, "sample"))
        return (weir_poll){0, WEIR_ERROR};
    if (WEIR_UNLIKELY(self->latest.due))
        return weir_latest_give_mark(&self->latest, cx);
    if (!self->begun)
        sample_set_next(self, cx);
    do {
        if (sample_gives(self, cx))
            return weir_latest_give(&self->latest, out, WEIR_READY);
        got = weir_latest_poll(&self->latest, weir_source(stream), cx);
    } while (got.n && got.state == WEIR_READY && !self->latest.due && weir_spend(cx));
    if (WEIR_UNLIKELY(self->latest.due))
        return weir_latest_give_mark(&self->latest, cx);
    return got.state == WEIR_END ? weir_latest_give(&self->latest, out, WEIR_END)
                                 : (weir_poll){0, got.state};
}

static void sample_fini(weir_stream *stream)
{
    weir_latest_fini(&sample_of(stream)->latest);
    weir_timer_stop(&sample_of(stream)->timer);
}

static weir_hint sample_size_hint(const weir_stream *stream)
{
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    bool held = sample_of(stream)->latest.held;
    return (weir_hint){0, upper < WEIR_HINT_UNKNOWN - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops sample_ops = {.size = sizeof sample_ops,
                                           .name = "sample",
                                           .poll_next = sample_poll_next,
                                           .fini = sample_fini,
                                           .size_hint = sample_size_hint,
                                           .marks = WEIR_MARKS_HOLD};

weir_stream *weir_sample(weir_stream *source, uint64_t period_ns)
{
    source = weir_expect_owned(source, "sample");
    source = weir_expect_limit(source, "sample", "period_ns", period_ns > 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct sample), &sample_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct sample *self = sample_of(stream);
    self->period_ns = period_ns;
    if (weir_latest_init(&self->latest, stream->stage.arena, stream->type))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "sample",
                              NULL, 0);
}
