/* zip: one item of either side makes a pair. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

enum { BATCH_MAX = 64, BATCH_BYTES = 8 << 10 }; /* what is held of a side: items, and bytes */

struct zip_side {
    weir_stream *source;
    char *held;
    size_t first;
    size_t n;
    size_t room;
};

struct zip {
    weir_stream stream;
    struct zip_side sides[2];
    size_t offset; /* of the second member */
};

static struct zip *zip_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct zip, stream);
}

/* It has nothing for a pair, but for the consumer: all items before it are paired. */
static bool speaks(weir_poll got)
{
    return got.state == WEIR_ERROR || got.state == WEIR_MARK;
}

/* A side that holds items is not polled: the other one must come first. */
static weir_poll zip_side_poll(struct zip_side *side, weir_cx *cx, size_t demand)
{
    if (side->n)
        return (weir_poll){(uint32_t)side->n, WEIR_READY};
    size_t n = demand < side->room ? demand : side->room;
    weir_poll got = poll_next(side->source, cx, side->held, n);
    side->first = 0;
    side->n = got.n;
    return got;
}

static void side_place(struct zip_side *side, const weir_type *type, void *out, size_t offset,
                       size_t n)
{
    size_t size = side->source->type->size;
    weir_member_place(out, type->size, offset, side->held + side->first * size, size, n);
    side->first += n;
    side->n -= n;
}

