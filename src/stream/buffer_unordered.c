/* buffer_unordered: runs futures of a stream at once, up to a limit; results as they come. */

#include "stream/inner.h"
#include "stream/maker.h"
#include "stream/running.h"
#include "weir/stream.h"

struct buffer_unordered {
    weir_stream stream;
    size_t limit;
    struct weir_running running;
};

static struct buffer_unordered *buffer_unordered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffer_unordered, stream);
}

static weir_poll buffer_unordered_answer(struct buffer_unordered *self, weir_cx *cx, void *out,
                                         size_t demand)
{
    struct weir_running *running = &self->running;
    if (running->error.held)
        return weir_held_error_give(&running->error, cx);
    weir_poll pulled = weir_running_pull(running, cx, self->limit, false);
    size_t held = weir_running_held(running, false);
    if (pulled.state == WEIR_ERROR)
        return held ? weir_inner_error(cx) : pulled; /* the others still have results */
    return held ? weir_running_as_they_come(running, cx, out, demand, false) : pulled;
}

/* The same where marks come. */
static weir_poll answer_marked(struct buffer_unordered *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_running *running = &self->running;
    if (running->error.held)
        return weir_held_error_give(&running->error, cx);
    if (weir_low_water_owes(running->low))
        return weir_low_water_give(running->low, cx);
    weir_poll pulled = weir_running_pull_marked(running, cx, self->limit);
    size_t held = weir_running_held(running, false);
    if (pulled.state == WEIR_ERROR)
        return held ? weir_inner_error(cx) : pulled;
    return held ? weir_running_marked(running, cx, out, demand) : pulled;
}

static weir_poll buffer_unordered_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                            size_t demand)
{
    struct buffer_unordered *self = buffer_unordered_of(stream);
    return weir_in_flight_polled(&self->running.in_flight, cx,
                                 buffer_unordered_answer(self, cx, out, demand));
}

static weir_poll buffer_unordered_marked_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                                   size_t demand)
{
    struct buffer_unordered *self = buffer_unordered_of(stream);
    weir_poll got = answer_marked(self, cx, out, demand);
    return weir_in_flight_polled(&self->running.in_flight, cx, got);
}

static void buffer_unordered_fini(weir_stream *stream)
{
    weir_running_fini(&buffer_unordered_of(stream)->running);
}

static weir_hint buffer_unordered_size_hint(const weir_stream *stream)
{
    size_t held = weir_running_held(&buffer_unordered_of(stream)->running, false);
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffer_unordered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffer_unordered_of(stream)->running.set, i);
}

static size_t buffer_unordered_memory_max(const weir_stream *stream)
{
    const struct buffer_unordered *self = buffer_unordered_of(stream);
    return weir_running_memory_max(&self->running, self->limit);
}

static void buffer_unordered_holding(const weir_stream *stream, weir_holding *out)
{
    weir_running_holding(&buffer_unordered_of(stream)->running, buffer_unordered_of(stream)->limit,
                         out);
}

#define BUFFER_UNORDERED_OPS(poll_)                                                                \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = "buffer_unordered",                               \
        .holding = buffer_unordered_holding, .poll_next = poll_, .fini = buffer_unordered_fini,    \
        .size_hint = buffer_unordered_size_hint, .input = buffer_unordered_input,                  \
        .marks = WEIR_MARKS_HOLD, .memory_max = buffer_unordered_memory_max                        \
    }

static const weir_stream_ops buffer_unordered_ops =
    BUFFER_UNORDERED_OPS(buffer_unordered_poll_next);
static const weir_stream_ops buffer_unordered_marked_ops =
    BUFFER_UNORDERED_OPS(buffer_unordered_marked_poll_next);

weir_stream *weir_buffer_unordered(weir_stream *source, const weir_type *type, size_t limit)
{
    source = weir_expect_type(source, "buffer_unordered", "of futures", &weir_type_stream);
    source = weir_expect_owned(source, "buffer_unordered");
    source = weir_expect_limit(source, "buffer_unordered", "limit", limit);
    const char *said = weir_maker_said(source, "buffer_unordered");
    if (type->lent)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_own() around each future",
                                  "%s holds results, but '%s' is lent", said, type->name, 0);
    const weir_stream_ops *ops =
        source->stage.marked ? &buffer_unordered_marked_ops : &buffer_unordered_ops;
    weir_stream *stream = weir_stream_new(source, sizeof(struct buffer_unordered), ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct buffer_unordered *self = buffer_unordered_of(stream);
    self->limit = limit;
    bool made = weir_running_init(&self->running, stream, false);
    self->running.said = said;
    if (made)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", said, NULL,
                              0);
}
