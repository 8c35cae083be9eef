/* buffered: runs futures of a stream at once, up to a limit; results in the stream's order. */

#include <string.h>

#include "stream/children.h"
#include "stream/inner.h"
#include "weir/stream.h"

enum outcome { RUNNING, NOTHING, ITEM, FAILED };

/* A future's place in the order. Its result waits here until those before it are given: an item, or
 * the error. */
struct place {
    struct place *behind;
    enum outcome outcome;
    _Alignas(WEIR_ALIGN) unsigned char result[];
};

struct buffered {
    weir_stream stream;
    size_t limit;
    struct weir_children set;
    struct place *first; /* next in order */
    struct place *last;
    struct place *spares;
    size_t n; /* futures and results */
};

static struct buffered *buffered_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffered, stream);
}

static size_t place_bytes(const struct buffered *self)
{
    const weir_type *type = self->stream.type;
    size_t item = type->size + (type->align > WEIR_ALIGN ? type->align : 0);
    return sizeof(struct place) + (item > sizeof(weir_error) ? item : sizeof(weir_error));
}

/* Where the item stands in its place, as its type wants to be aligned. */
static void *place_item(const struct buffered *self, struct place *place)
{
    size_t align = self->stream.type->align;
    uintptr_t at = ((uintptr_t)place->result + align - 1) & ~(uintptr_t)(align - 1);
    return place->result + (at - (uintptr_t)place->result);
}

static weir_error *place_error(struct place *place)
{
    return (weir_error *)(void *)place->result;
}

/* ---- places ---- */

/* Room for one more future, before it is taken. */
static bool place_reserve(struct buffered *self)
{
    if (!self->spares) {
        struct place *place = weir_allocate(place_bytes(self));
        if (!place)
            return false;
        place->behind = NULL;
        self->spares = place;
    }
    return weir_children_reserve(&self->set);
}

static struct place *place_add(struct buffered *self)
{
    struct place *place = self->spares;
    self->spares = place->behind;
    place->behind = NULL;
    place->outcome = RUNNING;
    if (self->last)
        self->last->behind = place;
    else
        self->first = place;
    self->last = place;
    self->n++;
    return place;
}

static void place_remove_first(struct buffered *self)
{
    struct place *place = self->first;
    self->first = place->behind;
    if (!self->first)
        self->last = NULL;
    place->behind = self->spares;
    self->spares = place;
    self->n--;
}

static void places_release(struct buffered *self, struct place *place)
{
    for (struct place *next; place; place = next) {
        next = place->behind;
        weir_release(place, place_bytes(self));
    }
}

/* ---- in, and out ---- */

/* Takes futures while there are fewer than the limit. What stops it is the answer (the budget too);
 * READY: it is the limit, or memory while others run. */
static weir_poll pull(struct buffered *self, weir_cx *cx)
{
    for (bool begun = false; self->n < self->limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!place_reserve(self))
            return self->n ? (weir_poll){0, WEIR_READY}
                           : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more future");
        weir_stream *future;
        weir_poll got = poll_next(weir_source(&self->stream), cx, &future, 1);
        if (!got.n)
            return got;
        if (!weir_future_fits(future, cx, "buffered", self->stream.type))
            return (weir_poll){0, WEIR_ERROR};
        weir_children_add(&self->set, future, place_add(self));
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
    struct place *place = child->owner;
    weir_children_leave(&self->set, child);
    place->outcome = got->n ? ITEM : got->state == WEIR_ERROR ? FAILED : NOTHING;
    if (place->outcome == ITEM)
        memcpy(place_item(self, place), room, self->stream.type->size);
    else if (place->outcome == FAILED)
        *place_error(place) = cx->error;
    return true;
}

/* Gives results that are next in order. True: the next one is still running, and there is room for
 * it. An error waits in its place until the items before it are gone. */
static bool give(struct buffered *self, weir_cx *cx, char *out, size_t demand, weir_poll *got)
{
    size_t size = self->stream.type->size;
    while (self->first && got->n < demand) {
        struct place *place = self->first;
        if (place->outcome == RUNNING)
            return true;
        if (place->outcome == FAILED && got->n)
            return false;
        if (place->outcome == FAILED) {
            cx->error = *place_error(place);
            place_remove_first(self);
            *got = weir_inner_error(cx);
            return false;
        }
        if (place->outcome == ITEM)
            memcpy(out + got->n++ * size, place_item(self, place), size);
        place_remove_first(self);
    }
    return false;
}

static weir_poll buffered_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct buffered *self = buffered_of(stream);
    weir_poll pulled = pull(self, cx);
    if (pulled.state == WEIR_ERROR)
        return self->n ? weir_inner_error(cx) : pulled; /* the others still have results */
    if (!self->n)
        return pulled;

    weir_poll got = {0, WEIR_READY}, answer;
    weir_children_begin(&self->set);
    while (give(self, cx, out, demand, &got))
        if (!complete_one(self, cx, (char *)out + got.n * stream->type->size, &answer))
            return got.n ? got : answer;
    return got; /* none, when futures ended without a result: the wrapper asks again */
}

static void buffered_fini(weir_stream *stream)
{
    struct buffered *self = buffered_of(stream);
    weir_children_fini(&self->set);
    for (struct place *place = self->first; place; place = place->behind)
        if (place->outcome == ITEM)
            weir_type_drop_items(stream->type, place_item(self, place), 1);
    places_release(self, self->first);
    places_release(self, self->spares);
}

static weir_hint buffered_size_hint(const weir_stream *stream)
{
    size_t held = buffered_of(stream)->n;
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){0, upper < SIZE_MAX - held ? upper + held : WEIR_HINT_UNKNOWN};
}

static weir_stage *buffered_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&buffered_of(stream)->set, i);
}

static size_t buffered_memory_max(const weir_stream *stream)
{
    const struct buffered *self = buffered_of(stream);
    size_t bytes;
    if (__builtin_mul_overflow(self->limit, place_bytes(self), &bytes) ||
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
    buffered_of(stream)->limit = limit;
    buffered_of(stream)->set.stream = stream;
    return stream;
}