static weir_poll zip_pairs(struct zip *self, void *out, size_t demand)
{
    struct zip_side *a = &self->sides[0], *b = &self->sides[1];
    const weir_type *type = self->stream.type;
    size_t n = a->n < b->n ? a->n : b->n;
    n = n < demand ? n : demand;
    side_place(a, type, out, 0, n);
    side_place(b, type, out, self->offset, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

/* The second side, when the first one answered. */
static weir_poll zip_second(struct zip *self, weir_cx *cx, void *out, size_t demand,
                            weir_poll first)
{
    struct zip_side *a = &self->sides[0], *b = &self->sides[1];
    weir_poll second = zip_side_poll(b, cx, a->n ? a->n : 1);
    if (speaks(second))
        return second;
    if (a->n && b->n)
        return zip_pairs(self, out, demand);
    if ((!a->n && first.state == WEIR_END) || (!b->n && second.state == WEIR_END))
        return (weir_poll){0, WEIR_END};
    return (weir_poll){0, WEIR_PENDING};
}

/* Both are polled, also when the first one ended or waits. Each is asked for as many as the other
 * holds. */
WEIR_ASIDE static weir_poll zip_many(struct zip *self, weir_cx *cx, void *out, size_t demand)
{
    struct zip_side *a = &self->sides[0], *b = &self->sides[1];
    weir_poll first = zip_side_poll(a, cx, b->n ? b->n : demand);
    if (speaks(first))
        return first;
    return zip_second(self, cx, out, demand, first);
}

static void side_hold(struct zip_side *side, const void *item)
{
    memcpy(side->held, item, side->source->type->size);
    side->first = 0;
    side->n = 1;
}

/* The first side did not answer {1, READY}; what it gave stands in out. */
WEIR_ASIDE static weir_poll zip_first_rest(struct zip *self, weir_cx *cx, void *out,
                                           weir_poll first)
{
    struct zip_side *a = &self->sides[0];
    first = weir_poll_rest(a->source, cx, out, 1, first);
    if (speaks(first))
        return first;
    if (first.n)
        side_hold(a, out);
    return zip_second(self, cx, out, 1, first);
}

/* The second side did not. The first one's item waits for it, where there is none. */
WEIR_ASIDE static weir_poll zip_second_rest(struct zip *self, weir_cx *cx, void *out,
                                            weir_poll second)
{
    struct zip_side *a = &self->sides[0], *b = &self->sides[1];
    second = weir_poll_rest(b->source, cx, (char *)out + self->offset, 1, second);
    if (second.n)
        return WEIR_POLL_ONE;
    side_hold(a, out);
    return second;
}

/* One pair: each side writes to where its item will stand. */
static weir_poll zip_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct zip *self = zip_of(stream);
    weir_stream *a = self->sides[0].source, *b = self->sides[1].source;
    if (WEIR_UNLIKELY(demand != 1 || self->sides[0].n || self->sides[1].n))
        return zip_many(self, cx, out, demand);
    weir_poll got = a->poll(a, cx, out, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return zip_first_rest(self, cx, out, got);
    weir_count_one(a);
    got = b->poll(b, cx, (char *)out + self->offset, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return zip_second_rest(self, cx, out, got);
    weir_count_one(b);
    return WEIR_POLL_ONE;
}

static void zip_fini(weir_stream *stream)
{
    for (struct zip_side *side = zip_of(stream)->sides; side < zip_of(stream)->sides + 2; side++) {
        if (side->n)
            weir_type_drop_items(side->source->type,
                                 side->held + side->first * side->source->type->size, side->n);
    }
    weir_drop(zip_of(stream)->sides[1].source);
}

static weir_stage *zip_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &zip_of(stream)->sides[1].source->stage;
}

static weir_hint side_size_hint(const struct zip_side *side)
{
    weir_hint hint = weir_size_hint(side->source);
    hint.lower = hint.lower < SIZE_MAX - side->n ? hint.lower + side->n : SIZE_MAX;
    hint.upper = hint.upper < SIZE_MAX - side->n ? hint.upper + side->n : WEIR_HINT_UNKNOWN;
    return hint;
}

static weir_hint zip_size_hint(const weir_stream *stream)
{
    weir_hint a = side_size_hint(&zip_of(stream)->sides[0]);
    weir_hint b = side_size_hint(&zip_of(stream)->sides[1]);
    return (weir_hint){a.lower < b.lower ? a.lower : b.lower,
                       a.upper < b.upper ? a.upper : b.upper};
}

static const weir_stream_ops zip_ops = {.size = sizeof zip_ops,
                                        .name = "zip",
                                        .keeps_inputs = true,
                                        .poll_next = zip_poll_next,
                                        .fini = zip_fini,
                                        .size_hint = zip_size_hint,
                                        .input = zip_input,
                                        .marks = WEIR_MARKS_HOLD};

static bool side_init(struct zip_side *side, weir_arena *arena, weir_stream *source)
{
    size_t fits = BATCH_BYTES / source->type->size;
    side->source = source;
    side->room = fits < 1 ? 1 : fits < BATCH_MAX ? fits : BATCH_MAX;
    side->held = weir_arena_take(arena, side->room * source->type->size, source->type->align);
    return side->held != NULL;
}

weir_stream *weir_zip(weir_stream *first, weir_stream *second)
{
    first = weir_expect_owned(first, "zip");
    second = weir_expect_owned(second, "zip");
    weir_stream *failed = weir_expect_both(first, second);
    if (failed)
        return failed;
    weir_stream *stream = weir_stream_new(first, sizeof(struct zip), &zip_ops,
                                          weir_type_pair(first->type, second->type));
    if (weir_stage_failed(&stream->stage)) {
        weir_drop(second);
        return stream;
    }
    struct zip *self = zip_of(stream);
    self->offset = weir_type_second_offset(stream->type);
    bool room = side_init(&self->sides[0], stream->stage.arena, first);
    if (!side_init(&self->sides[1], stream->stage.arena, second) || !room)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "zip",
                                  NULL, 0);
    return weir_stream_with(stream, &second->stage);
}

size_t weir_zip_lost(const weir_stream *zip)
{
    if (weir_stage_failed(&zip->stage) || zip->ops != &zip_ops)
        return 0;
    return zip_of(zip)->sides[0].n + zip_of(zip)->sides[1].n;
}
