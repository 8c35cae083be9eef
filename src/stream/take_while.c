/* take_while: items while fn is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct take_while {
    weir_stream stream;
    bool (*one)(const void *in, void *arg);
    void *arg;
};

static struct take_while *take_while_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct take_while, stream);
}

/* Items up to the first for which fn is false; that one, and those behind it, are dropped. */
WEIR_ASIDE static weir_poll take_while_cut(struct take_while *self, char *items, weir_poll got)
{
    const weir_type *type = self->stream.type;
    uint32_t n = 0;
    while (n < got.n && self->one(items + n * type->size, self->arg))
        n++;
    if (n == got.n)
        return got;
    weir_type_drop_items(type, items + n * type->size, got.n - n);
    return (weir_poll){n, WEIR_END};
}

WEIR_ASIDE static weir_poll take_while_rest(struct take_while *self, weir_cx *cx, void *out,
                                            size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    return got.n ? take_while_cut(self, out, got) : got;
}

static weir_poll take_while_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct take_while *self = take_while_of(stream);
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return take_while_rest(self, cx, out, demand, got);
    weir_count_one(source);
    if (WEIR_LIKELY(self->one(out, self->arg)))
        return WEIR_POLL_ONE;
    weir_type_drop_items(stream->type, out, 1);
    return (weir_poll){0, WEIR_END};
}

static weir_hint take_while_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops take_while_ops = {.size = sizeof take_while_ops,
                                               .name = "take_while",
                                               .poll_next = take_while_poll_next,
                                               .size_hint = take_while_size_hint,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_take_while(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "take_while", fn->name, fn->of);
    source = weir_expect_size(source, "take_while", fn->name, fn->of, fn->of_size);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct take_while), &take_while_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    take_while_of(stream)->one = fn->one;
    take_while_of(stream)->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
