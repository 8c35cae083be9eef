/* map_err: fn changes errors on their way. */

#include <string.h>

#include "core/poll.h"
#include "weir/stream.h"

struct map_err {
    weir_stream stream;
    weir_map_err_function *fn;
    void *arg;
};

/* fn may fill the error anew (weir_error_set): where it came from is known all the same. */
static void map_err_change(const struct map_err *self, weir_error *error)
{
    const char *trail[WEIR_TRAIL_MAX];
    uint64_t stage = error->stage;
    unsigned n = error->trail_n;
    memcpy(trail, error->trail, sizeof trail);
    self->fn(error, self->arg);
    memcpy(error->trail, trail, sizeof trail);
    error->trail_n = n;
    error->stage = stage;
}

WEIR_ASIDE static weir_poll map_err_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                         weir_poll got)
{
    struct map_err *self = WEIR_CONTAINER(stream, struct map_err, stream);
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.state == WEIR_ERROR)
        map_err_change(self, &cx->error);
    return got;
}

static weir_poll map_err_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return map_err_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static weir_hint map_err_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops map_err_ops = {.size = sizeof map_err_ops,
                                            .name = "map_err",
                                            .poll_next = map_err_poll_next,
                                            .size_hint = map_err_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_map_err(weir_stream *source, weir_map_err_function *fn, void *arg)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct map_err), &map_err_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct map_err *self = WEIR_CONTAINER(stream, struct map_err, stream);
    self->fn = fn;
    self->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
