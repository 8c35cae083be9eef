/* Places where results wait in a line. */

#include "stream/places.h"

#include "weir/alloc.h"

static size_t place_bytes(const struct weir_places *places)
{
    const weir_type *type = places->type;
    size_t item = type->size + (type->align > WEIR_ALIGN ? type->align : 0);
    return sizeof(struct weir_place) + (item > sizeof(weir_error) ? item : sizeof(weir_error));
}

bool weir_places_make_spare(struct weir_places *places)
{
    struct weir_place *place = weir_allocate(place_bytes(places));
    if (!place)
        return false;
    place->behind = NULL;
    places->spares = place;
    return true;
}

void weir_places_remove(struct weir_places *places, struct weir_place *place)
{
    struct weir_place **at = &places->first, *before = NULL;
    for (; *at != place; at = &before->behind)
        before = *at;
    *at = place->behind;
    if (!place->behind)
        places->last = before;
    place->behind = places->spares;
    places->spares = place;
    places->n--;
}

static void places_release(struct weir_places *places, struct weir_place *place)
{
    for (struct weir_place *next; place; place = next) {
        next = place->behind;
        weir_release(place, place_bytes(places));
    }
}

void weir_places_clear(struct weir_places *places)
{
    for (struct weir_place *place = places->first; place; place = place->behind) {
        if (place->outcome == WEIR_ITEM)
            weir_type_drop_items(places->type, weir_place_item(places, place), 1);
        if (place->outcome == WEIR_MARKED)
            weir_mark_settle(*weir_place_mark(place), false);
    }
    places_release(places, places->first);
    places->first = places->last = NULL;
    places->n = 0;
}

void weir_places_fini(struct weir_places *places)
{
    weir_places_clear(places);
    places_release(places, places->spares);
}

size_t weir_places_memory_max(const struct weir_places *places, size_t n)
{
    size_t bytes;
    return __builtin_mul_overflow(n, place_bytes(places), &bytes) ? SIZE_MAX : bytes;
}
