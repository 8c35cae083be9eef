/* lazy: a stream that is made when it is asked for the first time. */

#include "stream/inner.h"
#include "weir/stream.h"

struct lazy {
    weir_stream stream;
    weir_make_function *make;
    void *arg;
    weir_stream *inner; /* NULL: it was not asked yet */
};

static struct lazy *lazy_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct lazy, stream);
}

static weir_poll lazy_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct lazy *self = lazy_of(stream);
    if (WEIR_UNLIKELY(!self->inner)) {
        weir_stream *inner = self->make(self->arg);
        if (!weir_inner_fits(inner, cx, "lazy", stream->type))
            return (weir_poll){0, WEIR_ERROR};
        self->inner = inner;
    }
    return weir_poll_inner(stream, self->inner, cx, out, demand);
}

static void lazy_fini(weir_stream *stream)
{
    weir_drop(lazy_of(stream)->inner);
}

static weir_stage *lazy_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = lazy_of(stream)->inner;
    return i || !inner ? NULL : &inner->stage;
}

static weir_hint lazy_size_hint(const weir_stream *stream)
{
    struct lazy *self = lazy_of(stream);
    return self->inner ? weir_size_hint(self->inner) : (weir_hint){0, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops lazy_ops = {.size = sizeof lazy_ops,
                                         .name = "lazy",
                                         .poll_next = lazy_poll_next,
                                         .fini = lazy_fini,
                                         .size_hint = lazy_size_hint,
                                         .input = lazy_input};

weir_stream *weir_lazy(const weir_type *type, weir_make_function *make, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct lazy), &lazy_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    lazy_of(stream)->make = make;
    lazy_of(stream)->arg = arg;
    return stream;
}
