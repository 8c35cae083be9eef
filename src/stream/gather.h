/* What consumers share that gather items in a vec: room for them, within a limit. */
#ifndef WEIR_STREAM_GATHER_H
#define WEIR_STREAM_GATHER_H

#include <string.h>

#include "core/poll.h"

enum { WEIR_ROOM_MIN = 16, WEIR_HINT_BYTES_MAX = 1 << 20 }; /* a hint is believed up to this */

static inline size_t weir_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What is left where so many more are held. */
static inline weir_hint weir_hint_more(weir_hint hint, size_t n)
{
    hint.lower = hint.lower < SIZE_MAX - n ? hint.lower + n : SIZE_MAX;
    hint.upper = hint.upper < WEIR_HINT_UNKNOWN - n ? hint.upper + n : WEIR_HINT_UNKNOWN;
    return hint;
}

static inline bool weir_vec_resize(weir_vec *vec, const weir_type *of, size_t room)
{
    size_t bytes;
    if (__builtin_mul_overflow(room, of->size, &bytes))
        return false;
    void *items = weir_resize_aligned(vec->items, vec->room * of->size, bytes, of->align);
    if (!items)
        return false;
    vec->items = items;
    vec->room = room;
    vec->of = of;
    return true;
}

/* What a vec begins with. One more than the hint, so that seeing the end takes no growth. */
static inline size_t weir_first_room(const weir_stream *source, const weir_type *of)
{
    size_t hint = weir_least(weir_size_hint(source).lower, WEIR_HINT_BYTES_MAX / of->size);
    return hint < WEIR_ROOM_MIN ? WEIR_ROOM_MIN : hint + 1;
}

__attribute__((cold)) static inline bool weir_vec_grow(weir_cx *cx, weir_vec *vec,
                                                       const weir_type *of, size_t wanted,
                                                       size_t first, size_t items_max)
{
    size_t room = !vec->room ? first : vec->room > SIZE_MAX / 2 ? SIZE_MAX : vec->room * 2;
    room = weir_least(room, items_max);
    room = room > wanted ? room : wanted;
    if (weir_vec_resize(vec, of, room))
        return true;
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a vec of %zu items, %zu bytes each", room,
              of->size);
    return false;
}

/* Room for n items more, which the limit allows; `first` is what an empty vec begins with. False:
 * cx->error says that there is no memory. */
static inline bool weir_vec_make_room(weir_cx *cx, weir_vec *vec, const weir_type *of, size_t n,
                                      size_t first, size_t items_max)
{
    size_t wanted = vec->n + n;
    return wanted <= vec->room || weir_vec_grow(cx, vec, of, wanted, first, items_max);
}

/* The vec has room for them. */
static inline void weir_vec_append(weir_vec *vec, const void *items, size_t n)
{
    if (n)
        memcpy((char *)vec->items + vec->n * vec->of->size, items, n * vec->of->size);
    vec->n += n;
}

/* The items of n vecs of up to items_max: while one grows its old block may stand beside it. */
static inline size_t weir_gather_memory_max(size_t items_max, const weir_type *of)
{
    size_t bytes;
    if (__builtin_mul_overflow(items_max, of->size, &bytes) || bytes > SIZE_MAX / 2)
        return SIZE_MAX;
    return 2 * bytes;
}

#endif
