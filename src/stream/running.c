/* Futures that run at once, and their results. */

#include "stream/running.h"

void weir_running_add_front(struct weir_running *self, weir_stream *future)
{
    weir_children_add(&self->set, future, weir_places_add_front(&self->places));
}

weir_poll weir_running_pull_marked(struct weir_running *self, weir_cx *cx, size_t limit)
{
    if (weir_low_water_stops(self->low))
        return (weir_poll){0, WEIR_READY};
    return weir_running_pull(self, cx, limit, false);
}

weir_poll weir_running_marked(struct weir_running *self, weir_cx *cx, void *out, size_t demand)
{
    return weir_running_as_they_come(self, cx, out, demand, true);
}

/* An error waits until the items before it are gone. */
weir_poll weir_running_give(struct weir_running *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (struct weir_place *place; n < demand && (place = self->places.first); n++) {
        if (place->outcome == WEIR_FAILED && n)
            break;
        if (self->low)
            weir_running_sink(self, place->line);
        if (weir_places_give(&self->places, cx, out + n * self->places.type->size) == WEIR_FAILED)
            return weir_inner_error(cx);
    }
    return (weir_poll){n, WEIR_READY};
}

/* The consumer is busy: results wait in places. What gives nothing needs none. */
static void running_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_running *self = WEIR_CONTAINER(in_flight, struct weir_running, in_flight);
    struct weir_places *places = &self->places;
    if (!weir_children_ready(&self->set))
        return;
    weir_children_begin(&self->set);
    while (self->set.n && weir_places_reserve(places)) {
        struct weir_stream_child *child;
        void *room = weir_place_item(places, places->spares);
        weir_poll got = weir_children_poll(&self->set, cx, room, 1, &child);
        if (!child)
            return;
        uintptr_t line = (uintptr_t)child->owner;
        weir_children_leave(&self->set, child);
        if (got.n || got.state == WEIR_ERROR) {
            struct weir_place *place = weir_places_add(places);
            weir_place_settle(place, got, cx);
            place->line = line;
        } else if (self->low) {
            weir_running_sink(self, line);
        }
    }
}

/* The consumer is busy: results wait in their places. One that is spare is the room. */
static void progress_in_order(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_running *self = WEIR_CONTAINER(in_flight, struct weir_running, in_flight);
    struct weir_places *places = &self->places;
    weir_poll got;
    if (!weir_children_ready(&self->set) || !weir_places_reserve(places))
        return;
    weir_children_begin(&self->set);
    while (self->set.n &&
           weir_running_complete_one(self, cx, weir_place_item(places, places->spares), &got))
        ;
}

/* Nothing is written down before a mark comes: then it is found who was taken before it. */
static bool keep_in_line(struct weir_running *self, weir_cx *cx)
{
    uintptr_t line = (uintptr_t)weir_low_water_epoch(self->low) + 1;
    if (!weir_low_water_keep(self->low, cx, weir_running_held(self, false)))
        return false;
    for (struct weir_stream_child *child = self->set.first; child; child = child->next)
        child->owner = child->owner ? child->owner : (void *)line;
    for (struct weir_place *place = self->places.first; place; place = place->behind)
        place->line = place->line ? place->line : line;
    return true;
}

bool weir_running_keep_mark(struct weir_running *self, weir_cx *cx, bool ordered)
{
    if (!ordered)
        return keep_in_line(self, cx);
    if (!self->places.n)
        return false;
    weir_place_settle(weir_places_add(&self->places), (weir_poll){0, WEIR_MARK}, cx);
    cx->mark = NULL;
    return true;
}

/* ---- beginning and end ---- */

bool weir_running_init(struct weir_running *self, weir_stream *stream, bool ordered)
{
    self->set.stream = stream;
    self->said = stream->ops->name;
    self->places.type = stream->type;
    self->ordered = ordered;
    self->in_flight.progress = ordered ? progress_in_order : running_progress;
    if (ordered)
        return true;
    if (stream->stage.marked) {
        self->low = weir_low_water_new(stream->stage.arena);
        if (!self->low)
            return false;
    }
    return weir_held_error_init(&self->error, stream->stage.arena);
}

void weir_running_forget(struct weir_running *self, struct weir_stream_child *child)
{
    if (self->ordered)
        weir_places_remove(&self->places, child->owner);
}

void weir_running_clear(struct weir_running *self)
{
    while (self->set.first)
        weir_children_leave(&self->set, self->set.first);
    weir_places_clear(&self->places);
    self->error.held = false;
}

void weir_running_fini(struct weir_running *self)
{
    weir_in_flight_leave(&self->in_flight);
    weir_low_water_fini(self->low);
    weir_children_fini(&self->set);
    weir_places_fini(&self->places);
}

/* And, in order, a place that is the room for a result while nobody asks. */
size_t weir_running_memory_max(const struct weir_running *self, size_t limit)
{
    size_t bytes = weir_places_memory_max(&self->places, limit);
    size_t room = weir_places_memory_max(&self->places, self->ordered);
    if (__builtin_add_overflow(bytes, room, &bytes) ||
        __builtin_add_overflow(bytes, weir_children_memory_max(limit), &bytes))
        return SIZE_MAX;
    return bytes;
}
