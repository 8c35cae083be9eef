/* buffer_unordered: runs futures of a stream at once, up to a limit; results as they come. */

#include "stream/children.h"
#include "stream/inner.h"
#include "stream/places.h"
#include "weir/stream.h"

struct buffer_unordered {
    weir_stream stream;
    size_t limit;
    struct weir_children set;
    weir_held_error error;     /* behind the results of others */
    struct weir_places places; /* of results that came while nobody asked */
    weir_in_flight in_flight;
};

static struct buffer_unordered *buffer_unordered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffer_unordered, stream);
}

/* Futures that run, and results. */
static size_t held(const struct buffer_unordered *self)
{
    return self->set.n + self->places.n;
}

/* Takes futures while there are fewer than the limit. What stops it is the answer (the budget too);
 * READY: it is the limit, or memory while others run. */
static weir_poll pull(struct buffer_unordered *self, weir_cx *cx)
{
    for (bool begun = false; held(self) < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!weir_children_reserve(&self->set))
            return held(self) ? (weir_poll){0, WEIR_READY}
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

/* Results that came while nobody asked, up to the demand. An error waits until the items before it
 * are gone. */
static weir_poll give(struct buffer_unordered *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (struct weir_place *place; n < demand && (place = self->places.first); n++) {
        if (place->outcome == WEIR_FAILED && n)
            break;
        if (weir_places_give(&self->places, cx, out + n * self->stream.type->size) == WEIR_FAILED)
            return weir_inner_error(cx);
    }
    return (weir_poll){n, WEIR_READY};
}

/* The consumer is busy: results wait in places. What gives nothing needs none. */
static void buffer_unordered_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct buffer_unordered *self = WEIR_CONTAINER(in_flight, struct buffer_unordered, in_flight);
    struct weir_places *places = &self->places;
    if (!weir_children_ready(&self->set))
        return;
    weir_children_begin(&self->set);
    while (self->set.n && weir_places_reserve(places)) {
        struct weir_child *child;
        void *room = weir_place_item(places, places->spares);
        weir_poll got = weir_children_poll(&self->set, cx, room, 1, &child);
        if (!child)
            return;
        weir_children_leave(&self->set, child);
        if (got.n || got.state == WEIR_ERROR)
            weir_place_settle(weir_places_add(places), got, cx);
    }
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

static weir_poll answer(struct buffer_unordered *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    weir_poll pulled = pull(self, cx);
    if (pulled.state == WEIR_ERROR)
        return held(self) ? weir_inner_error(cx) : pulled; /* the others still have results */
    if (!held(self))
        return pulled;
    if (self->places.n)
        return give(self, cx, out, demand);
    weir_children_begin(&self->set);
    weir_poll got = push(self, cx, out, demand);
    if (got.state == WEIR_END)
        got.state = WEIR_READY; /* none had a result: the source is asked again */
    return got;
}

static weir_poll buffer_unordered_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                            size_t demand)
{
    struct buffer_unordered *self = buffer_unordered_of(stream);
    return weir_in_flight_polled(&self->in_flight, cx, answer(self, cx, out, demand));
}

static void buffer_unordered_fini(weir_stream *stream)
{
    struct buffer_unordered *self = buffer_unordered_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_children_fini(&self->set);
    weir_places_fini(&self->places);
}

static weir_hint buffer_unordered_size_hint(const weir_stream *stream)
{
    size_t running = held(buffer_unordered_of(stream));
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - running ? upper + running : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffer_unordered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffer_unordered_of(stream)->set, i);
}

static size_t buffer_unordered_memory_max(const weir_stream *stream)
{
    const struct buffer_unordered *self = buffer_unordered_of(stream);
    size_t bytes = weir_places_memory_max(&self->places, self->limit);
    bool fits = !__builtin_add_overflow(bytes, weir_children_memory_max(self->limit), &bytes);
    return fits ? bytes : SIZE_MAX;
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
    self->places.type = type;
    self->in_flight.progress = buffer_unordered_progress;
    if (weir_held_error_init(&self->error, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              "buffer_unordered", NULL, 0);
}
