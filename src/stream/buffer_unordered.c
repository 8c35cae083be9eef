/* buffer_unordered: runs futures of a stream at once, up to a limit; results as they come. */

#include "stream/children.h"
#include "stream/inner.h"
#include "weir/stream.h"

struct buffer_unordered {
    weir_stream stream;
    size_t limit;
    struct weir_children set;
    weir_held_error error; /* behind the results of others */
};

static struct buffer_unordered *buffer_unordered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffer_unordered, stream);
}

/* Takes futures while there are fewer than the limit. What stops it is the answer (the budget too);
 * READY: it is the limit, or memory while others run. */
static weir_poll pull(struct buffer_unordered *self, weir_cx *cx)
{
    for (bool begun = false; self->set.n < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!weir_children_reserve(&self->set))
            return self->set.n ? (weir_poll){0, WEIR_READY}
                               : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more future");
        weir_stream *future;
        weir_poll got = poll_next(weir_source(&self->stream), cx, &future, 1);
        if (!got.n)
            return got;
        if (!weir_future_fits(future, cx, "buffer_unordered", self->stream.type))
            return (weir_poll){0, WEIR_ERROR};
        weir_children_add(&self->set, future, NULL);
    }
    return (weir_poll){0, WEIR_READY};
}

/* Results that are there, up to the demand. A child's one item or one error is all it gives. */
static weir_poll push(struct buffer_unordered *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    weir_poll got = {0, WEIR_READY};
    while (n < demand && got.state != WEIR_ERROR) {
        struct weir_child *child;
        got = weir_children_poll(&self->set, cx, out + n * self->stream.type->size, 1, &child);
        if (!child)
            break;
        weir_children_leave(&self->set, child);
        n += got.n;
    }
    if (got.state == WEIR_ERROR) {
        weir_inner_error(cx);
        if (n)
            weir_held_error_keep(&self->error, cx);
    }
    return n ? (weir_poll){n, WEIR_READY} : got;
}

static weir_poll buffer_unordered_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                            size_t demand)
{
    struct buffer_unordered *self = buffer_unordered_of(stream);
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    weir_poll pulled = pull(self, cx);
    if (pulled.state == WEIR_ERROR)
        return self->set.n ? weir_inner_error(cx) : pulled; /* the others still have results */
    if (!self->set.n)
        return pulled;
    weir_children_begin(&self->set);
    weir_poll got = push(self, cx, out, demand);
    if (got.state == WEIR_END)
        got.state = WEIR_READY; /* none had a result: the source is asked again */
    return got;
}

static void buffer_unordered_fini(weir_stream *stream)
{
    weir_children_fini(&buffer_unordered_of(stream)->set);
}

static weir_hint buffer_unordered_size_hint(const weir_stream *stream)
{
    size_t running = buffer_unordered_of(stream)->set.n;
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - running ? upper + running : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffer_unordered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffer_unordered_of(stream)->set, i);
}

static size_t buffer_unordered_memory_max(const weir_stream *stream)
{
    return weir_children_memory_max(buffer_unordered_of(stream)->limit);
}

static const weir_stream_ops buffer_unordered_ops = {.size = sizeof buffer_unordered_ops,
                                                     .name = "buffer_unordered",
                                                     .poll_next = buffer_unordered_poll_next,
                                                     .fini = buffer_unordered_fini,
                                                     .size_hint = buffer_unordered_size_hint,
                                                     .input = buffer_unordered_input,
                                                     .memory_max = buffer_unordered_memory_max};

weir_stream *weir_buffer_unordered(weir_stream *source, const weir_type *type, size_t limit)
{
    source = weir_expect_type(source, "buffer_unordered", "of futures", &weir_type_stream);
    source = weir_expect_owned(source, "buffer_unordered");
    source = weir_expect_limit(source, "buffer_unordered", "limit", limit);
    if (type->lent)
        return weir_stream_refuse(&source->stage, WEIR_E_TYPE, "weir_own() around each future",
                                  "%s holds results, but '%s' is lent", "buffer_unordered",
                                  type->name, 0);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct buffer_unordered), &buffer_unordered_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct buffer_unordered *self = buffer_unordered_of(stream);
    self->limit = limit;
    self->set.stream = stream;
    if (weir_held_error_init(&self->error, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              "buffer_unordered", NULL, 0);
}
