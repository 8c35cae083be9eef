/* flatten: the items of inner streams, one stream after the other. */

#include "stream/inner.h"
#include "weir/stream.h"

struct flatten {
    weir_stream stream;
    weir_stream *inner; /* NULL: the source has the next one */
};

static struct flatten *flatten_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct flatten, stream);
}

/* The inner stream is dropped only after it gave an END without items: what it lent stays valid
 * until the next poll. One that could not be built has nothing but its error. */
static weir_poll flatten_inner(struct flatten *self, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = poll_next(self->inner, cx, out, demand);
    bool refused = weir_stage_failed(&self->inner->stage);
    if ((got.state == WEIR_END && !got.n) || refused) {
        weir_drop(self->inner);
        self->inner = NULL;
    }
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, got.state == WEIR_END ? WEIR_READY : got.state};
}

static weir_poll flatten_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct flatten *self = flatten_of(stream);
    if (!self->inner) {
        weir_stream *inner;
        weir_poll got = poll_next(weir_source(stream), cx, &inner, 1);
        if (!got.n)
            return got;
        if (!weir_inner_fits(inner, cx, "flatten", stream->type))
            return (weir_poll){0, WEIR_ERROR};
        self->inner = inner;
    }
    return flatten_inner(self, cx, out, demand);
}

static void flatten_fini(weir_stream *stream)
{
    weir_drop(flatten_of(stream)->inner);
}

static weir_hint flatten_size_hint(const weir_stream *stream)
{
    struct flatten *self = flatten_of(stream);
    weir_hint inner = self->inner ? weir_size_hint(self->inner) : (weir_hint){0, 0};
    if (weir_size_hint(weir_source(stream)).upper)
        inner.upper = WEIR_HINT_UNKNOWN;
    return inner;
}

static const weir_stream_ops flatten_ops = {.name = "flatten",
                                            .poll_next = flatten_poll_next,
                                            .fini = flatten_fini,
                                            .size_hint = flatten_size_hint};

weir_stream *weir_flatten(weir_stream *source, const weir_type *type)
{
    source = weir_expect_type(source, "flatten", "of streams", &weir_type_stream);
    return weir_stream_new(source, sizeof(struct flatten), &flatten_ops, type);
}
