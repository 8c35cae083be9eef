/* cycle: a stream that is made again whenever it is over. */

#include "stream/inner.h"
#include "weir/stream.h"

struct cycle {
    weir_stream stream;
    weir_make_function *make;
    void *arg;
    weir_stream *inner; /* of this round; NULL: the next one begins */
    bool any;           /* an item came in this round */
    bool again;         /* it is not the first */
};

static struct cycle *cycle_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct cycle, stream);
}

static bool round_begin(struct cycle *self, weir_cx *cx)
{
    weir_stream *inner = self->make(self->arg);
    if (!weir_inner_fits(inner, cx, "cycle", self->stream.type))
        return false;
    self->inner = inner;
    self->any = false;
    return true;
}

/* A round of nothing is the last one, unless it is the first, as the reference has it: no turn is
 * spent on rounds that never give anything. One that was cut off is the last too. */
static weir_poll round_end(struct cycle *self)
{
    bool cut = self->inner->stage.cut, last = !self->any && self->again;
    weir_inner_note(&self->stream, self->inner);
    weir_drop(self->inner);
    self->inner = NULL;
    self->again = true;
    return (weir_poll){0, last || cut ? WEIR_END : WEIR_READY};
}

/* What it lent stays valid until the next poll: it is dropped after an END without items. */
static weir_poll cycle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct cycle *self = cycle_of(stream);
    if (WEIR_UNLIKELY(!self->inner) && !round_begin(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_poll_inner(stream, self->inner, cx, out, demand);
    self->any |= got.n != 0;
    if (got.state != WEIR_END)
        return got;
    return got.n ? (weir_poll){got.n, WEIR_READY} : round_end(self);
}

static void cycle_fini(weir_stream *stream)
{
    weir_drop(cycle_of(stream)->inner);
}

static weir_stage *cycle_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = cycle_of(stream)->inner;
    return i || !inner ? NULL : &inner->stage;
}

static weir_hint cycle_size_hint(const weir_stream *stream)
{
    struct cycle *self = cycle_of(stream);
    size_t lower = self->inner ? weir_size_hint(self->inner).lower : 0;
    return (weir_hint){lower, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops cycle_ops = {.size = sizeof cycle_ops,
                                          .name = "cycle",
                                          .poll_next = cycle_poll_next,
                                          .fini = cycle_fini,
                                          .size_hint = cycle_size_hint,
                                          .input = cycle_input};

weir_stream *weir_cycle(const weir_type *type, weir_make_function *make, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct cycle), &cycle_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    cycle_of(stream)->make = make;
    cycle_of(stream)->arg = arg;
    return stream;
}
