/* Where results wait until they are given, in a line: an item, an error, a mark, or nothing. What
 * buffered keeps its order with, and where sets keep what came while nobody asked. */
#ifndef WEIR_STREAM_PLACES_H
#define WEIR_STREAM_PLACES_H

#include "stream/member.h"
#include "weir/implement.h"

/* From FAILED on: what is given by itself, behind the items before it. */
enum weir_outcome { WEIR_RUNNING, WEIR_NOTHING, WEIR_ITEM, WEIR_FAILED, WEIR_MARKED };

struct weir_stream_child;

struct weir_place {
    struct weir_place *behind;
    struct weir_stream_child *child; /* the stage's own: whose result it is */
    uintptr_t line;                  /* the same: before which mark it was taken */
    enum weir_outcome outcome;
    _Alignas(WEIR_ALIGN) unsigned char result[];
};

/* All zero but for the type: no places. */
struct weir_places {
    const weir_type *type; /* of the items */
    struct weir_place *first;
    struct weir_place *last;
    struct weir_place *spares;
    size_t n; /* in the line */
};

/* Makes sure that the next weir_places_add() has a place to use. False: no memory. */
bool weir_places_make_spare(struct weir_places *places) WEIR_MUST_USE;
static inline bool weir_places_reserve(struct weir_places *places)
{
    return WEIR_LIKELY(places->spares != NULL) || weir_places_make_spare(places);
}

/* The spare place, out of the spares. */
static inline struct weir_place *weir_places_take(struct weir_places *places)
{
    struct weir_place *place = places->spares;
    places->spares = place->behind;
    place->behind = NULL;
    place->outcome = WEIR_RUNNING;
    places->n++;
    return place;
}

/* The same, at the beginning of the line. */
static inline struct weir_place *weir_places_add_front(struct weir_places *places)
{
    struct weir_place *place = weir_places_take(places);
    place->behind = places->first;
    places->first = place;
    if (!places->last)
        places->last = place;
    return place;
}

/* The spare place, at the end of the line now. */
static inline struct weir_place *weir_places_add(struct weir_places *places)
{
    struct weir_place *place = weir_places_take(places);
    if (places->last)
        places->last->behind = place;
    else
        places->first = place;
    places->last = place;
    return place;
}

/* Where the item stands in its place, as its type wants to be aligned. */
static inline void *weir_place_item(const struct weir_places *places, struct weir_place *place)
{
    size_t align = places->type->align;
    uintptr_t at = ((uintptr_t)place->result + align - 1) & ~(uintptr_t)(align - 1);
    return place->result + (at - (uintptr_t)place->result);
}

static inline weir_mark **weir_place_mark(struct weir_place *place)
{
    return (weir_mark **)(void *)place->result;
}

static inline weir_error *weir_place_error(struct weir_place *place)
{
    return (weir_error *)(void *)place->result;
}

/* What a poll came to; an item stands in its place already, an error or a mark in the cx. */
static inline void weir_place_settle(struct weir_place *place, weir_poll got, const weir_cx *cx)
{
    place->outcome = got.n ? WEIR_ITEM : WEIR_NOTHING;
    if (WEIR_LIKELY(got.n || (got.state != WEIR_ERROR && got.state != WEIR_MARK)))
        return;
    place->outcome = got.state == WEIR_ERROR ? WEIR_FAILED : WEIR_MARKED;
    if (got.state == WEIR_ERROR)
        *weir_place_error(place) = cx->error;
    else
        *weir_place_mark(place) = cx->mark;
}

/* Gives what stands first in the line: ITEM was moved to out, FAILED and MARKED are in the cx. */
static inline enum weir_outcome weir_places_give(struct weir_places *places, weir_cx *cx, void *out)
{
    struct weir_place *place = places->first;
    if (WEIR_LIKELY(place->outcome == WEIR_ITEM))
        weir_item_move(out, weir_place_item(places, place), places->type->size);
    else if (place->outcome == WEIR_FAILED)
        cx->error = *weir_place_error(place);
    else if (place->outcome == WEIR_MARKED)
        cx->mark = *weir_place_mark(place);
    places->first = place->behind;
    if (!places->first)
        places->last = NULL;
    place->behind = places->spares;
    places->spares = place;
    places->n--;
    return place->outcome;
}

/* Out of the line, wherever it stands there: nothing is to come in it. */
void weir_places_remove(struct weir_places *places, struct weir_place *place);

/* Drops items and marks that nobody was given; nothing is in the line any more. */
void weir_places_clear(struct weir_places *places);

/* The same, and there are no places. */
void weir_places_fini(struct weir_places *places);

/* The most that so many places take. Units: bytes. */
size_t weir_places_memory_max(const struct weir_places *places, size_t n);

#endif
