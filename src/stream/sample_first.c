/* sample_first: an item, and nothing more until some time has passed. */

#include "core/poll.h"
#include "weir/timed.h"

struct sample_first {
    weir_stream stream;
    uint64_t ns;
    uint64_t until_ns;
};

static struct sample_first *sample_first_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sample_first, stream);
}

/* It is the first since the time was over. */
static bool is_first(struct sample_first *self, weir_cx *cx)
{
    uint64_t now_ns = weir_clock_now_ns(cx);
    if (now_ns < self->until_ns)
        return false;
    self->until_ns = weir_after_ns(now_ns, self->ns);
    return true;
}

static weir_poll sample_first_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sample_first *self = sample_first_of(stream);
    weir_poll got;
    (void)demand;
    if (!weir_clock_is_there(cx, "sample_first"))
        return (weir_poll){0, WEIR_ERROR};
    do {
        got = poll_next(weir_source(stream), cx, out, 1);
        if (!got.n || is_first(self, cx))
            return got;
        weir_type_drop_items(stream->type, out, 1);
    } while (got.state == WEIR_READY && weir_spend(cx));
    return (weir_poll){0, got.state};
}

static weir_hint sample_first_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops sample_first_ops = {.size = sizeof sample_first_ops,
                                                 .name = "sample_first",
                                                 .poll_next = sample_first_poll_next,
                                                 .size_hint = sample_first_size_hint,
                                                 .marks = WEIR_MARKS_PASS};

weir_stream *weir_sample_first(weir_stream *source, uint64_t ns)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct sample_first), &sample_first_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        sample_first_of(stream)->ns = ns;
    return stream;
}
