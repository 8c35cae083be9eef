/* repeat_with: what fn makes, for ever. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct repeat_with {
    struct weir_typed typed;
    const weir_make_fn *fn;
};

static struct repeat_with *repeat_with_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct repeat_with, typed.stream);
}

/* For a constant that was written by hand; else the poll is the function's own (WEIR_MAKE_FN). */
static weir_poll repeat_with_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct repeat_with *self = repeat_with_of(stream);
    char *to = out;
    (void)cx;
    for (size_t i = 0; i < demand; i++)
        self->fn->one(to + i * stream->type->size, self->typed.arg);
    return (weir_poll){(uint32_t)demand, WEIR_READY};
}

static weir_hint repeat_with_size_hint(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){SIZE_MAX, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops repeat_with_ops = {.size = sizeof repeat_with_ops,
                                                .name = "repeat_with",
                                                .fn = offsetof(struct repeat_with, fn),
                                                .poll_next = repeat_with_poll_next,
                                                .size_hint = repeat_with_size_hint};

weir_stream *weir_repeat_with(const weir_make_fn *fn, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct repeat_with), &repeat_with_ops, fn->of);
    stream = weir_expect_size(stream, "repeat_with", fn->name, fn->of, fn->of_size);
    if (weir_stage_failed(&stream->stage))
        return stream;
    repeat_with_of(stream)->fn = fn;
    repeat_with_of(stream)->typed.arg = arg;
    stream->call = fn->poll ? fn->poll : stream->call;
    return stream;
}
