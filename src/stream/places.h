/* Where results wait until they are given, in a line: an item, an error, or nothing at all. What
 * buffered keeps its order with, and where sets keep what came while nobody asked. */
#ifndef WEIR_STREAM_PLACES_H
#define WEIR_STREAM_PLACES_H

#include "weir/implement.h"

enum weir_outcome { WEIR_RUNNING, WEIR_NOTHING, WEIR_ITEM, WEIR_FAILED };

struct weir_child;

struct weir_place {
    struct weir_place *behind;
    struct weir_child *child; /* the stage's own: whose result it is */
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
bool weir_places_reserve(struct weir_places *places) WEIR_MUST_USE;

/* The spare place, at the end of the line now. */
struct weir_place *weir_places_add(struct weir_places *places);

/* Where the item stands in its place, as its type wants to be aligned. */
void *weir_place_item(const struct weir_places *places, struct weir_place *place);

/* What a poll came to; an item stands in its place already, an error in the cx. */
void weir_place_settle(struct weir_place *place, weir_poll got, const weir_cx *cx);

/* Gives what stands first in the line: ITEM was moved to out, FAILED described in the cx. */
enum weir_outcome weir_places_give(struct weir_places *places, weir_cx *cx, void *out);

/* Drops items that nobody was given, and all places. */
void weir_places_fini(struct weir_places *places);

/* The most that so many places take. Units: bytes. */
size_t weir_places_memory_max(const struct weir_places *places, size_t n);

#endif
