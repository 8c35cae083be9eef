/* ahead: asks for up to n items at once and gives them one by one. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct ahead {
    weir_stream stream;
    char *items;
    uint32_t room;
    uint32_t first;
    uint32_t n; /* items[first .. first + n) are held */
};

static struct ahead *ahead_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct ahead, stream);
}

/* Nothing is held: what the source gives at once. */
WEIR_ASIDE static weir_poll ahead_fill(struct ahead *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->items, self->room);
    self->first = 0;
    self->n = got.n;
    return got;
}

static weir_poll ahead_give(struct ahead *self, void *out, size_t demand)
{
    size_t size = self->stream.type->size;
    uint32_t n = demand < self->n ? (uint32_t)demand : self->n;
    memcpy(out, self->items + self->first * size, n * size);
    self->first += n;
    self->n -= n;
    return (weir_poll){n, WEIR_READY};
}

static weir_poll ahead_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct ahead *self = ahead_of(stream);
    if (WEIR_UNLIKELY(!self->n)) {
        weir_poll got = ahead_fill(self, cx);
        if (!got.n)
            return got;
    }
    if (demand != 1)
        return ahead_give(self, out, demand);
    size_t size = stream->type->size;
    weir_item_move(out, self->items + self->first * size, size);
    self->first++;
    self->n--;
    return WEIR_POLL_ONE;
}

static void ahead_fini(weir_stream *stream)
{
    struct ahead *self = ahead_of(stream);
    if (self->n)
        weir_type_drop_items(stream->type, self->items + self->first * stream->type->size, self->n);
}

static size_t ahead_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static weir_hint ahead_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    uint32_t n = ahead_of(stream)->n;
    return (weir_hint){ahead_sum(hint.lower, n), ahead_sum(hint.upper, n)};
}

static void ahead_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = ahead_of(stream)->n;
    out->max = ahead_of(stream)->room;
}

static const weir_stream_ops ahead_ops = {.size = sizeof ahead_ops,
                                          .name = "ahead",
                                          .holding = ahead_holding,
                                          .poll_next = ahead_poll_next,
                                          .fini = ahead_fini,
                                          .size_hint = ahead_size_hint,
                                          /* the source is not asked while items are held */
                                          .marks = WEIR_MARKS_HOLD};

weir_stream *weir_ahead(weir_stream *source, size_t n)
{
    size_t bytes = 0;
    source = weir_expect_owned(source, "ahead");
    source = weir_expect_limit(source, "ahead", "n", n);
    bool fits = n <= WEIR_AHEAD_MAX && !__builtin_mul_overflow(n, source->type->size, &bytes);
    if (!weir_stage_failed(&source->stage) && !fits)
        return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "a smaller n",
                                  "ahead takes up to 65536 items, not %zu", NULL, NULL, n);
    weir_stream *stream = weir_stream_new(source, sizeof(struct ahead), &ahead_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct ahead *self = ahead_of(stream);
    self->items = weir_arena_take(stream->stage.arena, bytes, source->type->align);
    self->room = (uint32_t)n;
    stream->stage.one = source->stage.one;
    if (self->items)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s of %zu items",
                              "ahead", NULL, n);
}
