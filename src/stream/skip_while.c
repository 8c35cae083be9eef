/* skip_while: what comes from the first item on for which fn is false. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct skip_while {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
    bool over; /* fn was false once */
};

static struct skip_while *skip_while_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct skip_while, stream);
}

/* The items from the first on for which fn is false. */
WEIR_ASIDE static weir_poll skip_while_first(struct skip_while *self, weir_cx *cx, char *items,
                                             size_t demand)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, items, demand);
    size_t size = self->stream.type->size;
    uint32_t skipped = 0;
    while (skipped < got.n && self->fn->one(items + skipped * size, self->arg))
        skipped++;
    self->over = skipped < got.n;
    weir_type_drop_items(self->stream.type, items, skipped);
    memmove(items, items + skipped * size, (got.n - skipped) * size);
    return (weir_poll){got.n - skipped, got.state};
}

static weir_poll skip_while_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct skip_while *self = skip_while_of(stream);
    if (WEIR_UNLIKELY(!self->over))
        return skip_while_first(self, cx, out, demand);
    return poll_next(weir_source(stream), cx, out, demand);
}

static weir_hint skip_while_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    return skip_while_of(stream)->over ? hint : (weir_hint){0, hint.upper};
}

static const weir_stream_ops skip_while_ops = {.size = sizeof skip_while_ops,
                                               .name = "skip_while",
                                               .fn = offsetof(struct skip_while, fn),
                                               .poll_next = skip_while_poll_next,
                                               .size_hint = skip_while_size_hint,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_skip_while(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "skip_while", fn->name, fn->of);
    source = weir_expect_size(source, "skip_while", fn->name, fn->of, fn->of_size);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct skip_while), &skip_while_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    skip_while_of(stream)->fn = fn;
    skip_while_of(stream)->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
