/* A function without a stack flushes without asking whether it is done, and closes likewise. */
#include <weir.h>

struct tick {
    weir_writer *out;
    weir_stream *ticks;
    uint64_t tick;
    int64_t n;
};

static weir_poll tick(struct tick *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->ticks, &self->tick);
        if (got.state != WEIR_READY)
            break;
        weir_co_poll(co, got, weir_poll_write(self->out, co->cx, ".", 1));
        if (got.state != WEIR_READY)
            break;
        if (++self->n % 80 == 0)
            weir_poll_flush(self->out, co->cx); // lint: ignored_poll 13-28
    }
    weir_poll_close(self->out, co->cx); // lint: ignored_poll 5-20
    weir_co_return(co, out, self->n);
    weir_co_end(co);
}
WEIR_CO_FN(tick_fn, tick, struct tick, int64_t)

weir_stream *tick_to(weir_writer *out, uint64_t period_ns)
{
    weir_stream *ticks = weir_interval(period_ns, WEIR_MISSED_SKIP);
    return weir_co_future(&tick_fn, &(struct tick){.out = out, .ticks = ticks});
}
