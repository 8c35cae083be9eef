/* sleep: a timer of the driver as a future. */

#include "weir/time.h"

#include "core/stage.h"
#include "task/rt.h"

struct sleep {
    weir_stream stream;
    uint64_t ns;
    weir_io io; /* no kernel writes to a timer: it may stand here */
};

static struct sleep *sleep_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sleep, stream);
}

/* A runtime that is dropped cancels its timers: the next one goes on with what is left. */
static bool over(const struct sleep *self)
{
    return !self->ns || (self->io.state == WEIR_IO_DONE && !self->io.result);
}

static void begin(struct sleep *self, weir_rt *rt)
{
    const weir_sys *sys = weir_rt_sys(rt);
    if (self->io.state == WEIR_IO_IDLE) {
        uint64_t now = sys->now_ns(sys);
        self->io.kind = WEIR_IO_TIMER;
        self->io.deadline_ns = self->ns < UINT64_MAX - now ? now + self->ns : UINT64_MAX;
    }
    weir_io_submit(weir_rt_io(rt), &self->io);
}

static weir_poll fail_no_runtime(weir_cx *cx)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "sleep needs a runtime");
    cx->error.cure = "weir_run() or weir_rt_run()";
    return (weir_poll){0, WEIR_ERROR};
}

/* A timer is taken back at once. */
static void released(weir_io *io)
{
    io->release = NULL; /* it may be begun again */
    io->cancelled = false;
}

static weir_poll sleep_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sleep *self = sleep_of(stream);
    (void)demand;
    if (!cx->worker)
        return fail_no_runtime(cx);
    if (weir_io_busy(&self->io) && self->io.driver != weir_rt_io(cx->rt))
        weir_io_abandon(&self->io, released); /* another runtime's, which may not be turned */
    if (!weir_io_busy(&self->io) && !over(self))
        begin(self, cx->rt);
    if (weir_io_busy(&self->io))
        return weir_wait(cx, &self->io.waiter, WEIR_WAIT_TIMER);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void sleep_fini(weir_stream *stream)
{
    weir_io_abandon(&sleep_of(stream)->io, released);
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
