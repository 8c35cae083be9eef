/* buffered: runs futures of a stream at once, up to a limit; results in the stream's order. */

#include "stream/inner.h"
#include "stream/running.h"
#include "weir/stream.h"

struct buffered {
    weir_stream stream;
    size_t limit;
    struct weir_running running;
};

static struct buffered *buffered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffered, stream);
}

static weir_poll buffered_answer(struct buffered *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_running *running = &self->running;
    weir_poll pulled = weir_running_pull(running, cx, self->limit, true);
    size_t held = weir_running_held(running, true);
    if (pulled.state == WEIR_ERROR)
        return held ? weir_inner_error(cx) : pulled; /* the others still have results */
    return held ? weir_running_in_order(running, cx, out, demand) : pulled;
}

static weir_poll buffered_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct buffered *self = buffered_of(stream);
    return weir_in_flight_polled(&self->running.in_flight, cx,
                                 buffered_answer(self, cx, out, demand));
}

static void buffered_fini(weir_stream *stream)
{
    weir_running_fini(&buffered_of(stream)->running);
}

static weir_hint buffered_size_hint(const weir_stream *stream)
{
    size_t held = weir_running_held(&buffered_of(stream)->running, true);
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffered_of(stream)->running.set, i);
}

static size_t buffered_memory_max(const weir_stream *stream)
{
    const struct buffered *self = buffered_of(stream);
    return weir_running_memory_max(&self->running, self->limit);
}

static void buffered_holding(const weir_stream *stream, weir_holding *out)
{
    weir_running_holding(&buffered_of(stream)->running, buffered_of(stream)->limit, out);
}

static const weir_stream_ops buffered_ops = {.size = sizeof buffered_ops,
                                             .name = "buffered",
                                             .holding = buffered_holding,
                                             .poll_next = buffered_poll_next,
                                             .fini = buffered_fini,
                                             .size_hint = buffered_size_hint,
                                             .input = buffered_input,
                                             .marks = WEIR_MARKS_HOLD,
                                             .memory_max = buffered_memory_max};

weir_stream *weir_buffered(weir_stream *source, const weir_type *type, size_t limit)
{
    source = weir_expect_type(source, "buffered", "of futures", &weir_type_stream);
    source = weir_expect_owned(source, "buffered");
    source = weir_expect_limit(source, "buffered", "limit", limit);
    if (type->lent)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_own() around each future",
                                  "%s holds results, but '%s' is lent", "buffered", type->name, 0);
    weir_stream *stream = weir_stream_new(source, sizeof(struct buffered), &buffered_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct buffered *self = buffered_of(stream);
    self->limit = limit;
    if (weir_running_init(&self->running, stream, true))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "buffered",
                              NULL, 0);
}
