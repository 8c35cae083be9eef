/* collect: a vec of all items, up to a limit. */

#include "stream/ones.h"
#include "weir/stream.h"

enum { ROOM_MIN = 16, HINT_BYTES_MAX = 1 << 20 }; /* a hint is believed up to this */

struct collect {
    weir_stream stream;
    size_t items_max;
    weir_vec vec;
    uint32_t demand;
};

static struct collect *collect_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct collect, stream);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool vec_resize(weir_vec *vec, const weir_type *of, size_t room)
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

/* One more than the hint, so that seeing the end takes no growth. */
static size_t first_room(const weir_stream *source)
{
    size_t hint = least(weir_size_hint(source).lower, HINT_BYTES_MAX / source->type->size);
    return hint < ROOM_MIN ? ROOM_MIN : hint + 1;
}

/* Room for one item more at least. */
static bool collect_room(struct collect *self, const weir_stream *source)
{
    weir_vec *vec = &self->vec;
    if (vec->n < vec->room)
        return true;
    size_t room = vec->room ? vec->room * 2 : first_room(source);
    return vec_resize(vec, source->type, least(room, self->items_max));
}

/* The vec is full for good: only the end may follow. */
static weir_poll collect_past(struct collect *self, weir_cx *cx, weir_stream *source)
{
    weir_poll got = weir_poll_skip(source, cx, 1);
    if (got.n)
        return weir_fail(cx, WEIR_E_LIMIT, "more than %zu items to collect", self->items_max);
    return got;
}

static weir_poll collect_batch(struct collect *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    weir_vec *vec = &self->vec;
    if (vec->n == self->items_max)
        return collect_past(self, cx, source);
    if (!collect_room(self, source))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to collect more than %zu items", vec->n);
    size_t demand = least(weir_demand_next(cx, &self->demand), vec->room - vec->n);
    weir_poll got = poll_next(source, cx, (char *)vec->items + vec->n * source->type->size, demand);
    vec->n += got.n;
    return got;
}

static weir_poll collect_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct collect *self = collect_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        bool ones = cx->demand_max == 1 && self->vec.n < self->vec.room;
        weir_poll got =
            ones ? weir_ones(weir_source(stream), cx, &self->vec) : collect_batch(self, cx);
        if (got.state == WEIR_END)
            break;
        if (!got.n)
            return got;
    }
    *(weir_vec *)out = self->vec;
    self->vec = (weir_vec){0};
    return (weir_poll){1, WEIR_END};
}

static void collect_fini(weir_stream *stream)
{
    weir_vec_drop(&collect_of(stream)->vec);
}

/* While it grows the old block may stand beside the new one. */
static size_t collect_memory_max(const weir_stream *stream)
{
    size_t bytes;
    if (__builtin_mul_overflow(collect_of(stream)->items_max, weir_source(stream)->type->size,
                               &bytes) ||
        bytes > SIZE_MAX / 2)
        return SIZE_MAX;
    return 2 * bytes;
}

static const weir_stream_ops collect_ops = {.size = sizeof collect_ops,
                                            .name = "collect",
                                            .poll_next = collect_poll_next,
                                            .size_hint = weir_size_hint_one,
                                            .fini = collect_fini,
                                            .memory_max = collect_memory_max};

weir_stream *weir_collect(weir_stream *source, size_t items_max)
{
    source = weir_expect_owned(source, "collect");
    source = weir_expect_limit(source, "collect", "items_max", items_max);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct collect), &collect_ops, &weir_type_vec);
    if (weir_stage_failed(&stream->stage))
        return stream;
    collect_of(stream)->items_max = items_max;
    collect_of(stream)->vec.of = source->type;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type); /* to see the item that is too many */
}
