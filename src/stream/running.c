/* Futures that run at once, and their results. */

#include "stream/running.h"

#include "stream/inner.h"

/* ---- in ---- */

bool weir_running_reserve(struct weir_running *self)
{
    return (!self->ordered || weir_places_reserve(&self->places)) &&
           weir_children_reserve(&self->set);
}

void weir_running_add(struct weir_running *self, weir_stream *future)
{
    weir_children_add(&self->set, future, self->ordered ? weir_places_add(&self->places) : NULL);
}

void weir_running_add_front(struct weir_running *self, weir_stream *future)
{
    weir_children_add(&self->set, future, weir_places_add_front(&self->places));
}

weir_poll weir_running_pull(struct weir_running *self, weir_cx *cx, size_t limit)
{
    weir_stream *stream = self->set.stream;
    for (bool begun = false; weir_running_held(self) < limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!weir_running_reserve(self))
            return weir_running_held(self)
                       ? (weir_poll){0, WEIR_READY}
                       : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more future");
        weir_stream *future;
        weir_poll got = poll_next(weir_source(stream), cx, &future, 1);
        if (!got.n)
            return got;
        if (!weir_future_fits(future, cx, weir_stage_name(&stream->stage), stream->type))
            return (weir_poll){0, WEIR_ERROR};
        weir_running_add(self, future);
    }
    return (weir_poll){0, WEIR_READY};
}

/* ---- results as they come ---- */

/* Results that came while nobody asked, up to the demand. An error waits until the items before it
 * are gone. */
static weir_poll give(struct weir_running *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (struct weir_place *place; n < demand && (place = self->places.first); n++) {
        if (place->outcome == WEIR_FAILED && n)
            break;
        if (weir_places_give(&self->places, cx, out + n * self->places.type->size) == WEIR_FAILED)
            return weir_inner_error(cx);
    }
    return (weir_poll){n, WEIR_READY};
}

/* The consumer is busy: results wait in places. What gives nothing needs none. */
static void progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_running *self = WEIR_CONTAINER(in_flight, struct weir_running, in_flight);
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

/* A child's one item or one error is all it gives. */
static weir_poll poll(struct weir_running *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    weir_poll got = {0, WEIR_READY};
    while (n < demand && got.state != WEIR_ERROR) {
        struct weir_child *child;
        got = weir_children_poll(&self->set, cx, out + n * self->places.type->size, 1, &child);
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
    if (got.state == WEIR_END)
        got.state = WEIR_READY; /* none is left, and the last had no result */
    return n ? (weir_poll){n, WEIR_READY} : got;
}

static weir_poll as_they_come(struct weir_running *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    return self->places.n ? give(self, cx, out, demand) : poll(self, cx, out, demand);
}

/* ---- results in order ---- */

/* Polls the running ones until one completes: its result goes to its place. False: none did, and
 * the answer is in *got. `room` is for one item. */
static bool complete_one(struct weir_running *self, weir_cx *cx, void *room, weir_poll *got)
{
    struct weir_child *child;
    *got = weir_children_poll(&self->set, cx, room, 1, &child);
    if (!child)
        return false;
    struct weir_place *place = child->owner;
    weir_children_leave(&self->set, child);
    weir_place_settle(place, *got, cx);
    if (got->n)
        weir_item_move(weir_place_item(&self->places, place), room, self->places.type->size);
    return true;
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
    while (self->set.n && complete_one(self, cx, weir_place_item(places, places->spares), &got))
        ;
}

/* Gives results that are next in order. True: the next one is still running, and there is room for
 * it. An error waits in its place until the items before it are gone. */
static bool give_in_order(struct weir_running *self, weir_cx *cx, char *out, size_t demand,
                          weir_poll *got)
{
    size_t size = self->places.type->size;
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

static weir_poll in_order(struct weir_running *self, weir_cx *cx, char *out, size_t demand)
{
    weir_poll got = {0, WEIR_READY}, none;
    while (give_in_order(self, cx, out, demand, &got))
        if (!complete_one(self, cx, out + got.n * self->places.type->size, &none))
            return got.n ? got : none;
    return got;
}

weir_poll weir_running_poll(struct weir_running *self, weir_cx *cx, void *out, size_t demand)
{
    weir_children_begin(&self->set);
    return self->ordered ? in_order(self, cx, out, demand) : as_they_come(self, cx, out, demand);
}

/* ---- beginning and end ---- */

bool weir_running_init(struct weir_running *self, weir_stream *stream, bool ordered)
{
    self->set.stream = stream;
    self->places.type = stream->type;
    self->ordered = ordered;
    self->in_flight.progress = ordered ? progress_in_order : progress;
    return ordered || weir_held_error_init(&self->error, stream->stage.arena);
}

void weir_running_forget(struct weir_running *self, struct weir_child *child)
{
    if (self->ordered)
        ((struct weir_place *)child->owner)->outcome = WEIR_NOTHING;
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
