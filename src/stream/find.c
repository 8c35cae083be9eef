/* find: the first item for which fn is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct find {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
};

static struct find *find_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct find, stream);
}

/* One at a time: what stands behind it is not taken. */
static weir_poll find_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct find *self = find_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = poll_next(weir_source(stream), cx, out, 1);
        if (!got.n)
            return got;
        if (self->fn->one(out, self->arg))
            return (weir_poll){1, WEIR_END};
        weir_type_drop_items(stream->type, out, 1);
        if (got.state == WEIR_END)
            return (weir_poll){0, WEIR_END};
    }
}

static weir_hint find_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper ? 1 : 0};
}

static const weir_stream_ops find_ops = {.size = sizeof find_ops,
                                         .name = "find",
                                         .fn = offsetof(struct find, fn),
                                         .poll_next = find_poll_next,
                                         .size_hint = find_size_hint,
                                         .marks = WEIR_MARKS_LOSE};

weir_stream *weir_find(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "find", fn->name, fn->of);
    source = weir_expect_size(source, "find", fn->name, fn->of, fn->of_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct find), &find_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    find_of(stream)->fn = fn;
    find_of(stream)->arg = arg;
    stream->stage.one = true;
    return stream;
}
