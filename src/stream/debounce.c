/* debounce: the latest item, once nothing followed it for a while. */

#include "stream/gap.h"
#include "stream/latest.h"
#include "weir/timed.h"

struct debounce {
    weir_stream stream;
    struct weir_latest latest;
    struct weir_gap gap;
};

static struct debounce *debounce_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct debounce, stream);
}

/* Items take each other's place until the source has no more at once. */
static weir_poll debounce_take(struct debounce *self, weir_cx *cx)
{
    weir_poll got;
    do {
        got = weir_latest_poll(&self->latest, weir_source(&self->stream), cx);
        self->gap.begun &= !got.n;
    } while (got.n && got.state == WEIR_READY && !self->latest.due && weir_spend(cx));
    return got;
}

static weir_poll debounce_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct debounce *self = debounce_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "debounce"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = {0, WEIR_READY};
    if (WEIR_LIKELY(!self->latest.due))
        got = debounce_take(self, cx);
    if (WEIR_UNLIKELY(self->latest.due))
        return weir_latest_give_mark(&self->latest, cx);
    if (got.state == WEIR_END)
        return weir_latest_give(&self->latest, out, WEIR_END);
    if (got.state != WEIR_PENDING || !self->latest.held)
        return (weir_poll){0, got.state};
    return weir_gap_passed(&self->gap, cx) ? weir_latest_give(&self->latest, out, WEIR_READY) : got;
}

static void debounce_fini(weir_stream *stream)
{
    weir_latest_fini(&debounce_of(stream)->latest);
    weir_timer_stop(&debounce_of(stream)->gap.timer);
}

static weir_hint debounce_size_hint(const weir_stream *stream)
{
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    bool held = debounce_of(stream)->latest.held;
    return (weir_hint){0, upper < WEIR_HINT_UNKNOWN - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops debounce_ops = {.size = sizeof debounce_ops,
                                             .name = "debounce",
                                             .poll_next = debounce_poll_next,
                                             .fini = debounce_fini,
                                             .size_hint = debounce_size_hint,
                                             .marks = WEIR_MARKS_HOLD};

weir_stream *weir_debounce(weir_stream *source, uint64_t ns)
{
    source = weir_expect_owned(source, "debounce");
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct debounce), &debounce_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct debounce *self = debounce_of(stream);
    self->gap.ns = ns;
    if (weir_latest_init(&self->latest, stream->stage.arena, stream->type))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "debounce",
                              NULL, 0);
}
