/* buffered: runs futures of a stream at once, up to a limit; results in the stream's order. */

#include "stream/children.h"
#include "stream/inner.h"
#include "stream/places.h"
#include "weir/stream.h"

struct buffered {
    weir_stream stream;
    size_t limit;
    struct weir_children set;
    struct weir_places places; /* of futures that run, and results; in the futures' order */
    weir_in_flight in_flight;
};

static struct buffered *buffered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffered, stream);
}

/* ---- in, and out ---- */

/* Room for one more future, before it is taken. */
static bool reserve(struct buffered *self)
{
    return weir_places_reserve(&self->places) && weir_children_reserve(&self->set);
}

/* Takes futures while there are fewer than the limit. What stops it is the answer (the budget too);
 * READY: it is the limit, or memory while others run. */
static weir_poll pull(struct buffered *self, weir_cx *cx)
{
    for (bool begun = false; self->places.n < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!reserve(self))
            return self->places.n ? (weir_poll){0, WEIR_READY}
                                  : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more future");
        weir_stream *future;
        weir_poll got = poll_next(weir_source(&self->stream), cx, &future, 1);
        if (!got.n)
            return got;
        if (!weir_future_fits(future, cx, "buffered", self->stream.type))
            return (weir_poll){0, WEIR_ERROR};
        weir_children_add(&self->set, future, weir_places_add(&self->places));
    }
    return (weir_poll){0, WEIR_READY};
}

/* Polls the running ones until one completes: its result goes to its place. False: none did, and
 * the answer is in *got. `room` is for one item. */
static bool complete_one(struct buffered *self, weir_cx *cx, void *room, weir_poll *got)
{
    struct weir_child *child;
    *got = weir_children_poll(&self->set, cx, room, 1, &child);
    if (!child)
        return false;
    struct weir_place *place = child->owner;
    weir_children_leave(&self->set, child);
    weir_place_settle(place, *got, cx);
    if (got->n)
        weir_item_move(weir_place_item(&self->places, place), room, self->stream.type->size);
    return true;
}

/* The consumer is busy: results wait in their places. One that is spare is the room. */
static void buffered_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct buffered *self = WEIR_CONTAINER(in_flight, struct buffered, in_flight);
    struct weir_places *places = &self->places;
    weir_poll got;
    if (!weir_children_ready(&self->set) || !weir_places_reserve(places))
        return;
    weir_children_begin(&self->set);
    while (self->set.n && complete_one(self, cx, weir_place_item(places, places->spares), &got))
        ;
}

/* Gives results that are next in order. True: the next one is still running, and there is room for
 * it. An error waits in its place until the items before it are gone. */
static bool give(struct buffered *self, weir_cx *cx, char *out, size_t demand, weir_poll *got)
{
    size_t size = self->stream.type->size;
    while (self->places.first && got->n < demand) {
        enum weir_outcome outcome = self->places.first->outcome;
        if (outcome == WEIR_RUNNING)
            return true;
        if (outcome == WEIR_FAILED && got->n)
            return false;
        weir_places_give(&self->places, cx, out + got->n * size);
        got->n += outcome == WEIR_ITEM;
        if (outcome == WEIR_FAILED) {
            *got = weir_inner_error(cx);
            return false;
        }
    }
    return false;
}

static weir_poll answer(struct buffered *self, weir_cx *cx, void *out, size_t demand)
{
    weir_poll pulled = pull(self, cx);
    if (pulled.state == WEIR_ERROR)
        return self->places.n ? weir_inner_error(cx) : pulled; /* the others still have results */
    if (!self->places.n)
        return pulled;

    weir_poll got = {0, WEIR_READY}, none;
    weir_children_begin(&self->set);
    while (give(self, cx, out, demand, &got))
        if (!complete_one(self, cx, (char *)out + got.n * self->stream.type->size, &none))
            return got.n ? got : none;
    return got; /* none, when futures ended without a result: the wrapper asks again */
}

static weir_poll buffered_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct buffered *self = buffered_of(stream);
    return weir_in_flight_polled(&self->in_flight, cx, answer(self, cx, out, demand));
}

static void buffered_fini(weir_stream *stream)
{
    struct buffered *self = buffered_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_children_fini(&self->set);
    weir_places_fini(&self->places);
}

static weir_hint buffered_size_hint(const weir_stream *stream)
{
    size_t held = buffered_of(stream)->places.n;
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffered_of(stream)->set, i);
}

/* And a place that is the room for a result while nobody asks. */
static size_t buffered_memory_max(const weir_stream *stream)
{
    const struct buffered *self = buffered_of(stream);
    size_t bytes = weir_places_memory_max(&self->places, self->limit);
    if (__builtin_add_overflow(bytes, weir_places_memory_max(&self->places, 1), &bytes) ||
        __builtin_add_overflow(bytes, weir_children_memory_max(self->limit), &bytes))
        return SIZE_MAX;
    return bytes;
}

static const weir_stream_ops buffered_ops = {.size = sizeof buffered_ops,
                                             .name = "buffered",
                                             .poll_next = buffered_poll_next,
                                             .fini = buffered_fini,
                                             .size_hint = buffered_size_hint,
                                             .input = buffered_input,
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
    self->set.stream = stream;
    self->places.type = type;
    self->in_flight.progress = buffered_progress;
    return stream;
}
