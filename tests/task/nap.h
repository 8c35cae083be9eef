/* A timer as a future. */
#ifndef WEIR_TESTS_NAP_H
#define WEIR_TESTS_NAP_H

#include "task/rt.h"
#include "weir.h"

struct nap {
    weir_stream stream;
    weir_io *io;
    uint64_t ns;
};

static inline void nap_release(weir_io *io)
{
    weir_release(io, sizeof *io);
}

static inline weir_poll nap_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct nap *self = (struct nap *)stream;
    const weir_sys *sys = weir_rt_sys(cx->rt);
    (void)demand;
    if (!self->io) {
        self->io = weir_allocate(sizeof *self->io);
        *self->io = (weir_io){.kind = WEIR_IO_TIMER, .deadline_ns = sys->now_ns(sys) + self->ns};
        weir_io_submit(weir_cx_driver(cx), self->io);
    }
    if (weir_io_busy(self->io))
        return weir_wait(cx, &self->io->waiter, WEIR_WAIT_TIMER);
    *(int64_t *)out = self->io->result;
    return (weir_poll){1, WEIR_END};
}

static inline void nap_fini(weir_stream *stream)
{
    struct nap *self = (struct nap *)stream;
    if (self->io)
        weir_io_abandon(self->io, nap_release);
}

static const weir_stream_ops nap_ops = {
    .size = sizeof nap_ops, .name = "nap", .poll_next = nap_poll_next, .fini = nap_fini};

static inline weir_stream *nap(uint64_t ns)
{
    weir_stream *stream = weir_source_new(sizeof(struct nap), &nap_ops, &weir_type_i64);
    ((struct nap *)stream)->ns = ns;
    stream->stage.one = true;
    return stream;
}

#endif
