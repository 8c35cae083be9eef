/* interval: the numbers of ticks, a period apart. */

#include <string.h>

#include "core/poll.h"
#include "weir/timed.h"

struct interval {
    weir_stream stream;
    weir_timer timer;
    uint64_t first_ns, period_ns;
    uint64_t number; /* of the tick that is waited for */
    weir_missed missed;
    bool begun;
};

static struct interval *interval_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct interval, stream);
}

/* Periods that are over since the tick that was due: what was missed. */
static uint64_t missed_n(const struct interval *self, uint64_t now_ns)
{
    uint64_t due_ns = self->timer.due_ns;
    return now_ns > due_ns ? (now_ns - due_ns) / self->period_ns : 0;
}

static void interval_set_next(struct interval *self, weir_cx *cx)
{
    uint64_t due_ns = self->timer.due_ns, now_ns = weir_clock_now_ns(cx);
    uint64_t missed = self->missed == WEIR_MISSED_BURST ? 0 : missed_n(self, now_ns);
    self->number++;
    if (missed && self->missed == WEIR_MISSED_DELAY) {
        due_ns = now_ns;
    } else if (missed) {
        due_ns += missed * self->period_ns;
        self->number += missed;
    }
    weir_timer_set(&self->timer, weir_after_ns(due_ns, self->period_ns));
}

static weir_poll interval_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct interval *self = interval_of(stream);
    (void)demand;
    if (cx->stopping) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (!weir_clock_is_there(cx, "interval"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->begun)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->first_ns));
    self->begun = true;
    weir_poll got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    memcpy(out, &self->number, sizeof self->number);
    interval_set_next(self, cx);
    return WEIR_POLL_ONE;
}

static void interval_fini(weir_stream *stream)
{
    weir_timer_stop(&interval_of(stream)->timer);
}

static weir_hint interval_size_hint(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){0, WEIR_HINT_UNKNOWN}; /* it may be told to stop */
}

static const weir_stream_ops interval_ops = {.size = sizeof interval_ops,
                                             .name = "interval",
                                             .poll_next = interval_poll_next,
                                             .fini = interval_fini,
                                             .size_hint = interval_size_hint};

weir_stream *weir_interval_at(uint64_t first_ns, uint64_t period_ns, weir_missed missed)
{
    weir_stream *stream = weir_source_new(sizeof(struct interval), &interval_ops, &weir_type_u64);
    stream = weir_expect_limit(stream, "interval", "period_ns", period_ns > 0);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct interval *self = interval_of(stream);
    self->first_ns = first_ns;
    self->period_ns = period_ns;
    self->missed = missed;
    return stream;
}

weir_stream *weir_interval(uint64_t period_ns, weir_missed missed)
{
    return weir_interval_at(0, period_ns, missed);
}
