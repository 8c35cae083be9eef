/* retry, restart: a source that is made anew after a fatal error, or after its end too. */

#include "core/draw.h"
#include "stream/inner.h"
#include "weir/timed.h"

struct retry {
    weir_stream stream;
    weir_make_stream *make;
    void *arg;
    weir_backoff backoff;
    bool endless; /* it is made anew after its end too */
    weir_stream *inner;
    uint64_t made_ns;
    uint32_t restarts;   /* since it was calm */
    weir_held_error why; /* it was made anew last */
    weir_timer timer;
    bool waits;
    uint64_t drawing;
};

static struct retry *retry_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct retry, stream);
}

/* ---- how long to wait ---- */

/* Twice as long each time, up to the longest, which is no shorter than the first; and a part of
 * that, drawn, beside. */
static uint64_t retry_pause_ns(struct retry *self)
{
    uint64_t ns = self->backoff.min_ns;
    uint64_t max_ns = self->backoff.max_ns > ns ? self->backoff.max_ns : ns;
    for (uint32_t i = 1; i < self->restarts && ns < max_ns; i++)
        ns = ns > UINT64_MAX / 2 ? UINT64_MAX : ns * 2;
    ns = ns < max_ns ? ns : max_ns;
    uint64_t part = ns / 100 * (weir_draw(&self->drawing) % (self->backoff.jitter_percent + 1ull));
    return weir_after_ns(ns, part);
}

/* ---- one source after the other ---- */

static void retry_let_go(struct retry *self)
{
    weir_inner_note(&self->stream, self->inner);
    weir_drop(self->inner);
    self->inner = NULL;
}

/* False: it was made anew often enough, or all is to end. */
static bool may_restart(struct retry *self, weir_cx *cx)
{
    uint64_t calm_ns = self->backoff.calm_ns;
    if (calm_ns && weir_clock_now_ns(cx) - self->made_ns >= calm_ns)
        self->restarts = 0;
    return self->restarts < self->backoff.restarts_max && !cx->stopping;
}

static weir_poll restart_later(struct retry *self, weir_cx *cx)
{
    retry_let_go(self);
    self->restarts++;
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), retry_pause_ns(self)));
    self->waits = true;
    return (weir_poll){0, WEIR_READY};
}

/* The function gave up: what it was told is the answer. */
static weir_poll retry_give_up(struct retry *self, weir_cx *cx)
{
    return self->why.held ? weir_held_error_give(&self->why, cx) : (weir_poll){0, WEIR_END};
}

/* READY with n == 1: there is a source. */
static weir_poll make_next(struct retry *self, weir_cx *cx)
{
    weir_stream *inner =
        self->make(self->arg, self->restarts, self->why.held ? self->why.error : NULL);
    if (!inner)
        return retry_give_up(self, cx);
    if (!weir_inner_fits(inner, cx, weir_stage_name(&self->stream.stage), self->stream.type))
        return (weir_poll){0, WEIR_ERROR};
    self->why.held = false;
    self->inner = inner;
    self->made_ns = weir_clock_now_ns(cx);
    return WEIR_POLL_ONE;
}

/* A runtime that is told to stop does not wait for another try. */
static weir_poll retry_begin(struct retry *self, weir_cx *cx)
{
    if (self->waits && cx->stopping) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (self->waits && weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    self->waits = false;
    return make_next(self, cx);
}

static weir_poll retry_after_error(struct retry *self, weir_cx *cx)
{
    if (!cx->error.fatal || !may_restart(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_held_error_keep(&self->why, cx);
    return restart_later(self, cx);
}

/* What it lent stays valid until the next poll: it goes with an END that has no items. */
static weir_poll after_end(struct retry *self, weir_cx *cx, uint32_t n)
{
    bool over = !self->endless || self->inner->stage.cut || !may_restart(self, cx);
    if (over)
        return (weir_poll){n, WEIR_END};
    return n ? (weir_poll){n, WEIR_READY} : restart_later(self, cx);
}

static weir_poll retry_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct retry *self = retry_of(stream);
    if (!weir_clock_is_there(cx, weir_stage_name(&stream->stage)))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->inner) {
        weir_poll begun = retry_begin(self, cx);
        if (!begun.n)
            return begun;
    }
    weir_poll got = weir_poll_inner(stream, self->inner, cx, out, demand);
    if (got.state == WEIR_ERROR)
        return retry_after_error(self, cx);
    return got.state == WEIR_END ? after_end(self, cx, got.n) : got;
}

static void retry_fini(weir_stream *stream)
{
    weir_drop(retry_of(stream)->inner);
    weir_timer_stop(&retry_of(stream)->timer);
}

static weir_stage *retry_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = retry_of(stream)->inner;
    return i || !inner ? NULL : &inner->stage;
}

static const weir_stream_ops retry_ops = {.size = sizeof retry_ops,
                                          .name = "retry",
                                          .poll_next = retry_poll_next,
                                          .fini = retry_fini,
                                          .input = retry_input};

static const weir_stream_ops restart_ops = {.size = sizeof restart_ops,
                                            .name = "restart",
                                            .poll_next = retry_poll_next,
                                            .fini = retry_fini,
                                            .input = retry_input};

static weir_stream *retry_new(const weir_stream_ops *ops, const weir_type *type,
                              weir_make_stream *make, void *arg, const weir_backoff *backoff)
{
    weir_stream *stream = weir_source_new(sizeof(struct retry), ops, type);
    stream = weir_expect_limit(stream, ops->name, "restarts_max", backoff->restarts_max);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct retry *self = retry_of(stream);
    self->make = make;
    self->arg = arg;
    self->backoff = *backoff;
    self->drawing = backoff->seed;
    self->endless = ops == &restart_ops;
    if (weir_held_error_init(&self->why, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", ops->name,
                              NULL, 0);
}

weir_stream *weir_retry(const weir_type *type, weir_make_stream *make, void *arg,
                        const weir_backoff *backoff)
{
    return retry_new(&retry_ops, type, make, arg, backoff);
}

weir_stream *weir_restart(const weir_type *type, weir_make_stream *make, void *arg,
                          const weir_backoff *backoff)
{
    return retry_new(&restart_ops, type, make, arg, backoff);
}
