/* Places where results wait in a line. */

#include "stream/places.h"

#include <string.h>

#include "weir/alloc.h"

static size_t place_bytes(const struct weir_places *places)
{
    const weir_type *type = places->type;
    size_t item = type->size + (type->align > WEIR_ALIGN ? type->align : 0);
    return sizeof(struct weir_place) + (item > sizeof(weir_error) ? item : sizeof(weir_error));
}

void *weir_place_item(const struct weir_places *places, struct weir_place *place)
{
    size_t align = places->type->align;
    uintptr_t at = ((uintptr_t)place->result + align - 1) & ~(uintptr_t)(align - 1);
    return place->result + (at - (uintptr_t)place->result);
}

static weir_error *error_of(struct weir_place *place)
{
    return (weir_error *)(void *)place->result;
}

bool weir_places_reserve(struct weir_places *places)
{
    if (places->spares)
        return true;
    struct weir_place *place = weir_allocate(place_bytes(places));
    if (!place)
        return false;
    place->behind = NULL;
    places->spares = place;
    return true;
}

struct weir_place *weir_places_add(struct weir_places *places)
{
    struct weir_place *place = places->spares;
    places->spares = place->behind;
    place->behind = NULL;
    place->child = NULL;
    place->outcome = WEIR_RUNNING;
    if (places->last)
        places->last->behind = place;
    else
        places->first = place;
    places->last = place;
    places->n++;
    return place;
}

void weir_place_settle(struct weir_place *place, weir_poll got, const weir_cx *cx)
{
    place->outcome = got.n ? WEIR_ITEM : got.state == WEIR_ERROR ? WEIR_FAILED : WEIR_NOTHING;
    if (place->outcome == WEIR_FAILED)
        *error_of(place) = cx->error;
}

enum weir_outcome weir_places_give(struct weir_places *places, weir_cx *cx, void *out)
{
    struct weir_place *place = places->first;
    if (place->outcome == WEIR_ITEM)
        memcpy(out, weir_place_item(places, place), places->type->size);
    if (place->outcome == WEIR_FAILED)
        cx->error = *error_of(place);
    places->first = place->behind;
    if (!places->first)
        places->last = NULL;
    place->behind = places->spares;
    places->spares = place;
    places->n--;
    return place->outcome;
}

static void release(struct weir_places *places, struct weir_place *place)
{
    for (struct weir_place *next; place; place = next) {
        next = place->behind;
        weir_release(place, place_bytes(places));
    }
}

void weir_places_fini(struct weir_places *places)
{
    for (struct weir_place *place = places->first; place; place = place->behind)
        if (place->outcome == WEIR_ITEM)
            weir_type_drop_items(places->type, weir_place_item(places, place), 1);
    release(places, places->first);
    release(places, places->spares);
}

size_t weir_places_memory_max(const struct weir_places *places, size_t n)
{
    size_t bytes;
    return __builtin_mul_overflow(n, place_bytes(places), &bytes) ? SIZE_MAX : bytes;
}
