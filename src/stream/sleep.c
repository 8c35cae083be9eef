/* sleep: a timer as a future. */

#include "core/stage.h"
#include "weir/time.h"

struct sleep {
    weir_stream stream;
    uint64_t ns;
    weir_timer timer;
    bool begun;
};

static struct sleep *sleep_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sleep, stream);
}

static weir_poll sleep_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sleep *self = sleep_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "sleep"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->begun && self->ns)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    self->begun = true;
    weir_poll got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void sleep_fini(weir_stream *stream)
{
    weir_timer_stop(&sleep_of(stream)->timer);
}

static const weir_stream_ops sleep_ops = {.size = sizeof sleep_ops,
                                          .name = "sleep",
                                          .poll_next = sleep_poll_next,
                                          .fini = sleep_fini,
                                          .size_hint = weir_size_hint_one};

weir_stream *weir_sleep(uint64_t ns)
{
    weir_stream *stream = weir_source_new(sizeof(struct sleep), &sleep_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    sleep_of(stream)->ns = ns;
    stream->stage.one = true;
    return stream;
}
