/* map_while: what fn makes of items, until it answers false. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

enum {
    MAP_WHILE_SMALL_BYTES = 64
}; /* an input of this size may stand on the stack while it is polled */

struct map_while {
    weir_stream stream;
    const weir_filter_map_fn *fn;
    void *arg;
    bool small;
};

static struct map_while *map_while_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct map_while, stream);
}

/* fn takes each item that it is shown; those behind the one that stopped it are dropped. */
static weir_poll map_while_apply(struct map_while *self, char *out, char *in, weir_poll got)
{
    const weir_filter_map_fn *fn = self->fn;
    size_t from = fn->from->size, to = fn->to->size;
    uint32_t made = 0;
    while (made < got.n && fn->one(out + made * to, in + made * from, self->arg))
        made++;
    if (made == got.n)
        return got;
    weir_type_drop_items(weir_source(&self->stream)->type, in + (made + 1) * from,
                         got.n - made - 1);
    return (weir_poll){made, WEIR_END};
}

WEIR_ASIDE static weir_poll map_while_many(struct map_while *self, weir_cx *cx, void *out,
                                           size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = poll_next(source, cx, in, demand);
    if (got.n)
        got = map_while_apply(self, out, in, got);
    weir_scratch_give(cx, mark);
    return got;
}

WEIR_ASIDE static weir_poll map_while_rest(struct map_while *self, weir_cx *cx, void *out, void *in,
                                           weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, in, 1, got);
    return got.n ? map_while_apply(self, out, in, got) : got;
}

static weir_poll map_while_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct map_while *self = map_while_of(stream);
    weir_stream *source = weir_source(stream);
    _Alignas(WEIR_ALIGN) char in[MAP_WHILE_SMALL_BYTES];
    if (WEIR_UNLIKELY(demand != 1 || !self->small))
        return map_while_many(self, cx, out, demand);
    weir_poll got = source->poll(source, cx, in, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return map_while_rest(self, cx, out, in, got);
    weir_count_one(source);
    return self->fn->one(out, in, self->arg) ? WEIR_POLL_ONE : (weir_poll){0, WEIR_END};
}

static weir_hint map_while_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops map_while_ops = {.size = sizeof map_while_ops,
                                              .name = "map_while",
                                              .fn = offsetof(struct map_while, fn),
                                              .poll_next = map_while_poll_next,
                                              .size_hint = map_while_size_hint,
                                              .marks = WEIR_MARKS_PASS};

weir_stream *weir_map_while(weir_stream *source, const weir_filter_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "map_while", fn->name, fn->from);
    source = weir_expect_size(source, "map_while", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "map_while", fn->name, fn->to, fn->to_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct map_while), &map_while_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    map_while_of(stream)->small =
        fn->from->size <= MAP_WHILE_SMALL_BYTES && fn->from->align <= WEIR_ALIGN;
    map_while_of(stream)->fn = fn;
    map_while_of(stream)->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
